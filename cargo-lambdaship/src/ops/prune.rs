//! `prune`: deletes versions, and what is in the store, that nothing can still need.

mod artifacts;
mod sharing;
mod table;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

pub use artifacts::{Amount, Forgotten, Shelved};
pub use table::rendered;

use crate::aws::{Kind, Lambda};
use crate::config::FunctionConfig;
use crate::console::Console;
use crate::context::Context;
use crate::error::Error;
use crate::interruption::Interruption;
use crate::model::{EnvName, FunctionName, LambdaName, Region, Version};
use crate::ops::plan::{READS_SIDE_BY_SIDE, SIDE_BY_SIDE};
use crate::ops::session::{Session, Target, Workbench, close};
use crate::plan::prune::{Keep, pinned, selection};

/// How often a deletion is sent that Lambda throttles: it takes 15 requests a second, and there may be thousands.
const TRIES: u32 = 10;
/// Between two of them.
const PAUSE: Duration = Duration::from_secs(1);

/// Whether anything is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is only shown what would be.
    Show,
    /// It is.
    Delete,
}

/// What became of the versions of one lambda.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pruned {
    /// The environment.
    pub env: EnvName,
    /// The function.
    pub function: FunctionName,
    /// The lambda.
    pub lambda: LambdaName,
    /// The region, when the environment has several.
    pub region: Option<Region>,
    /// How many versions there were.
    pub versions: usize,
    /// What nothing needs, and is still there.
    pub unneeded: Vec<Version>,
    /// What was deleted.
    pub deleted: Vec<Version>,
    /// What AWS does not let go, such as a version that has provisioned concurrency.
    pub refused: Vec<Kept>,
    /// Why the run ended before its end; what it left is in `unneeded`.
    pub failed: Vec<String>,
}

/// A version that AWS does not let go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// The version.
    pub version: Version,
    /// Why.
    pub reason: String,
}

/// What became of an environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Pruning {
    /// Versions, by region and lambda.
    pub lambdas: Vec<Pruned>,
    /// What is in the store, by region; nothing of an environment without a store, and of one that was not reached.
    pub stores: Vec<Shelved>,
}

impl Pruning {
    /// Why the run ended before its end.
    pub fn failures(&self) -> impl Iterator<Item = &String> {
        let of_lambdas = self.lambdas.iter().flat_map(|one| &one.failed);
        of_lambdas.chain(self.stores.iter().filter_map(|store| store.failed.as_ref()))
    }
}

/// Looks at every lambda and at the store of every region, and with [`Mode::Delete`] deletes, until `until`. What was not
/// reached by then stays in [`Pruned::unneeded`] and [`Shelved::unneeded`]. A region in which something fails is the last one.
///
/// # Errors
/// What went wrong before the first deletion.
pub async fn prune(
    context: &Context,
    target: &Target,
    (keep, mode): (Keep, Mode),
    until: &Interruption,
) -> Result<Pruning, Error> {
    let bench = Workbench::open(context, target)?;
    let sessions = until.unless(Session::connect_all(bench, target)).await?;
    let mut looked = Vec::new();
    for session in &sessions {
        let region = (sessions.len() > 1).then(|| session.aws.region());
        looked.push(until.unless(look(session, region, keep)).await?);
    }
    let mut pruning = Pruning::default();
    for (session, mut pruned) in sessions.iter().zip(looked) {
        let has_failed = pruning.failures().next().is_some();
        if mode == Mode::Delete && !has_failed {
            Box::pin(delete_all(session, &mut pruned, until)).await;
        }
        let all_gone = !has_failed && pruned.iter().all(|one| one.failed.is_empty());
        if mode == Mode::Show || all_gone {
            let shelved = Box::pin(artifacts::prune(session, (&pruned, mode), keep.now, until)).await;
            let region = (sessions.len() > 1).then(|| session.aws.region().clone());
            pruning.stores.extend(shelved.map(|shelved| Shelved { region, ..shelved }));
        }
        pruning.lambdas.extend(pruned);
    }
    close(sessions).await;
    Ok(pruning)
}

/// What is there and not needed, by lambda; each lambda is listed once.
async fn look(session: &Session, region: Option<&Region>, keep: Keep) -> Result<Vec<Pruned>, Error> {
    let environment = &session.bench.environment;
    let mut seen = BTreeSet::new();
    let lambdas = environment.functions.iter().filter(|function| seen.insert(&function.lambda));
    let looks: Vec<_> = lambdas
        .map(|one| async move {
            let pruned = look_at(session.aws.lambda(), &environment.env, one, keep).await?;
            Ok(Pruned { region: region.cloned(), ..pruned })
        })
        .collect();
    stream::iter(looks).buffered(READS_SIDE_BY_SIDE).try_collect().await
}

