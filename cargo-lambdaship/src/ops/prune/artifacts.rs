//! Stored artifacts that no version of any lambda has, and records of gates that were passed long ago by what no version is of.
//!
//! In: the lambdas of the environment, and all others that the store's ledger names. Out: [`Shelved`]. A lambda that copied
//! its code needs no artifact to run; what goes here would be built, or fetched from Lambda, once more. In a bucket with
//! versions the object's version stays, and with it whatever runs from it. Records of sources stay as well: they are small,
//! and one whose artifact is gone only leads to a build. Those of gates are as many as there were states of the workspace.

use std::collections::{BTreeSet, HashSet};

use futures::{StreamExt, TryStreamExt, stream, try_join};
use jiff::Timestamp;
use serde::Serialize;

use super::sharing::Here;
use super::{Mode, Pruned, said};
use crate::console::Console;
use crate::error::Error;
use crate::interruption::Interruption;
use crate::model::{CodeSha256, LambdaName, Region, SourceHash, Version};
use crate::ops::plan::{READS_SIDE_BY_SIDE, SIDE_BY_SIDE};
use crate::ops::session::Session;
use crate::plan::prune::{is_forgettable, is_unneeded};
use crate::report::size;
use crate::stamp::VersionStamp;
use crate::store::{self, Artifact, Passed, Store};

/// What became of the artifacts of a store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Shelved {
    /// The store.
    pub store: String,
    /// The region, when the environment has several.
    pub region: Option<Region>,
    /// How many artifacts there were.
    pub artifacts: usize,
    /// What nothing needs, and is still there.
    pub unneeded: Amount,
    /// What was deleted.
    pub deleted: Amount,
    /// Records of gates that were passed.
    pub gates: Forgotten,
    /// Why nobody can tell what is needed, so that all of it stays.
    pub left_alone: Option<String>,
    /// Why the run ended before its end.
    pub failed: Option<String>,
}

/// What became of the records of gates that were passed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Forgotten {
    /// How many there were.
    pub records: usize,
    /// What nothing needs, and is still there.
    pub unneeded: Amount,
    /// What was deleted.
    pub deleted: Amount,
}

/// So many objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// Their number.
    pub count: usize,
    /// In bytes, of all together.
    pub bytes: u64,
}

impl Amount {
    fn of(sizes: impl Iterator<Item = u64>) -> Self {
        let add = |sum: Self, bytes| Self { count: sum.count + 1, bytes: sum.bytes + bytes };
        sizes.fold(Self::default(), add)
    }
}

/// What nothing needs.
struct Unneeded {
    artifacts: Vec<Artifact>,
    passed: Vec<Passed>,
}

/// What versions need.
#[derive(Default)]
struct Needed {
    codes: HashSet<CodeSha256>,
    sources: HashSet<SourceHash>,
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
    let (shelved, unneeded) = match until.unless(look(session, store, pruned, now)).await {
        Ok(looked) => looked,
        Err(error) => {
            return Some(Shelved { store: name, failed: Some(said(&error)), ..Shelved::default() });
        }
    };
    Some(match mode {
        Mode::Show => shelved,
        Mode::Delete => delete(session, (store, &unneeded), shelved, until).await,
    })
}

/// Why what is needed of the store cannot all be seen from here.
fn shared(session: &Session, store: &Store) -> Option<String> {
    let (bench, own) = (&session.bench, &session.bench.environment);
    let here =
        Here { own, account: &session.caller.account, region: session.aws.region(), store: store.name() };
    here.is_not_all().or_else(|| {
        bench.config.environments().filter(|env| **env != own.env).find_map(|env| {
            match bench.config.resolve(env, &bench.workspace) {
                Ok(other) => here.shares_with(&other),
                Err(_) => Some(format!("it is not known what `{env}` needs of it")),
            }
        })
    })
}

