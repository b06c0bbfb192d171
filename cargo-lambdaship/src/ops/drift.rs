//! `drift`: what is live, compared with what was deployed.

use futures::{StreamExt, stream, try_join};

use crate::config::FunctionConfig;
use crate::context::Context;
use crate::error::Error;
use crate::model::{Configuration, LiveFunction, Region, Salt, VersionSummary};
use crate::ops::observe::{tags_known, unversioned};
use crate::ops::plan::{READS_SIDE_BY_SIDE, role_arn};
use crate::ops::session::{Session, Target, Workbench, close};
use crate::plan::drift::{Deployed, Ledger, Seen, compare, newest};
use crate::report::drift::{DriftReport, DriftState, FunctionDrift, SCHEMA};
use crate::store::{Ended, Guarded, Release, Standing, Store, decide};

/// The newest releases that are read: one, and some that failed after it; and when all of those failed.
const RELEASES: [usize; 2] = [5, 200];

/// Compares every function of the environment with what was deployed to it last. Sends nothing but reads. Beside the report is
/// why a function could not be compared: the others are compared all the same.
///
/// # Errors
/// When workspace, configuration or connection are wrong, or nothing can be read.
pub async fn drift(context: &Context, target: &Target) -> Result<(DriftReport, Option<Error>), Error> {
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
    let mut failed = None;
    for session in &sessions {
        let region = several.then(|| session.aws.region());
        for (function, error) in in_region(session, region).await {
            report.functions.push(function);
            failed = failed.or(error);
        }
    }
    report
        .functions
        .sort_by(|one, other| (&one.function, &one.region).cmp(&(&other.function, &other.region)));
    let drifted = |function: &FunctionDrift| matches!(function.state, DriftState::Drifted | DriftState::Gone);
    report.drifted = report.functions.iter().any(drifted);
    close(sessions).await;
    match failed {
        Some(error) if report.functions.iter().all(|function| function.error.is_some()) => Err(error),
        failed => Ok((report, failed)),
    }
}

async fn in_region(session: &Session, region: Option<&Region>) -> Vec<(FunctionDrift, Option<Error>)> {
    let functions = session.bench.environment.functions.iter();
    let salt = &Salt::random();
    let reads = functions.map(|function| async move {
        match Box::pin(of_one(session, function, (region, salt))).await {
            Ok(drift) => (drift, None),
            Err(error) => (unread(function, region, &error), Some(error)),
        }
    });
    stream::iter(reads).buffered(READS_SIDE_BY_SIDE).collect().await
}

async fn of_one(
    session: &Session,
    function: &FunctionConfig,
    (region, salt): (Option<&Region>, &Salt),
) -> Result<FunctionDrift, Error> {
    let ledger = ledger(session.store.as_ref(), function).await?;
    let seen = Box::pin(observe(session, function, ledger)).await?;
    let drift = told(&seen, region, salt);
    if !matches!(drift.state, DriftState::Drifted | DriftState::Gone) {
        return Ok(drift);
    }
    Ok(match writing(session, function).await {
        Some(who) => excused(drift, &who),
        None => drift,
    })
}

/// Who is writing to the alias now, as far as the store's locks tell.
async fn writing(session: &Session, function: &FunctionConfig) -> Option<String> {
    let of = Guarded { lambda: &function.lambda, alias: &function.alias };
    let lease = match session.store.as_ref()?.lease(of).await {
        Ok(lease) => lease?,
        Err(error) => {
            session.context().console.verbose("Ignoring", format_args!("the store's lock: {error}"));
            return None;
        }
    };
    let held = decide(Some(&lease), session.aws.now()) == Standing::Held;
    let run = lease.run.as_ref().map(|run| format!(" ({run})")).unwrap_or_default();
    held.then(|| format!("{}{run} since {}", lease.owner, lease.taken))
}

/// What differs while somebody writes is no drift yet.
fn excused(mut drift: FunctionDrift, who: &str) -> FunctionDrift {
    drift.notes.push(format!("a run is under way, by {who}: what differs may be its work"));
    FunctionDrift { state: DriftState::RollingOut, ..drift }
}

/// A function that could not be read.
fn unread(function: &FunctionConfig, region: Option<&Region>, error: &Error) -> FunctionDrift {
    let why: Vec<String> = std::iter::once(error.to_string()).chain(error.causes()).collect();
    FunctionDrift {
        function: function.function.name.to_string(),
        lambda: function.lambda.to_string(),
        alias: function.alias.to_string(),
        region: region.map(ToString::to_string),
        version: None,
        state: DriftState::Unknown,
        changes: Vec::new(),
        notes: vec![format!("it could not be compared: {}", why.join(": "))],
        by: None,
        at: None,
        run: None,
        error: Some(error.failure()),
    }
}

/// Reads what is there of one function.
pub(super) async fn observe<'a>(
    session: &Session,
    function: &'a FunctionConfig,
    ledger: Ledger,
) -> Result<Seen<'a>, Error> {
    let role = role_arn(&session.caller, function);
    Ok(Seen { role, ..Box::pin(read(&session.aws, function, ledger)).await? })
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
    tags_known(function, latest.as_ref())?;
    let live = served.as_ref().or(latest.as_ref());
    let mut beside = unversioned(aws, function, live).await?;
    let (newest, versions) = match &latest {
        Some(latest) => {
            if function.settings.description.is_some() {
                beside.description = Some(latest.configuration.description.clone());
            }
            newest_version(aws, function, served.as_ref(), latest).await?
        }
        None => (None, Vec::new()),
    };
    let (config, unversioned, now) = (function, beside, aws.now());
    Ok(Seen { config, role: None, alias, served, latest, newest, versions, unversioned, ledger, now })
}

/// The newest version, where `$LATEST` has to be compared with it, and a list of all.
async fn newest_version(
    aws: &crate::aws::Aws,
    function: &FunctionConfig,
    served: Option<&LiveFunction>,
    latest: &LiveFunction,
) -> Result<(Option<Configuration>, Vec<VersionSummary>), Error> {
    let (client, lambda) = (aws.lambda(), &function.lambda);
    let versions = client.versions(lambda).await?;
    let served = served.map(|served| &served.configuration);
    let Some(version) = newest(&versions, served, &latest.configuration) else {
        return Ok((None, versions));
    };
    let live = client.function(lambda, Some(&version.to_string())).await?;
    Ok((live.map(|live| live.configuration), versions))
}

/// What the ledger says was deployed last; a run that failed deployed nothing.
async fn ledger(store: Option<&Store>, function: &FunctionConfig) -> Result<Ledger, Error> {
    let Some(store) = store else { return Ok(Ledger::None) };
    for most in RELEASES {
        let releases = store.releases(&function.lambda, &function.alias, most).await?;
        let is_all = releases.len() < most;
        if let Some(last) = releases.into_iter().find(|release| release.outcome != Ended::Failed) {
            return Ok(Ledger::Last(deployed(last)));
        }
        if is_all {
            break;
        }
    }
    Ok(Ledger::Empty)
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
        version: seen.alias.as_ref().and_then(|alias| alias.version),
        state: drift.state,
        changes: drift.changes,
        notes: drift.notes,
        by: drift.by,
        at: drift.at.map(|at| at.to_string()),
        run: drift.run,
        error: None,
    }
}
