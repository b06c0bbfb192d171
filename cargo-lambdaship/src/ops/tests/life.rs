//! From the first deploy on: what is done, and what is not done twice.

use std::time::Duration;

use super::support::{Stage, function};
use crate::aws::AliasTarget;
use crate::model::{LambdaName, LogFormat, Readiness, Version};
use crate::ops::rollback::{Destination, Reach};
use crate::plan::testing;
use crate::report::{FunctionReport, Outcome, Upload};
use crate::rollout::{Driver, Run, Stay};

/// How long something is under way that a test looks at meanwhile.
const SEEN: Duration = Duration::from_secs(4);

fn moved(report: &FunctionReport) -> (Outcome, Option<u64>, Option<u64>) {
    (report.outcome, report.version.from.map(|from| from.0), report.version.to.map(|to| to.0))
}

#[tokio::test(flavor = "current_thread")]
async fn a_first_deploy_creates_role_lambda_version_and_alias() {
    // Longer than it takes from the role to the lambda.
    let stage = Stage::with(|options| options.role_delay = Duration::from_secs(5)).await;
    let function = testing::function(|_| {});
    let (report, counts) = stage.counted(stage.deploy(&function, "one")).await;
    assert_eq!(moved(&report), (Outcome::Created, None, Some(1)), "{report:?}");
    assert_eq!(report.upload, Upload::Direct);
    stage.serves(&function, "one").await;
    assert_eq!((counts["CreateRole"], counts["AttachRolePolicy"]), (1, 1));
    assert!(counts["CreateFunction"] > 1, "a role that is new is waited for: {counts:?}");
    let version = stage.live(&function, Some("1")).await.configuration;
    assert_eq!(version.description, "lambdaship/1 git=0123abcdef01");
}

#[tokio::test(flavor = "current_thread")]
async fn an_unchanged_deploy_is_two_reads() {
    let stage = Stage::new().await;
    let function = function(|settings| {
        settings.memory = Some(256);
        settings.tags = [("team".to_owned(), "a".to_owned())].into();
        settings.reserved_concurrency = Some(5);
    });
    stage.deploy(&function, "one").await;
    let (report, counts) = stage.counted(stage.deploy(&function, "one")).await;
    assert_eq!(moved(&report), (Outcome::Unchanged, Some(1), Some(1)));
    assert_eq!(counts, [("GetAlias".to_owned(), 1), ("GetFunction".to_owned(), 1)].into());
}

#[tokio::test(flavor = "current_thread")]
async fn new_code_is_one_upload_and_one_version() {
    let stage = Stage::new().await;
    let function = function(|_| {});
    stage.deploy(&function, "one").await;
    let (report, counts) = stage.counted(stage.deploy(&function, "two")).await;
    assert_eq!(moved(&report), (Outcome::Updated, Some(1), Some(2)));
    assert_eq!(report.changes.iter().map(|change| change.field.as_str()).collect::<Vec<_>>(), ["code"]);
    let writes = ["UpdateFunctionCode", "PublishVersion", "UpdateAlias"];
    assert_eq!(writes.map(|write| counts[write]), [1, 1, 1]);
    assert!(!counts.contains_key("UpdateFunctionConfiguration"), "{counts:?}");
    assert_eq!(stage.serves(&function, "two").await, Version(2));
}

#[tokio::test(flavor = "current_thread")]
async fn new_settings_reach_the_alias_without_an_upload() {
    let stage = Stage::new().await;
    stage.deploy(&function(|_| {}), "one").await;
    let function = function(|settings| {
        settings.memory = Some(512);
        settings.logging.format = Some(LogFormat::Json);
    });
    let (report, counts) = stage.counted(stage.deploy(&function, "one")).await;
    assert_eq!((moved(&report), report.upload), ((Outcome::Updated, Some(1), Some(2)), Upload::None));
    assert!(!counts.contains_key("UpdateFunctionCode"), "{counts:?}");
    assert_eq!(stage.live(&function, Some("live")).await.configuration.settings.memory, 512);
    assert_eq!(stage.deploy(&function, "one").await.outcome, Outcome::Unchanged);
}