/// What is there, and what of it nothing needs.
async fn look(
    session: &Session,
    store: &Store,
    pruned: &[Pruned],
    now: Timestamp,
) -> Result<(Shelved, Unneeded), Error> {
    // Before the versions, so that none is younger than what is known of them.
    let (artifacts, passed) = try_join!(store.artifacts(), store.passed())?;
    let (all, records) = (artifacts.len(), passed.len());
    let mut lambdas: BTreeSet<LambdaName> = store.released().await?;
    lambdas.extend(session.bench.environment.functions.iter().map(|one| one.lambda.clone()));
    let going: BTreeSet<(&LambdaName, Version)> = pruned
        .iter()
        .flat_map(|one| one.unneeded.iter().chain(&one.deleted).map(|version| (&one.lambda, *version)))
        .collect();
    let of_each = lambdas.iter().map(|lambda| needed(session, lambda, &going));
    let of_each: Vec<Needed> = stream::iter(of_each).buffered(READS_SIDE_BY_SIDE).try_collect().await?;
    let mut needed = Needed::default();
    for of_one in of_each {
        needed.codes.extend(of_one.codes);
        needed.sources.extend(of_one.sources);
    }
    let artifacts = artifacts.into_iter();
    let artifacts = artifacts.filter(|one| is_unneeded((one.code, one.modified), &needed.codes, now));
    let passed = passed.into_iter();
    let passed = passed.filter(|one| is_forgettable((one.of, one.modified), &needed.sources, now));
    let unneeded = Unneeded { artifacts: artifacts.collect(), passed: passed.collect() };
    let of_passed = Amount::of(unneeded.passed.iter().map(|one| one.size));
    let shelved = Shelved {
        store: store.name().to_string(),
        artifacts: all,
        unneeded: Amount::of(unneeded.artifacts.iter().map(|one| one.size)),
        gates: Forgotten { records, unneeded: of_passed, ..Forgotten::default() },
        ..Shelved::default()
    };
    Ok((shelved, unneeded))
}

/// The code of all versions of a lambda but those in `going`, and of `$LATEST`; and the sources that they were built from.
async fn needed(
    session: &Session,
    lambda: &LambdaName,
    going: &BTreeSet<(&LambdaName, Version)>,
) -> Result<Needed, Error> {
    let client = session.aws.lambda();
    let Some(latest) = client.function(lambda, None).await? else { return Ok(Needed::default()) };
    let mut needed = Needed { codes: [latest.configuration.code_sha256].into(), ..Needed::default() };
    let versions = client.versions(lambda).await?;
    for version in versions.iter().filter(|version| !going.contains(&(lambda, version.version))) {
        needed.codes.insert(version.code_sha256.ok_or_else(|| Error::Function {
            message: format!("Lambda does not say what code version {} of `{lambda}` has", version.version),
            hint: Some("no artifact was deleted".to_owned()),
            held: false,
        })?);
        needed.sources.extend(VersionStamp::parse(&version.description).and_then(|stamp| stamp.source));
    }
    Ok(needed)
}

/// Deletes artifacts, and then records. After a failure, or a signal, nothing new is begun.
async fn delete(
    session: &Session,
    (store, unneeded): (&Store, &Unneeded),
    mut shelved: Shelved,
    until: &Interruption,
) -> Shelved {
    let console = &session.context().console;
    say(console, ("artifact", "artifacts"), &shelved.store, shelved.unneeded);
    let one = |one| store.delete_artifact(one);
    let size_of = |one: &Artifact| one.size;
    let (left, deleted, failed) = each((&unneeded.artifacts, size_of), one, until).await;
    (shelved.unneeded, shelved.deleted, shelved.failed) = (left, deleted, failed);
    if shelved.failed.is_some() {
        return shelved;
    }
    say(console, ("record of gates", "records of gates"), &shelved.store, shelved.gates.unneeded);
    let one = |one| store.delete_passed(one);
    let size_of = |one: &Passed| one.size;
    let (left, deleted, failed) = each((&unneeded.passed, size_of), one, until).await;
    (shelved.gates.unneeded, shelved.gates.deleted, shelved.failed) = (left, deleted, failed);
    shelved
}

fn say(console: &Console, (one, several): (&str, &str), store: &str, amount: Amount) {
    let (count, bytes) = (amount.count, size(amount.bytes));
    let noun = if count == 1 { one } else { several };
    if count > 0 {
        console.status("Deleting", format_args!("{count} {noun} of {store}, {bytes}"));
    }
}

/// Deletes `all` side by side. Answers what is left of them, what was deleted, and why not more was. After a failure, or a
/// signal, nothing new is begun.
async fn each<'a, T, F>(
    (all, size_of): (&'a [T], fn(&T) -> u64),
    delete: impl Fn(&'a T) -> F,
    until: &Interruption,
) -> (Amount, Amount, Option<String>)
where
    F: Future<Output = Result<bool, store::Error>>,
{
    let (mut left, mut deleted) = (Amount::of(all.iter().map(size_of)), Amount::default());
    let deletions = all.iter().map(|one| {
        let deletion = delete(one);
        async move { (size_of(one), until.unless(async { Ok(deletion.await?) }).await) }
    });
    let mut deletions = stream::iter(deletions).buffered(SIDE_BY_SIDE);
    while let Some((bytes, deletion)) = deletions.next().await {
        let was_there = match deletion {
            Ok(was_there) => was_there,
            Err(error) => return (left, deleted, Some(said(&error))),
        };
        left = Amount { count: left.count - 1, bytes: left.bytes - bytes };
        if was_there {
            deleted = Amount { count: deleted.count + 1, bytes: deleted.bytes + bytes };
        }
    }
    (left, deleted, None)
}
