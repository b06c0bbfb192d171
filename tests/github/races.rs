//! Runs that write at the same time.

use std::time::Duration;

use cargo_lambdaship::github::{Commented, Pace};

use super::scene::{PULL, QUICK, Scene, below, block_on, stamp};
use crate::support::github::{Hub, JOB};
use crate::support::wait_until;

/// Longer than another run needs from looking to writing, when twenty of them share a machine with a few cores.
const SETTLE: Pace = Pace { settle: Duration::from_secs(8), ..QUICK };

#[test]
fn twenty_runs_at_the_same_time_leave_one_comment_with_the_newest_text() {
    for begun_with in [None, Some(1)] {
        let scene = Scene::new();
        if let Some(run) = begun_with {
            scene.comment(JOB, run, "first").unwrap();
        }
        let done: Vec<_> = std::thread::scope(|scope| {
            let scene = &scene;
            let jobs: Vec<_> = (100..120)
                .map(|run| {
                    let github = scene.github(JOB).with_pace(SETTLE);
                    scope.spawn(move || block_on(github.comment(PULL, &stamp(run), &format!("run {run}"))))
                })
                .collect();
            jobs.into_iter().map(|job| job.join().expect("no panic").expect("no error").done).collect()
        });
        assert_eq!(scene.only_comment(), "run 119", "{done:?}");
        assert_ne!(done[19], Commented::Newer, "none is newer than the newest");
        scene.hub.assert_valid();
    }
}

#[test]
fn what_an_older_run_writes_over_a_newer_ones_text_is_mended_by_the_newer_one() {
    let scene = Scene::new();
    scene.comment(JOB, 1, "one").unwrap();
    // Run 2 has looked and writes; its request is on the way for longer than run 3 takes to write.
    let held = &scene.repository;
    scene.fault("PATCH", "issues/comments", &format!("hold:{held}"));
    let done = std::thread::scope(|scope| {
        let older = scope.spawn(|| scene.comment(JOB, 2, "two").expect("no error").done);
        wait_until("run 2 to write", || (scene.writes().len() == 2).then_some(()));
        let newer = scope.spawn(|| {
            let newer = scene.github(JOB).with_pace(SETTLE);
            block_on(newer.comment(PULL, &stamp(3), "three")).expect("no error").done
        });
        wait_until("run 3 to have written", || {
            scene.writes().contains(&"PATCH 200".to_owned()).then_some(())
        });
        scene.hub.release(held);
        (older.join().expect("no panic"), newer.join().expect("no panic"))
    });
    assert_eq!(scene.only_comment(), "three", "{done:?}");
    assert_eq!(done.1, Commented::Updated);
    let texts: Vec<_> = scene.log().into_iter().filter(|exchange| exchange.method == "PATCH").collect();
    let texts: Vec<_> = texts.iter().filter_map(|one| one.body["body"].as_str()).map(below).collect();
    assert_eq!(texts, ["two", "three", "three"], "run 3 wrote it again");
}

#[test]
fn a_comment_that_changed_while_a_long_list_was_read_is_looked_at_again() {
    let scene = Scene::on(Hub::bare());
    scene.comment(JOB, 1, "one").unwrap();
    scene.said("octo-person", "hello", 250);
    let held = &scene.repository;
    scene.fault("GET", "issues/7/comments.*page=3", &format!("hold:{held}"));
    let done = std::thread::scope(|scope| {
        let older = scope.spawn(|| scene.comment(JOB, 2, "two").expect("no error").done);
        let reads = || scene.log().iter().any(|exchange| exchange.path.ends_with("page=3"));
        wait_until("run 2 to be at the third page", || reads().then_some(()));
        let newer = scene.comment(JOB, 3, "three").expect("no error").done;
        scene.hub.release(held);
        (older.join().expect("no panic"), newer)
    });
    assert_eq!(done, (Commented::Newer, Commented::Updated));
    assert_eq!(below(&scene.comments()[0]), "three");
    assert_eq!(scene.writes(), ["POST 201", "PATCH 200"]);
}

#[test]
fn two_jobs_of_one_run_with_the_same_key_do_not_take_turns_for_ever() {
    let scene = Scene::new();
    scene.comment(JOB, 1, "one").unwrap();
    std::thread::scope(|scope| {
        for text in ["left", "right"] {
            let scene = &scene;
            scope.spawn(move || scene.comment(JOB, 2, text).expect("no error"));
        }
    });
    assert!(["left", "right"].contains(&scene.only_comment().as_str()));
    assert!(scene.writes().len() <= 4, "{:?}", scene.writes());
}
