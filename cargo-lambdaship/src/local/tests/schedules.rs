//! EventBridge Scheduler: schedules, and the calls that they make.

use std::time::Duration;

use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::operation::create_schedule::builders::CreateScheduleFluentBuilder;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, FlexibleTimeWindow, FlexibleTimeWindowMode, ScheduleState, Target,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::support::{Fixture, LONG, PATIENCE, refused};
use crate::context;
use crate::local::{ACCOUNT, Failure, Injection, ScheduledCall};

const UPDATE_ALIAS: &str = "arn:aws:scheduler:::aws-sdk:lambda:updateAlias";
const INVOKE: &str = "arn:aws:scheduler:::aws-sdk:lambda:invoke";

/// `hello` with two versions, its alias at the first one, and a role that Scheduler may assume.
async fn prepared() -> (Fixture, Client) {
    let local = Fixture::new().await;
    local.two_versions().await;
    local.alias("1").await;
    role(&local, "timer", "scheduler.amazonaws.com").await;
    let scheduler = Client::new(&local.config);
    (local, scheduler)
}

async fn role(local: &Fixture, name: &str, service: &str) {
    let trust = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole" },
    ] });
    let create = aws_sdk_iam::Client::new(&local.config).create_role().role_name(name);
    create.assume_role_policy_document(trust.to_string()).send().await.unwrap();
}

fn off() -> FlexibleTimeWindow {
    FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build().unwrap()
}

fn target(arn: &str, input: &Value) -> Target {
    let role = format!("arn:aws:iam::{ACCOUNT}:role/timer");
    Target::builder().arn(arn).role_arn(role).input(input.to_string()).build().unwrap()
}

/// A call that moves the alias to version 2, fenced by `revision`.
fn to_two(revision: &str) -> Target {
    let input = json!({
        "FunctionName": "hello", "Name": "live", "FunctionVersion": "2", "Description": "on time",
        "RoutingConfig": { "AdditionalVersionWeights": {} }, "RevisionId": revision,
    });
    target(UPDATE_ALIAS, &input)
}

/// An expression for this moment, to the second.
fn at(moment: Timestamp) -> String {
    moment.strftime("at(%Y-%m-%dT%H:%M:%S)").to_string()
}

/// A whole second that a request can still name, also on a machine with more to do.
fn soon() -> Timestamp {
    context::now() + SignedDuration::from_secs(5)
}

fn later() -> String {
    at(context::now() + SignedDuration::from_hours(1))
}

fn create(scheduler: &Client, expression: &str, target: Target) -> CreateScheduleFluentBuilder {
    let create = scheduler.create_schedule().name("move").schedule_expression(expression);
    create.flexible_time_window(off()).target(target)
}

async fn revision(local: &Fixture) -> String {
    let alias = local.lambda.get_alias().function_name("hello").name("live").send().await.unwrap();
    alias.revision_id().unwrap().to_owned()
}

async fn version(local: &Fixture) -> String {
    let alias = local.lambda.get_alias().function_name("hello").name("live").send().await.unwrap();
    alias.function_version().unwrap().to_owned()
}

