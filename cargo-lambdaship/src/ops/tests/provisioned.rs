//! An alias with provisioned concurrency: Lambda moves its traffic only once that is there for the new version. And what
//! all rollouts of a run read together.

use std::time::Duration;

use futures::future::join_all;

use super::rollback::back;
use super::support::{Stage, function};
use crate::aws::testing::human;
use crate::config::FunctionConfig;
use crate::model::{Expect, FunctionName, Salt, Smoke, Version};
use crate::ops::drift::{read, told};
use crate::plan::Action;
use crate::plan::drift::Ledger;
use crate::report::Outcome;
use crate::report::drift::DriftState;
use crate::rollout::{Driver, Prober, Stay};

const SHORT: Duration = Duration::from_millis(500);

fn provisioned(executions: u32) -> FunctionConfig {
    function(|settings| settings.provisioned_concurrency = Some(executions))
}

/// Two versions, and an alias that is on its way from the second back to the first.
async fn on_its_way() -> (Stage, FunctionConfig) {
    let (stage, function) = (Stage::new().await, provisioned(1));
    for code in ["one", "two"] {
        assert_eq!(stage.deploy(&function, code).await.error, None);
    }
    let stage = stage.settling_in(Duration::from_hours(1)).await;
    // The second look at the alias is the wait for it.
    stage.deploy_killed_at(&function, "one", ("GetAlias", 1)).await;
    let alias = stage.alias(&function).await;
    assert_eq!((alias.version, alias.split), (Some(Version(1)), Some((Version(2), 1.0))));
    (stage, function)
}

#[tokio::test(flavor = "current_thread")]
async fn a_deploy_waits_until_lambda_has_moved_the_traffic() {
    let stage = Stage::with(|options| options.settle = SHORT).await;
    for (code, executions) in [("one", 1), ("two", 2)] {
        let report = stage.deploy(&provisioned(executions), code).await;
        assert_eq!(report.error, None);
        stage.serves(&provisioned(executions), code).await;
        let function = provisioned(executions);
        let there = stage.aws.lambda().provisioned(&function.lambda, &function.alias).await.unwrap();
        assert_eq!(there, Some(executions));
    }
}

#[tokio::test(flavor = "current_thread")]
async fn who_has_no_provisioned_concurrency_pays_no_look_for_it() {
    let (stage, function) = (Stage::new().await, function(|_| {}));
    stage.deploy(&function, "one").await;
    let (_, counts) = stage.counted(stage.deploy(&function, "two")).await;
    assert_eq!(counts.get("GetAlias"), Some(&1), "{counts:?}");
}

#[tokio::test(flavor = "current_thread")]
async fn a_rollback_before_the_traffic_was_moved_leaves_it_where_it_is() {
    let (stage, function) = on_its_way().await;
    back(&stage, &function, None).await.unwrap();
    assert_eq!(stage.serves(&function, "two").await, Version(2));
}

#[tokio::test(flavor = "current_thread")]
async fn an_alias_on_its_way_is_nobody_elses_and_has_not_drifted() {
    let (stage, function) = on_its_way().await;
    let seen = Box::pin(read(&stage.aws, &function, Ledger::None)).await.unwrap();
    let drift = told(&seen, None, &Salt::random());
    assert_eq!(drift.state, DriftState::Same, "{drift:?}");
    let waits = "version 2 serves until Lambda has the provisioned concurrency of the alias' version";
    assert!(drift.notes.iter().any(|note| note == waits), "{drift:?}");
    let planned = stage.plan(&function, "one").await.unwrap();
    assert!(matches!(planned.plan.action, Action::Unchanged), "{:?}", planned.plan);
    let report = stage.publish(&planned).await;
    assert_eq!((report.outcome, report.error), (Outcome::Unchanged, None));
}

#[tokio::test(flavor = "current_thread")]
async fn a_version_that_cannot_be_invoked_yet_is_asked_until_it_can() {
    let (stage, function) = (Stage::with(|options| options.settle = SHORT).await, function(|_| {}));
    stage.deploy(&function, "one").await;
    let client = human(stage.server.endpoint());
    client
        .update_function_configuration()
        .function_name("hello-staging")
        .memory_size(512)
        .send()
        .await
        .unwrap();
    stage.aws.lambda().settled(&function.lambda).await.unwrap();
    client.publish_version().function_name("hello-staging").send().await.unwrap();
    let ping = Smoke { name: "ping".to_owned(), event: b"{}".to_vec(), expect: Expect::default() };
    let function = FunctionConfig { smoke: vec![ping], ..function };
    let prober = Prober { client: stage.aws.lambda(), console: &stage.console };
    let answered = prober.probe(&function, Version(2), &[]).await;
    assert!(answered.is_ok(), "it answered, whatever that is: {answered:?}");
}

#[tokio::test(flavor = "current_thread")]
async fn the_alarms_of_all_rollouts_are_read_together() {
    let stage = Stage::new().await;
    let functions: Vec<_> = (0..20)
        .map(|number| {
            let mut function = function(|_| {});
            function.function.name = FunctionName::new(format!("hello-{number}")).unwrap();
            function.rollout.shape = "10%/5m".parse().unwrap();
            function.rollout.limits.alarms = vec![format!("errors-{number}")];
            function
        })
        .collect();
    let tools = &stage.tools().watching(functions.iter());
    let read = functions
        .iter()
        .map(|function| async move { Driver { tools, function, stay: Stay::ToTheEnd }.alarms().await });
    for (number, read) in join_all(read).await.into_iter().enumerate() {
        let missing = read.expect_err("there is no such alarm").to_string();
        assert_eq!(missing, format!("failed to read the alarm `errors-{number}`"));
    }
    assert_eq!(stage.count("DescribeAlarms"), 1);
}
