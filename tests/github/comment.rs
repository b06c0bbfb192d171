//! The one comment: made, kept up to date, left alone, found again among others.

use cargo_lambdaship::github::{Commented, Error, Stamp};
use serde_json::json;

use super::scene::{HEAD, PULL, Scene, below, block_on, stamp};
use crate::support::github::{APP, FORK, JOB, PERSON};

#[test]
fn one_comment_is_made_updated_and_then_left_alone() {
    let scene = Scene::new();
    let first = scene.comment(JOB, 1, "one").unwrap();
    assert_eq!(first.done, Commented::Created);
    let second = scene.comment(JOB, 2, "two").unwrap();
    assert_eq!((second.done, &second.url), (Commented::Updated, &first.url));
    assert!(first.url.contains(&format!("/{}/pull/{PULL}#issuecomment-", scene.repository)), "{}", first.url);
    let before = scene.log().len();
    let third = scene.comment(JOB, 3, "two").unwrap();
    assert_eq!((third.done, &third.url), (Commented::Unchanged, &first.url));
    assert_eq!(scene.log().len(), before + 1, "a look at the list is all that it takes");
    assert_eq!(scene.only_comment(), "two");
    assert_eq!(scene.writes(), ["POST 201", "PATCH 200"]);
    scene.hub.assert_valid();
}

#[test]
fn line_one_tells_whose_it_is_and_how_new() {
    let scene = Scene::new();
    scene.comment(JOB, 8, "one").unwrap();
    scene.comment(JOB, 9, "two").unwrap();
    let comment = scene.comments().remove(0);
    let line = comment.lines().next().unwrap();
    let json =
        line.strip_prefix("<!-- cargo-lambdaship ").and_then(|rest| rest.strip_suffix(" -->")).unwrap();
    let header: serde_json::Value = serde_json::from_str(json).unwrap();
    let hash = header["hash"].as_str().unwrap().len();
    assert_eq!((&header["v"], &header["key"], &header["rev"]), (&json!(1), &json!("plan"), &json!(2)));
    assert_eq!((&header["run"], &header["attempt"], &header["head"]), (&json!(9), &json!(1), &json!(HEAD)));
    assert_eq!(hash, 32);
}

#[test]
fn a_key_that_would_end_the_html_comment_is_found_again() {
    let scene = Scene::new();
    let stamp =
        |run| Stamp { key: "a --> <b> @everyone".to_owned(), head: "-->\n# hi".to_owned(), ..stamp(run) };
    let keep = |run, body| block_on(scene.github(JOB).comment(PULL, &stamp(run), body)).unwrap().done;
    assert_eq!(keep(1, "one"), Commented::Created);
    assert_eq!(keep(2, "two"), Commented::Updated);
    let line = scene.comments().remove(0);
    assert_eq!(line.lines().count(), 2, "{line}");
    assert_eq!(line.matches("-->").count(), 1, "{line}");
}

#[test]
fn each_key_has_a_comment_of_its_own() {
    let scene = Scene::new();
    let keep = |key: &str, run, body| {
        let stamp = Stamp { key: key.to_owned(), ..stamp(run) };
        block_on(scene.github(JOB).comment(PULL, &stamp, body)).unwrap().done
    };
    assert_eq!(keep("plan", 1, "p"), Commented::Created);
    assert_eq!(keep("drift", 1, "d"), Commented::Created);
    assert_eq!(keep("plan", 2, "P"), Commented::Updated);
    let comments = scene.comments();
    assert_eq!(comments.iter().map(|text| below(text)).collect::<Vec<_>>(), ["P", "d"]);
}

#[test]
fn a_newer_run_and_a_later_attempt_are_never_overwritten() {
    let scene = Scene::new();
    let keep = |run, attempt, body| {
        let stamp = Stamp { attempt, ..stamp(run) };
        block_on(scene.github(JOB).comment(PULL, &stamp, body)).unwrap().done
    };
    assert_eq!(keep(5, 2, "five, again"), Commented::Created);
    assert_eq!(keep(5, 1, "five"), Commented::Newer);
    assert_eq!(keep(4, 9, "four"), Commented::Newer);
    assert_eq!(scene.only_comment(), "five, again");
    assert_eq!(keep(5, 3, "five, at last"), Commented::Updated);
    assert_eq!(scene.only_comment(), "five, at last");
}

