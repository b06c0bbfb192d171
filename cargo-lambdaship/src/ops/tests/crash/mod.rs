//! Whatever comes between a run and its end, at whatever request: what is run next ends it at one version. A run that is
//! killed, answers that are lost, refusals, an AWS that is down, and other runs at the same time.
//!
//! A run is killed by dropping it where it waits for an answer. That does no more than SIGKILL does: none of our code
//! runs at a drop but what clears a line of the terminal or ends a build, and no task is left behind.
//!
//! Every run of the table says its seed; `LAMBDASHIP_SEED` repeats it, and `LAMBDASHIP_CASE` one case of it.

mod case;
mod scene;
mod verdict;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::{FutureExt, StreamExt, stream};

use self::case::{After, Case, Scenario};
use self::scene::Scene;
use self::verdict::Snapshot;
use crate::context;

/// Cases at the same time: most of them wait.
const SIDE_BY_SIDE: usize = 24;
/// How long one case may take, beside all the others.
const LONG: Duration = Duration::from_mins(5);

/// A number that the caller of the test may have stated.
#[expect(clippy::disallowed_methods, reason = "a test is told by its caller what to repeat")]
fn stated(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs every case of `scenario`, and fails with those that failed.
async fn survives(scenario: Scenario, at_least: usize) {
    let begun = context::instant();
    let seed = stated("LAMBDASHIP_SEED").unwrap_or_else(|| fastrand::u64(..));
    let requests = Scene::new(scenario).await.requests().await;
    let mut cases = scenario.cases(requests, &mut fastrand::Rng::with_seed(seed));
    let all = cases.len();
    println!(
        "{scenario:?}: {all} cases at {requests} requests; seed {seed}; LAMBDASHIP_SEED={seed} repeats it"
    );
    assert!(all >= at_least, "the table is whole");
    if let Some(one) = stated("LAMBDASHIP_CASE") {
        cases.retain(|case| case.number as u64 == one);
    }
    let runs = cases.into_iter().map(|case| async move {
        let run = AssertUnwindSafe(tokio::time::timeout(LONG, Box::pin(survives_one(&case)))).catch_unwind();
        (!matches!(run.await, Ok(Ok(())))).then(|| case.to_string())
    });
    let failed: Vec<Option<String>> = stream::iter(runs).buffer_unordered(SIDE_BY_SIDE).collect().await;
    let failed: Vec<String> = failed.into_iter().flatten().collect();
    println!("{scenario:?}: {all} cases took {:.0} s", begun.elapsed().as_secs_f64());
    assert!(failed.is_empty(), "of {all} cases with seed {seed}, these failed:\n{}", failed.join("\n"));
}

async fn survives_one(case: &Case) {
    let mut scene = Scene::new(case.scenario).await;
    let begun = Snapshot::of(&scene).await;
    let disturbed = scene.disturbed(case).await;
    let left = Snapshot::of(&scene).await;
    verdict::of_the_run(case, &disturbed, (&begun, &left));
    if case.after == After::Switch {
        scene = Box::pin(scene.when_schedules_are_due(case.trouble, &disturbed.at)).await;
    }
    let told = scene.afterwards(case.after).await;
    let now = Snapshot::of(&scene).await;
    verdict::of_the_end(case, &scene, &told, (&left, &now)).await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_rollout_survives_everything() {
    survives(Scenario::Steps, 200).await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_rollout_that_is_judged_survives_everything() {
    survives(Scenario::Judged, 36).await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_rollout_that_fails_survives_everything() {
    survives(Scenario::Bad, 30).await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_rollout_that_ticks_go_on_with_survives_everything() {
    survives(Scenario::Detached, 40).await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_rollout_with_a_dead_man_switch_survives_everything() {
    survives(Scenario::DeadMan, 50).await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_move_and_a_first_deploy_survive_everything() {
    survives(Scenario::AtOnce, 20).await;
    survives(Scenario::First, 20).await;
}
