//! Promotions that are refused: what is served is not what was seen, or there is nothing of the kind.

use serde_json::json;

use crate::scene::Scene;
use crate::support::wait_until;

const TWO: &str = "[env.staging]\n\n[env.prod]\n";

#[test]
fn what_staging_no_longer_serves_is_not_promoted() {
    for (store, operation, nth) in
        [("", "GetCallerIdentity", 2), ("store = \"delivery-prod\"\n", "PutObject", 1)]
    {
        let scene = Scene::on_local(&["hello"]);
        let place = scene.place("eu-west-1");
        place.bucket("delivery-prod");
        scene.configure(&format!("{TWO}{store}"));
        scene.ends("deploy --env staging", 0);
        scene.fixture.set_version("hello", "2");
        scene.ends("deploy --env staging", 0);

        scene.proxy.reset();
        scene.proxy.faults(&json!({ "operation": operation, "nth": nth, "action": "hang" }));
        let promotion = scene.run("promote --from staging --to prod").start();
        wait_until("prod to be looked at", || (scene.proxy.report().count(operation) >= nth).then_some(()));
        // Where the traffic goes is the same in the end, but somebody is at work there.
        place.change_alias("hello-staging", &json!({ "FunctionVersion": "1" }));
        scene.proxy.reset();
        let refused = promotion.finish().exited(6);
        let said = "environment `staging` moved on: somebody wrote to alias `live` of `hello-staging`";
        assert!(refused.last_words().contains(said), "{refused}");
        assert!(refused.stderr.contains("hint: run the command again for what it serves now"), "{refused}");
        assert_eq!(place.lambda("hello-prod"), json!(null), "nothing was written");
        // What is left of a lock is a mark that nobody holds.
        for key in place.keys("delivery-prod", "locks/") {
            let lock = place.document(&format!("delivery-prod/{key}"));
            assert!(lock["expires"].as_str() <= lock["taken"].as_str(), "{lock}");
        }

        let (report, _, _) = scene.report("promote --from staging --to prod", 0);
        assert_eq!(report["functions"][0]["code_sha256"], place.served("hello-staging")["CodeSha256"]);
    }
}

#[test]
fn half_of_what_staging_serves_is_not_promoted() {
    let scene = Scene::on_local(&["hello"]);
    scene.configure(TWO);
    scene.ends("deploy --env staging", 0);
    scene.fixture.set_version("hello", "2");
    scene.ends("deploy --env staging --rollout 10%/1h --detach", 0);
    let refused = scene.ends("promote --from staging --to prod", 6);
    let said = "error: `staging` is in the middle of a rollout of version 2 of `hello-staging`\n\
                hint: promote once it has ended\n";
    assert_eq!(refused.last_words().trim_start(), said, "{refused}");
    assert_eq!(scene.sent().writes(), [""; 0]);
    scene.ends("rollout abort --env staging", 0);
    let (report, _, _) = scene.report("promote --from staging --to prod", 0);
    let staging = scene.place("eu-west-1").served("hello-staging");
    assert_eq!(
        (&staging["Version"], &report["functions"][0]["code_sha256"]),
        (&json!("1"), &staging["CodeSha256"])
    );
}

#[test]
fn what_makes_no_sense_is_said_before_anything_is_sent() {
    let scene = Scene::on_local(&["hello"]);
    scene.configure("[env.staging]\n\n[env.prod]\nfrom = \"staging\"\n\n[env.test]\n");
    for (line, message) in [
        ("--from prod --to prod", "`prod` cannot be promoted to itself"),
        ("--from local --to test", "what `local` runs is built for this machine alone"),
        ("--from staging --to local", "what `local` runs is built for this machine alone"),
        ("--from test --to prod", "environment `prod` accepts only what `staging` serves"),
        ("--from staging", "no environment was given"),
        ("--from nowhere --to prod", "environment `prod` accepts only what `staging` serves"),
        ("--from nowhere --to test", "there is no environment `nowhere`"),
        ("--from staging --to nowhere", "there is no environment `nowhere`"),
        ("--to prod", "the following required arguments were not provided"),
    ] {
        let refused = scene.ends(&format!("promote {line}"), 2);
        assert!(refused.stderr.contains(message), "{line}: {refused}");
        assert_eq!(scene.sent().order(), [""; 0], "{line}");
    }
}

#[test]
fn a_function_that_staging_does_not_serve_holds_all_back() {
    let scene = Scene::on_local(&["hello", "worker"]);
    scene.configure(TWO);
    scene.ends("deploy --env staging -f hello", 0);
    let refused = scene.ends("promote --from staging --to prod", 1);
    let said = "error: `staging` serves no `worker`: there is no alias `live` of `worker-staging`\n\
                hint: deploy it there first, or choose functions with -f\n";
    assert_eq!(refused.last_words().trim_start(), said, "{refused}");
    assert_eq!(scene.sent().writes(), [""; 0]);
    let (report, _, _) = scene.report("promote --from staging --to prod -f hello", 0);
    assert_eq!(report["functions"].as_array().map(Vec::len), Some(1));
}
