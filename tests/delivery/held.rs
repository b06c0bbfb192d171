//! Two runs on the same aliases at once: one of them works, and what the other does is said.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::scene::{Place, Scene};
use crate::support::run::{Run, Running};
use crate::support::wait_until;

const BUCKET: &str = "delivery-locks";
const LOCK: &str = "locks/hello-staging/live.json";

struct Two {
    scene: Scene,
    place: Place,
}

impl Two {
    fn new() -> Self {
        let scene = Scene::on_local(&["hello"]);
        scene.configure(&format!("[env.staging]\nstore = \"{BUCKET}\"\n"));
        let place = scene.place("eu-west-1");
        place.bucket(BUCKET);
        Self { scene, place }
    }

    /// A run in CI with this number.
    fn in_ci(&self, line: &str, number: &str) -> Run {
        let run = self.scene.run(line).env("GITHUB_SERVER_URL", "https://ci.example");
        run.env("GITHUB_REPOSITORY", "acme/shop").env("GITHUB_RUN_ID", number)
    }

    /// A run that has the lock, and is in the middle of `operation` until the proxy's next reset.
    fn in_the_middle_of(&self, operation: &str) -> Running {
        // What takes long is done before, so that there is something to wait for at once.
        self.scene.ends("plan --env staging", 0);
        self.scene.proxy.reset();
        self.scene.proxy.fault(operation, "hang");
        // It waits for its answer for as long as the test needs.
        let run = self.in_ci("deploy --env staging --read-timeout 900", "1").start();
        wait_until(operation, || (self.scene.proxy.report().count(operation) > 0).then_some(()));
        assert_eq!(self.keys(), [LOCK]);
        run
    }

    fn keys(&self) -> Vec<String> {
        self.place.keys(BUCKET, "locks/")
    }

    fn lock(&self) -> Value {
        self.place.document(&format!("{BUCKET}/{LOCK}"))
    }

    fn ledger(&self) -> Vec<Value> {
        let ledger = self.place.ledger(BUCKET, "hello-staging");
        ledger
            .iter()
            .map(|release| json!([release["outcome"], release["version"]["to"], release["run"]]))
            .collect()
    }
}

fn run_of(number: &str) -> String {
    format!("https://ci.example/acme/shop/actions/runs/{number}")
}

#[test]
fn of_two_runs_one_works_and_the_other_ends_or_waits() {
    let two = Two::new();
    let first = two.in_the_middle_of("CreateFunction");
    let lock = two.lock();
    let (owner, taken) = (lock["owner"].as_str().expect("an owner"), lock["taken"].as_str().expect("a time"));

    let refused = two.in_ci("deploy --env staging", "2").output().exited(6);
    let said = format!(
        "error: hello-staging:live is locked by {owner} (run {}) since {}Z; the lock expires at ",
        run_of("1"),
        &taken[..19]
    );
    let hint = "hint: `--wait` waits until it is free, `--wait=10m` no longer than that\n";
    let words = refused.last_words().trim_start();
    assert!(words.starts_with(&said) && words.ends_with(hint), "{said}\n{refused}");
    let refused = two.in_ci("deploy --env staging --wait=1s", "2").output().exited(6);
    assert!(refused.last_words().contains("let it `--wait` longer"), "{refused}");

    let mut waits = two.in_ci("deploy --env staging --wait --format json", "3").start();
    waits.wait_for(&format!("Waiting for {owner} (run {})", run_of("1")));
    two.scene.proxy.reset();
    let first = first.finish().exited(0);
    assert!(first.stdout.contains("hello-staging"), "{first}");
    let waited = waits.finish().exited(0);
    let report = crate::support::stage::json(&waited);
    let hello = &report["functions"][0];
    assert_eq!(
        (&report["result"], &hello["version"]),
        (&json!("unchanged"), &json!({ "from": 1, "to": 1 })),
        "{waited}"
    );
    assert_eq!(two.place.versions("hello-staging"), ["1"]);
    assert_eq!(two.keys(), [""; 0]);
    assert_eq!(two.ledger(), [json!(["updated", 1, run_of("1")])]);
    two.scene.sent();
}

#[test]
fn two_that_bring_different_code_both_bring_it_one_after_the_other() {
    let two = Two::new();
    two.scene.ends("deploy --env staging", 0);
    two.scene.fixture.set_version("hello", "2");
    let first = two.in_the_middle_of("UpdateFunctionCode");
    two.scene.fixture.set_version("hello", "3");
    let mut waits = two.in_ci("deploy --env staging --wait", "2").start();
    waits.wait_for("Waiting for ");
    two.scene.proxy.reset();
    first.finish().exited(0);
    waits.finish().exited(0);
    assert_eq!(two.place.versions("hello-staging"), ["1", "2", "3"]);
    assert_eq!(two.place.served("hello-staging")["Version"], "3");
    let ledger = two.place.ledger(BUCKET, "hello-staging");
    let mut versions: Vec<_> = ledger.iter().map(|release| release["version"].clone()).collect();
    // The server's clock ticks by the second, so that what came later can be earlier in the ledger.
    versions.sort_by_key(|version| version["to"].as_u64());
    let moved = |from: Option<u64>, to: u64| json!({ "from": from, "to": to });
    assert_eq!(versions, [moved(None, 1), moved(Some(1), 2), moved(Some(2), 3)]);
}

