//! Whose code gets what.

use super::action::{Action, pull_request};
use super::oidc::Oidc;
use crate::support::{Answers, Fixture, Local, Proxy};

/// A job that has everything that a job can have.
fn job(fixture: &Fixture, command: &str, proxy: &Proxy, oidc: &Oidc) -> Action {
    fixture.configure("[env.staging]\n");
    let job = Action::new(fixture, command)
        .with("environment", "staging")
        .with("from", if command == "promote" { "dev" } else { "" })
        .with("dry-run", "false");
    oidc.given_to(job)
        .aws(&proxy.endpoint(), "test")
        .with("role-to-assume", "arn:aws:iam::000000000000:role/deploy")
}

#[test]
fn a_forks_pull_request_asks_nobody() {
    let (local, fixture, oidc) = (Local::settled(), Fixture::new(&["hello"]), Oidc::start());
    let proxy = Proxy::new(local.endpoint(), Answers::Strict);
    for command in ["check", "plan", "deploy", "promote", "rollback", "drift", "prune"] {
        let step =
            job(&fixture, command, &proxy, &oidc).event("pull_request", &pull_request("mallory/shop")).done();
        let step = step.exited(0);
        assert_eq!(step.ended(), ("unchanged", ""), "{command}: {}", step.outcome);
        if command != "check" {
            let notice = "::notice title=cargo lambdaship::a pull request from a fork gets no credentials";
            assert!(step.commands().iter().any(|line| line.starts_with(notice)), "{}", step.outcome);
        }
        assert_eq!(step.document["head"], "f95f852bd8fca8fcc58a9a2d6c842781e32a215e", "not the merge");
    }
    assert_eq!((proxy.report().requests.len(), oidc.asked()), (0, 0));
}

#[test]
fn a_forks_code_never_runs_beside_secrets() {
    let (local, fixture, oidc) = (Local::settled(), Fixture::new(&["hello"]), Oidc::start());
    let proxy = Proxy::new(local.endpoint(), Answers::Strict);
    let fork = pull_request("mallory/shop");
    for command in ["check", "plan", "deploy", "matrix"] {
        let step = job(&fixture, command, &proxy, &oidc).event("pull_request_target", &fork).done().exited(2);
        assert_eq!(step.ended(), ("failed", "usage"), "{command}");
    }
    assert_eq!((proxy.report().requests.len(), oidc.asked()), (0, 0));
}
