//! What people do by hand to a lambda that was deployed, against the local AWS.

use super::support::{Stage, function};
use crate::aws::testing::{human, split};
use crate::config::FunctionConfig;
use crate::model::{Salt, Version};
use crate::ops::drift::{read, told};
use crate::plan::drift::{Deployed, Ledger};
use crate::report::drift::{DriftState, FunctionDrift};

const LAMBDA: &str = "hello-staging";

/// Three versions, of which the alias serves the last.
async fn deployed(function: &FunctionConfig) -> Stage {
    let stage = Stage::new().await;
    for code in ["one", "two", "three"] {
        stage.deploy(function, code).await;
    }
    stage
}

/// Compares with version 3 of code `three`, as a ledger has it, or with what the alias says.
async fn drift(stage: &Stage, function: &FunctionConfig, noted: bool) -> FunctionDrift {
    let last = Deployed {
        version: Some(Version(3)),
        code: Some(stage.sha256(function, "three")),
        at: "2100-01-01T00:00:00Z".parse().unwrap(),
        by: None,
        run: None,
    };
    let ledger = if noted { Ledger::Last(last) } else { Ledger::None };
    let seen = Box::pin(read(&stage.aws, function, ledger)).await.unwrap();
    told(&seen, None, &Salt::random())
}

fn fields(drift: &FunctionDrift) -> Vec<&str> {
    drift.changes.iter().map(|change| change.field.as_str()).collect()
}

#[tokio::test(flavor = "current_thread")]
async fn nothing_drifts_by_itself_and_nothing_is_written() {
    let function = function(|settings| settings.reserved_concurrency = Some(5));
    let stage = deployed(&function).await;
    for noted in [true, false] {
        let (drift, asked) = stage.counted(drift(&stage, &function, noted)).await;
        assert_eq!((drift.state, fields(&drift)), (DriftState::Same, vec![]), "{drift:?}");
        let reads = |operation: &String| operation.starts_with("Get") || operation.starts_with("List");
        assert!(asked.keys().all(reads), "{asked:?}");
        assert_eq!(asked.values().sum::<u64>(), 4, "{asked:?}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn an_alias_that_somebody_moved_back() {
    let function = function(|_| {});
    let stage = deployed(&function).await;
    let client = human(stage.server.endpoint());
    client.update_alias().function_name(LAMBDA).name("live").function_version("2").send().await.unwrap();
    let noted = drift(&stage, &function, true).await;
    assert_eq!((noted.state, fields(&noted)), (DriftState::Drifted, vec!["version", "code"]), "{noted:?}");
    let alone = drift(&stage, &function, false).await;
    assert_eq!((alone.state, fields(&alone)), (DriftState::Drifted, vec!["version"]), "{alone:?}");
}

#[tokio::test(flavor = "current_thread")]
async fn memory_that_somebody_edited_and_a_version_that_somebody_published() {
    let function = function(|_| {});
    let stage = deployed(&function).await;
    let client = human(stage.server.endpoint());
    client.update_function_configuration().function_name(LAMBDA).memory_size(512).send().await.unwrap();
    let edited = drift(&stage, &function, true).await;
    assert_eq!((edited.state, fields(&edited)), (DriftState::Drifted, vec!["$LATEST.memory"]), "{edited:?}");
    // Published, it is nothing that was edited since; that the alias goes there is what the ledger sees.
    client.publish_version().function_name(LAMBDA).send().await.unwrap();
    let published = drift(&stage, &function, true).await;
    assert_eq!(fields(&published), Vec::<&str>::new(), "{published:?}");
    client.update_alias().function_name(LAMBDA).name("live").function_version("4").send().await.unwrap();
    assert_eq!(fields(&drift(&stage, &function, true).await), ["version"]);
}

#[tokio::test(flavor = "current_thread")]
async fn concurrency_and_traffic_that_somebody_changed() {
    let function = function(|settings| settings.reserved_concurrency = Some(5));
    let stage = deployed(&function).await;
    let client = human(stage.server.endpoint());
    let call = client.put_function_concurrency().function_name(LAMBDA);
    call.reserved_concurrent_executions(1).send().await.unwrap();
    split(stage.server.endpoint(), "2", 0.25).await;
    let drift = drift(&stage, &function, true).await;
    assert_eq!(fields(&drift), ["traffic", "reserved-concurrency"], "{drift:?}");
    assert_eq!(drift.changes[0].to, Some("version 3, with 25 % to version 2".into()));
}

#[tokio::test(flavor = "current_thread")]
async fn an_alias_and_a_lambda_that_somebody_deleted() {
    let function = function(|_| {});
    let stage = deployed(&function).await;
    let client = human(stage.server.endpoint());
    client.delete_alias().function_name(LAMBDA).name("live").send().await.unwrap();
    for noted in [true, false] {
        let drift = drift(&stage, &function, noted).await;
        assert_eq!(drift.state, DriftState::Gone, "{drift:?}");
        assert_eq!(drift.notes, ["there is no alias `live` of lambda `hello-staging` any more"]);
    }
    client.delete_function().function_name(LAMBDA).send().await.unwrap();
    assert_eq!(drift(&stage, &function, true).await.state, DriftState::Gone);
    assert_eq!(drift(&stage, &function, false).await.state, DriftState::Unknown);
}

#[tokio::test(flavor = "current_thread")]
async fn a_rollback_is_no_drift() {
    let function = function(|_| {});
    let stage = deployed(&function).await;
    // Code that was served before is served again: the alias goes back to that version.
    stage.deploy(&function, "one").await;
    let drift = drift(&stage, &function, false).await;
    assert_eq!((drift.state, fields(&drift)), (DriftState::Same, vec![]), "{drift:?}");
}
