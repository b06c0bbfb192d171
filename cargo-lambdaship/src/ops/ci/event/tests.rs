use super::*;

/// Parts of payloads of `@octokit/webhooks-examples`, which GitHub sent.
const PULL_REQUEST: &str = include_str!("payloads/pull_request.json");
const WORKFLOW_RUN: &str = include_str!("payloads/workflow_run.json");
const PUSH: &str = include_str!("payloads/push.json");

const REPOSITORY: &str = "Codertocat/Hello-World";
const MERGE: &str = "1111111111111111111111111111111111111111";
const HEAD: &str = "ec26c3e57ca3a959ca5aad62de7213c562f8c821";

fn read(name: &str, payload: &Value) -> Event {
    let variables = [
        ("GITHUB_EVENT_NAME", name),
        ("GITHUB_REPOSITORY", REPOSITORY),
        ("GITHUB_SHA", MERGE),
        ("GITHUB_RUN_ID", "42"),
        ("GITHUB_RUN_ATTEMPT", "3"),
        ("GITHUB_SERVER_URL", "https://github.com"),
    ];
    Event::read(&variables.into_iter().collect(), payload)
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn from(repository: &Value) -> Value {
    let mut payload = parsed(PULL_REQUEST);
    payload["pull_request"]["head"]["repo"] = repository.clone();
    payload
}

#[test]
fn a_pull_request_is_about_its_head_and_not_about_the_merge() {
    let event = read("pull_request", &parsed(PULL_REQUEST));
    assert_eq!((event.pull_request, event.head.as_deref(), event.trust), (Some(2), Some(HEAD), Trust::Own));
    assert_eq!((event.run, event.attempt), (42, 3));
    let page = format!("https://github.com/{REPOSITORY}/actions/runs/42/attempts/3");
    assert_eq!(event.page, Some(page));
}

#[test]
fn a_push_is_about_its_commit() {
    let event = read("push", &parsed(PUSH));
    assert_eq!((event.pull_request, event.head.as_deref(), event.trust), (None, Some(MERGE), Trust::Own));
}

#[test]
fn code_is_trusted_only_where_it_is_known_to_be_the_repositorys_own() {
    let repository = |name: &str| serde_json::json!({ "full_name": name });
    for (name, head, expected) in [
        ("pull_request", repository(REPOSITORY), Trust::Own),
        ("pull_request", repository("codertocat/hello-world"), Trust::Own),
        ("pull_request", repository("mallory/Hello-World"), Trust::Fork),
        // The fork was deleted.
        ("pull_request", Value::Null, Trust::Fork),
        ("pull_request", repository(""), Trust::Fork),
        ("pull_request", Value::from(REPOSITORY), Trust::Fork),
        ("pull_request_review", repository("mallory/Hello-World"), Trust::Fork),
        ("pull_request_target", repository(REPOSITORY), Trust::Own),
        ("pull_request_target", repository("mallory/Hello-World"), Trust::ForkWithSecrets),
    ] {
        assert_eq!(read(name, &from(&head)).trust, expected, "{name} {head}");
    }
    assert_eq!(read("pull_request", &Value::Null).trust, Trust::Fork, "no payload");
    assert_eq!(read("workflow_run", &Value::Null).trust, Trust::ForkWithSecrets, "no payload");
}

#[test]
fn what_comes_after_a_run_speaks_for_that_run() {
    let event = read("workflow_run", &parsed(WORKFLOW_RUN));
    assert_eq!((event.run, event.attempt), (1_589_141_559, 1));
    assert_eq!(event.head.as_deref(), Some("5779607b49aab1200488439f02372c57b4f75444"));
    assert_eq!(event.head_repository.as_deref(), Some("octo-org/octo-repo"));
    assert_eq!(event.page.as_deref(), Some("https://github.com/octo-org/octo-repo/actions/runs/1589141559"));
    assert_eq!((event.pull_request, event.trust), (None, Trust::ForkWithSecrets));
    let mut own = parsed(WORKFLOW_RUN);
    own["workflow_run"]["head_repository"]["full_name"] = REPOSITORY.into();
    assert_eq!(read("workflow_run", &own).trust, Trust::Own);
}

#[test]
fn outside_of_github_there_is_no_event() {
    let event = Event::read(&Environment::default(), &Value::Null);
    assert_eq!((event.name.as_str(), event.run, event.repository, event.page), ("", 0, None, None));
    assert_eq!(event.trust, Trust::Own);
}
