//! `drift`: what is live, compared with what was deployed.

use futures::{StreamExt, TryStreamExt, stream, try_join};

use crate::config::FunctionConfig;
use crate::context::Context;
use crate::error::Error;
use crate::model::{Configuration, LiveFunction, Region, Salt};
use crate::ops::observe::unversioned;
use crate::ops::plan::{READS_SIDE_BY_SIDE, role_arn};
use crate::ops::session::{Session, Target, Workbench, close};
use crate::plan::drift::{Deployed, Ledger, Seen, compare, newest};
use crate::report::drift::{DriftReport, DriftState, FunctionDrift, SCHEMA};
use crate::store::{Ended, Release, Store};

/// The newest releases that are read: one, and some that failed after it.
const RELEASES: usize = 5;

/// Compares every function of the environment with what was deployed to it last. Sends nothing but reads.
///
/// # Errors
/// When workspace, configuration or connection are wrong, or something cannot be read.
pub async fn drift(context: &Context, target: &Target) -> Result<DriftReport, Error> {
    let bench = Workbench::open(context, target)?;
    let env = bench.environment.env.to_string();
    let sessions = Box::pin(Session::connect_all(bench, target)).await?;
    let several = sessions.len() > 1;
    let regions: Vec<&str> = sessions.iter().map(|session| session.aws.region().as_str()).collect();
    let mut report = DriftReport {
        schema: SCHEMA.into(),
        env,
        account: sessions.first().map(|session| session.caller.account.to_string()).unwrap_or_default(),
        region: regions.join(", "),
        drifted: false,
        functions: Vec::new(),
    };
    for session in &sessions {
        let region = several.then(|| session.aws.region());
        report.functions.extend(in_region(session, region).await?);
    }
    report
        .functions
        .sort_by(|one, other| (&one.function, &one.region).cmp(&(&other.function, &other.region)));
    let drifted = |function: &FunctionDrift| matches!(function.state, DriftState::Drifted | DriftState::Gone);
    report.drifted = report.functions.iter().any(drifted);
    close(sessions).await;
    Ok(report)
}

async fn in_region(session: &Session, region: Option<&Region>) -> Result<Vec<FunctionDrift>, Error> {
    let functions = session.bench.environment.functions.iter();
    let salt = &Salt::random();
    let reads = functions.map(|function| async move {
        let ledger = ledger(session.store.as_ref(), function).await?;
        let seen = Box::pin(observe(session, function, ledger)).await?;
        Ok::<_, Error>(told(&seen, region, salt))
    });
    stream::iter(reads).buffered(READS_SIDE_BY_SIDE).try_collect().await
}

/// Reads what is there of one function.
pub(super) async fn observe<'a>(
    session: &Session,
    function: &'a FunctionConfig,
    ledger: Ledger,
) -> Result<Seen<'a>, Error> {
    let role = role_arn(&session.caller, function);
    Ok(Seen { role, ..read(&session.aws, function, ledger).await? })
}

/// The same without the stated role.
pub(super) async fn read<'a>(
    aws: &crate::aws::Aws,
    function: &'a FunctionConfig,
    ledger: Ledger,
) -> Result<Seen<'a>, Error> {
    let (client, lambda) = (aws.lambda(), &function.lambda);
    let (latest, served, alias) = try_join!(
        client.function(lambda, None),
        client.function(lambda, Some(function.alias.as_str())),
        client.alias(lambda, &function.alias)
    )?;
    let live = served.as_ref().or(latest.as_ref());
    let mut beside = unversioned(aws, function, live).await?;
    let newest = match &latest {
        Some(latest) => {
            if function.settings.description.is_some() {
                beside.description = Some(latest.configuration.description.clone());
            }
            newest_version(aws, function, served.as_ref(), latest).await?
        }
        None => None,
    };
    Ok(Seen { config: function, role: None, alias, served, latest, newest, unversioned: beside, ledger })
}

/// The newest version, where `$LATEST` has to be compared with it.
async fn newest_version(
    aws: &crate::aws::Aws,
    function: &FunctionConfig,
    served: Option<&LiveFunction>,
    latest: &LiveFunction,
) -> Result<Option<Configuration>, Error> {
    let (client, lambda) = (aws.lambda(), &function.lambda);
    let versions = client.versions(lambda).await?;
    let served = served.map(|served| &served.configuration);
    let Some(version) = newest(&versions, served, &latest.configuration) else { return Ok(None) };
    let live = client.function(lambda, Some(&version.to_string())).await?;
    Ok(live.map(|live| live.configuration))
}

/// What the ledger says was deployed last; a run that failed deployed nothing.
async fn ledger(store: Option<&Store>, function: &FunctionConfig) -> Result<Ledger, Error> {
    let Some(store) = store else { return Ok(Ledger::None) };
    let releases = store.releases(&function.lambda, &function.alias, RELEASES).await?;
    let last = releases.into_iter().find(|release| release.outcome != Ended::Failed);
    Ok(last.map_or(Ledger::Empty, |release| Ledger::Last(deployed(release))))
}

/// A rollout that went back is told with the code that it was to bring, and the version that it went back to.
fn deployed(release: Release) -> Deployed {
    let stayed = release.outcome == Ended::RolledBack && release.version.from == release.version.to;
    Deployed {
        version: release.version.to,
        code: release.code_sha256.filter(|_| !stayed),
        at: release.at,
        by: release.by,
        run: release.run,
    }
}

pub(super) fn told(seen: &Seen<'_>, region: Option<&Region>, salt: &Salt) -> FunctionDrift {
    let drift = compare(seen, salt);
    FunctionDrift {
        function: seen.config.function.name.to_string(),
        lambda: seen.config.lambda.to_string(),
        alias: seen.config.alias.to_string(),
        region: region.map(ToString::to_string),
        state: drift.state,
        changes: drift.changes,
        notes: drift.notes,
        by: drift.by,
        at: drift.at.map(|at| at.to_string()),
        run: drift.run,
    }
}
