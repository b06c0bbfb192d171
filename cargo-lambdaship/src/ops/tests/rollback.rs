//! Back to what the alias served before, and never to what does not work.

use camino::Utf8Path;

use super::support::{Stage, function};
use crate::aws::testing::split;
use crate::config::FunctionConfig;
use crate::error::Error;
use crate::interruption::Interruption;
use crate::model::{AliasName, EnvName, Exit, Version};
use crate::ops::rollback::{Back, Destination, Reach, move_back};
use crate::rollout::{Driver, Run, Stay};
use crate::stamp::Lineage;
use crate::store::Ended;

pub(super) async fn back(stage: &Stage, function: &FunctionConfig, to: Option<u64>) -> Result<Back, Error> {
    back_within(stage, function, to, Reach::Every { store: None }).await
}

async fn back_within(
    stage: &Stage,
    function: &FunctionConfig,
    to: Option<u64>,
    reach: Reach<'_>,
) -> Result<Back, Error> {
    let driver = Driver { tools: &stage.tools(), function, stay: Stay::ToTheEnd };
    let way = to.map_or(Destination::Before, |version| Destination::Version(Version(version)));
    Box::pin(move_back(&driver, (&way, Run(9), reach), &Interruption::never())).await
}

async fn three_versions() -> (Stage, FunctionConfig) {
    let (stage, function) = (Stage::new().await, function(|_| {}));
    for code in ["one", "two", "three"] {
        stage.deploy(&function, code).await;
    }
    (stage, function)
}

#[tokio::test(flavor = "current_thread")]
async fn a_rollback_goes_back_and_the_next_one_is_not_one_forth() {
    let (stage, function) = three_versions().await;
    back(&stage, &function, None).await.unwrap();
    assert_eq!(stage.serves(&function, "two").await, Version(2));
    let again = back(&stage, &function, None).await.err().expect("version 3 was rolled back");
    assert_eq!(
        (again.to_string().as_str(), again.exit()),
        ("version 3 of lambda `hello-staging` was rolled back before", Exit::Failed)
    );
    stage.serves(&function, "two").await;
    let brought = back(&stage, &function, Some(3)).await.unwrap();
    assert_eq!(stage.serves(&function, "three").await, Version(3));
    let told: Vec<_> = brought.ways.iter().map(|way| (way.ended, way.version.from, way.version.to)).collect();
    assert_eq!(
        told,
        [(Ended::Moved, Some(Version(2)), Some(Version(3)))],
        "nothing was wrong with version 2"
    );
    // Nobody rolled version 2 back.
    back(&stage, &function, None).await.unwrap();
    assert_eq!(stage.serves(&function, "two").await, Version(2));
}

#[tokio::test(flavor = "current_thread")]
async fn an_older_commit_that_was_deployed_again_is_undone_like_any_other_deploy() {
    let (stage, function) = three_versions().await;
    stage.deploy(&function, "one").await;
    assert_eq!(stage.serves(&function, "one").await, Version(1));
    back(&stage, &function, None).await.unwrap();
    assert_eq!(stage.serves(&function, "three").await, Version(3));
    let again = back(&stage, &function, None).await.err().expect("version 1 was rolled back");
    assert_eq!(again.to_string(), "version 1 of lambda `hello-staging` was rolled back before");
    // It is what it is about, not its number.
    stage.deploy(&function, "one").await;
    stage.deploy(&function, "two").await;
    back(&stage, &function, None).await.unwrap();
    assert_eq!(stage.serves(&function, "one").await, Version(1));
}

#[tokio::test(flavor = "current_thread")]
async fn a_commit_is_gone_back_to_without_what_was_rolled_back_of_it() {
    let (stage, function) = three_versions().await;
    let lineage = Lineage::observe(Utf8Path::new("/"), "0123").await;
    assert!(lineage.is_none(), "it is too short for an id");
    let lineage = Lineage::observe(Utf8Path::new("/"), "0123abc").await.unwrap();
    let driver = Driver { tools: &stage.tools(), function: &function, stay: Stay::ToTheEnd };
    let way = Destination::Commit(lineage);
    back(&stage, &function, None).await.unwrap();
    let reach = Reach::Every { store: None };
    let none = Interruption::never();
    let to = Box::pin(move_back(&driver, (&way, Run(9), reach), &none)).await.unwrap();
    assert_eq!(to.to.version, Some(Version(2)), "version 3 was rolled back");
    assert!(stage.said.text().contains("Passing over hello v3: it was rolled back"), "{}", stage.said.text());
}

