//! The one issue: opened, updated when it changed, closed when it is over.

use cargo_lambdaship::github::IssueText;
use serde_json::{Value, json};

use super::scene::{Scene, block_on};
use crate::support::github::{FORK, Hub, JOB};

fn issues(scene: &Scene) -> Vec<Value> {
    let state = scene.hub.state(&scene.repository);
    let issues = state["issues"].as_array().expect("a list").clone();
    issues.into_iter().filter(|issue| issue.get("pull_request").is_none()).collect()
}

fn open(scene: &Scene) -> Vec<Value> {
    issues(scene).into_iter().filter(|issue| issue["state"] == "open").collect()
}

fn keep(scene: &Scene, body: Option<&str>) -> Option<String> {
    let text = body.map(|body| IssueText { title: "Drift in prod", body, content: None });
    block_on(scene.github(JOB).issue("drift prod", text)).expect("no error")
}

#[test]
fn an_issue_is_opened_updated_and_closed() {
    let scene = Scene::new();
    assert_eq!(keep(&scene, None), None);
    assert_eq!(scene.writes(), Vec::<String>::new());
    let page = keep(&scene, Some("memory is 128"));
    let opened = open(&scene).remove(0);
    assert_eq!(page.as_deref(), opened["html_url"].as_str());
    assert_eq!(opened["title"], "Drift in prod");
    assert!(opened["body"].as_str().is_some_and(|body| body.ends_with("\nmemory is 128")), "{opened}");
    assert_eq!(keep(&scene, Some("memory is 128")), page);
    assert_eq!(scene.writes(), ["POST 201"], "nothing changed");
    assert_eq!(keep(&scene, Some("memory is 256")), page);
    assert_eq!(scene.writes(), ["POST 201", "PATCH 200"]);
    assert_eq!(keep(&scene, None), page);
    assert_eq!(open(&scene), Vec::<Value>::new());
    assert_eq!(keep(&scene, None), None);
    // The next time is another matter, and gets an issue of its own.
    assert_ne!(keep(&scene, Some("memory is 128")), page);
    assert_eq!(issues(&scene).len(), 2);
    scene.hub.assert_valid();
}

#[test]
fn an_issue_that_says_the_same_of_another_run_is_left_as_it_is() {
    let scene = Scene::new();
    for (body, content) in [("memory, run 1", "memory"), ("memory, run 2", "memory"), ("tags, run 3", "tags")]
    {
        let text = IssueText { title: "Drift in prod", body, content: Some(content) };
        block_on(scene.github(JOB).issue("drift prod", Some(text))).expect("no error");
    }
    assert_eq!(scene.writes(), ["POST 201", "PATCH 200"]);
    assert!(open(&scene)[0]["body"].as_str().is_some_and(|body| body.ends_with("\ntags, run 3")));
}

#[test]
fn an_issue_of_somebody_else_or_of_another_key_is_left_alone() {
    let scene = Scene::new();
    keep(&scene, Some("ours"));
    let text = open(&scene)[0]["body"].clone();
    let told =
        json!({ "repository": scene.repository, "login": "mallory", "title": "Drift in prod", "body": text });
    scene.hub.control("issue", &told);
    let another = IssueText { title: "Drift in staging", body: "another", content: None };
    block_on(scene.github(JOB).issue("drift staging", Some(another))).unwrap();
    assert_eq!(open(&scene).len(), 3);
    keep(&scene, None);
    let left: Vec<_> = open(&scene).iter().map(|issue| issue["user"]["login"].clone()).collect();
    assert_eq!(left, ["mallory", "github-actions[bot]"]);
}

#[test]
fn an_issue_whose_answer_was_lost_is_not_opened_twice() {
    for (hub, action) in [(Hub::shared(), "status-after:502"), (Hub::bare(), "drop-after")] {
        let scene = Scene::on(hub);
        scene.fault("POST", "issues", action);
        assert!(keep(&scene, Some("ours")).is_some(), "{action}");
        assert_eq!(issues(&scene).len(), 1, "{action}");
    }
}

#[test]
fn of_two_issues_the_first_stays() {
    let scene = Scene::new();
    keep(&scene, Some("ours"));
    let issue = open(&scene).remove(0);
    let told = json!({ "repository": scene.repository, "login": "github-actions[bot]", "title": "Drift in prod", "body": issue["body"] });
    scene.hub.control("issue", &told);
    let page = keep(&scene, Some("ours, newer"));
    assert_eq!(page.as_deref(), issue["html_url"].as_str());
    assert_eq!(open(&scene).len(), 1);
}

#[test]
fn a_token_that_may_only_read_is_denied() {
    let scene = Scene::new();
    let text = IssueText { title: "Drift", body: "text", content: None };
    let error = block_on(scene.github(FORK).issue("drift prod", Some(text))).unwrap_err();
    assert!(error.is_denied(), "{error}");
    assert_eq!(
        error.to_string(),
        "failed to open the issue `drift prod`: the token may not do that (Resource not accessible by integration)"
    );
}
