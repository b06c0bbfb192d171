//! The versions of a lambda: what became of them, and which of them can go.

use serde_json::{Value, json};

use crate::support::run::Outcome;
use crate::support::stage::json as document;
use crate::support::{Fixture, lambdaship};

/// The versions that `history` tells, with their states, newest first.
fn told(history: &Outcome) -> Vec<(Value, Value)> {
    let releases = document(history);
    let releases = releases.as_array().expect("a list").iter();
    releases.map(|release| (release["version"].clone(), release["state"].clone())).collect()
}

#[test]
fn history_tells_who_and_when_and_prune_shows_what_it_would_delete_before_it_does() {
    let fixture = Fixture::new(&["hello"]);
    let run = |arguments: &[&str]| lambdaship(&fixture).args(arguments).args(&["--env", "local"]).output();
    let history = || run(&["history", "--format", "json"]).exited(0);
    for version in ["1", "2", "3", "4"] {
        fixture.set_version("hello", version);
        run(&["deploy"]).exited(0);
    }
    let all = [(4, "serving"), (3, "served-before"), (2, "older"), (1, "older")];
    let all = all.map(|(version, state)| (json!(version), json!(state)));
    assert_eq!(told(&history()), all);
    let newest = run(&["history", "-n", "1"]).exited(0);
    assert!(newest.stdout.starts_with("FUNCTION  LAMBDA       VERSION  TIME"), "{newest}");
    let row: Vec<&str> = newest.stdout.lines().last().unwrap_or_default().split_whitespace().collect();
    // The workspace is no git repository, so there is no commit.
    assert!(matches!(row[..], ["hello", "hello-local", "4", _, _, "-", "local", _, "serving"]), "{newest}");

    let shown = run(&["prune", "--keep", "1"]).exited(0);
    assert!(shown.stdout.contains("WOULD DELETE") && shown.stdout.contains("1-2"), "{shown}");
    let hint = "hint: nothing was deleted; the same command with --yes deletes them\n";
    assert_eq!(shown.stderr, hint);
    assert_eq!(told(&history()), all);
    let young = run(&["prune", "--keep", "1", "--older-than", "1d", "--yes", "--format", "json"]).exited(0);
    assert_eq!(document(&young)["lambdas"][0]["deleted"], json!([]));
    assert_eq!(document(&young)["stores"], json!([]));

    let deleted = run(&["prune", "--keep", "1", "--yes"]).exited(0);
    assert_eq!(deleted.stderr, "    Deleting 2 versions of hello-local\n");
    assert_eq!(told(&history()), all[..2]);
    run(&["rollback"]).exited(0);
    let back = document(&run(&["invoke", "hello", "{}"]).exited(0));
    assert_eq!(back["version"], "3", "what a rollback needs was kept");
}

#[test]
fn prune_has_to_be_told_what_to_keep() {
    let fixture = Fixture::new(&["hello"]);
    for arguments in [&["prune", "--env", "local"][..], &["prune", "--env", "local", "--keep", "0"]] {
        let refused = lambdaship(&fixture).args(arguments).output().exited(2);
        assert!(refused.stderr.contains("--keep <N>"), "{refused}");
    }
}
