//! `drift` sees what somebody did by hand with AWS's own SDK, and writes nothing.

use serde_json::json;

use crate::support::server::fresh_account;
use crate::support::stage::{Stage, for_this_machine, json as document};
use crate::support::{Answers, Server, venv};

/// A server, an account and a lambda there, and somebody with an SDK.
struct Scene {
    endpoint: String,
    account: String,
    stage: Stage,
}

impl Scene {
    fn new() -> Self {
        let (endpoint, account) = (Server::ministack().endpoint(), fresh_account());
        let stage = Stage::new(&["hello"], &endpoint, &account, Answers::Lenient);
        Self { endpoint, account, stage }
    }

    fn by_hand(&self, what: &str, name: &str) {
        let arguments = [what, "--endpoint", &self.endpoint, "--account", &self.account, "--name", name];
        let output = venv::script("boto3/drift.py").args(arguments).output().expect("Python starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Expects `code`, and answers the state and the fields that differ. Nothing may be written.
    fn drift(&self, code: i32) -> (String, Vec<String>) {
        let (report, sent) = self.stage.report(&["drift"], code);
        for request in sent.order() {
            let operation = request.split('.').next_back().unwrap_or_default();
            assert!(operation.starts_with("Get") || operation.starts_with("List"), "{request}");
        }
        assert_eq!(report["schema"], json!("lambdaship.drift/1"));
        assert_eq!(report["drifted"], json!(code == 3));
        let function = &report["functions"][0];
        let changes = function["changes"].as_array().expect("a list").iter();
        let fields = changes.map(|change| change["field"].as_str().unwrap_or_default().to_owned());
        (function["state"].as_str().unwrap_or_default().to_owned(), fields.collect())
    }

    fn deploy_twice(&self) {
        for version in ["1", "2"] {
            self.stage.fixture.set_version("hello", version);
            self.stage.report(&["deploy"], 0);
        }
    }
}

fn drifted(fields: &[&str]) -> (String, Vec<String>) {
    ("drifted".to_owned(), fields.iter().map(|&field| field.to_owned()).collect())
}

#[test]
fn without_a_store_the_alias_and_latest_tell() {
    let scene = Scene::new();
    assert_eq!(scene.drift(0).0, "unknown");
    scene.deploy_twice();
    assert_eq!(scene.drift(0), ("same".to_owned(), vec![]));

    scene.by_hand("memory", "hello-staging");
    assert_eq!(scene.drift(3), drifted(&["$LATEST.memory"]));
    scene.by_hand("back", "hello-staging");
    assert_eq!(scene.drift(3), drifted(&["version", "$LATEST.memory"]));
    let shown = scene.stage.run(&["drift", "--env", "staging"]).output().exited(3);
    let row: Vec<&str> = shown.stdout.lines().nth(1).unwrap_or_default().split_whitespace().collect();
    assert_eq!(row[..2], ["hello", "hello-staging"], "{shown}");
    assert!(row.contains(&"drifted") && shown.stdout.contains("~ $LATEST.memory: 128 -> 512"), "{shown}");

    // A deploy brings the alias to where it belongs, and takes what the configuration does not state along.
    scene.stage.report(&["deploy"], 0);
    assert_eq!(scene.drift(0), ("same".to_owned(), vec![]));
}

#[test]
fn a_version_that_somebody_published_and_serves_is_drift_without_a_store_too() {
    let scene = Scene::new();
    scene.deploy_twice();
    scene.by_hand("publish", "hello-staging");
    assert_eq!(scene.drift(3), drifted(&["version"]));
    for format in ["human", "markdown"] {
        let shown = scene.stage.run(&["drift", "--env", "staging", "--format", format]).output().exited(3);
        assert!(shown.stdout.contains("note: version 3 was not published by this tool"), "{shown}");
    }
}

#[test]
fn with_a_store_the_ledger_tells_what_was_deployed_by_whom() {
    let scene = Scene::new();
    let bucket = format!("drift-{}", scene.account);
    scene.by_hand("bucket", &bucket);
    let store =
        format!("{}[env.staging]\nregion = \"eu-west-1\"\nstore = \"{bucket}\"\n", for_this_machine());
    scene.stage.fixture.configure(&store);
    scene.deploy_twice();
    assert_eq!(scene.drift(0), ("same".to_owned(), vec![]));

    scene.by_hand("failures", &bucket);
    assert_eq!(scene.drift(0), ("same".to_owned(), vec![]), "runs that failed deployed nothing");
    scene.by_hand("back", "hello-staging");
    assert_eq!(scene.drift(3), drifted(&["version", "code"]));
    let (report, _) = scene.stage.report(&["drift"], 3);
    let function = &report["functions"][0];
    assert_eq!((&function["changes"][0]["from"], &function["changes"][0]["to"]), (&json!(2), &json!(1)));
    assert!(function["by"].is_string() && function["at"].is_string(), "{function}");

    assert_eq!(function["version"], json!(1));

    scene.by_hand("lock", &bucket);
    assert_eq!(scene.drift(0).0, "rolling-out");
    let shown = scene.stage.run(&["drift", "--env", "staging"]).output().exited(0);
    assert!(shown.stdout.contains("note: a run is under way, by ada since "), "{shown}");
    scene.by_hand("unlock", &bucket);

    scene.by_hand("gone", "hello-staging");
    assert_eq!(scene.drift(3), ("gone".to_owned(), vec![]));
    let shown = scene.stage.run(&["drift", "--env", "staging", "--format", "markdown"]).output().exited(3);
    assert!(shown.stdout.contains("| hello | hello-staging | - | gone | - |"), "{shown}");
    let elsewhere = scene.stage.run(&["drift"]).output().exited(2);
    assert!(elsewhere.stderr.contains("--env"), "{elsewhere}");
    let none =
        document(&scene.stage.run(&["status", "--env", "staging", "--format", "json"]).output().exited(0));
    assert_eq!(none[0]["state"], json!("not-deployed"));
}