#[tokio::test(flavor = "current_thread")]
async fn the_alias_alone_moves_onto_a_version_that_exists() {
    let stage = Stage::new().await;
    let function = function(|_| {});
    stage.deploy(&function, "one").await;
    stage.deploy(&function, "two").await;
    let driver = Driver { tools: &stage.tools(), function: &function, stay: Stay::ToTheEnd };
    let until = crate::interruption::Interruption::never();
    let back = crate::ops::rollback::move_back(
        &driver,
        (&Destination::Before, Run(9), Reach::Every { store: None }),
        &until,
    );
    back.await.unwrap();
    let (report, counts) = stage.counted(stage.deploy(&function, "two")).await;
    assert_eq!(moved(&report), (Outcome::Moved, Some(1), Some(2)));
    assert!(!counts.contains_key("PublishVersion") && !counts.contains_key("UpdateFunctionCode"));
    assert_eq!(stage.serves(&function, "two").await, Version(2));
}

#[tokio::test(flavor = "current_thread")]
async fn nothing_is_shifted_before_it_is_active() {
    let settle = Duration::from_millis(150);
    let stage = Stage::with(|options| options.settle = settle).await;
    let first = function(|_| {});
    stage.deploy(&first, "one").await;
    stage.serves(&first, "one").await;
    // The settings are under way when the code is to be sent, and the code when the version is to be published.
    let second = function(|settings| settings.memory = Some(256));
    let report = stage.deploy(&second, "two").await;
    assert_eq!(moved(&report), (Outcome::Updated, Some(1), Some(2)), "{report:?}");
    stage.serves(&second, "two").await;
}

#[tokio::test(flavor = "current_thread")]
async fn an_update_that_is_under_way_is_waited_for() {
    let first = function(|_| {});
    let stage = Stage::new().await;
    stage.deploy(&first, "one").await;
    let stage = stage.settling_in(SEEN).await;
    let latest = stage.aws.lambda().settled(&first.lambda).await.unwrap();
    let same = &latest.settings;
    let text = Some("by somebody else");
    stage.aws.lambda().update_settings(&first.lambda, (same, same), text, &latest.revision).await.unwrap();
    assert!(stage.live(&first, None).await.configuration.updating);
    let report = stage.deploy(&first, "two").await;
    assert_eq!(moved(&report), (Outcome::Updated, Some(1), Some(2)), "{report:?}");
}

#[tokio::test(flavor = "current_thread")]
async fn a_version_that_was_served_too_early_is_waited_for() {
    let function = function(|_| {});
    let stage = Stage::new().await;
    stage.deploy(&function, "one").await;
    let stage = stage.settling_in(SEEN).await;
    // Somebody else publishes another version and moves the alias at once.
    let client = stage.aws.lambda();
    let latest = stage.live(&function, None).await.configuration;
    let text = Some("by hand");
    let same = (&latest.settings, &latest.settings);
    client.update_settings(&function.lambda, same, text, &latest.revision).await.unwrap();
    let latest = client.settled(&function.lambda).await.unwrap();
    let published =
        client.publish(&function.lambda, latest.code_sha256, "by hand", &latest.revision).await.unwrap();
    let target = AliasTarget { version: published.version, split: None, description: String::new() };
    let alias = stage.alias(&function).await;
    client.update_alias(&function.lambda, &function.alias, &target, &alias.revision).await.unwrap();
    let live = stage.live(&function, Some("live")).await.configuration;
    assert_eq!(live.readiness, Readiness::Pending);
    let report = stage.deploy(&function, "one").await;
    assert_eq!(moved(&report), (Outcome::Unchanged, Some(2), Some(2)), "{report:?}");
    stage.serves(&function, "one").await;
}

#[tokio::test(flavor = "current_thread")]
async fn many_new_roles_are_waited_for_at_once() {
    let stage = Stage::with(|options| options.role_delay = Duration::from_secs(4)).await;
    let functions: Vec<_> = (0..60)
        .map(|index| {
            let mut function = testing::function(|_| {});
            function.lambda = LambdaName::new(format!("hello-{index}")).unwrap();
            function
        })
        .collect();
    let deploys = functions.iter().map(|function| stage.deploy(function, "one"));
    for report in futures::future::join_all(deploys).await {
        assert_eq!(report.error, None);
    }
}
