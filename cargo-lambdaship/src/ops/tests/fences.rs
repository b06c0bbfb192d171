//! Two deployers never overwrite each other.

use std::time::Duration;

use super::super::observe::glance_at;
use super::support::{Stage, failure, function};
use crate::aws::AliasTarget;
use crate::aws::testing::split;
use crate::config::FunctionConfig;
use crate::local::{Failure, Injection};
use crate::model::{Exit, Version, Versioned};
use crate::plan::testing;
use crate::report::{FunctionReport, Outcome};

async fn point(stage: &Stage, function: &FunctionConfig, version: u64) {
    let (client, alias) = (stage.aws.lambda(), stage.alias(function).await);
    let target = AliasTarget { version: Version(version), split: None, description: "by hand".to_owned() };
    client.update_alias(&function.lambda, &function.alias, &target, &alias.revision).await.unwrap();
}

async fn set_memory(stage: &Stage, function: &FunctionConfig, memory: u32) {
    let latest = stage.live(function, None).await.configuration;
    let to = Versioned { memory, ..latest.settings.clone() };
    let change = (&latest.settings, &to);
    stage.aws.lambda().update_settings(&function.lambda, change, None, &latest.revision).await.unwrap();
    stage.aws.lambda().settled(&function.lambda).await.unwrap();
}

fn is_held(report: &FunctionReport) -> bool {
    report.outcome == Outcome::Failed && report.error.as_ref().is_some_and(|error| error.exit == Exit::Held)
}

#[tokio::test(flavor = "current_thread")]
async fn an_alias_that_was_moved_by_hand_is_left_as_it_is() {
    let stage = Stage::new().await;
    let function = function(|_| {});
    stage.deploy(&function, "one").await;
    stage.deploy(&function, "two").await;
    let planned = stage.plan(&function, "three").await.unwrap();
    point(&stage, &function, 1).await;
    let report = stage.publish(&planned).await;
    assert!(is_held(&report), "{report:?}");
    assert_eq!(report.version.to, Some(Version(2)));
    assert!(failure(&report).contains("PreconditionFailedException"), "{}", failure(&report));
    let alias = stage.alias(&function).await;
    assert_eq!((alias.version, alias.description.as_str()), (Some(Version(1)), "by hand"));
    // The version that was published is not lost.
    let report = stage.deploy(&function, "three").await;
    assert_eq!((report.outcome, report.version.to), (Outcome::Moved, Some(Version(3))));
    assert_eq!(stage.alias(&function).await.description, "lambdaship/1 prev=1 run=9 | by hand");
}