pub(super) async fn look_at(
    client: &Lambda,
    env: &EnvName,
    function: &FunctionConfig,
    keep: Keep,
) -> Result<Pruned, Error> {
    let lambda = &function.lambda;
    let versions = client.versions(lambda).await?;
    // After the versions, so that no alias is older than what it is compared with.
    let unneeded = selection(&versions, &pinned(&client.aliases(lambda).await?), keep);
    Ok(Pruned {
        env: env.clone(),
        function: function.function.name.clone(),
        lambda: lambda.clone(),
        region: None,
        versions: versions.len(),
        unneeded,
        deleted: Vec::new(),
        refused: Vec::new(),
        failed: Vec::new(),
    })
}

/// One lambda after the other; one that fails is the last one.
async fn delete_all(session: &Session, pruned: &mut [Pruned], until: &Interruption) {
    for one in pruned {
        delete(session.aws.lambda(), &session.context().console, one, until).await;
        if !one.failed.is_empty() {
            break;
        }
    }
}

/// What came of one deletion.
enum Deletion {
    Deleted,
    Refused(String),
    Failed(String),
    NotReached,
}

/// Deletes what is not needed, side by side. A refusal is noted and passed over; after any other failure, or a signal,
/// nothing new is begun.
pub(super) async fn delete(client: &Lambda, console: &Console, pruned: &mut Pruned, until: &Interruption) {
    let lambda = pruned.lambda.clone();
    // Aliases may have moved since the look, and what they go back to is protected by nobody but us.
    match until.unless(async { Ok(client.aliases(&lambda).await?) }).await {
        Ok(aliases) => {
            let needed = pinned(&aliases);
            pruned.unneeded.retain(|version| !needed.contains(version));
        }
        Err(error) => return pruned.failed.push(said(&error)),
    }
    let rest = std::mem::take(&mut pruned.unneeded);
    if rest.is_empty() {
        return;
    }
    let (count, noun) = (rest.len(), if rest.len() == 1 { "version" } else { "versions" });
    console.status("Deleting", format_args!("{count} {noun} of {}", pruned.place()));
    let _spinner = console.progress("Deleting", lambda.as_str(), None);
    let stop = &Cell::new(false);
    let lambda = &lambda;
    let deletions = rest.into_iter().map(|version| async move {
        if stop.get() {
            return (version, Deletion::NotReached);
        }
        let deletion = one(client, lambda, version, until).await;
        stop.set(stop.get() || matches!(deletion, Deletion::Failed(_)));
        (version, deletion)
    });
    let mut deletions = stream::iter(deletions).buffered(SIDE_BY_SIDE);
    while let Some((version, deletion)) = deletions.next().await {
        pruned.note(version, deletion);
    }
}

impl Pruned {
    /// The lambda, with its region where there are several.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.region {
            Some(region) => format!("{} ({region})", self.lambda),
            None => self.lambda.to_string(),
        }
    }

    fn note(&mut self, version: Version, deletion: Deletion) {
        match deletion {
            Deletion::Deleted => self.deleted.push(version),
            Deletion::Refused(reason) => self.refused.push(Kept { version, reason }),
            Deletion::NotReached => self.unneeded.push(version),
            Deletion::Failed(reason) => {
                self.unneeded.push(version);
                // A signal ends several at once.
                if !self.failed.contains(&reason) {
                    self.failed.push(reason);
                }
            }
        }
    }
}

async fn one(client: &Lambda, lambda: &LambdaName, version: Version, until: &Interruption) -> Deletion {
    let patiently = async {
        for _ in 1..TRIES {
            match client.delete_version(lambda, version).await {
                Err(error) if error.kind() == Kind::Throttled => tokio::time::sleep(PAUSE).await,
                sent => return Ok(sent),
            }
        }
        Ok(client.delete_version(lambda, version).await)
    };
    match until.unless(patiently).await {
        Ok(Ok(())) => Deletion::Deleted,
        Ok(Err(error)) if is_refusal(error.kind()) => Deletion::Refused(error.cause().to_owned()),
        Ok(Err(error)) => Deletion::Failed(said(&error.into())),
        Err(interrupted) => Deletion::Failed(said(&interrupted)),
    }
}

/// Whether AWS says of this one version that it has to stay: something names it, or it is replicated to other regions.
fn is_refusal(kind: Kind) -> bool {
    match kind {
        Kind::Conflict | Kind::Precondition | Kind::Invalid => true,
        Kind::NotFound
        | Kind::AccessDenied
        | Kind::NoCredentials
        | Kind::BadCredentials
        | Kind::NoRegion
        | Kind::Throttled
        | Kind::TooLarge
        | Kind::Timeout
        | Kind::Unreachable
        | Kind::Server
        | Kind::Unexpected => false,
    }
}

fn said(error: &Error) -> String {
    std::iter::once(error.to_string()).chain(error.causes()).collect::<Vec<_>>().join(": ")
}
