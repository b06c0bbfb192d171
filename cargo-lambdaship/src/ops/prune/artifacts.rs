//! Stored artifacts that no version of any lambda has.
//!
//! In: the lambdas of the environment, and all others that the store's ledger names. Out: [`Shelved`]. A lambda that copied
//! its code needs no artifact to run; what goes here would be built, or fetched from Lambda, once more. In a bucket with
//! versions the object's version stays, and with it whatever runs from it. Records of sources stay as well: they are small,
//! and one whose artifact is gone only leads to a build.

use std::collections::{BTreeSet, HashSet};

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;

use super::{Mode, Pruned, said};
use crate::config::EnvironmentConfig;
use crate::error::Error;
use crate::interruption::Interruption;
use crate::model::{CodeSha256, LambdaName, Version};
use crate::ops::plan::{READS_SIDE_BY_SIDE, SIDE_BY_SIDE};
use crate::ops::session::Session;
use crate::plan::prune::is_unneeded;
use crate::report::size;
use crate::store::{Artifact, Store};

/// What became of the artifacts of a store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Shelved {
    /// The store.
    pub store: String,
    /// How many artifacts there were.
    pub artifacts: usize,
    /// What nothing needs, and is still there.
    pub unneeded: Amount,
    /// What was deleted.
    pub deleted: Amount,
    /// Why nobody can tell what is needed, so that all of it stays.
    pub left_alone: Option<String>,
    /// Why the run ended before its end.
    pub failed: Option<String>,
}

/// So many artifacts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// Their number.
    pub count: usize,
    /// In bytes, of all together.
    pub bytes: u64,
}

impl Amount {
    fn of(artifacts: &[Artifact]) -> Self {
        Self { count: artifacts.len(), bytes: artifacts.iter().map(|artifact| artifact.size).sum() }
    }
}

/// Looks at the store of `session`, and with [`Mode::Delete`] deletes, until `until`. `None` without a store. Versions of
/// `pruned` that are to go, or are gone, need nothing.
pub(super) async fn prune(
    session: &Session,
    (pruned, mode): (&[Pruned], Mode),
    now: Timestamp,
    until: &Interruption,
) -> Option<Shelved> {
    let store = session.store.as_ref()?;
    let name = store.name().to_string();
    if let Some(reason) = shared(session, store) {
        return Some(Shelved { store: name, left_alone: Some(reason), ..Shelved::default() });
    }
    let (all, unneeded) = match until.unless(look(session, store, pruned, now)).await {
        Ok(looked) => looked,
        Err(error) => {
            return Some(Shelved { store: name, failed: Some(said(&error)), ..Shelved::default() });
        }
    };
    let shelved = Shelved { store: name, artifacts: all, ..Shelved::default() };
    Some(match mode {
        Mode::Show => Shelved { unneeded: Amount::of(&unneeded), ..shelved },
        Mode::Delete => delete(session, (store, unneeded), shelved, until).await,
    })
}

/// The environment of another account that has the same store: what that needs cannot be seen from here.
fn shared(session: &Session, store: &Store) -> Option<String> {
    let (bench, own) = (&session.bench, &session.bench.environment);
    let is_here = |other: &EnvironmentConfig| {
        (&other.account, &other.aws_profile, &other.endpoint_url)
            == (&own.account, &own.aws_profile, &own.endpoint_url)
    };
    bench.config.environments().filter(|env| **env != own.env).find_map(|env| {
        let Ok(other) = bench.config.resolve(env, &bench.workspace) else {
            return Some(format!("it is not known what `{env}` needs of it"));
        };
        let shares = other.store.as_ref()?.in_region(session.aws.region()).ok()? == *store.name();
        (shares && !is_here(&other)).then(|| format!("`{env}`, which has another account, shares it"))
    })
}

/// How many artifacts there are, and those that nothing needs.
async fn look(
    session: &Session,
    store: &Store,
    pruned: &[Pruned],
    now: Timestamp,
) -> Result<(usize, Vec<Artifact>), Error> {
    // Before the versions, so that none is younger than what is known of them.
    let artifacts = store.artifacts().await?;
    let all = artifacts.len();
    let mut lambdas: BTreeSet<LambdaName> = store.released().await?;
    lambdas.extend(session.bench.environment.functions.iter().map(|one| one.lambda.clone()));
    let going: BTreeSet<(&LambdaName, Version)> = pruned
        .iter()
        .flat_map(|one| one.unneeded.iter().chain(&one.deleted).map(|version| (&one.lambda, *version)))
        .collect();
    let codes = lambdas.iter().map(|lambda| codes(session, lambda, &going));
    let codes: Vec<Vec<CodeSha256>> = stream::iter(codes).buffered(READS_SIDE_BY_SIDE).try_collect().await?;
    let needed: HashSet<CodeSha256> = codes.concat().into_iter().collect();
    let unneeded = artifacts.into_iter();
    let unneeded = unneeded.filter(|one| is_unneeded((one.code, one.modified), &needed, now)).collect();
    Ok((all, unneeded))
}

/// The code of all versions of a lambda but those in `going`, and of `$LATEST`.
async fn codes(
    session: &Session,
    lambda: &LambdaName,
    going: &BTreeSet<(&LambdaName, Version)>,
) -> Result<Vec<CodeSha256>, Error> {
    let client = session.aws.lambda();
    let Some(latest) = client.function(lambda, None).await? else { return Ok(Vec::new()) };
    let mut codes = vec![latest.configuration.code_sha256];
    let versions = client.versions(lambda).await?;
    for version in versions.iter().filter(|version| !going.contains(&(lambda, version.version))) {
        codes.push(version.code_sha256.ok_or_else(|| Error::Function {
            message: format!("Lambda does not say what code version {} of `{lambda}` has", version.version),
            hint: Some("no artifact was deleted".to_owned()),
            held: false,
        })?);
    }
    Ok(codes)
}

/// Deletes side by side. After a failure, or a signal, nothing new is begun.
async fn delete(
    session: &Session,
    (store, unneeded): (&Store, Vec<Artifact>),
    mut shelved: Shelved,
    until: &Interruption,
) -> Shelved {
    if unneeded.is_empty() {
        return shelved;
    }
    let amount = Amount::of(&unneeded);
    let noun = if amount.count == 1 { "artifact" } else { "artifacts" };
    let console = &session.context().console;
    console.status(
        "Deleting",
        format_args!("{} {noun} of {}, {}", amount.count, shelved.store, size(amount.bytes)),
    );
    let mut left = amount;
    let deletions = unneeded
        .iter()
        .map(|one| async move { (one, until.unless(async { Ok(store.delete_artifact(one).await?) }).await) });
    let mut deletions = stream::iter(deletions).buffered(SIDE_BY_SIDE);
    while let Some((artifact, deletion)) = deletions.next().await {
        match deletion {
            Ok(was_there) => {
                left = Amount { count: left.count - 1, bytes: left.bytes - artifact.size };
                if was_there {
                    shelved.deleted.count += 1;
                    shelved.deleted.bytes += artifact.size;
                }
            }
            Err(error) => {
                shelved.failed = Some(said(&error));
                break;
            }
        }
    }
    shelved.unneeded = left;
    shelved
}
