//! A run that is killed at any request leaves nothing that the next run does not mend by itself.

use futures::{StreamExt, stream};

use super::support::{Stage, function};
use crate::config::FunctionConfig;
use crate::local::{Failure, Injection};
use crate::model::{Exit, Secret, Settings, Variable};
use crate::ops::supply::Zip;
use crate::plan::testing;
use crate::report::Outcome;

/// What is written once the alias has moved.
const AFTER_THE_SHIFT: [&str; 5] = [
    "TagResource",
    "PutFunctionConcurrency",
    "PutProvisionedConcurrencyConfig",
    "CreateLogGroup",
    "PutRetentionPolicy",
];

fn everything(settings: &mut Settings) {
    settings.memory = Some(256);
    settings.description = Some("greets".to_owned());
    settings.tags = [("team".to_owned(), "a".to_owned())].into();
    settings.reserved_concurrency = Some(5);
    settings.provisioned_concurrency = Some(2);
    settings.logging.retention = Some(14);
    settings.variables.insert("TOKEN".to_owned(), Variable::Value(Secret::new("t")));
}

/// Every request that a whole run of `code` makes, on a stage that served `before`.
async fn requests(before: Option<&str>, function: &FunctionConfig, code: &str) -> Vec<(String, u32)> {
    let stage = prepared(before).await;
    let (report, counts) = stage.counted(stage.deploy(function, code)).await;
    assert_eq!(report.error, None);
    let each = |(operation, count): (String, u64)| {
        (0..u32::try_from(count).unwrap()).map(move |after| (operation.clone(), after)).collect::<Vec<_>>()
    };
    counts.into_iter().flat_map(each).collect()
}

async fn prepared(before: Option<&str>) -> Stage {
    let stage = Stage::new().await;
    if let Some(code) = before {
        stage.deploy(&function(|_| {}), code).await;
    }
    stage
}

async fn is_whole(stage: &Stage, function: &FunctionConfig, case: &str) {
    stage.serves(function, "new").await;
    let live = stage.live(function, None).await;
    assert_eq!(live.configuration.description, "greets", "{case}");
    assert_eq!((live.tags.len(), live.reserved_concurrency), (1, Some(5)), "{case}");
    let provisioned = stage.aws.lambda().provisioned(&function.lambda, &function.alias).await.unwrap();
    let retention = stage.aws.logs().retention("/aws/lambda/hello-staging").await.unwrap();
    assert_eq!((provisioned, retention), (Some(2), Some(14)), "{case}");
    let again = stage.deploy(function, "new").await;
    assert_eq!(again.outcome, Outcome::Unchanged, "{case}: {again:?}");
}

async fn survives(before: Option<&str>, function: &FunctionConfig) {
    let requests = requests(before, function, "new").await;
    assert!(requests.len() > 10, "{requests:?}");
    let cases = requests.into_iter().map(|request| survives_one(before, function, request));
    stream::iter(cases).buffer_unordered(8).collect::<()>().await;
}

async fn survives_one(before: Option<&str>, function: &FunctionConfig, (operation, after): (String, u32)) {
    let case = format!("killed at {operation} {after}");
    let stage = prepared(before).await;
    stage.deploy_killed_at(function, "new", (&operation, after)).await;
    // The second look at an alias with provisioned concurrency is the wait for its traffic.
    let is_shifted = AFTER_THE_SHIFT.contains(&operation.as_str()) || (operation == "GetAlias" && after > 0);
    if let Some(code) = before.filter(|_| !is_shifted) {
        stage.serves(function, code).await;
    }
    let report = stage.deploy(function, "new").await;
    assert_eq!(report.error, None, "{case}");
    is_whole(&stage, function, &case).await;
    let version = stage.serves(function, "new").await;
    assert_eq!(version.0, if before.is_some() { 2 } else { 1 }, "{case}: no version too many");
}

#[tokio::test(flavor = "current_thread")]
async fn a_first_deploy_that_is_killed_is_ended_by_the_next() {
    let function = testing::function(everything);
    survives(None, &function).await;
}

#[tokio::test(flavor = "current_thread")]
async fn an_update_that_is_killed_is_ended_by_the_next() {
    let function = function(everything);
    survives(Some("old"), &function).await;
}

