//! Invocation through the server: what the caller hears of the function, of its version and of its log. The functions
//! are shell scripts that speak the Runtime API through curl, so that nothing is compiled.

use std::time::Duration;

use aws_sdk_lambda::operation::invoke::builders::InvokeFluentBuilder;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, InvocationType, LogType};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::support::{Fixture, PATIENCE, refused, routing, zip};

/// A function that logs a line and then runs `answer` for each event, with its id in `$id` and its payload in
/// `$event`.
fn script(answer: &str) -> Vec<u8> {
    zip(&format!(
        r#"#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
while event=$(curl -sS -D "/tmp/headers.$$" "$api/invocation/next"); do
    id=$(tr -d '\r' < "/tmp/headers.$$" | sed -n 's/^lambda-runtime-aws-request-id: //p')
    rm "/tmp/headers.$$"
    echo "got $event as $AWS_LAMBDA_FUNCTION_VERSION"
    {answer}
done
"#
    ))
}

/// Answers with the version that runs and the variable `GREETING`.
pub(super) const VERSION: &str =
    r#"curl -sS -o /dev/null -d "\"$GREETING $AWS_LAMBDA_FUNCTION_VERSION\"" "$api/invocation/$id/response""#;
pub(super) const FAILS: &str =
    r#"curl -sS -o /dev/null -d '{"errorType":"Broken","errorMessage":"no"}' "$api/invocation/$id/error""#;

pub(super) async fn running(answer: &str) -> Fixture {
    let local = Fixture::new().await;
    let code = FunctionCode::builder().zip_file(Blob::new(script(answer))).build();
    let environment = aws_sdk_lambda::types::Environment::builder().variables("GREETING", "hello").build();
    local.create().code(code).environment(environment).timeout(30).publish(true).send().await.unwrap();
    local
}

pub(super) fn invoke(local: &Fixture) -> InvokeFluentBuilder {
    local.lambda.invoke().function_name("hello").payload(Blob::new(r#"{"n":1}"#))
}

fn payload(answer: &aws_sdk_lambda::operation::invoke::InvokeOutput) -> String {
    String::from_utf8(answer.payload().unwrap().as_ref().to_vec()).unwrap()
}

#[tokio::test]
async fn a_function_is_run_with_its_settings_and_its_log_comes_back() {
    let local = running(VERSION).await;
    let answer = invoke(&local).log_type(LogType::Tail).send().await.unwrap();
    assert_eq!(payload(&answer), r#""hello $LATEST""#);
    assert_eq!((answer.status_code(), answer.function_error()), (200, None));
    assert_eq!(answer.executed_version(), Some("$LATEST"));
    let log = String::from_utf8(STANDARD.decode(answer.log_result().unwrap()).unwrap()).unwrap();
    assert!(log.contains("START RequestId") && log.contains(r#"got {"n":1}"#), "{log}");
    local.server.shutdown().await;
}

#[tokio::test]
async fn row_18_a_function_error_is_a_200_that_names_the_error_and_the_version() {
    let local = running(FAILS).await;
    let answer = invoke(&local).qualifier("1").send().await.unwrap();
    assert_eq!((answer.status_code(), answer.function_error()), (200, Some("Unhandled")));
    assert_eq!(answer.executed_version(), Some("1"));
    assert!(payload(&answer).contains("Broken"), "{}", payload(&answer));
    local.server.shutdown().await;
}

#[tokio::test]
async fn an_alias_runs_the_code_of_the_version_that_it_routes_to() {
    let local = running(VERSION).await;
    let update = local.lambda.update_function_configuration().function_name("hello");
    let environment = aws_sdk_lambda::types::Environment::builder().variables("GREETING", "goodbye").build();
    update.environment(environment).send().await.unwrap();
    assert_eq!(local.publish().await, "2");
    local.alias("1").await;
    assert_eq!(payload(&invoke(&local).qualifier("live").send().await.unwrap()), r#""hello 1""#);
    let update = local.lambda.update_alias().function_name("hello").name("live");
    update.routing_config(routing("2", 1.0)).send().await.unwrap();
    let answer = invoke(&local).qualifier("live").send().await.unwrap();
    assert_eq!((payload(&answer).as_str(), answer.executed_version()), (r#""goodbye 2""#, Some("2")));
    let direct = local.server.invoker().invoke("hello", Some("live"), b"{}".to_vec()).await.unwrap();
    assert_eq!((direct.version.as_str(), direct.answer.payload.as_slice()), ("2", &br#""goodbye 2""#[..]));
    local.server.shutdown().await;
}

#[tokio::test]
async fn an_event_is_taken_at_once_and_its_log_can_be_followed() {
    let local = running(VERSION).await;
    let answer = invoke(&local).invocation_type(InvocationType::Event).send().await.unwrap();
    assert_eq!(answer.status_code(), 202);
    let logs = aws_sdk_cloudwatchlogs::Client::new(&local.config);
    let ended = async {
        loop {
            let filter = logs.filter_log_events().log_group_name("/aws/lambda/hello").filter_pattern("got");
            // The group is there from the first line on.
            if let Ok(found) = filter.send().await
                && let Some(event) = found.events().first()
            {
                return event.message().unwrap().to_owned();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let line = tokio::time::timeout(PATIENCE, ended).await.unwrap();
    assert_eq!(line, r#"got {"n":1} as $LATEST"#);
    local.server.shutdown().await;
}

#[tokio::test]
async fn what_cannot_be_an_event_is_refused_before_the_function_runs() {
    let local = running(VERSION).await;
    let send = |payload: Vec<u8>| invoke(&local).payload(Blob::new(payload)).send();
    let (status, code, _) = refused(send(b"not json".to_vec()).await);
    assert_eq!((status, code.as_str()), (400, "InvalidRequestContentException"));
    let (status, code, _) = refused(send(format!("\"{}\"", "x".repeat(6 << 20)).into_bytes()).await);
    assert_eq!((status, code.as_str()), (413, "RequestTooLargeException"));
    let (status, code, _) = refused(invoke(&local).qualifier("9").send().await);
    assert_eq!((status, code.as_str()), (404, "ResourceNotFoundException"));
    let absent = local.server.invoker().invoke("absent", None, b"{}".to_vec()).await.unwrap_err();
    assert_eq!((absent.status, absent.code), (404, "ResourceNotFoundException"));
    let put = local.lambda.put_function_concurrency().function_name("hello");
    put.reserved_concurrent_executions(0).send().await.unwrap();
    let (status, code, _) = refused(send(b"{}".to_vec()).await);
    assert_eq!((status, code.as_str()), (429, "TooManyRequestsException"));
    assert!(!local.root.join("logs").exists());
}
