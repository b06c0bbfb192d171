//! What nothing needs goes, and nothing else, whatever AWS says of it.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::support::{Stage, function};
use crate::aws::AliasTarget;
use crate::config::FunctionConfig;
use crate::context;
use crate::interruption::Interruption;
use crate::local::{Failure, Injection};
use crate::model::{AliasName, EnvName, Version};
use crate::ops::prune::{Pruned, delete, look_at};
use crate::plan::prune::Keep;

/// A lambda with `count` versions, whose alias serves the newest and goes back to the one before it.
async fn long_lived(count: u64) -> (Stage, FunctionConfig) {
    let (stage, function) = (Stage::new().await, function(|_| {}));
    for code in ["one", "two"] {
        stage.deploy(&function, code).await;
    }
    let stage = stage.restarted(|state| multiply(&mut state["functions"]["hello-staging"], count)).await;
    (stage, function)
}

/// Version 1 becomes all but the last, version 2 the last.
fn multiply(function: &mut Value, count: u64) {
    let (old, new) = (function["versions"]["1"].clone(), function["versions"]["2"].clone());
    let versions = (1..=count)
        .map(|number| (number.to_string(), if number == count { new.clone() } else { old.clone() }));
    function["versions"] = Value::Object(versions.collect());
    function["last_version"] = count.into();
    function["aliases"]["live"]["version"] = count.to_string().into();
    function["aliases"]["live"]["description"] = format!("lambdaship/1 prev={} run=9", count - 1).into();
}

fn keep(newest: usize) -> Keep {
    Keep { newest, younger_than: None, now: context::now() }
}

async fn look(stage: &Stage, function: &FunctionConfig, keep: Keep) -> Pruned {
    let env = EnvName::new("staging").unwrap();
    look_at(stage.aws.lambda(), &env, function, keep).await.unwrap()
}

async fn prune(stage: &Stage, function: &FunctionConfig, newest: usize) -> Pruned {
    let mut pruned = look(stage, function, keep(newest)).await;
    delete(stage.aws.lambda(), &stage.console, &mut pruned, &Interruption::never()).await;
    pruned
}

fn numbers(versions: &[Version]) -> Vec<u64> {
    versions.iter().map(|version| version.0).collect()
}

async fn there(stage: &Stage, function: &FunctionConfig) -> Vec<u64> {
    let versions = stage.aws.lambda().versions(&function.lambda).await.unwrap();
    versions.iter().map(|version| version.version.0).collect()
}

/// Points another alias of the lambda to `version`.
async fn name_too(stage: &Stage, function: &FunctionConfig, version: u64) {
    let target = AliasTarget { version: Version(version), split: None, description: String::new() };
    let alias = AliasName::new("blue").unwrap();
    stage.aws.lambda().create_alias(&function.lambda, &alias, &target).await.unwrap();
}

#[tokio::test(flavor = "current_thread")]
async fn thousands_of_versions_are_paged_through_and_a_look_deletes_nothing() {
    let (stage, function) = long_lived(1600).await;
    let (pruned, counts) = stage.counted(look(&stage, &function, keep(10))).await;
    assert_eq!((pruned.versions, pruned.unneeded.len()), (1600, 1590));
    assert_eq!(pruned.unneeded.last(), Some(&Version(1590)));
    assert!(counts["ListVersionsByFunction"] > 30, "{counts:?}");
    assert!(!counts.contains_key("DeleteFunction"), "{counts:?}");
}

#[tokio::test(flavor = "current_thread")]
async fn what_is_young_stays() {
    let (stage, function) = long_lived(6).await;
    let aged = Keep { younger_than: Some(SignedDuration::from_hours(1)), ..keep(2) };
    assert_eq!(look(&stage, &function, aged).await.unneeded, []);
    let later = context::now().checked_add(SignedDuration::from_hours(2)).unwrap_or(Timestamp::MAX);
    assert_eq!(look(&stage, &function, Keep { now: later, ..aged }).await.unneeded.len(), 4);
}

