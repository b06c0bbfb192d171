//! What became of each version, as the lambda and its alias tell.

use super::support::{Stage, function};
use crate::aws::testing::split;
use crate::model::{EnvName, LambdaName};
use crate::ops::history::{Release, State, of_one};

fn told(releases: &[Release]) -> Vec<(u64, State)> {
    releases.iter().map(|release| (release.version.0, release.state)).collect()
}

#[tokio::test(flavor = "current_thread")]
async fn the_newest_versions_come_first_with_their_ends() {
    let (stage, mut function) = (Stage::new().await, function(|_| {}));
    for code in ["one", "two", "three"] {
        stage.deploy(&function, code).await;
    }
    let env = EnvName::new("staging").unwrap();
    let client = stage.aws.lambda();
    let all = of_one(client, &env, &function, 20).await.unwrap();
    assert_eq!(told(&all), [(3, State::Serving), (2, State::ServedBefore), (1, State::Older)]);
    assert_eq!(
        (all[0].commit.as_deref(), &all[0].by, &all[0].description),
        (Some("0123abcdef01"), &None, &None)
    );
    assert!(all.iter().all(|release| release.time.is_some() && release.code_sha256.is_some()), "{all:?}");

    split(stage.server.endpoint(), "2", 0.25).await;
    let newest = of_one(client, &env, &function, 2).await.unwrap();
    assert_eq!(told(&newest), [(3, State::Serving), (2, State::RollingOut)]);
    assert_eq!(newest[1].percent, Some(25.0));

    function.lambda = LambdaName::new("never-deployed").unwrap();
    assert_eq!(of_one(client, &env, &function, 20).await.unwrap(), []);
}
