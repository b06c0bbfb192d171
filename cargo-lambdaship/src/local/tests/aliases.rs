//! Aliases, their weights, and what is attached to them.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_lambda::types::{
    AliasRoutingConfiguration, DeadLetterConfig, InvocationType, ProvisionedConcurrencyStatusEnum,
};

use serde_json::json;

use super::support::{Fixture, ROLE, refused, routing};
use crate::local::ACCOUNT;

#[tokio::test]
async fn row_11_an_alias_as_qualifier_answers_the_version_that_it_points_to() {
    let local = Fixture::new().await;
    local.create().send().await.unwrap();
    let publish = local.lambda.publish_version().function_name("hello").description("the first");
    publish.send().await.unwrap();
    local.alias("1").await;
    local.update_code("two").await;
    let (alias, one) = (local.get(Some("live")).await, local.get(Some("1")).await);
    let (alias, one) = (alias.configuration().unwrap(), one.configuration().unwrap());
    assert_eq!((alias.version(), alias.description()), (Some("1"), Some("the first")));
    assert_eq!(alias.code_sha256(), one.code_sha256());
    assert_ne!(alias.code_sha256(), local.configuration().await.code_sha256());
}

#[tokio::test]
async fn row_12_weights_that_could_not_serve_are_refused() {
    let local = Fixture::new().await;
    local.two_versions().await;
    local.alias("1").await;
    let update = |version: &str, routing: AliasRoutingConfiguration| {
        let update = local.lambda.update_alias().function_name("hello").name("live");
        update.function_version(version).routing_config(routing).send()
    };
    let two = HashMap::from([("1".to_owned(), 0.1), ("2".to_owned(), 0.1)]);
    let two = AliasRoutingConfiguration::builder().set_additional_version_weights(Some(two)).build();
    for (version, routing, status, code) in [
        ("1", two, 400, "InvalidParameterValueException"),
        ("1", routing("2", 1.1), 400, "ValidationException"),
        ("1", routing("2", -0.1), 400, "ValidationException"),
        ("1", routing("$LATEST", 0.1), 400, "ValidationException"),
        ("1", routing("1", 0.1), 400, "InvalidParameterValueException"),
        ("$LATEST", routing("1", 0.1), 400, "InvalidParameterValueException"),
        ("1", routing("9", 0.1), 404, "ResourceNotFoundException"),
    ] {
        let shown = format!("{version} {routing:?}");
        let (found, name, _) = refused(update(version, routing).await);
        assert_eq!((found, name.as_str()), (status, code), "{shown}");
    }
    update("1", routing("2", 1.0)).await.unwrap();
}

#[tokio::test]
async fn row_12_versions_of_one_alias_share_role_and_dead_letter_target() {
    let local = Fixture::new().await;
    local.create().publish(true).send().await.unwrap();
    let update = || local.lambda.update_function_configuration().function_name("hello");
    update().role("arn:aws:iam::111111111111:role/other").send().await.unwrap();
    local.publish().await;
    let queue = DeadLetterConfig::builder().target_arn("arn:aws:sqs:eu-west-1:111111111111:dead").build();
    update().role(ROLE).dead_letter_config(queue).send().await.unwrap();
    local.publish().await;
    local.alias("1").await;
    for (version, words) in [("2", "execution role"), ("3", "dead-letter")] {
        let weigh = local.lambda.update_alias().function_name("hello").name("live");
        let (status, code, message) = refused(weigh.routing_config(routing(version, 0.1)).send().await);
        assert_eq!((status, code.as_str()), (400, "InvalidParameterValueException"));
        assert!(message.contains(words), "{message}");
    }
}