/// The first call that a schedule made, once it did.
async fn first_call(local: &Fixture) -> ScheduledCall {
    let made = async {
        loop {
            if let Some(call) = local.server.scheduled_calls().pop() {
                return call;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, made).await.unwrap()
}

#[tokio::test]
async fn a_schedule_is_kept_as_it_was_made() {
    let (local, scheduler) = prepared().await;
    let expression = later();
    let create = || {
        let create = create(&scheduler, &expression, to_two("r")).description("moves live");
        create.action_after_completion(ActionAfterCompletion::Delete)
    };
    let created = create().send().await.unwrap();
    let arn = format!("arn:aws:scheduler:eu-west-1:{ACCOUNT}:schedule/default/move");
    assert_eq!(created.schedule_arn(), arn);
    let local = local.restart(|_| {}).await;
    let scheduler = Client::new(&local.config);
    let read = scheduler.get_schedule().name("move").send().await.unwrap();
    assert_eq!(
        (read.arn(), read.name(), read.group_name()),
        (Some(arn.as_str()), Some("move"), Some("default"))
    );
    assert_eq!(read.schedule_expression(), Some(expression.as_str()));
    assert_eq!(read.schedule_expression_timezone(), Some("UTC"));
    assert_eq!(read.description(), Some("moves live"));
    assert_eq!(read.state(), Some(&ScheduleState::Enabled));
    assert_eq!(read.action_after_completion(), Some(&ActionAfterCompletion::Delete));
    assert_eq!(read.flexible_time_window(), Some(&off()));
    assert_eq!(read.target(), Some(&to_two("r")));
    assert!(read.creation_date().is_some() && read.last_modification_date().is_some());
    let update = scheduler.update_schedule().name("move").schedule_expression(&expression);
    let update = update.flexible_time_window(off()).target(to_two("s")).state(ScheduleState::Disabled);
    assert_eq!(update.send().await.unwrap().schedule_arn(), arn);
    let read = scheduler.get_schedule().name("move").send().await.unwrap();
    assert_eq!((read.state(), read.description()), (Some(&ScheduleState::Disabled), None));
    assert_eq!(read.target(), Some(&to_two("s")));
}

#[tokio::test]
async fn a_name_is_taken_once_and_a_request_may_come_again() {
    let (_local, scheduler) = prepared().await;
    let create = || create(&scheduler, &later(), to_two("r"));
    create().client_token("one").send().await.unwrap();
    create().client_token("one").send().await.unwrap();
    let (status, code, message) = refused(create().client_token("two").send().await);
    assert_eq!(
        (status, code.as_str(), message.as_str()),
        (409, "ConflictException", "Schedule move already exists.")
    );
    scheduler.delete_schedule().name("move").send().await.unwrap();
    let absent = refused(scheduler.delete_schedule().name("move").send().await);
    assert_eq!((absent.0, absent.1.as_str()), (404, "ResourceNotFoundException"));
    assert_eq!(refused(scheduler.get_schedule().name("move").send().await).0, 404);
    let group = refused(create().group_name("other").send().await);
    assert_eq!((group.0, group.1.as_str()), (404, "ResourceNotFoundException"));
    create().client_token("two").send().await.unwrap();
}

#[tokio::test]
async fn a_client_that_lost_the_answer_creates_one_schedule() {
    let (local, scheduler) = prepared().await;
    let operation = "CreateSchedule".to_owned();
    local.server.inject(Injection { operation, failure: Failure::Dropped, after: 0, times: 1 });
    create(&scheduler, &later(), to_two("r")).send().await.unwrap();
    assert_eq!(local.server.counts()["CreateSchedule"].requests, 2);
    assert_eq!(scheduler.list_schedules().send().await.unwrap().schedules().len(), 1);
}

#[tokio::test]
async fn schedules_are_listed_in_pages() {
    let (_local, scheduler) = prepared().await;
    for name in ["b-1", "a-2", "a-1"] {
        let create = create(&scheduler, &later(), to_two("r")).name(name);
        create
            .state(if name == "b-1" { ScheduleState::Disabled } else { ScheduleState::Enabled })
            .send()
            .await
            .unwrap();
    }
    let list = || scheduler.list_schedules();
    let names = |page: &aws_sdk_scheduler::operation::list_schedules::ListSchedulesOutput| -> Vec<String> {
        page.schedules().iter().filter_map(|one| one.name().map(str::to_owned)).collect()
    };
    let first = list().max_results(2).send().await.unwrap();
    assert_eq!(names(&first), ["a-1", "a-2"]);
    let rest = list().next_token(first.next_token().unwrap()).send().await.unwrap();
    assert_eq!((names(&rest), rest.next_token()), (vec!["b-1".to_owned()], None));
    assert_eq!(names(&list().name_prefix("a-").send().await.unwrap()), ["a-1", "a-2"]);
    assert_eq!(names(&list().state(ScheduleState::Disabled).send().await.unwrap()), ["b-1"]);
    assert_eq!(refused(list().group_name("other").send().await).0, 404);
    assert_eq!(refused(list().max_results(101).send().await).0, 400);
}

#[tokio::test]
async fn what_could_never_be_called_is_refused_at_once() {
    let (local, scheduler) = prepared().await;
    role(&local, "lambda", "lambda.amazonaws.com").await;
    let role = |name: &str| {
        Target::builder().arn(UPDATE_ALIAS).role_arn(format!("arn:aws:iam::{ACCOUNT}:role/{name}"))
    };
    let untrusted = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.";
    let input = json!({ "FunctionName": "hello", "Name": "live" });
    for (create, words) in [
        (create(&scheduler, "rate(5 minutes)", to_two("r")), "one-time schedules only"),
        (create(&scheduler, "at(2020-01-01T00:00:00)", to_two("r")), "Invalid Schedule Expression at(2020"),
        (create(&scheduler, &later(), to_two("r")).schedule_expression_timezone("Nowhere"), "time zone"),
        (create(&scheduler, &later(), role("lambda").input(input.to_string()).build().unwrap()), untrusted),
        (create(&scheduler, &later(), role("absent").input(input.to_string()).build().unwrap()), untrusted),
        (
            create(&scheduler, &later(), target("arn:aws:sqs:eu-west-1:000000000000:q", &input)),
            "has the targets",
        ),
        (
            create(&scheduler, &later(), target(UPDATE_ALIAS, &json!({ "FunctionName": "hello" }))),
            "Name must be",
        ),
        (create(&scheduler, &later(), to_two("r")).name("a b"), "regular expression pattern"),
        (create(&scheduler, &later(), to_two("r")).description("x".repeat(513)), "512"),
    ] {
        let (status, code, message) = refused(create.send().await);
        assert_eq!((status, code.as_str()), (400, "ValidationException"), "{message}");
        assert!(message.contains(words), "{message}");
    }
    for (line, body, words) in [
        ("GET /schedules/move?group=default", "", "group"),
        ("POST /schedules/move", r#"{"scheduleExpression":"at(2999-01-01T00:00:00)"}"#, "scheduleExpression"),
    ] {
        let answer = local.request(line, &[], body).await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains(words), "{answer}");
    }
}

#[tokio::test]
async fn a_role_that_was_only_just_made_cannot_be_assumed() {
    let local = Fixture::with(|options| options.role_delay = LONG).await;
    role(&local, "timer", "scheduler.amazonaws.com").await;
    let scheduler = Client::new(&local.config);
    let (status, code, message) = refused(create(&scheduler, &later(), to_two("r")).send().await);
    assert_eq!((status, code.as_str()), (400, "ValidationException"));
    assert!(message.contains("to assume the role"), "{message}");
}

#[tokio::test]
async fn an_alias_is_moved_when_it_is_due_and_the_schedule_is_deleted() {
    let (local, scheduler) = prepared().await;
    let due = soon();
    let create = create(&scheduler, &at(due), to_two(&revision(&local).await));
    create.action_after_completion(ActionAfterCompletion::Delete).send().await.unwrap();
    let early = version(&local).await;
    assert!(early == "1" || context::now() >= due, "it was moved before {due}");
    let call = first_call(&local).await;
    assert_eq!((call.schedule.as_str(), call.target.as_str(), &call.error), ("move", UPDATE_ALIAS, &None));
    assert!(call.at.as_second() >= due.as_second(), "{due} {}", call.at);
    assert_eq!(version(&local).await, "2");
    assert_eq!(refused(scheduler.get_schedule().name("move").send().await).0, 404);
    let answer = local.request("GET /_lambdaship/schedules", &[], "").await;
    assert!(answer.contains(r#""schedule":"move""#), "{answer}");
}

#[tokio::test]
async fn a_test_need_not_wait_for_a_call() {
    let (local, scheduler) = prepared().await;
    create(&scheduler, &later(), to_two(&revision(&local).await)).send().await.unwrap();
    let post = "POST /_lambdaship/schedules";
    for (hours, expected) in [(0, "1"), (2, "2")] {
        let now = context::now() + SignedDuration::from_hours(hours);
        let answer = local.request(post, &[], &json!({ "now": now }).to_string()).await;
        assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
        assert_eq!(version(&local).await, expected);
    }
    let answer = local.request(post, &[], r#"{"now":"soon"}"#).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

#[tokio::test]
async fn a_call_under_another_revision_is_noted_and_changes_nothing() {
    let (local, scheduler) = prepared().await;
    let (alias, due) = (revision(&local).await, soon());
    create(&scheduler, &at(due), to_two("another")).send().await.unwrap();
    let (code, _) = first_call(&local).await.error.unwrap();
    assert_eq!(code, "PreconditionFailedException");
    assert_eq!((version(&local).await.as_str(), revision(&local).await), ("1", alias));
    // Without the action it stays, and is not done again.
    let kept = scheduler.get_schedule().name("move").send().await.unwrap();
    assert_eq!(kept.state(), Some(&ScheduleState::Enabled));
    let local = local.restart(|_| {}).await;
    assert_eq!(local.server.scheduled_calls().len(), 1);
}

#[tokio::test]
async fn what_fell_due_while_no_server_ran_is_done_before_the_first_answer() {
    let (local, scheduler) = prepared().await;
    let revision = revision(&local).await;
    let due = soon();
    create(&scheduler, &at(due), to_two(&revision)).send().await.unwrap();
    let disabled = create(&scheduler, &at(due), to_two(&revision)).name("not");
    disabled.state(ScheduleState::Disabled).send().await.unwrap();
    let Fixture { server, root, folder, .. } = local;
    server.shutdown().await;
    while context::now() < due {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let local = Fixture { folder, ..Fixture::at(root, |_| {}).await };
    assert_eq!(version(&local).await, "2");
    let calls = local.server.scheduled_calls();
    assert_eq!(calls.iter().map(|call| call.schedule.as_str()).collect::<Vec<_>>(), ["move"]);
}

#[tokio::test]
async fn a_deleted_schedule_makes_no_call() {
    let (local, scheduler) = prepared().await;
    create(&scheduler, &later(), to_two("r")).send().await.unwrap();
    create(&scheduler, &later(), to_two("r")).name("other").send().await.unwrap();
    scheduler.delete_schedule().name("move").send().await.unwrap();
    let now = context::now() + SignedDuration::from_hours(2);
    local.request("POST /_lambdaship/schedules", &[], &json!({ "now": now }).to_string()).await;
    assert_eq!(first_call(&local).await.schedule, "other");
    assert_eq!(local.server.scheduled_calls().len(), 1);
}

#[tokio::test]
async fn a_function_that_does_not_exist_is_noted() {
    let (local, scheduler) = prepared().await;
    let input = json!({ "FunctionName": "absent", "InvocationType": "Event", "Payload": "{}" });
    create(&scheduler, &at(soon()), target(INVOKE, &input)).send().await.unwrap();
    let noted = async {
        while local.server.scheduled_calls().first().is_none_or(|call| call.error.is_none()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, noted).await.unwrap();
    let (code, message) = first_call(&local).await.error.unwrap();
    assert_eq!(code, "ResourceNotFoundException");
    assert!(message.contains("absent"), "{message}");
}
