//! Changes under way, revision ids, and what a change of code carries.

use aws_sdk_lambda::client::Waiters;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Architecture, LastUpdateStatus, State};

use super::support::{Fixture, LONG, PATIENCE, SHORT, refused, routing, zip};

const STALE: &str = "00000000-0000-4000-8000-000000000000";

#[tokio::test]
async fn row_2_a_second_update_while_one_is_in_progress_is_a_conflict() {
    let local = Fixture::new().await;
    local.create().send().await.unwrap();
    let local = local.restart(|options| options.settle = LONG).await;
    local.update_code("two").await;
    let update = local.lambda.update_function_configuration().function_name("hello").memory_size(256);
    let (status, code, message) = refused(update.send().await);
    assert_eq!((status, code.as_str()), (409, "ResourceConflictException"));
    assert_eq!(
        message,
        "The operation cannot be performed at this time. An update is in progress for resource: \
         arn:aws:lambda:eu-west-1:000000000000:function:hello"
    );
    let publish = local.lambda.publish_version().function_name("hello");
    assert_eq!(refused(publish.send().await).0, 409);
}

#[tokio::test]
async fn a_function_that_is_pending_can_be_neither_changed_nor_invoked() {
    let local = Fixture::with(|options| options.settle = LONG).await;
    local.create().send().await.unwrap();
    let update = local.lambda.update_function_code().function_name("hello").zip_file(Blob::new(zip("two")));
    let (status, _, message) = refused(update.send().await);
    assert_eq!(status, 409);
    assert!(message.ends_with("in the following state: Pending"), "{message}");
    let (status, code, _) = refused(local.lambda.invoke().function_name("hello").send().await);
    assert_eq!((status, code.as_str()), (409, "ResourceConflictException"));
}

#[tokio::test]
async fn row_3_a_stale_revision_id_is_refused_with_412_by_every_fenced_call() {
    let local = Fixture::new().await;
    local.two_versions().await;
    local.alias("1").await;
    let lambda = &local.lambda;
    let expected = (412, "PreconditionFailedException".to_owned());
    let pair = |(status, code, _): (u16, String, String)| (status, code);
    let code = lambda.update_function_code().function_name("hello").zip_file(Blob::new(zip("three")));
    assert_eq!(pair(refused(code.revision_id(STALE).send().await)), expected);
    let settings = lambda.update_function_configuration().function_name("hello").timeout(9);
    assert_eq!(pair(refused(settings.revision_id(STALE).send().await)), expected);
    let publish = lambda.publish_version().function_name("hello");
    assert_eq!(pair(refused(publish.revision_id(STALE).send().await)), expected);
    let alias = lambda.update_alias().function_name("hello").name("live").function_version("2");
    assert_eq!(pair(refused(alias.revision_id(STALE).send().await)), expected);
    let permission = lambda.add_permission().function_name("hello").statement_id("a");
    let permission = permission.action("lambda:InvokeFunction").principal("*");
    assert_eq!(pair(refused(permission.revision_id(STALE).send().await)), expected);
    assert_eq!(local.get(None).await.configuration().unwrap().timeout(), Some(3));
}

#[tokio::test]
async fn row_4_latest_has_a_new_revision_id_at_every_step() {
    let local = Fixture::new().await;
    let mut seen = vec![local.create().send().await.unwrap().revision_id().unwrap().to_owned()];
    seen.push(local.revision().await);
    let update = || local.lambda.update_function_configuration().function_name("hello").memory_size(256);
    for _ in ["a change", "a redundant one"] {
        seen.push(update().send().await.unwrap().revision_id().unwrap().to_owned());
        seen.push(local.revision().await);
    }
    local.publish().await;
    seen.push(local.revision().await);
    let distinct: std::collections::BTreeSet<&String> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len(), "{seen:?}");
    assert_eq!(local.revision().await, seen[6], "reading changes nothing");
    let fenced = update().revision_id(&seen[6]).send().await.unwrap();
    assert_ne!(fenced.revision_id(), Some(seen[6].as_str()));
}

