//! A rollback undoes the last deploy, and nothing that was there before it.

use crate::support::{Fixture, lambdaship, run};

#[test]
fn what_the_last_deploy_left_alone_is_left_alone() {
    let fixture = Fixture::new(&["hello", "worker"]);
    let run = |arguments: &[&str]| {
        lambdaship(&fixture).args(arguments).args(&["--env", "local"]).output().exited(0)
    };
    let versions = || {
        let status = run(&["status", "--format", "json"]).stdout;
        let served: serde_json::Value = serde_json::from_str(&status).expect("JSON");
        [&served[0], &served[1]]
            .map(|one| (one["function"].as_str().map(str::to_owned), one["version"].as_u64()))
    };
    let both =
        |hello, worker| [(Some("hello".to_owned()), Some(hello)), (Some("worker".to_owned()), Some(worker))];
    run(&["deploy"]);
    fixture.set_version("hello", "2");
    fixture.set_version("worker", "2");
    run(&["deploy"]);
    fixture.set_version("worker", "3");
    run(&["deploy"]);
    assert_eq!(versions(), both(2, 3));

    let back = run(&["rollback"]);
    let said = "Unchanged hello: the last run did not move it; `-f hello` rolls it back all the same";
    assert!(back.stderr.contains(said), "{back}");
    assert_eq!(versions(), both(2, 2));

    run(&["rollback", "-f", "hello"]);
    assert_eq!(versions(), both(1, 2));
}

fn git(fixture: &Fixture, arguments: &[&str]) -> String {
    let done = run::git(&fixture.root()).args(arguments).output().expect("git runs");
    assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

#[test]
fn what_was_built_elsewhere_is_of_the_commit_that_is_named_or_of_none() {
    let fixture = Fixture::new(&["hello"]);
    let run = |arguments: &[&str]| lambdaship(&fixture).args(arguments).args(&["--env", "local"]).output();
    for version in ["1", "2"] {
        fixture.set_version("hello", version);
        run(&["build"]).exited(0);
        let zip = fixture.root().join(format!("{version}.zip"));
        fs_err::copy(fixture.zip("hello"), zip).expect("the build left it");
    }
    git(&fixture, &["init", "-q"]);
    git(&fixture, &["add", "-A"]);
    git(&fixture, &["commit", "-q", "-m", "x"]);
    let deploy = |more: &[&str]| {
        let done = run(&[&["deploy", "--format", "json"], more].concat()).exited(0);
        let report: serde_json::Value = serde_json::from_str(&done.stdout).expect("JSON");
        report["git"].clone()
    };
    let commit = "A1".repeat(20);
    let named = deploy(&["--zip", "1.zip", "--commit", &commit]);
    assert_eq!(named, serde_json::json!({ "commit": commit.to_lowercase(), "dirty": false }));
    assert_eq!(deploy(&["--zip", "2.zip"]), serde_json::Value::Null, "what is checked out says nothing");
    let history = run(&["history"]).exited(0);
    let head = git(&fixture, &["rev-parse", "HEAD"]);
    assert!(history.stdout.contains("a1a1a1a1a1a1"), "{history}");
    assert!(!history.stdout.contains(&head[..12]), "{history}");
    run(&["rollback", "-f", "hello", "--to-commit", &head]).exited(1);
    let back = run(&["rollback", "-f", "hello", "--to-commit", &commit, "--format", "json"]).exited(0);
    let report: serde_json::Value = serde_json::from_str(&back.stdout).expect("JSON");
    assert_eq!(report["functions"][0]["version"]["to"], 1, "{back}");
    run(&["deploy", "--commit", &commit]).exited(2);
}

#[test]
fn a_commit_is_gone_back_to() {
    let fixture = Fixture::new(&["hello", "worker"]);
    let git = |arguments: &[&str]| git(&fixture, arguments);
    let run = |arguments: &[&str]| lambdaship(&fixture).args(arguments).args(&["--env", "local"]).output();
    let commit_and_deploy = |version: &str, function: &str| {
        fixture.set_version(function, version);
        git(&["add", "-A"]);
        git(&["commit", "-q", "-m", version]);
        run(&["deploy"]).exited(0);
        git(&["rev-parse", "HEAD"])
    };
    // The first build writes the lock file.
    run(&["build"]).exited(0);
    git(&["init", "-q"]);
    commit_and_deploy("2", "worker");
    let second = commit_and_deploy("2", "hello");
    commit_and_deploy("3", "worker");

    let back = run(&["rollback", "--to-commit", &second, "--format", "json"]).exited(0);
    let report: serde_json::Value = serde_json::from_str(&back.stdout).expect("JSON");
    let went = |index: usize| {
        let function = &report["functions"][index];
        (function["outcome"].as_str(), function["version"]["to"].as_u64())
    };
    // hello is from that commit itself, worker from the one before it.
    assert_eq!(went(0), (Some("unchanged"), Some(2)), "{back}");
    assert_eq!(went(1), (Some("rolled-back"), Some(1)), "{back}");

    let unknown = run(&["rollback", "--to-commit", "no-such-tag"]).exited(2);
    assert!(
        unknown
            .stderr
            .starts_with("error: git knows no commit `no-such-tag` here, and it is no id of at least"),
        "{unknown}"
    );
    let elsewhere = run(&["rollback", "-f", "hello", "--to-commit", "0123456789"]).exited(1);
    assert!(
        elsewhere.stderr.contains("no version of lambda `hello-local` was published from that commit"),
        "{elsewhere}"
    );
}