#[tokio::test]
async fn row_12_weights_route_requests() {
    let local = Fixture::new().await;
    local.two_versions().await;
    local.alias("1").await;
    let executed = || async {
        let invoke = local.lambda.invoke().function_name("hello").qualifier("live");
        let answer = invoke.invocation_type(InvocationType::DryRun).send().await.unwrap();
        answer.executed_version().unwrap().to_owned()
    };
    assert_eq!(executed().await, "1");
    let update = || local.lambda.update_alias().function_name("hello").name("live");
    update().routing_config(routing("2", 1.0)).send().await.unwrap();
    assert_eq!(executed().await, "2");
    update().routing_config(routing("2", 0.5)).send().await.unwrap();
    let mut seen = std::collections::BTreeSet::new();
    // All of 200 fair tosses on one side: once in 10^60.
    for _ in 0..200 {
        seen.insert(executed().await);
    }
    assert_eq!(seen.len(), 2);
}

#[tokio::test]
async fn row_14_an_alias_is_created_once_and_updated_only_where_it_is() {
    let local = Fixture::new().await;
    local.two_versions().await;
    local.alias("1").await;
    let create = |name: &str, version: &str| {
        local.lambda.create_alias().function_name("hello").name(name).function_version(version)
    };
    let (status, code, _) = refused(create("live", "2").send().await);
    assert_eq!((status, code.as_str()), (409, "ResourceConflictException"));
    let (status, code, _) = refused(create("next", "9").send().await);
    assert_eq!((status, code.as_str()), (404, "ResourceNotFoundException"));
    let (status, code, _) = refused(create("12", "1").send().await);
    assert_eq!((status, code.as_str()), (400, "ValidationException"));
    let update = local.lambda.update_alias().function_name("hello").name("absent").function_version("1");
    let (status, code, _) = refused(update.send().await);
    assert_eq!((status, code.as_str()), (404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn aliases_are_listed_by_version_and_deleted() {
    let local = Fixture::new().await;
    local.two_versions().await;
    local.alias("1").await;
    let create = local.lambda.create_alias().function_name("hello").name("next").function_version("2");
    create.send().await.unwrap();
    let list = |version: Option<&str>| {
        let list = local.lambda.list_aliases().function_name("hello");
        list.set_function_version(version.map(str::to_owned)).send()
    };
    assert_eq!(list(None).await.unwrap().aliases().len(), 2);
    assert_eq!(list(Some("2")).await.unwrap().aliases()[0].name(), Some("next"));
    local.lambda.delete_alias().function_name("hello").name("next").send().await.unwrap();
    assert_eq!(list(None).await.unwrap().aliases().len(), 1);
}

#[tokio::test]
async fn row_17_provisioned_concurrency_is_on_an_alias_or_a_version_and_never_on_latest() {
    let local = Fixture::new().await;
    local.two_versions().await;
    local.alias("1").await;
    let put = |qualifier: &str| {
        let put = local.lambda.put_provisioned_concurrency_config().function_name("hello");
        put.qualifier(qualifier).provisioned_concurrent_executions(2).send()
    };
    let (status, code, _) = refused(put("$LATEST").await);
    assert_eq!((status, code.as_str()), (400, "InvalidParameterValueException"));
    let answer = put("live").await.unwrap();
    assert_eq!(answer.status(), Some(&ProvisionedConcurrencyStatusEnum::InProgress));
    assert_eq!(refused(put("1").await).0, 409);
    let get = local.lambda.get_provisioned_concurrency_config().function_name("hello").qualifier("live");
    let read = get.send().await.unwrap();
    assert_eq!(read.status(), Some(&ProvisionedConcurrencyStatusEnum::Ready));
    assert_eq!(read.available_provisioned_concurrent_executions(), Some(2));
    let delete = local.lambda.delete_provisioned_concurrency_config().function_name("hello");
    delete.qualifier("live").send().await.unwrap();
    put("1").await.unwrap();
    assert_eq!(refused(put("live").await).0, 409);
}

#[tokio::test]
async fn an_alias_with_provisioned_concurrency_serves_what_it_did_until_that_is_there() {
    let local = Fixture::new().await;
    local.two_versions().await;
    local.alias("1").await;
    let put = || {
        let put = local.lambda.put_provisioned_concurrency_config().function_name("hello");
        put.qualifier("live").provisioned_concurrent_executions(2).send()
    };
    put().await.unwrap();
    let local = local.restart(|options| options.settle = Duration::from_hours(1)).await;
    let update = |version: &str| {
        local.lambda.update_alias().function_name("hello").name("live").function_version(version).send()
    };
    let get = || local.lambda.get_alias().function_name("hello").name("live").send();
    update("2").await.unwrap();
    let moving = get().await.unwrap();
    let weights = moving.routing_config().unwrap().additional_version_weights().unwrap();
    assert_eq!((moving.function_version(), weights.get("1")), (Some("2"), Some(&1.0)));
    let put = local.lambda.put_provisioned_concurrency_config().function_name("hello");
    let refused = refused(put.qualifier("live").provisioned_concurrent_executions(3).send().await);
    assert_eq!((refused.0, refused.1.as_str()), (400, "InvalidParameterValueException"));
    update("1").await.unwrap();
    assert_eq!(get().await.unwrap().routing_config(), None, "its concurrency is there");
}

#[tokio::test]
async fn permissions_are_kept_by_qualifier() {
    let local = Fixture::new().await;
    local.two_versions().await;
    local.alias("1").await;
    let add = || {
        let add = local.lambda.add_permission().function_name("hello").qualifier("live").statement_id("s3");
        add.action("lambda:InvokeFunction").principal("s3.amazonaws.com").source_arn("arn:aws:s3:::b").send()
    };
    let statement = add().await.unwrap();
    assert!(statement.statement().unwrap().contains("AWS:SourceArn"));
    assert_eq!(refused(add().await).0, 409);
    let get = |qualifier: Option<&str>| {
        let get = local.lambda.get_policy().function_name("hello");
        get.set_qualifier(qualifier.map(str::to_owned)).send()
    };
    assert!(get(Some("live")).await.unwrap().policy().unwrap().contains("s3.amazonaws.com"));
    assert_eq!(refused(get(None).await).0, 404);
    let remove = local.lambda.remove_permission().function_name("hello").qualifier("live").statement_id("s3");
    remove.send().await.unwrap();
    assert_eq!(refused(get(Some("live")).await).0, 404);
}

#[tokio::test]
async fn row_20_a_resource_policy_replaces_the_permissions_that_were_added() {
    let local = Fixture::new().await;
    local.create().send().await.unwrap();
    let arn = format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:function:hello");
    let add = |id: &str| {
        let add = local.lambda.add_permission().function_name("hello").statement_id(id);
        add.action("lambda:InvokeFunction").principal("s3.amazonaws.com").send()
    };
    let policy = async || {
        let policy = local.lambda.get_policy().function_name("hello").send().await;
        policy.map(|answer| answer.policy().unwrap().to_owned())
    };
    add("first").await.unwrap();
    let document = json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "whole", "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction", "Resource": arn },
    ] });
    let put = || local.lambda.put_resource_policy().resource_arn(&arn).policy(document.to_string());
    let before = local.revision().await;
    let stale = put().revision_id("00000000-0000-4000-8000-000000000000").send().await;
    assert_eq!(refused(stale).0, 412);
    let answer = put().revision_id(before).send().await.unwrap();
    assert_eq!(answer.revision_id(), Some(local.revision().await.as_str()));
    let replaced = policy().await.unwrap();
    assert!(replaced.contains("whole") && !replaced.contains("first"), "{replaced}");
    add("second").await.unwrap();
    let both = local.lambda.get_resource_policy().resource_arn(&arn).send().await.unwrap();
    assert!(both.policy().unwrap().contains("whole") && both.policy().unwrap().contains("second"));
    local.lambda.delete_resource_policy().resource_arn(&arn).send().await.unwrap();
    assert_eq!(refused(policy().await).0, 404);
    let nothing = local.lambda.put_resource_policy().resource_arn(&arn).policy("{}").send().await;
    assert_eq!(refused(nothing).1, "InvalidParameterValueException");
}