#[test]
fn another_users_comment_with_our_first_line_is_not_ours() {
    let scene = Scene::new();
    scene.comment(JOB, 1, "one").unwrap();
    let line = scene.comments()[0].lines().next().unwrap().replace("\"run\":1", "\"run\":999");
    scene.said("mallory", &format!("{line}\nmalice"), 1);
    scene.said("github-actions", &format!("{line}\nmalice"), 1);
    assert_eq!(scene.comment(JOB, 2, "two").unwrap().done, Commented::Updated);
    let comments = scene.comments();
    let texts: Vec<_> = comments.iter().map(|text| below(text)).collect();
    assert_eq!(texts, ["two", "malice", "malice"]);
}

#[test]
fn every_kind_of_token_finds_its_own_comment_again() {
    let scene = Scene::new();
    for token in [JOB, APP, PERSON] {
        assert_eq!(scene.comment(token, 1, "one").unwrap().done, Commented::Created, "{token}");
        assert_eq!(scene.comment(token, 2, "two").unwrap().done, Commented::Updated, "{token}");
    }
    assert_eq!(scene.comments().len(), 3);
    scene.hub.assert_valid();
}

#[test]
fn ours_is_found_behind_250_others() {
    let scene = Scene::new();
    scene.said("octo-person", "hello", 250);
    assert_eq!(scene.comment(JOB, 1, "one").unwrap().done, Commented::Created);
    let before = scene.log().len();
    assert_eq!(scene.comment(JOB, 2, "one").unwrap().done, Commented::Unchanged);
    assert_eq!(scene.log().len(), before + 3, "three pages of a hundred");
    assert_eq!(scene.comment(JOB, 3, "two").unwrap().done, Commented::Updated);
    let comments = scene.comments();
    assert_eq!((comments.len(), below(&comments[250])), (251, "two"));
    assert_eq!(scene.writes(), ["POST 201", "PATCH 200"]);
    scene.hub.assert_valid();
}

#[test]
fn a_text_that_is_too_long_is_refused_before_anything_is_sent_of_it() {
    let scene = Scene::new();
    scene.comment(JOB, 1, "short").unwrap();
    let line = scene.comments()[0].lines().next().unwrap().chars().count();
    // What GitHub takes are characters, not bytes.
    let longest = "é".repeat(65_536 - line - 1);
    assert_eq!(scene.comment(JOB, 2, &longest).unwrap().done, Commented::Updated);
    let writes = scene.writes();
    let error = scene.comment(JOB, 3, &format!("{longest}é")).unwrap_err();
    assert!(matches!(error, Error::TooLong { characters: 65_537, most: 65_536, .. }), "{error}");
    assert_eq!(scene.writes(), writes);
}

#[test]
fn a_token_that_may_only_read_is_denied_at_once() {
    let scene = Scene::new();
    let error = scene.comment(FORK, 1, "one").unwrap_err();
    assert!(error.is_denied(), "{error}");
    assert_eq!(
        error.to_string(),
        "failed to comment on pull request 7: the token may not do that (Resource not accessible by integration)"
    );
    assert_eq!(scene.writes(), ["POST 403"], "once");
    assert_eq!(scene.comments(), Vec::<String>::new());
}

#[test]
fn a_locked_pull_request_is_a_denial_too() {
    let scene = Scene::new();
    let pull = json!({ "repository": scene.repository, "number": 8, "head": HEAD, "locked": true });
    scene.hub.control("pull", &pull);
    let error = block_on(scene.github(JOB).comment(8, &stamp(1), "one")).unwrap_err();
    assert!(error.is_denied() && error.to_string().contains("issue is locked"), "{error}");
}

#[test]
fn a_pull_request_that_is_not_there_is_said_so() {
    let scene = Scene::new();
    let error = block_on(scene.github(JOB).comment(99, &stamp(1), "one")).unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
    assert!(error.to_string().starts_with("failed to list the comments of pull request 99"), "{error}");
}