#[tokio::test(flavor = "current_thread")]
async fn what_any_alias_needs_stays_and_the_rest_goes() {
    let (stage, function) = long_lived(60).await;
    name_too(&stage, &function, 7).await;
    let pruned = prune(&stage, &function, 1).await;
    assert_eq!((pruned.deleted.len(), pruned.failed.len(), pruned.refused.len()), (57, 0, 0), "{pruned:?}");
    assert_eq!(there(&stage, &function).await, [7, 59, 60]);
    assert!(stage.said.text().contains("Deleting 57 versions of hello-staging"), "{}", stage.said.text());
    stage.serves(&function, "two").await;
    let again = prune(&stage, &function, 1).await;
    assert_eq!((again.unneeded, again.deleted), (Vec::new(), Vec::new()));
}

#[tokio::test(flavor = "current_thread")]
async fn an_alias_that_moves_after_the_look_keeps_its_version() {
    let (stage, function) = long_lived(6).await;
    let mut pruned = look(&stage, &function, keep(2)).await;
    assert_eq!(numbers(&pruned.unneeded), [1, 2, 3, 4]);
    name_too(&stage, &function, 2).await;
    delete(stage.aws.lambda(), &stage.console, &mut pruned, &Interruption::never()).await;
    assert_eq!((numbers(&pruned.deleted), pruned.unneeded.len()), (vec![1, 3, 4], 0));
    assert_eq!(there(&stage, &function).await, [2, 5, 6]);
}

#[tokio::test(flavor = "current_thread")]
async fn a_refusal_is_passed_over() {
    let (stage, function) = long_lived(20).await;
    let mut pruned = look(&stage, &function, keep(2)).await;
    // Aliases of which the second look knows nothing yet.
    let moving = async {
        while stage.count("ListAliases") < 2 {
            tokio::task::yield_now().await;
        }
        name_too(&stage, &function, 17).await;
    };
    let until = Interruption::never();
    tokio::join!(delete(stage.aws.lambda(), &stage.console, &mut pruned, &until), moving);
    assert_eq!((pruned.deleted.len(), pruned.failed.len()), (17, 0), "{pruned:?}");
    let [refused] = pruned.refused.as_slice() else { panic!("{pruned:?}") };
    assert_eq!(refused.version, Version(17));
    assert!(refused.reason.contains("is used by the alias(es) [blue]"), "{}", refused.reason);
}

#[tokio::test(flavor = "current_thread")]
async fn another_failure_ends_the_run_and_what_was_done_is_told() {
    let (stage, function) = long_lived(40).await;
    let failure = Failure::Internal;
    stage.server.inject(Injection { operation: "DeleteFunction".to_owned(), failure, after: 10, times: 99 });
    let pruned = prune(&stage, &function, 2).await;
    assert_eq!(numbers(&pruned.deleted), (1..=10).collect::<Vec<_>>());
    assert_eq!(numbers(&pruned.unneeded), (11..=38).collect::<Vec<_>>());
    assert!(
        pruned.failed[0].starts_with("failed to delete version 11 of lambda `hello-staging`"),
        "{pruned:?}"
    );
    assert!(pruned.failed.len() <= 8, "nothing new was begun: {:?}", pruned.failed);
}

#[tokio::test(flavor = "current_thread")]
async fn a_signal_ends_the_run_and_what_was_done_is_told() {
    let (stage, function) = long_lived(40).await;
    let failure = Failure::Hang;
    stage.server.inject(Injection { operation: "DeleteFunction".to_owned(), failure, after: 10, times: 99 });
    let (send, receive) = tokio::sync::oneshot::channel::<()>();
    let until = Interruption::new(async { drop(receive.await) });
    let mut pruned = look(&stage, &function, keep(2)).await;
    let signal = async {
        while stage.count("DeleteFunction") < 18 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        send.send(()).unwrap();
    };
    tokio::join!(delete(stage.aws.lambda(), &stage.console, &mut pruned, &until), signal);
    assert_eq!((pruned.deleted.len(), pruned.unneeded.len()), (10, 28));
    assert_eq!(pruned.failed, ["interrupted"]);
}
