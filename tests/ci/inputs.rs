//! Inputs that are wrong, or hostile.

use super::action::{Action, pull_request};
use crate::support::Fixture;

/// An email from the outside that tries to be a command wherever it lands.
const HOSTILE: &str = "hello\r\n::set-output name=result::changed\n::error::ours";

#[test]
fn what_is_wrong_is_said_at_once_and_fails_the_step() {
    let fixture = Fixture::new(&["hello"]);
    let step = Action::new(&fixture, "dploy").with("fail-on", "nver").done().exited(2);
    assert_eq!(step.ended(), ("failed", "usage"));
    let said = &step.outcome.stderr;
    assert!(said.contains("the input `command` is `dploy`: did you mean `deploy`?"), "{said}");
    assert!(said.contains("the input `fail-on` is `nver`: did you mean `never`?"), "{said}");
    assert_eq!(step.document["failure_reason"], "usage");
    assert!(step.output("report-file").ends_with("run.json"));
}

#[test]
fn a_workspace_that_is_not_there() {
    let fixture = Fixture::new(&["hello"]);
    let step = Action::new(&fixture, "matrix").with("working-directory", "services").done().exited(2);
    assert_eq!(step.ended(), ("failed", "usage"));
    assert!(step.outcome.stderr.contains("the input `working-directory` names"), "{}", step.outcome);
    let step = Action::new(&fixture, "matrix").with("config", "nowhere.toml").done();
    assert_eq!((step.ended().0, step.outcome.code == Some(0)), ("failed", false), "{}", step.outcome);
}

#[test]
fn nothing_from_outside_becomes_a_command() {
    let fixture = Fixture::new(&["hello"]);
    for input in
        ["command", "environment", "functions", "shard", "config", "comment-key", "to-commit", "plan-file"]
    {
        let step = Action::new(&fixture, "matrix")
            .with(input, HOSTILE)
            .env("GITHUB_REF", HOSTILE)
            .env("GITHUB_HEAD_REF", HOSTILE)
            .event("pull_request", &pull_request("acme/shop"))
            .done();
        assert_eq!(step.output("result"), "failed", "{input}: {}", step.outcome);
        let ours = |line: &&str| line.starts_with("::error title=cargo lambdaship::");
        let commands = step.commands();
        assert!(commands.iter().all(ours) && commands.len() == 1, "{input}: {commands:?}");
    }
}

#[test]
fn the_matrix_is_an_output() {
    let fixture = Fixture::new(&["hello", "worker"]);
    let step = Action::new(&fixture, "matrix").with("shard", "2").done().exited(0);
    assert_eq!(step.output("matrix-count"), "2");
    let matrix: serde_json::Value = serde_json::from_str(step.output("matrix")).expect("JSON");
    assert_eq!(matrix["include"][1]["functions"], "worker");
    let step = Action::new(&fixture, "matrix").with("functions", "worker,\nnobody").done().exited(2);
    assert_eq!(step.ended(), ("failed", "usage"));
}
