//! Rollouts without their driver, and what meets one that is under way.

use serde_json::json;

use super::counter::GOOD;
use super::scene::{STEPS, Scene};
use crate::support::wait_until;

/// A rollout that was left is brought to its end by ticks.
pub(super) fn detached(scene: &Scene) {
    let old = scene.serves();
    scene.configure(256, STEPS, "");
    let next = scene.leave();
    let (status, _) = scene.stage.report(&["rollout", "status"], 0);
    assert_eq!(
        (&status[0]["old"], &status[0]["new"], &status[0]["step"], &status[0]["steps"]),
        (&json!(old), &json!(next), &json!(1), &json!(2)),
        "{status:#}"
    );

    let left = scene.alias();
    let (report, sent) = scene.stage.report(&["rollout", "tick"], 0);
    assert_eq!(report["functions"][0]["outcome"], "unchanged", "there are no numbers yet: {report:#}");
    assert_eq!((sent.writes(), scene.alias()), (Vec::<&str>::new(), left));

    scene.count(old, next, GOOD);
    let mut seen = vec![scene.split()];
    wait_until("the end of the rollout", || {
        let (_, sent) = scene.stage.report(&["rollout", "tick"], 0);
        assert!(sent.writes().len() <= 1, "one step at a time: {:?}", sent.writes());
        if seen.last() != Some(&scene.split()) {
            seen.push(scene.split());
        }
        scene.split().is_none().then_some(())
    });
    assert_eq!(seen, [Some((next, 0.1)), Some((next, 0.5)), None]);
    scene.assert_serves(next);
    let (report, sent) = scene.stage.report(&["rollout", "tick"], 0);
    assert_eq!(
        (&report["functions"][0]["outcome"], sent.writes()),
        (&json!("unchanged"), Vec::<&str>::new())
    );
}

/// What a killed run leaves is gone on with.
pub(super) fn killed(scene: &Scene) {
    let old = scene.serves();
    scene.configure(256, STEPS, "");
    let (run, next) = scene.begin();
    run.kill();
    scene.stage.sent();
    scene.count(old, next, GOOD);
    let (report, sent) = scene.stage.report(&["rollout", "resume"], 0);
    assert_eq!(report["functions"][0]["rollout"]["end"], "promoted", "{report:#}");
    assert_eq!(sent.writes(), ["lambda.UpdateAlias"; 2]);
    scene.assert_serves(next);
}

/// `rollout abort` and `rollback` end it at the old version.
pub(super) fn ended(scene: &Scene) {
    let old = scene.serves();
    for (memory, verb) in [(256, &["rollout", "abort"][..]), (512, &["rollback"])] {
        scene.configure(memory, STEPS, "");
        let next = scene.leave();
        let (report, sent) = scene.stage.report(verb, 0);
        assert_eq!(report["functions"][0]["outcome"], "rolled-back", "{report:#}");
        assert_eq!(sent.writes(), ["lambda.UpdateAlias"], "{verb:?}");
        scene.assert_serves(old);
        let description = scene.alias()["Description"].to_string();
        assert!(description.contains(&format!("undone={next}")), "{description}");
    }
}

/// A deploy of something else leaves a rollout alone that somebody may be driving, unless it is told to end it.
pub(super) fn met(scene: &Scene) {
    let old = scene.serves();
    scene.configure(256, STEPS, "");
    let next = scene.leave();
    scene.configure(512, STEPS, "");
    let left = scene.alias();
    let (report, sent) = scene.deploy(&[], 6);
    assert_eq!((sent.writes(), scene.alias()), (Vec::<&str>::new(), left), "{report:#}");

    let (report, _) = scene.deploy(&["--under-way", "abort", "--rollout", "all-at-once"], 0);
    let last = report["functions"][0]["version"]["to"].as_u64().expect("a version");
    assert!(last != next && last != old, "{report:#}");
    scene.assert_serves(last);
}

/// An alias that somebody edits by hand is left as they set it.
pub(super) fn edited(scene: &Scene) {
    let old = scene.serves();
    scene.configure(256, STEPS, "");
    let (run, next) = scene.begin();
    assert_eq!(scene.split_by_hand(old, next).status, 200);
    let set = scene.alias();
    scene.count(old, next, GOOD);
    let report = scene.end(run, 6);
    let told = report["functions"][0]["error"]["message"].to_string();
    assert!(told.contains("somebody else moved alias"), "{report:#}");
    assert_eq!(scene.alias(), set);
}
