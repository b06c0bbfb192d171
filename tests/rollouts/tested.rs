//! Smoke events, with functions that the server really runs.

use serde_json::json;

use super::scene::{SILENT, Scene};

/// A version that answers wrongly gets no traffic; one that answers right gets some, and its smoke events also decide on a
/// step without calls.
pub(super) fn before_traffic(scene: &Scene) {
    let old = scene.serves();
    let expecting = |version: &str| {
        format!(
            r#"smoke = [{{ name = "right", event = {{ name = "you" }}, expect = {{ json = {{ "/version" = "{version}" }} }} }}]"#
        )
    };
    scene.configure(256, SILENT, &expecting("2"));
    let (report, sent) = scene.deploy(&[], 5);
    let smoke = &report["functions"][0]["smoke"][0];
    assert_eq!(smoke["problems"], json!(["`/version` is \"1\", not \"2\""]), "{report:#}");
    assert_eq!((sent.count("UpdateAlias"), sent.count("Invoke")), (0, 1));
    scene.assert_serves(old);

    scene.configure(512, SILENT, &expecting("2"));
    let (report, sent) = scene.stage.report(&["deploy", "--zip", "two.zip"], 0);
    let function = &report["functions"][0];
    assert_eq!(
        (&function["smoke"][0]["passed"], &function["rollout"]["end"]),
        (&json!(true), &json!("promoted")),
        "{report:#}"
    );
    assert_eq!(sent.count("Invoke"), 2, "before the traffic, and for want of it");
    scene.assert_serves(function["version"]["to"].as_u64().expect("a version"));
}
