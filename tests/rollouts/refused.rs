//! Versions that cannot share an alias, and aliases that may not be moved.

use serde_json::json;

use super::counter::{Calls, GOOD};
use super::scene::{STEPS, Scene, Unlike};
use crate::support::stage;
use crate::support::wait_until;

/// It is said before anything is built or written, also where the server would take it.
pub(super) fn unlike_versions(scene: &Scene) {
    let queue = format!("arn:aws:sqs:eu-west-1:{}:failed", scene.stage.account);
    let (before, old) = (scene.alias(), scene.serves());
    for (name, setting) in
        [("role", "role = \"other\"".to_owned()), ("dead-letter", format!("dead-letter = \"{queue}\""))]
    {
        scene.configure(128, STEPS, &setting);
        for verb in ["plan", "deploy"] {
            let (report, sent) = scene.stage.report(&[verb, "--zip", "two.zip"], 2);
            let said = report["error"]["message"].to_string();
            assert!(
                said.contains(&format!("`hello` cannot move in steps: its `{name}` changes")),
                "{report:#}"
            );
            assert_eq!(sent.writes(), Vec::<&str>::new());
        }
    }
    let (all, _) = scene.stage.report(&["history"], 0);
    assert_eq!((all.as_array().map(Vec::len), scene.alias()), (Some(1), before));

    let changed =
        scene.change("PUT", "configuration", &json!({ "DeadLetterConfig": { "TargetArn": queue } }));
    assert_eq!(changed.status, 200, "{}", changed.body);
    let next = wait_until("a version with another dead-letter target", || {
        let published = scene.change("POST", "versions", &json!({}));
        let published: serde_json::Value = serde_json::from_str(&published.body).ok()?;
        published["Version"].as_str()?.parse().ok()
    });
    let answer = scene.split_by_hand(old, next);
    assert_eq!(answer.status == 400, scene.unlike == Unlike::Refused, "{}", answer.body);
    assert_eq!(scene.split().is_none(), scene.unlike == Unlike::Refused);
}

/// Without the permission to move it an alias stays where it is: that is nothing to act on, unless it is half-way.
pub(super) fn no_permission(scene: &Scene) {
    const DENIED: &str = "error:403:AccessDeniedException:not authorized to perform lambda:UpdateAlias";
    let (before, old) = (scene.alias(), scene.serves());
    scene.configure(256, STEPS, "");
    scene.stage.proxy.fault_always("UpdateAlias", DENIED);
    let arguments = ["deploy", "--zip", "one.zip", "--env", "staging", "--format", "json"];
    let report = stage::json(&scene.stage.run(&arguments).output().exited(1));
    let error = &report["functions"][0]["error"];
    assert!(error["message"].to_string().ends_with(" was broken off\""), "{report:#}");
    assert!(error["causes"].to_string().contains("AccessDeniedException"), "{report:#}");
    assert_eq!(scene.alias(), before);

    let (run, next) = scene.begin();
    scene.stage.proxy.fault_always("UpdateAlias", DENIED);
    scene.count(old, next, Calls { failed: 100, ..GOOD });
    let report = scene.end(run, 7);
    let hint = report["functions"][0]["error"]["hint"].to_string();
    assert!(hint.contains("act now: `aws lambda update-alias --region eu-west-1"), "{report:#}");
    assert_eq!((scene.serves(), scene.split()), (old, Some((next, 0.1))));
    scene.stage.report(&["rollout", "abort"], 0);
    scene.assert_serves(old);
}
