//! An alias that a human edits in the middle of a rollout stays as the human set it.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::{Either, select};

use super::support::{Stage, failure, function};
use crate::aws::testing::{AliasRoutingConfiguration, Client, human};
use crate::config::FunctionConfig;
use crate::local::{Failure, Injection};
use crate::model::{Exit, LiveAlias, Quiet, Rollout, Version};
use crate::report::{FunctionReport, RolloutEnd};

/// What a human does to the alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit {
    Weight,
    Cleared,
    Promoted,
    OtherVersion,
    Description,
    Deleted,
}

const EDITS: [Edit; 6] =
    [Edit::Weight, Edit::Cleared, Edit::Promoted, Edit::OtherVersion, Edit::Description, Edit::Deleted];

impl Edit {
    async fn make(self, client: &Client) {
        if self == Self::Deleted {
            client.delete_alias().function_name("hello-staging").name("live").send().await.unwrap();
            return;
        }
        let call = client.update_alias().function_name("hello-staging").name("live");
        let routing = |weights: &[(&str, f64)]| {
            let weights = weights.iter().map(|(version, weight)| ((*version).to_owned(), *weight)).collect();
            AliasRoutingConfiguration::builder().set_additional_version_weights(Some(weights)).build()
        };
        let call = match self {
            Self::Weight => call.routing_config(routing(&[("3", 0.33)])),
            Self::Cleared => call.routing_config(routing(&[])),
            Self::Promoted => call.function_version("3").routing_config(routing(&[])),
            Self::OtherVersion => call.function_version("1").routing_config(routing(&[])),
            Self::Description | Self::Deleted => call.description("by hand"),
        };
        call.send().await.unwrap();
    }

    /// What the run says of where the alias is.
    fn words(self) -> &'static str {
        match self {
            Self::Weight => "it is left as it is: version 2, with 33 % to version 3",
            Self::Cleared => "it is left as it is: version 2",
            Self::Promoted => "it is left as it is: version 3",
            Self::OtherVersion => "it is left as it is: version 1",
            Self::Description => "it is left as it is: version 2, with ",
            Self::Deleted => "it is left as it is: it does not exist any more",
        }
    }

    /// Whether the alias splits its traffic after it, so that nobody else may touch it.
    fn leaves_a_split(self) -> bool {
        matches!(self, Self::Weight | Self::Description)
    }
}

fn rolling() -> FunctionConfig {
    let shape = "10%,50%/1s".parse::<crate::model::Shape>().unwrap();
    let shape = crate::model::Shape { bake: Duration::from_millis(25), ..shape };
    let patience = Some(Duration::ZERO);
    let rollout = Rollout { shape, quiet: Quiet::Promote, patience, ..Rollout::default() };
    FunctionConfig { rollout, ..function(|_| {}) }
}

async fn prepared() -> Stage {
    let stage = Stage::new().await;
    for code in ["older", "old"] {
        stage.deploy(&function(|_| {}), code).await;
    }
    stage
}

/// The alias, if there is one.
async fn alias(stage: &Stage, function: &FunctionConfig) -> Option<LiveAlias> {
    stage.aws.lambda().alias(&function.lambda, &function.alias).await.unwrap()
}

/// A rollout during whose `at`th request `edit` is made, and what the alias is then; `None` when this one ended without
/// that request, as the number of looks in a bake is not always the same.
async fn edited(
    stage: &Stage,
    function: &FunctionConfig,
    (edit, operation, at): (Edit, &str, u32),
) -> Option<(FunctionReport, Option<LiveAlias>)> {
    let (operation, failure) = (operation.to_owned(), Failure::Held);
    stage.server.inject(Injection { operation, failure, after: at, times: 1 });
    let by_hand = async {
        stage.server.stalled().await;
        edit.make(&human(stage.server.endpoint())).await;
        let set = alias(stage, function).await;
        stage.server.release();
        set
    };
    match select(Box::pin(stage.deploy(function, "new")), Box::pin(by_hand)).await {
        Either::Left(_) => None,
        Either::Right((set, deploy)) => Some((deploy.await, set)),
    }
}

/// Each request that a rollout makes once its first step is made.
async fn requests(function: &FunctionConfig) -> Vec<(String, u32)> {
    let stage = prepared().await;
    let before = stage.server.requests().len();
    assert_eq!(stage.deploy(function, "new").await.error, None);
    let mut seen = BTreeMap::new();
    let requests = stage.server.requests().split_off(before);
    let numbered = requests.into_iter().map(|operation| {
        let number: &mut u32 = seen.entry(operation.clone()).or_default();
        *number += 1;
        (operation, *number - 1)
    });
    let numbered: Vec<_> = numbered.collect();
    let first = numbered.iter().position(|(operation, _)| operation == "UpdateAlias").unwrap();
    numbered.into_iter().skip(first + 1).collect()
}

#[tokio::test(flavor = "current_thread")]
async fn an_alias_that_is_edited_in_mid_rollout_is_left_as_it_was_set() {
    let function = rolling();
    let requests = requests(&function).await;
    assert!(requests.len() >= 4, "{requests:?}");
    let mut missed = 0;
    for (operation, at) in &requests {
        for edit in EDITS {
            let case = format!("{edit:?} at {operation} {at}");
            let stage = prepared().await;
            let Some((report, set)) = edited(&stage, &function, (edit, operation, *at)).await else {
                missed += 1;
                continue;
            };
            assert_eq!(alias(&stage, &function).await, set, "{case}: not even its revision changed");
            let error = report.error.as_ref().unwrap_or_else(|| panic!("{case}: {report:?}"));
            assert_eq!(error.exit, Exit::Held, "{case}: {error:?}");
            assert!(failure(&report).contains(edit.words()), "{case}: {}", failure(&report));
            assert_eq!(report.rollout.as_ref().map(|one| one.end), Some(RolloutEnd::Overtaken), "{case}");
            goes_on(&stage, &function, edit, &case).await;
        }
    }
    assert!(missed * 2 < requests.len() * EDITS.len(), "{missed} of {requests:?}");
}

/// The next deploy leaves a split alone that a human made, and deploys everywhere else.
async fn goes_on(stage: &Stage, function: &FunctionConfig, edit: Edit, case: &str) {
    let set = alias(stage, function).await;
    if edit.leaves_a_split() {
        let error = stage.plan(function, "new").await.err().expect("it is refused");
        assert_eq!(error.exit(), Exit::Held, "{case}: {error}");
        assert!(error.to_string().contains("splits its traffic as somebody else made it"), "{case}: {error}");
        assert_eq!(alias(stage, function).await, set, "{case}");
        return;
    }
    let report = stage.deploy(function, "new").await;
    assert_eq!(report.error, None, "{case}");
    assert_eq!(stage.serves(function, "new").await, Version(3), "{case}");
}