#[tokio::test(flavor = "current_thread")]
async fn what_was_rolled_back_is_deployed_again_without_an_upload() {
    let (stage, function) = three_versions().await;
    back(&stage, &function, None).await.unwrap();
    let uploads = stage.count("UpdateFunctionCode");
    stage.deploy(&function, "three").await;
    assert_eq!(stage.serves(&function, "three").await, Version(3));
    assert_eq!(stage.count("UpdateFunctionCode"), uploads);
}

#[tokio::test(flavor = "current_thread")]
async fn a_rollback_ends_a_split_and_keeps_the_way_back() {
    let (stage, function) = three_versions().await;
    split(stage.server.endpoint(), "1", 0.5).await;
    back(&stage, &function, None).await.unwrap();
    assert_eq!(stage.serves(&function, "three").await, Version(3));
    back(&stage, &function, None).await.unwrap();
    assert_eq!(stage.serves(&function, "two").await, Version(2));
}

#[tokio::test(flavor = "current_thread")]
async fn a_second_version_without_traffic_is_no_split() {
    let (stage, function) = three_versions().await;
    split(stage.server.endpoint(), "1", 0.0).await;
    assert_eq!(stage.alias(&function).await.split, None);
    let done = back(&stage, &function, None).await.unwrap();
    assert_eq!((done.from, done.to.version), (Some(Version(3)), Some(Version(2))));
    assert_eq!(stage.serves(&function, "two").await, Version(2));
}

#[tokio::test(flavor = "current_thread")]
async fn there_must_be_something_to_go_back_to() {
    let (stage, function) = (Stage::new().await, function(|_| {}));
    let none = back(&stage, &function, None).await.err().expect("nothing is deployed");
    assert_eq!(none.to_string(), "lambda `hello-staging` has no alias `live`");
    stage.deploy(&function, "one").await;
    let first = back(&stage, &function, None).await.err().expect("it is the first version");
    assert!(first.to_string().ends_with("has served no other version that it knows of"), "{first}");
    let gone = back(&stage, &function, Some(9)).await.err().expect("there is no such version");
    assert_eq!(
        (gone.to_string().as_str(), gone.exit()),
        ("lambda `hello-staging` has no version 9 to go back to", Exit::Failed)
    );
    assert_eq!(stage.count("UpdateAlias"), 0);
}

#[tokio::test(flavor = "current_thread")]
async fn where_gates_are_required_an_alias_goes_only_to_what_it_served() {
    let (stage, staging) = three_versions().await;
    let production = FunctionConfig { alias: AliasName::new("production").unwrap(), ..staging.clone() };
    stage.deploy(&production, "one").await;
    stage.deploy(&production, "three").await;
    let env = EnvName::new("production").unwrap();
    let reach = Reach::Served { env: &env, store: None };
    let writes = stage.count("UpdateAlias");
    let refused =
        back_within(&stage, &production, Some(2), reach).await.err().expect("only staging served it");
    assert_eq!(
        (refused.to_string().as_str(), refused.exit()),
        (
            "alias `production` of lambda `hello-staging` has not served version 2, as far as it or the ledger tells, and \
             `production` takes only what passed its own gates or what another environment serves",
            Exit::Refused
        )
    );
    assert!(refused.hint().is_some_and(|hint| hint.contains("promote")), "{:?}", refused.hint());
    assert_eq!(stage.count("UpdateAlias"), writes);
    let went = back_within(&stage, &production, Some(1), reach).await.unwrap();
    assert_eq!((went.from, went.to.version), (Some(Version(3)), Some(Version(1))));
    // What was rolled back came through the gates, too.
    let went = back_within(&stage, &production, Some(3), reach).await.unwrap();
    assert_eq!(went.to.version, Some(Version(3)));
    back(&stage, &production, Some(2)).await.unwrap();
}
