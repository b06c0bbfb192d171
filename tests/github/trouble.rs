//! GitHub limits, fails, or answers nobody.

use std::time::{Duration, Instant};

use cargo_lambdaship::github::{Commented, Error, Pace};

use super::scene::{PULL, QUICK, Scene, block_on, stamp};
use crate::support::github::{Hub, JOB};

#[test]
fn a_rate_limit_is_waited_for() {
    for action in ["primary:1", "secondary:1", "secondary-429:1"] {
        for (method, end) in [("GET", "issues/7/comments"), ("POST", "issues/7/comments")] {
            let scene = Scene::new();
            scene.fault(method, end, action);
            let begun = Instant::now();
            let done = scene.comment(JOB, 1, "one").unwrap().done;
            assert_eq!(done, Commented::Created, "{action} {method}");
            assert!(begun.elapsed() >= Duration::from_secs(1), "{action} {method}: {:?}", begun.elapsed());
            assert_eq!(scene.only_comment(), "one");
            scene.hub.assert_valid();
        }
    }
}

#[test]
fn a_rate_limit_that_lasts_is_an_error_that_says_so_at_once() {
    for action in ["primary:3600", "secondary:600"] {
        let scene = Scene::new();
        scene.fault_always("POST", "issues", action);
        let begun = Instant::now();
        let error = scene.comment(JOB, 1, "one").unwrap_err();
        assert!(matches!(error, Error::RateLimited { .. }) && !error.is_denied(), "{error}");
        assert!(error.to_string().contains("rate limit is used up for"), "{error}");
        assert!(begun.elapsed() < QUICK.patience, "{:?}", begun.elapsed());
        assert_eq!(scene.writes().len(), 1);
    }
}

#[test]
fn a_quota_that_is_used_up_is_waited_for_until_it_begins_anew() {
    let scene = Scene::on(Hub::start());
    // It is used up long before it begins anew, also where a request takes its time.
    scene.hub.control("budget", &serde_json::json!({ "token": JOB, "remaining": 2, "seconds": 20 }));
    assert_eq!(scene.comment(JOB, 1, "one").unwrap().done, Commented::Created);
    assert_eq!(scene.writes(), ["POST 403", "POST 201"]);
    scene.hub.assert_valid();
}

#[test]
fn a_failing_github_is_asked_again() {
    let scene = Scene::new();
    scene.fault("GET", "issues/7/comments", "status:503");
    scene.fault("POST", "issues/7/comments", "status:502");
    assert_eq!(scene.comment(JOB, 1, "one").unwrap().done, Commented::Created);
    scene.fault("PATCH", "issues/comments", "status:500");
    assert_eq!(scene.comment(JOB, 2, "two").unwrap().done, Commented::Updated);
    assert_eq!(scene.writes(), ["POST 502", "POST 201", "PATCH 500", "PATCH 200"]);
    assert_eq!(scene.only_comment(), "two");
    scene.hub.assert_valid();
}

#[test]
fn a_write_whose_answer_was_lost_is_not_done_twice() {
    // Prism makes an answer of its own out of a lost one.
    for (hub, action) in [(Hub::shared(), "status-after:502"), (Hub::bare(), "drop-after")] {
        let scene = Scene::on(hub);
        scene.fault("POST", "issues/7/comments", action);
        assert_eq!(scene.comment(JOB, 1, "one").unwrap().done, Commented::Created, "{action}");
        scene.fault("PATCH", "issues/comments", action);
        assert_eq!(scene.comment(JOB, 2, "two").unwrap().done, Commented::Updated, "{action}");
        assert_eq!(scene.only_comment(), "two");
        assert_eq!(scene.writes().len(), 2, "{action}: {:?}", scene.writes());
    }
}

#[test]
fn a_connection_that_breaks_or_hangs_is_tried_again() {
    let scene = Scene::on(Hub::bare());
    scene.fault("GET", "issues/7/comments", "drop");
    scene.fault("POST", "issues/7/comments", "drop");
    scene.comment(JOB, 1, "one").unwrap();
    scene.fault("PATCH", "issues/comments", "hang");
    let github = scene.github(JOB).with_pace(Pace { answer: Duration::from_secs(5), ..QUICK });
    let done = block_on(github.comment(PULL, &stamp(2), "two")).unwrap().done;
    assert_eq!(done, Commented::Updated);
    assert_eq!(scene.only_comment(), "two");
    assert_eq!(scene.writes(), ["POST lost", "POST 201", "PATCH lost", "PATCH 200"]);
}

#[test]
fn a_github_that_fails_for_good_is_an_error_after_a_few_tries() {
    let scene = Scene::new();
    scene.fault_always("POST", "issues/7/comments", "status:503");
    let error = scene.comment(JOB, 1, "one").unwrap_err();
    assert!(matches!(error, Error::Server { status: 503, .. }), "{error}");
    let tries = scene.writes().len();
    assert!((3..10).contains(&tries), "{tries}");
    assert!(error.hint().is_some_and(|hint| hint.contains("githubstatus")), "{:?}", error.hint());
}

#[test]
fn a_comment_that_somebody_deletes_in_between_is_made_again() {
    let scene = Scene::new();
    scene.comment(JOB, 1, "one").unwrap();
    scene.fault("PATCH", "issues/comments", "status:404");
    assert_eq!(scene.comment(JOB, 2, "two").unwrap().done, Commented::Updated);
    assert_eq!(scene.only_comment(), "two");
}
