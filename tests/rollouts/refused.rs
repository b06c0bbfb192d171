//! Versions that cannot share an alias.

use serde_json::Value;

use super::scene::{STEPS, Scene};

const QUEUE: &str = "arn:aws:sqs:eu-west-1:000000000000:failed";

/// It is said before anything is built or written, whatever the server would say.
pub(super) fn unlike_versions(scene: &Scene) {
    let before = scene.alias();
    for (setting, name) in
        [("role = \"other\"".to_owned(), "role"), (format!("dead-letter = \"{QUEUE}\""), "dead-letter")]
    {
        scene.configure_more(128, STEPS, &setting);
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
    assert_eq!(scene.alias(), before);
    let all: Value = scene.stage.report_list(&["history"]);
    assert_eq!(all.as_array().map(Vec::len), Some(1), "{all:#}");
}
