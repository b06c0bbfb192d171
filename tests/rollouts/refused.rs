//! Versions that cannot share an alias.

use serde_json::json;

use super::scene::{STEPS, Scene, Unlike};
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
    let expected = if scene.unlike == Unlike::Refused { 400 } else { 200 };
    assert_eq!(answer.status, expected, "{}", answer.body);
}
