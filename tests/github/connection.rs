//! Who is asked, with which token, and where that token never goes.

use cargo_lambdaship::console::{Console, Verbosity};
use cargo_lambdaship::github::{Access, Commented, Error, GitHub};
use cargo_lambdaship::model::Secret;
use cargo_lambdaship::network::Network;
use serde_json::json;

use super::scene::{HEAD, PULL, QUICK, Scene, block_on, stamp};
use crate::support::github::{APP, Hub, JOB};
use crate::support::http;

#[test]
fn an_address_with_a_path_has_rest_and_graphql_where_an_enterprise_server_has_them() {
    let scene = Scene::on(Hub::bare());
    let github = scene.github_at(&format!("{}/api/v3/", scene.hub.api_url()), JOB);
    assert_eq!(block_on(github.comment(PULL, &stamp(1), "one")).unwrap().done, Commented::Created);
    let log = scene.hub.log_of_all();
    let paths: Vec<_> =
        log.iter().map(|exchange| exchange.path.split('?').next().unwrap_or_default()).collect();
    let comments = format!("/api/v3/repos/{}/issues/{PULL}/comments", scene.repository);
    assert_eq!(paths, ["/api/graphql", &comments, &comments, &comments]);
}

#[test]
fn a_token_that_nothing_tells_about_is_taken_for_a_jobs() {
    let scene = Scene::on(Hub::bare());
    scene.comment(JOB, 1, "one").unwrap();
    scene.hub.fault_always("POST", "/graphql", "status:404");
    assert_eq!(scene.comment(JOB, 2, "two").unwrap().done, Commented::Updated);
    let asked = scene.hub.log_of_all().iter().any(|exchange| exchange.path == "/user");
    assert!(asked, "REST is asked when GraphQL is not there");
}

#[test]
fn an_app_is_not_taken_for_a_job_when_graphql_fails_for_a_while() {
    let scene = Scene::on(Hub::bare());
    scene.comment(APP, 1, "one").unwrap();
    scene.hub.fault("POST", "/graphql", "status:502");
    assert_eq!(scene.comment(APP, 2, "two").unwrap().done, Commented::Updated);
    assert_eq!(scene.only_comment(), "two");
}

#[test]
fn a_token_that_github_does_not_know_is_named_nowhere() {
    let scene = Scene::new();
    let error = scene.comment("ghp_mistyped", 1, "one").unwrap_err();
    assert!(matches!(error, Error::Unauthorized { .. }), "{error}");
    assert!(error.to_string().contains("Bad credentials"), "{error}");
    let all = format!("{error} {error:?} {:?}", error.hint());
    assert!(!all.contains("ghp_mistyped"), "{all}");
}

#[test]
fn a_token_does_not_follow_a_redirect_to_another_server() {
    let (scene, elsewhere) = (Scene::on(Hub::bare()), Hub::bare());
    elsewhere.pull(&scene.repository, PULL, HEAD);
    let target = format!("{}/repos/{}/issues/{PULL}/comments", elsewhere.api_url(), scene.repository);
    scene.fault_always("*", "issues/7/comments", &format!("redirect:{target}"));
    let error = scene.comment(JOB, 1, "one").unwrap_err();
    let brought: Vec<_> =
        elsewhere.log(&scene.repository).into_iter().map(|one| (one.login, one.status)).collect();
    assert_eq!(brought, [(None, Some(401))], "no token came with it");
    assert!(!format!("{error:?}").contains(JOB), "{error:?}");
}

#[test]
fn a_list_that_moved_is_read_where_it_is_now_and_a_write_is_not_sent_on() {
    let scene = Scene::on(Hub::bare());
    let target = format!("{}/repos/{}/issues/{PULL}/comments", scene.hub.api_url(), scene.repository);
    scene.fault("GET", "issues/7/comments", &format!("redirect:{target}"));
    assert_eq!(scene.comment(JOB, 1, "one").unwrap().done, Commented::Created);
    scene.fault("PATCH", "issues/comments", &format!("redirect:{target}"));
    let error = scene.comment(JOB, 2, "two").unwrap_err();
    assert!(matches!(error, Error::Refused { status: 307, .. }), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("renamed")), "{:?}", error.hint());
    assert_eq!(scene.only_comment(), "one");
}