#[tokio::test]
async fn row_5_alias_writes_change_the_alias_revision_only() {
    let local = Fixture::new().await;
    local.two_versions().await;
    let before = local.revision().await;
    local.alias("1").await;
    let get = local.lambda.get_alias().function_name("hello").name("live");
    let first = get.send().await.unwrap().revision_id().unwrap().to_owned();
    let update = local.lambda.update_alias().function_name("hello").name("live").function_version("1");
    let second = update.revision_id(&first).send().await.unwrap();
    assert_ne!(second.revision_id(), Some(first.as_str()), "an update that changes nothing, too");
    assert_eq!(local.revision().await, before);
}

#[tokio::test]
async fn row_9_code_that_is_published_at_once_is_answered_as_a_pending_version() {
    let local = Fixture::new().await;
    local.create().send().await.unwrap();
    let local = local.restart(|options| options.settle = LONG).await;
    let update = local.lambda.update_function_code().function_name("hello").zip_file(Blob::new(zip("two")));
    let answer = update.publish(true).send().await.unwrap();
    assert_eq!((answer.version(), answer.state()), (Some("1"), Some(&State::Pending)));
    let latest = local.configuration().await;
    assert_eq!(latest.last_update_status(), Some(&LastUpdateStatus::InProgress));
}

#[tokio::test]
async fn row_9_the_version_becomes_active_by_itself() {
    let local = Fixture::with(|options| options.settle = SHORT).await;
    local.create().send().await.unwrap();
    let active = local.lambda.wait_until_function_active_v2().function_name("hello");
    active.wait(PATIENCE).await.unwrap();
    let update = local.lambda.update_function_code().function_name("hello").zip_file(Blob::new(zip("two")));
    update.publish(true).send().await.unwrap();
    let active = local.lambda.wait_until_published_version_active().function_name("hello").qualifier("1");
    active.wait(PATIENCE).await.unwrap();
    assert_eq!(local.get(Some("1")).await.configuration().unwrap().state(), Some(&State::Active));
}

#[tokio::test]
async fn row_10_leaving_out_the_architecture_keeps_it() {
    let local = Fixture::new().await;
    local.create().architectures(Architecture::Arm64).send().await.unwrap();
    local.update_code("two").await;
    assert_eq!(local.configuration().await.architectures(), [Architecture::Arm64]);
    let update = local.lambda.update_function_code().function_name("hello").zip_file(Blob::new(zip("three")));
    update.architectures(Architecture::X8664).send().await.unwrap();
    assert_eq!(local.configuration().await.architectures(), [Architecture::X8664]);
}

#[tokio::test]
async fn a_dry_run_of_code_changes_nothing() {
    let local = Fixture::new().await;
    local.create().send().await.unwrap();
    let before = local.configuration().await;
    let update = local.lambda.update_function_code().function_name("hello").zip_file(Blob::new(zip("two")));
    let answer = update.dry_run(true).send().await.unwrap();
    assert_ne!(answer.code_sha256(), before.code_sha256());
    let after = local.configuration().await;
    assert_eq!((after.code_sha256(), after.revision_id()), (before.code_sha256(), before.revision_id()));
}

#[tokio::test]
async fn settings_that_a_request_does_not_state_are_kept() {
    let local = Fixture::new().await;
    let environment = aws_sdk_lambda::types::Environment::builder().variables("A_B", "1").build();
    local.create().environment(environment).timeout(20).send().await.unwrap();
    let update = local.lambda.update_function_configuration().function_name("hello").memory_size(256);
    update.send().await.unwrap();
    let read = local.configuration().await;
    assert_eq!((read.memory_size(), read.timeout()), (Some(256), Some(20)));
    assert_eq!(read.environment().unwrap().variables().unwrap()["A_B"], "1");
}

#[tokio::test]
async fn row_13_an_alias_update_without_routing_keeps_it() {
    let local = Fixture::new().await;
    local.two_versions().await;
    local.alias("1").await;
    let update = || local.lambda.update_alias().function_name("hello").name("live");
    update().routing_config(routing("2", 0.1)).send().await.unwrap();
    let kept = update().description("x").send().await.unwrap();
    assert_eq!(kept.routing_config(), Some(&routing("2", 0.1)));
    let empty = aws_sdk_lambda::types::AliasRoutingConfiguration::builder()
        .set_additional_version_weights(Some(std::collections::HashMap::new()))
        .build();
    assert!(update().routing_config(empty).send().await.unwrap().routing_config().is_none());
}