#[tokio::test(flavor = "current_thread")]
async fn what_the_fence_was_read_with_is_what_was_seen() {
    let stage = Stage::new().await;
    let function = function(|_| {});
    stage.deploy(&function, "one").await;
    stage.deploy(&function, "two").await;
    let (revision, failure) = (stage.alias(&function).await.revision, Failure::Throttled);
    stage.server.inject(Injection { operation: "GetAlias".to_owned(), failure, after: 0, times: 2 });
    // The alias moves after the lambda was read at it, and before the alias itself is.
    let (reads, refused) = (stage.count("GetFunction"), stage.count("GetAlias"));
    let moving = async {
        while stage.count("GetFunction") == reads || stage.count("GetAlias") == refused {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let target = AliasTarget { version: Version(1), split: None, description: String::new() };
        let client = stage.aws.lambda();
        client.update_alias(&function.lambda, &function.alias, &target, &revision).await.unwrap();
    };
    let (glance, ()) = tokio::join!(glance_at(&stage.aws, &function), moving);
    let glance = glance.unwrap();
    let seen = glance.served.map(|served| served.configuration.version);
    assert_eq!(seen, glance.alias.map(|alias| alias.version));
}

#[tokio::test(flavor = "current_thread")]
async fn an_alias_that_somebody_created_meanwhile_is_left_as_it_is() {
    let stage = Stage::new().await;
    let (first, mut second) = (function(|_| {}), function(|_| {}));
    stage.deploy(&first, "one").await;
    second.alias = crate::model::AliasName::new("blue").unwrap();
    let planned = stage.plan(&second, "two").await.unwrap();
    let target = AliasTarget { version: Version(1), split: None, description: "by hand".to_owned() };
    stage.aws.lambda().create_alias(&second.lambda, &second.alias, &target).await.unwrap();
    assert!(is_held(&stage.publish(&planned).await));
    assert_eq!(stage.alias(&second).await.version, Some(Version(1)));
}

#[tokio::test(flavor = "current_thread")]
async fn a_lambda_that_was_changed_since_the_look_is_left_as_it_is() {
    type Wish = fn() -> FunctionConfig;
    let wishes: [(&str, Wish); 4] = [
        ("two", || function(|_| {})),
        ("one", || function(|settings| settings.timeout = Some(60))),
        ("one", || function(|settings| settings.description = Some("ours".to_owned()))),
        ("two", || {
            function(|settings| {
                settings.description = Some("ours".to_owned());
                settings.code_signing = Some(
                    "arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-0123456789abcdef0"
                        .to_owned(),
                );
            })
        }),
    ];
    // A description alone is one write to $LATEST, fenced by itself.
    let alone = 2;
    for (index, (code, wish)) in wishes.into_iter().enumerate() {
        let stage = Stage::new().await;
        let first = function(|_| {});
        stage.deploy(&first, "one").await;
        let second = wish();
        let planned = stage.plan(&second, code).await.unwrap();
        set_memory(&stage, &first, 3008).await;
        let report = stage.publish(&planned).await;
        assert_eq!(is_held(&report), index != alone, "{index}: {report:?}");
        assert_eq!(stage.serves(&first, "one").await, Version(1));
        let latest = stage.live(&first, None).await.configuration;
        assert_eq!(latest.settings.memory, 3008, "what others did to $LATEST stays");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn two_first_deploys_do_not_meet() {
    let stage = Stage::new().await;
    let function = testing::function(|_| {});
    let planned = stage.plan(&function, "one").await.unwrap();
    stage.deploy(&function, "two").await;
    let report = stage.publish(&planned).await;
    assert!(is_held(&report), "{report:?}");
    stage.serves(&function, "two").await;
    assert!(stage.aws.iam().role("lambdaship-hello-staging").await.unwrap().is_some(), "it is in use");
}

#[tokio::test(flavor = "current_thread")]
async fn an_alias_that_splits_its_traffic_is_not_ours_to_end() {
    let stage = Stage::new().await;
    let function = function(|_| {});
    stage.deploy(&function, "one").await;
    stage.deploy(&function, "two").await;
    split(stage.server.endpoint(), "1", 0.1).await;
    let error = stage.plan(&function, "three").await.err().expect("it is refused");
    assert_eq!(error.exit(), Exit::Held);
    assert_eq!(
        error.to_string(),
        "alias `live` of lambda `hello-staging` splits its traffic as somebody else made it: version 2, with 10 % to \
         version 1"
    );
}

#[tokio::test(flavor = "current_thread")]
async fn an_answer_that_was_lost_is_no_failure() {
    let table = [
        ("CreateFunction", "one"),
        ("PublishVersion", "one"),
        ("CreateAlias", "one"),
        ("UpdateFunctionConfiguration", "two"),
        ("UpdateFunctionCode", "two"),
        ("PublishVersion", "two"),
        ("UpdateAlias", "two"),
    ];
    for (operation, code) in table {
        let stage = Stage::new().await;
        if code == "two" {
            stage.deploy(&testing::function(|_| {}), "one").await;
        }
        let operation_name = operation.to_owned();
        let failure = Failure::Lost;
        stage.server.inject(Injection { operation: operation_name, failure, after: 0, times: 1 });
        let function = testing::function(|settings| settings.memory = Some(256));
        let report = stage.deploy(&function, code).await;
        assert_eq!(report.error, None, "{operation}");
        let version = stage.serves(&function, code).await;
        assert_eq!(version, Version(if code == "two" { 2 } else { 1 }), "{operation}: no version too many");
    }
}