#[test]
fn a_server_that_is_not_there_is_said_so() {
    let scene = Scene::on(Hub::bare());
    // A port that nobody is given: one that was free a moment ago can be somebody's.
    let github = scene.github_at("http://127.0.0.1:1", JOB).with_pace(QUICK);
    let error = block_on(github.comment(PULL, &stamp(1), "one")).unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert!(error.to_string().starts_with("failed to find out whose the token is: no answer"), "{error}");
}

#[test]
fn what_is_no_address_no_repository_or_no_token_is_refused_before_anything_is_sent() {
    let (console, _, _) = Console::buffered(Verbosity::Normal);
    let connect = |api_url: &str, repository: &str, token: &str| {
        let access = Access {
            api_url: api_url.to_owned(),
            repository: repository.to_owned(),
            token: Secret::new(token),
            network: Network::default(),
        };
        let error = GitHub::connect(&access, &console).err().expect("an error");
        assert!(error.hint().is_some(), "{error}");
        error.to_string()
    };
    let address = "https://api.github.com";
    assert!(connect("ftp://x", "acme/shop", "t").contains("neither https nor http"));
    assert!(connect(address, "acme", "t").contains("not the name of a repository"));
    assert!(connect(address, "acme/../other", "t").contains("not the name of a repository"));
    assert_eq!(connect(address, "acme/shop", ""), "the token for GitHub is missing");
    let error = connect(address, "acme/shop", "hunter2\nx: y");
    assert!(error.contains("malformed") && !error.contains("hunter2"), "{error}");
}

#[test]
fn a_pull_request_is_found_by_its_head_and_the_repository_of_it() {
    let scene = Scene::new();
    let fork = "b".repeat(40);
    for (number, state, from) in
        [(8, "open", "fork/shop"), (9, "closed", "fork/shop"), (10, "open", "other/shop")]
    {
        let pull = json!({
            "repository": scene.repository, "number": number, "head": fork, "head_repository": from, "state": state,
        });
        scene.hub.control("pull", &pull);
    }
    let find = |commit: &str, from: &str| block_on(scene.github(JOB).pull_requests(commit, from));
    assert_eq!(find(HEAD, &scene.repository).unwrap(), [PULL]);
    assert_eq!(find(&fork, "fork/shop").unwrap(), [8]);
    assert_eq!(find(&fork, &scene.repository).unwrap(), Vec::<u64>::new());
    assert_eq!(find(HEAD, "fork/shop").unwrap(), Vec::<u64>::new());
    assert!(matches!(find("../../user", &scene.repository), Err(Error::Commit(_))));
    assert!(matches!(find(HEAD, "../user"), Err(Error::Repository(_))));
    scene.hub.assert_valid();
}

#[test]
fn prism_notices_what_github_would_not_have() {
    let scene = Scene::on(Hub::start());
    let port = scene.hub.api_url().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let path = format!("POST /repos/{}/issues/{PULL}/comments", scene.repository);
    let headers = ["authorization: Bearer ghs_actions", "content-type: application/json", "user-agent: test"];
    let answer = http::exchange(port, &path, &headers, "{\"text\":\"one\"}").expect("an answer");
    assert_eq!(answer.status, 422, "{}", answer.body);
    let violations = scene.hub.violations();
    assert_eq!(violations.len(), 1, "{violations:?}");
    assert_eq!(scene.log().len(), 0, "it is not passed on");
}

#[test]
fn a_token_for_aws_has_the_audience_that_was_asked_for() {
    let hub = Hub::bare();
    hub.control("oidc", &json!({ "claims": { "sub": "repo:acme/shop:environment:prod" } }));
    let address = format!("{}&audience=sts.amazonaws.com", hub.oidc_url());
    let path = address.strip_prefix(&hub.api_url()).expect("it is on the fake");
    let port = hub.api_url().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let ask = |token: &str| {
        let authorization = format!("authorization: bearer {token}");
        http::exchange(port, &format!("GET {path}"), &[&authorization], "").expect("an answer")
    };
    assert_eq!(ask("wrong").status, 401);
    let answer: serde_json::Value = serde_json::from_str(&ask("oidc-request-token").body).expect("JSON");
    let parts: Vec<_> = answer["value"].as_str().expect("a token").split('.').collect();
    assert_eq!(parts.len(), 3);
}