#[tokio::test(flavor = "current_thread")]
async fn a_first_deploy_that_is_refused_leaves_no_role_behind() {
    let invalid = testing::function(|settings| settings.memory = Some(1));
    for (function, attach) in [(invalid, 0), (testing::function(|_| {}), 9)] {
        let stage = Stage::new().await;
        let (operation, failure) = ("AttachRolePolicy".to_owned(), Failure::Internal);
        stage.server.inject(Injection { operation, failure, after: 0, times: attach });
        let report = stage.deploy(&function, "one").await;
        assert_eq!(report.error.map(|error| error.exit), Some(Exit::Failed));
        assert_eq!((stage.count("CreateRole"), stage.count("DeleteRole")), (1, 1));
        assert_eq!(stage.aws.iam().role("lambdaship-hello-staging").await.unwrap(), None);
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_role_is_taken_back_only_when_no_lambda_uses_it() {
    // Somebody created the lambda meanwhile, with another role.
    let stage = Stage::new().await;
    let ours = testing::function(|_| {});
    let planned = stage.plan(&ours, "one").await.unwrap();
    stage.deploy(&function(|_| {}), "two").await;
    let report = stage.publish(&planned).await;
    assert_eq!(report.error.map(|error| error.exit), Some(Exit::Held));
    assert_eq!((stage.count("CreateRole"), stage.count("DeleteRole")), (1, 1));
    // Whether there is a lambda that uses it cannot be known.
    let stage = Stage::new().await;
    let invalid = testing::function(|settings| settings.memory = Some(1));
    let planned = stage.plan(&invalid, "one").await.unwrap();
    let (operation, failure) = ("GetFunction".to_owned(), Failure::Internal);
    stage.server.inject(Injection { operation, failure, after: 0, times: 9 });
    let report = stage.publish(&planned).await;
    assert_eq!(report.error.map(|error| error.exit), Some(Exit::Failed));
    assert_eq!((stage.count("CreateRole"), stage.count("DeleteRole")), (1, 0));
}

#[tokio::test(flavor = "current_thread")]
async fn a_role_that_a_late_lambda_may_use_stays() {
    let stage = Stage::new().await;
    let function = testing::function(|_| {});
    let (operation, failure) = ("CreateFunction".to_owned(), Failure::Internal);
    stage.server.inject(Injection { operation, failure, after: 0, times: 3 });
    let report = stage.deploy(&function, "one").await;
    assert_eq!(report.error.map(|error| error.exit), Some(Exit::Failed));
    assert_eq!((stage.count("CreateRole"), stage.count("DeleteRole")), (1, 0));
    assert!(stage.said.text().contains("role `lambdaship-hello-staging` stays"), "{}", stage.said.text());
    assert_eq!(stage.deploy(&function, "one").await.error, None);
    assert_eq!(stage.count("CreateRole"), 1, "the next run uses it");
}

/// Whoever may create lambdas need not be allowed to write to IAM.
#[tokio::test(flavor = "current_thread")]
async fn a_policy_is_attached_only_when_it_is_not() {
    let stage = Stage::new().await;
    let function = testing::function(|_| {});
    let (operation, failure) = ("CreateFunction".to_owned(), Failure::Internal);
    stage.server.inject(Injection { operation, failure, after: 0, times: 3 });
    stage.deploy(&function, "one").await;
    let (operation, failure) = ("AttachRolePolicy".to_owned(), Failure::Internal);
    stage.server.inject(Injection { operation, failure, after: 0, times: 9 });
    let (report, counts) = stage.counted(stage.deploy(&function, "one")).await;
    assert_eq!((report.error, counts.get("AttachRolePolicy")), (None, None));
}

#[tokio::test(flavor = "current_thread")]
async fn an_artifact_that_is_gone_leaves_no_role_behind() {
    let stage = Stage::new().await;
    let function = testing::function(|_| {});
    let planned = stage.plan(&function, "one").await.unwrap();
    let Zip::File(zip) = &planned.supply.zip else { panic!("the zip is a file") };
    fs_err::remove_file(zip).unwrap();
    let report = stage.publish(&planned).await;
    assert_eq!(report.outcome, Outcome::Failed);
    assert_eq!(stage.count("CreateRole"), 0);
}

#[tokio::test(flavor = "current_thread")]
async fn a_failure_after_the_shift_says_what_the_alias_serves_now() {
    let stage = prepared(Some("old")).await;
    let injection = Injection {
        operation: "PutFunctionConcurrency".to_owned(),
        failure: Failure::Internal,
        after: 0,
        times: 9,
    };
    stage.server.inject(injection);
    let function = function(|settings| settings.reserved_concurrency = Some(5));
    let report = stage.deploy(&function, "new").await;
    assert_eq!(report.outcome, Outcome::Failed);
    assert_eq!(report.version.to, Some(stage.serves(&function, "new").await));
    assert!(report.upload == crate::report::Upload::Direct);
}
