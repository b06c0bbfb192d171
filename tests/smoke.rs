//! Smoke events: a version that does not answer as it has to gets no traffic.

use serde_json::json;

use crate::support::run::Outcome;
use crate::support::stage::json as document;
use crate::support::{Fixture, lambdaship};

const SECRET: &str = "hunter2-hunter2";

/// A workspace whose function `hello` has to answer as `version`, to an event that asks for the secret, too.
fn expecting(version: &str) -> Fixture {
    let fixture = Fixture::new(&["hello"]);
    fixture.configure(&format!(
        r#"[functions.hello]
variables = {{ TOKEN = "{SECRET}" }}
smoke = [
  {{ event = '{{"name":"you"}}', expect = {{ json = {{ "/message" = "hello you" }}, within = "1m" }} }},
  {{ name = "right", event = {{ variable = "TOKEN" }}, expect = {{ json = {{ "/version" = "{version}" }} }} }},
]
"#
    ));
    fixture
}

fn run(fixture: &Fixture, arguments: &[&str]) -> Outcome {
    let outcome = lambdaship(fixture).args(arguments).args(&["--env", "local"]).output();
    assert!(!outcome.to_string().contains(SECRET), "{outcome}");
    outcome
}

#[test]
fn a_version_that_does_not_answer_as_it_has_to_gets_no_traffic() {
    let fixture = expecting("2");
    let first = run(&fixture, &["deploy"]).exited(5);
    assert!(first.stderr.contains("     Testing hello v1: 2 smoke events\n"), "{first}");
    let said = "error: `hello`: version 1 of lambda `hello-local` did not pass the smoke event `right`\n\
                caused by: `right` `/version` is \"1\", not \"2\"\n\
                caused by: `right` was sent {\"variable\":\"TOKEN\"}\n\
                caused by: `right` came back as {\"message\":\"hello world\",\"version\":\"1\",\"variable\":\"…\"}\n\
                caused by: `right` logged\n    ";
    assert!(first.stderr.contains(said), "{first}");
    assert!(first.stderr.contains("\n    greeting world\n"), "{first}");
    assert!(first.stderr.contains("\nhint: the alias is as it was; "), "{first}");
    let status = document(&run(&fixture, &["status", "--format", "json"]).exited(0));
    assert_eq!((&status[0]["state"], &status[0]["version"]), (&json!("not-deployed"), &json!(null)));

    fixture.set_version("hello", "2");
    run(&fixture, &["deploy"]).exited(0);
    fixture.set_version("hello", "3");
    let update = run(&fixture, &["deploy", "--format", "json"]).exited(5);
    let report = document(&update);
    let function = &report["functions"][0];
    assert_eq!((&report["result"], &function["outcome"]), (&json!("rolled-back"), &json!("rolled-back")));
    assert_eq!(function["version"], json!({ "from": 2, "to": 2 }));
    assert_eq!(function["error"]["exit"], 5);
    let smoke = &function["smoke"];
    assert_eq!(
        (&smoke[0]["name"], &smoke[0]["passed"], &smoke[0]["problems"]),
        (&json!("1"), &json!(true), &json!([]))
    );
    assert_eq!(smoke[1]["problems"], json!(["`/version` is \"3\", not \"2\""]));
    let served = document(&run(&fixture, &["invoke", "hello", "{}"]).exited(0));
    assert_eq!(served["version"], "2", "callers notice nothing");
}

#[test]
fn artifacts_are_given_their_smoke_events_without_any_account() {
    let fixture = expecting("1");
    run(&fixture, &["build"]).exited(0);
    let passed = run(&fixture, &["verify", "--smoke", "--format", "json"]).exited(0);
    assert_eq!(document(&passed)[0]["smoke"][1]["passed"], true, "{passed}");
    assert!(passed.stderr.contains("     Testing hello: 2 smoke events\n"), "{passed}");

    fixture.edit("lambdaship.toml", r#""/version" = "1""#, r#""/version" = "9""#);
    let refused = run(&fixture, &["verify", "--smoke"]).exited(4);
    assert!(refused.stderr.contains("caused by: `right` `/version` is \"1\", not \"9\"\n"), "{refused}");
    run(&fixture, &["verify"]).exited(0);
    assert!(!fixture.root().join("target/lambdaship/local").exists(), "nothing was deployed");
}

/// One that fails does not hide the others.
#[test]
fn all_artifacts_are_given_their_smoke_events_though_one_fails() {
    let fixture = Fixture::new(&["hello", "middle", "worker"]);
    let function = |name: &str, version: &str| {
        format!(
            "[functions.{name}]\nsmoke = [{{ event = \"{{}}\", expect = {{ json = {{ \"/version\" = \"{version}\" }} }} }}]\n"
        )
    };
    fixture.configure(&[function("hello", "8"), function("middle", "1"), function("worker", "9")].concat());
    run(&fixture, &["build"]).exited(0);
    let refused = run(&fixture, &["verify", "--smoke", "--format", "json"]).exited(4);
    for (name, expected) in [("hello", "8"), ("worker", "9")] {
        let said = format!("caused by: `1` `/version` is \"1\", not \"{expected}\"\n");
        assert!(refused.stderr.contains(&said), "{name}: {refused}");
    }
    let all = document(&refused);
    let passed = |index: usize| (all[index]["smoke"][0]["passed"].as_bool(), all[index]["error"].is_null());
    let failed = (Some(false), false);
    assert_eq!([passed(0), passed(1), passed(2)], [failed, (Some(true), true), failed], "{refused}");
    let table = run(&fixture, &["verify", "--smoke"]).exited(4).stdout;
    let last = |line: &str| line.rsplit("  ").next().unwrap_or_default().trim().to_owned();
    assert_eq!(
        table.lines().map(last).collect::<Vec<_>>(),
        ["SMOKE", "1 of 1 failed", "1 passed", "1 of 1 failed"],
        "{table}"
    );
}
