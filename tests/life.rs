//! The life of a function on three servers that differ only by their endpoint, and the guard between two accounts.

use cargo_lambdaship::local::ACCOUNT;
use serde_json::{Value, json};

use crate::support::server::fresh_account;
use crate::support::stage::{self, Stage};
use crate::support::{Answers, Fixture, Local, Server, lambdaship};

/// Whether a server runs what it is given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Runs {
    Functions,
    Nothing,
}

/// Leads the function `function` through its life.
fn live(stage: &Stage, function: &str, runs: Runs) {
    let answers = |version: &str| {
        if runs == Runs::Functions {
            let event = r#"{"name":"you"}"#;
            let answer = stage.run(&["invoke", function, event, "--env", "staging"]).output().exited(0);
            assert_eq!(
                stage::json(&answer),
                json!({ "message": "hello you", "version": version, "variable": null })
            );
        }
    };

    let (report, sent) = stage.report(&["deploy"], 0);
    let first = expect(&report, "created", &["code"]);
    assert_eq!((sent.count("CreateFunction"), sent.count("PublishVersion")), (1, 1));
    answers("1");

    let (report, sent) = stage.report(&["deploy"], 0);
    assert_eq!((expect(&report, "unchanged", &[]), &report["uploaded_bytes"]), (first, &json!(0)));
    assert_eq!(sent.writes(), Vec::<&str>::new());
    assert!(sent.lambda() <= 2, "{:?}", sent.order());
    assert!(sent.request_bytes() < 1000, "{:?}", sent.operations);

    stage.fixture.set_version(function, "2");
    let (report, sent) = stage.report(&["deploy"], 0);
    let second = expect(&report, "updated", &["code"]);
    assert_eq!(sent.writes(), ["lambda.UpdateFunctionCode", "lambda.PublishVersion", "lambda.UpdateAlias"]);
    answers("2");

    stage.fixture.edit("lambdaship.toml", "[env.staging]\n", "[env.staging]\nmemory = 256\n");
    let (report, sent) = stage.report(&["deploy"], 0);
    let third = expect(&report, "updated", &["memory"]);
    assert_eq!(report["functions"][0]["changes"][0], json!({ "field": "memory", "from": 128, "to": 256 }));
    assert_eq!(
        sent.writes(),
        ["lambda.UpdateFunctionConfiguration", "lambda.PublishVersion", "lambda.UpdateAlias"]
    );
    assert!(sent.request_bytes() < 2000, "no artifact was sent again: {:?}", sent.operations);
    assert!(first < second && second < third, "{first} {second} {third}");

    for (back, code) in [(second, "2"), (third, "2"), (first, "1")] {
        let to = back.to_string();
        let to: &[&str] = if back == second { &["rollback"] } else { &["rollback", "--to-version", &to] };
        let (report, sent) = stage.report(to, 0);
        assert_eq!(expect(&report, "rolled-back", &[]), back, "{to:?}");
        assert_eq!(sent.writes(), ["lambda.UpdateAlias"]);
        answers(code);
    }

    let (report, sent) = stage.report(&["deploy"], 0);
    assert_eq!(expect(&report, "moved", &["code", "memory"]), third, "no new version is needed");
    assert_eq!(sent.writes(), ["lambda.UpdateAlias"]);
    answers("2");
}

/// Fails the test unless the one function of `report` came out as `outcome` with these changes; answers the version
/// that its alias serves.
fn expect(report: &Value, outcome: &str, changes: &[&str]) -> u64 {
    let function = &report["functions"][0];
    let fields: Vec<_> =
        function["changes"].as_array().expect("changes").iter().map(|c| &c["field"]).collect();
    assert_eq!(
        (&function["outcome"], fields),
        (&json!(outcome), changes.iter().map(|c| json!(c)).collect::<Vec<_>>().iter().collect())
    );
    function["version"]["to"].as_u64().unwrap_or_else(|| panic!("no version: {report:#}"))
}

#[test]
fn a_life_on_the_local_aws() {
    let local = Local::start();
    live(&Stage::new(&["hello"], local.endpoint(), ACCOUNT, Answers::Strict), "hello", Runs::Functions);
}

#[test]
fn a_life_on_ministack() {
    let endpoint = Server::ministack().endpoint();
    live(&Stage::new(&["hello"], &endpoint, &fresh_account(), Answers::Lenient), "hello", Runs::Functions);
}

#[test]
fn a_life_on_moto() {
    let endpoint = Server::moto().endpoint();
    live(&Stage::new(&["alive"], &endpoint, "123456789012", Answers::Lenient), "alive", Runs::Nothing);
}

#[test]
fn a_life_with_nothing_but_a_workspace() {
    let fixture = Fixture::new(&["hello"]);
    let run = |arguments: &[&str]| {
        lambdaship(&fixture).args(arguments).args(&["--env", "local"]).output().exited(0)
    };
    let report = |arguments: &[&str]| stage::json(&run(&[arguments, &["--format", "json"]].concat()));
    let answer = |version: &str| {
        let answer = stage::json(&run(&["invoke", "hello", r#"{"name":"you"}"#]));
        assert_eq!(answer["version"], version, "{answer}");
    };

    assert_eq!(expect(&report(&["deploy"]), "created", &["code"]), 1);
    answer("1");
    assert_eq!(expect(&report(&["deploy"]), "unchanged", &[]), 1);
    fixture.set_version("hello", "2");
    assert_eq!(expect(&report(&["deploy"]), "updated", &["code"]), 2);
    answer("2");
    assert_eq!(expect(&report(&["rollback"]), "rolled-back", &[]), 1);
    answer("1");
    assert_eq!(expect(&report(&["deploy"]), "moved", &["code"]), 2);
    answer("2");
}
