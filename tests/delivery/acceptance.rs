//! `from = "staging"`: an environment that accepts only what another one serves.

use serde_json::json;

use crate::scene::{Place, Scene};

fn scene(functions: &[&str]) -> (Scene, Place) {
    let scene = Scene::on_local(functions);
    scene.configure("[env.staging]\n\n[env.prod]\nfrom = \"staging\"\nmemory = 512\n");
    let place = scene.place("eu-west-1");
    (scene, place)
}

#[test]
fn what_staging_serves_is_taken_from_there_without_a_build() {
    let (scene, place) = scene(&["hello"]);
    scene.ends("deploy --env staging", 0);
    // Nothing of the build is on this machine any more.
    fs_err::remove_dir_all(scene.fixture.root().join("target")).expect("it is there");
    let (plan, _, sent) = scene.report("plan --env prod", 0);
    assert_eq!((&plan["functions"][0]["origin"], sent.writes().len()), (&json!("promoted"), 0));
    let (report, outcome, _) = scene.report("deploy --env prod", 0);
    let function = &report["functions"][0];
    assert_eq!((&function["origin"], &function["built"]), (&json!("promoted"), &json!(false)), "{outcome}");
    assert!(!outcome.stderr.contains("Building"), "{outcome}");
    let (staging, prod) = (place.served("hello-staging"), place.served("hello-prod"));
    assert_eq!((&prod["CodeSha256"], &prod["MemorySize"]), (&staging["CodeSha256"], &json!(512)));
    let (report, _, sent) = scene.report("deploy --env prod", 0);
    assert_eq!((&report["result"], sent.writes().len()), (&json!("unchanged"), 0));
}

#[test]
fn another_source_is_refused_with_nothing_written_and_a_comment_is_none() {
    let (scene, place) = scene(&["hello", "worker"]);
    scene.ends("deploy --env staging", 0);
    scene.ends("deploy --env prod", 0);
    let staging = place.served("hello-staging");

    scene.fixture.set_version("hello", "2");
    for verb in ["plan", "deploy"] {
        let refused = scene.ends(&format!("{verb} --env prod"), 4);
        let words = refused.last_words().trim_start();
        let sentence = "error: `hello` would be ";
        assert!(words.starts_with(sentence) && words.contains(", and `staging` serves "), "{refused}");
        let hint = "hint: deploy it to `staging` first, or ship what that serves with `cargo lambdaship promote --from \
                    staging --env prod`\n";
        assert!(words.ends_with(hint), "{refused}");
        assert_eq!(scene.sent().writes(), [""; 0], "{verb}");
    }
    // The other function is as it was, and is not held up when it is chosen.
    let (report, _, _) = scene.report("deploy --env prod -f worker", 0);
    assert_eq!(report["result"], "unchanged");
    assert_eq!(place.served("hello-prod")["CodeSha256"], staging["CodeSha256"]);

    scene.fixture.set_version("hello", "1");
    let path = scene.fixture.root().join("functions/hello/src/main.rs");
    let text = fs_err::read_to_string(&path).expect("it is there");
    fs_err::write(&path, format!("{text}// Nothing but a remark.\n")).expect("it can be written");
    let (report, outcome, _) = scene.report("deploy --env prod", 0);
    let hello = &report["functions"][0];
    assert_eq!((&hello["built"], &hello["outcome"]), (&json!(true), &json!("unchanged")), "{outcome}");

    // Once staging serves it, prod takes it.
    scene.fixture.set_version("hello", "2");
    scene.ends("deploy --env staging", 0);
    let (report, _, _) = scene.report("deploy --env prod", 0);
    let told: Vec<_> = ["origin", "outcome"].map(|key| report["functions"][0][key].clone()).into();
    assert_eq!(json!(told), json!(["promoted", "updated"]));
    assert_eq!(place.served("hello-prod")["CodeSha256"], place.served("hello-staging")["CodeSha256"]);
}