#[test]
fn what_a_killed_run_held_is_taken_over_once_it_expired() {
    let two = Two::new();
    two.scene.ends("deploy --env staging", 0);
    two.scene.fixture.set_version("hello", "2");
    let killed = two.in_the_middle_of("UpdateFunctionCode");
    killed.signal(Signal::KILL);
    assert_eq!(killed.finish().code, None);
    two.scene.proxy.reset();

    let refused = two.in_ci("deploy --env staging", "2").output().exited(6);
    assert!(refused.last_words().contains(&format!("(run {})", run_of("1"))), "{refused}");
    let mut lock = two.lock();
    lock["taken"] = json!("2026-01-01T00:00:00Z");
    lock["expires"] = json!("2026-01-01T00:02:00Z");
    two.place.put(&format!("{BUCKET}/{LOCK}"), &lock.to_string());
    let over = two.in_ci("deploy --env staging", "3").output().exited(0);
    let owner = lock["owner"].as_str().expect("an owner");
    let said = format!("Taking over the expired lock of {owner} (run {}) on hello-staging:live", run_of("1"));
    assert!(over.stderr.contains(&said), "{over}");
    assert_eq!((two.keys(), two.place.versions("hello-staging")), (vec![], vec!["1".into(), "2".into()]));
}

#[test]
fn who_goes_without_locks_does_not_mind_those_of_others() {
    let two = Two::new();
    two.scene.ends("deploy --env staging", 0);
    two.scene.fixture.set_version("hello", "2");
    let first = two.in_the_middle_of("UpdateFunctionCode");
    let lock = two.lock();
    two.in_ci("deploy --env staging --no-lock", "2").output().exited(0);
    assert_eq!(two.lock()["id"], lock["id"], "it is still the other's");
    two.scene.proxy.reset();
    // The revision that it has is not that of Lambda any more.
    let late = first.finish().exited(6);
    assert!(late.last_words().contains("hello-staging"), "{late}");
    assert_eq!(two.place.versions("hello-staging"), ["1", "2"]);
    assert_eq!(two.place.served("hello-staging")["Version"], "2");
}

#[test]
fn a_deploy_without_a_change_takes_no_lock() {
    let two = Two::new();
    two.scene.ends("deploy --env staging", 0);
    let (report, _, sent) = two.scene.report("deploy --env staging", 0);
    assert_eq!(report["result"], "unchanged");
    let s3: Vec<_> = sent.order().into_iter().filter(|name| name.starts_with("s3.")).collect();
    assert_eq!(s3, ["s3.ListObjectsV2"]);
    assert_eq!(report["requests"], json!({ "lambda": 1, "s3": 1 }));
    assert_eq!(two.keys(), [""; 0]);
}

#[test]
fn a_rollout_that_is_left_is_noticed_by_who_would_change_nothing() {
    let two = Two::new();
    two.scene.ends("deploy --env staging", 0);
    two.scene.fixture.set_version("hello", "2");
    two.scene.ends("deploy --env staging --rollout 10%/1h --detach", 0);
    assert_eq!(two.keys(), [LOCK]);
    let lock = two.lock();
    assert!(lock["expires"].as_str() <= lock["taken"].as_str(), "nobody has it: {lock}");

    // What the alias' own version serves is what the workspace has.
    two.scene.fixture.set_version("hello", "1");
    let refused = two.scene.ends("deploy --env staging --under-way refuse", 6);
    let said = "alias `live` of lambda `hello-staging` is in the middle of a rollout of version 2";
    assert!(refused.last_words().contains(said), "{refused}");
    let (report, outcome, _) = two.scene.report("deploy --env staging --under-way abort", 0);
    assert_eq!(report["functions"][0]["outcome"], "rolled-back", "{outcome}");
    assert_eq!(two.keys(), [""; 0]);
    let alias = two.place.lambda("hello-staging/aliases/live");
    assert_eq!((&alias["FunctionVersion"], &alias["RoutingConfig"]), (&json!("1"), &json!(null)));
}

#[test]
fn the_doctor_looks_at_the_store() {
    let scene = Scene::on_local(&["hello"]);
    scene.configure(&format!("[env.staging]\nstore = \"{BUCKET}\"\n"));
    let store = |exit| {
        let checks = scene.run("doctor --env staging --format json").output().exited(exit);
        let checks: Value = serde_json::from_str(&checks.stdout).expect("JSON");
        let store = checks.as_array().expect("a list").iter().find(|check| check["name"] == "store");
        store.cloned().expect("it looks at the store")
    };
    let missing = store(1);
    let hint = missing["hint"].as_str().expect("a hint");
    assert!(missing["ok"] == false && hint.contains(&format!("aws s3 mb s3://{BUCKET}")), "{missing}");
    scene.place("eu-west-1").bucket(BUCKET);
    assert_eq!(store(1), json!({ "name": "store", "ok": true, "found": BUCKET, "hint": null }));
}
