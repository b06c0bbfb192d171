//! `--changed-since`, and `matrix`: which functions a pipeline has work for, and in which job.

use std::process::Command;

use super::support::run::{Outcome, Run, clean, redactions};
use super::support::{Fixture, lambdaship};

/// A workspace in a repository, everything committed.
fn committed(functions: &[&str]) -> Fixture {
    let fixture = Fixture::new(functions);
    fixture.configure("[function]\nmemory = 256\n\n[functions.hello]\nmemory = 512\n");
    run(&fixture, env!("CARGO"), &["generate-lockfile", "--quiet", "--offline"]);
    run(&fixture, "git", &["init", "--quiet"]);
    commit(&fixture);
    fixture
}

fn commit(fixture: &Fixture) {
    run(fixture, "git", &["add", "--all"]);
    let name = ["-c", "user.name=x", "-c", "user.email=x@example.com"];
    run(fixture, "git", &[&name[..], &["commit", "--quiet", "--message", "x"]].concat());
}

fn run(fixture: &Fixture, program: &str, arguments: &[&str]) {
    let mut command = Command::new(program);
    clean(&mut command, fixture);
    let output = command.args(arguments).output().expect("it starts");
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn started(fixture: &Fixture, line: &str) -> Run {
    lambdaship(fixture).args(&line.split(' ').collect::<Vec<_>>())
}

fn said(fixture: &Fixture, line: &str) -> Outcome {
    started(fixture, line).output()
}

#[test]
fn a_pipeline_gets_a_job_for_each_part_of_what_has_changed() {
    let fixture = committed(&["hello", "mailer", "worker"]);
    insta::assert_snapshot!(said(&fixture, "matrix").exited(0), @"
    exit: 0
    ----- stdout
    SHARD  FUNCTIONS
    1      hello
    2      mailer
    3      worker
    ----- stderr
    ");
    insta::assert_snapshot!(said(&fixture, "matrix --shards 2 --format json").exited(0), @r#"
    exit: 0
    ----- stdout
    {"include":[{"shard":1,"functions":"hello worker","flags":"-f hello -f worker"},{"shard":2,"functions":"mailer","flags":"-f mailer"}]}
    ----- stderr
    "#);
    let same =
        said(&fixture, "matrix --format json --shards 2 -f worker -f mailer -f hello").exited(0).stdout;
    assert_eq!(same, said(&fixture, "matrix --per-shard 2 --format json").exited(0).stdout);

    let line = "matrix --changed-since HEAD --format json";
    let nothing = said(&fixture, line).exited(0);
    assert_eq!(nothing.stdout, "{\"include\":[]}\n");
    assert!(nothing.stderr.contains("Unchanged all functions, since HEAD"), "{nothing}");
    fixture.set_version("worker", "2");
    fixture.edit("lambdaship.toml", "512", "1024");
    let changed = said(&fixture, line).exited(0);
    let job = |number: u8, name: &str| {
        format!("{{\"shard\":{number},\"functions\":\"{name}\",\"flags\":\"-f {name}\"}}")
    };
    let expected = |jobs: &[String]| format!("{{\"include\":[{}]}}\n", jobs.join(","));
    assert_eq!(changed.stdout, expected(&[job(1, "hello"), job(2, "worker")]), "{changed}");
    let both = said(&fixture, &format!("{line} -f mailer -f worker")).exited(0);
    assert_eq!(both.stdout, expected(&[job(1, "worker")]), "{both}");
    commit(&fixture);
    assert_eq!(said(&fixture, line).exited(0).stdout, nothing.stdout);
    assert_eq!(said(&fixture, &line.replace("HEAD", "HEAD~1")).exited(0).stdout, changed.stdout);
}

/// Each verb has nothing to do, and says so.
#[test]
fn nothing_that_changed_is_nothing_to_do() {
    let fixture = committed(&["hello", "worker"]);
    let verbs = [
        "build",
        "verify",
        "plan",
        "deploy",
        "status",
        "history",
        "rollback",
        "prune --keep 1",
        "rollout status",
        "rollout tick",
        "rollout abort",
    ];
    for verb in verbs {
        let end = said(&fixture, &format!("{verb} --env local --changed-since HEAD"));
        assert_eq!(end.code, Some(0), "{verb}: {end}");
        assert!(end.stderr.contains("Unchanged all functions, since HEAD"), "{verb}: {end}");
        assert!(!end.stdout.contains("hello") && !end.stderr.contains("Building"), "{verb}: {end}");
    }
}

#[test]
fn only_what_changed_is_deployed() {
    let fixture = committed(&["hello", "worker"]);
    fixture.set_version("worker", "2");
    let end = said(&fixture, "deploy --env local --changed-since HEAD").exited(0);
    assert!(end.stdout.contains("worker-local") && !end.stdout.contains("hello"), "{end}");
}

#[test]
fn a_commit_that_git_does_not_know() {
    let fixture = committed(&["hello"]);
    redactions(&fixture).bind(|| {
        insta::assert_snapshot!(said(&fixture, "deploy --env local --changed-since origin/main").exited(2), @"
        exit: 2
        ----- stdout
        ----- stderr
        error: git knows no commit `origin/main` here
        hint: a shallow clone has the newest commits only: `git fetch --unshallow`, or `fetch-depth: 0` for actions/checkout
        ");
    });
    let end = said(&Fixture::new(&["hello"]), "matrix --changed-since HEAD").exited(2);
    assert!(end.stderr.contains("is not in a git repository"), "{end}");
}
