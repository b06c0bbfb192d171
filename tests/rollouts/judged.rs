//! The numbers decide.

use serde_json::json;

use super::counter::{Calls, GOOD};
use super::scene::{BAKED, STEPS, Scene};

/// A good version gets everything in all steps, and nothing is asked of `CloudWatch` or Scheduler when nothing changes.
pub(super) fn well(scene: &Scene) {
    let old = scene.serves();
    let nothing = || {
        let (report, sent) = scene.deploy(&[], 0);
        assert_eq!(report["result"], "unchanged", "{report:#}");
        assert_eq!(sent.lambda(), 2, "{:?}", sent.order());
        assert!(
            !sent
                .order()
                .iter()
                .any(|name| name.starts_with("cloudwatch.") || name.starts_with("scheduler."))
        );
    };
    scene.configure(128, &format!("{STEPS}, dead-man = true"), "");
    nothing();

    scene.configure(256, BAKED, "");
    let (run, next) = scene.begin();
    scene.count(old, next, GOOD);
    let report = scene.end(run, 0);
    let sent = scene.stage.sent();
    let rollout = &report["functions"][0]["rollout"];
    assert_eq!(
        (&rollout["old"], &rollout["new"], &rollout["end"]),
        (&json!(old), &json!(next), &json!("promoted")),
        "{report:#}"
    );
    let steps = rollout["steps"].as_array().expect("steps");
    let steps: Vec<_> = steps.iter().map(|step| (&step["percent"], &step["verdict"])).collect();
    assert_eq!(steps, [(&json!(10.0), &json!("pass")), (&json!(50.0), &json!("pass"))]);
    assert_eq!(
        sent.writes(),
        [
            "lambda.UpdateFunctionConfiguration",
            "lambda.PublishVersion",
            "lambda.UpdateAlias",
            "lambda.UpdateAlias",
            "lambda.UpdateAlias"
        ]
    );
    assert!(sent.count("cloudwatch.GetMetricData") >= 3, "{:?}", sent.order());
    scene.assert_serves(next);
    let description = scene.alias()["Description"].clone();
    let description = description.as_str().expect("a Description");
    assert!(description.starts_with(&format!("lambdaship/1 prev={old} run=")), "{description}");
    nothing();

    let (back, _) = scene.stage.report(&["rollback"], 0);
    assert_eq!(back["functions"][0]["version"], json!({ "from": next, "to": old }));
    let (deleted, _) = scene.stage.report(&["prune", "--keep", "1", "--yes"], 0);
    assert_eq!(deleted["lambdas"][0]["failed"], json!([]), "{deleted:#}");
    scene.assert_serves(old);
}

/// One whose calls fail, or take too long, is taken back.
pub(super) fn badly(scene: &Scene) {
    let old = scene.serves();
    let failing = Calls { failed: 40, ..GOOD };
    let slow = Calls { milliseconds: 300, ..GOOD };
    for (memory, calls, finding) in
        [(256, failing, "calls failed (20 %)"), (512, slow, "the p95 of the duration is 300 ms")]
    {
        scene.configure(memory, STEPS, "");
        let (run, next) = scene.begin();
        scene.count(old, next, calls);
        let report = scene.end(run, 5);
        let function = &report["functions"][0];
        assert_eq!((&report["result"], &function["outcome"]), (&json!("rolled-back"), &json!("rolled-back")));
        let rollout = &function["rollout"];
        assert_eq!((&rollout["end"], &rollout["new"]), (&json!("rolled-back"), &json!(next)), "{report:#}");
        assert_eq!(rollout["steps"].as_array().map(Vec::len), Some(1), "it ended at the first weight");
        let found = rollout["reason"].as_str().expect("a reason");
        assert!(found.contains(finding), "{found}");
        scene.assert_serves(old);
        let (history, _) = scene.stage.report(&["history"], 0);
        let ended = history.as_array().expect("a list").iter().find(|one| one["version"] == next);
        assert_eq!(ended.map(|one| &one["state"]), Some(&json!("rolled-back")), "{history:#}");
    }
}

/// An alarm that turns red takes a version back; one that was red before does not, and one that is not there is said before
/// anything is published.
pub(super) fn by_alarms(scene: &Scene) {
    let old = scene.serves();
    let alarms = [format!("{}-red", scene.name), format!("{}-green", scene.name)];
    let [red, green] = &alarms;
    let watched = |names: &[&String]| format!("{STEPS}, alarms = {}", json!(names));

    scene.configure(256, &watched(&[red]), "");
    let (report, sent) = scene.deploy(&[], 1);
    let message = report["error"]["message"].to_string();
    assert!(message.contains(&format!("there is no alarm `{red}`")), "{report:#}");
    assert_eq!((sent.count("PublishVersion"), sent.count("UpdateAlias")), (0, 0));

    scene.alarm(red, "ALARM");
    scene.alarm(green, "OK");
    scene.configure(256, &watched(&[red, green]), "");
    let (run, next) = scene.begin();
    scene.alarm(green, "ALARM");
    let report = scene.end(run, 5);
    let rollout = &report["functions"][0]["rollout"];
    assert_eq!(rollout["reason"], format!("alarm `{green}` went red"), "{report:#}");
    let findings = rollout["steps"][0]["findings"].to_string();
    assert!(findings.contains(&format!("alarm `{red}` was red before, and still is")), "{findings}");
    scene.assert_serves(old);

    scene.configure(512, &watched(&[red, green]), "");
    let (run, last) = scene.begin();
    assert_ne!(last, next);
    scene.count(old, last, GOOD);
    scene.end(run, 0);
    scene.assert_serves(last);
}
