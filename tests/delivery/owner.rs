//! Whose bucket the store is: every request says it, and a bucket of somebody else is neither read nor written.

use cargo_lambdaship::local::ACCOUNT;
use serde_json::json;

use crate::scene::Scene;

const BUCKET: &str = "delivery-owner";

fn configure(scene: &Scene, more: &str) {
    scene.configure(&format!("[env.staging]\nstore = \"{BUCKET}\"\n{more}"));
}

#[test]
fn a_bucket_is_used_only_as_that_of_the_account_which_is_expected() {
    let scene = Scene::on_local(&["hello"]);
    let place = scene.place("eu-west-1");
    place.bucket(BUCKET);
    configure(&scene, "");
    for (line, owners) in [
        ("deploy --env staging", 1),
        ("plan --env staging", 1),
        ("history --env staging", 1),
        ("drift --env staging", 1),
        ("doctor --env staging", 1),
        ("prune --env staging --keep 1 --yes", 1),
        ("status --env staging", 0),
    ] {
        scene.run(line).output();
        let sent = scene.sent();
        assert_eq!(sent.owners(), [Some(ACCOUNT)].into_iter().take(owners).collect(), "{line}: {sent:?}");
        scene.proxy.reset();
    }

    // Somebody else has the bucket's name now, or somebody else's was meant all along.
    let before = place.keys(BUCKET, "");
    configure(&scene, "store-account = \"999999999999\"\n");
    scene.fixture.set_version("hello", "2");
    let refused = scene.ends("deploy --env staging", 1);
    assert!(
        refused.stderr.contains("AccessDenied") || refused.stderr.contains("HTTP status 403"),
        "{refused}"
    );
    let hint = format!(
        "hint: bucket `{BUCKET}` has to be account 999999999999's: if it is another one's that you trust, state that \
         account as `store-account` beside `store` in lambdaship.toml"
    );
    assert!(refused.stderr.contains(&hint), "{refused}");
    assert_eq!(scene.sent().owners(), [Some("999999999999")].into());
    assert_eq!((place.keys(BUCKET, ""), place.versions("hello-staging")), (before, vec!["1".to_owned()]));

    // The way out of it.
    configure(&scene, &format!("store-account = \"{ACCOUNT}\"\n"));
    let (report, _, _) = scene.report("deploy --env staging", 0);
    assert_eq!(report["functions"][0]["version"], json!({ "from": 1, "to": 2 }));

    // A store that others may need something of, whose account nobody states, is left alone.
    let own = format!("store = \"{BUCKET}\"\nstore-account = \"{ACCOUNT}\"\n");
    let prune = "prune --env staging --keep 1 --yes";
    for (account, unknown) in [(String::new(), true), (format!("account = \"{ACCOUNT}\"\n"), false)] {
        scene.configure(&format!("[env.prod]\n{own}{account}[env.staging]\n{own}"));
        let (pruned, outcome, _) = scene.report(prune, 0);
        let left = pruned["stores"][0]["left_alone"].as_str();
        assert_eq!(left.is_some_and(|why| why.contains("`prod`")), unknown, "{outcome}");
    }

    // Where code only comes from it, it is said, and Lambda gives the code.
    scene.configure(&format!(
        "[env.staging]\nstore = \"{BUCKET}\"\nstore-account = \"999999999999\"\n[env.prod]\n"
    ));
    let promoted = scene.ends("promote --from staging --to prod", 0);
    let said = "so what `staging` serves is fetched from Lambda";
    assert!(promoted.stderr.contains(said) && promoted.stderr.contains(&hint), "{promoted}");
}
