//! `rollback`: aliases back to what they served before.

mod back;
mod last_run;
mod served;

use std::borrow::Cow;
use std::cell::Cell;

use futures::{StreamExt, stream};

pub(in crate::ops) use back::{Back, Destination, move_back};
use last_run::last_run;
pub(in crate::ops) use served::Reach;

use crate::config::FunctionConfig;
use crate::console::Console;
use crate::context::{self, Context};
use crate::error::Error;
use crate::interruption::Interruption;
use crate::model::{LiveAlias, Version};
use crate::ops::ledger;
use crate::ops::plan::SIDE_BY_SIDE;
use crate::ops::report::{self, Header};
use crate::ops::session::{Session, Target, Workbench, close, only};
use crate::report::{FunctionReport, Outcome, Report, RunResult, VersionMove};
use crate::rollout::{Driver, Run, Stay, Tools};
use crate::stamp::Lineage;
use crate::store::{Ended, Versions};

/// Where aliases are to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// Each to what it served before.
    Before,
    /// The only one to this version.
    Version(Version),
    /// Each to the newest version that was published from this commit, or one before it.
    Commit(String),
}

/// What to do once the work on a function was interrupted. The same command again is refused for those that are back.
const GO_ON: &str = "no alias is left between two versions; `cargo lambdaship status` says where they are, and -f names what to roll back";

/// Moves aliases back until `until`. To what they served before: where no function was named, those that the last run
/// moved, and no others, since what that run left alone has nothing to be sorry for.
///
/// # Errors
/// What went wrong before the first write, such as a version for several functions. A function that fails later, or is
/// interrupted, is in the report, beside the others.
pub async fn rollback(
    context: &Context,
    target: &Target,
    way: &Way,
    until: &Interruption,
) -> Result<Report, Error> {
    let bench = Workbench::open(context, target)?;
    let way = &destination(&bench, way).await?;
    let sessions = until.unless(Session::connect_all(bench, target)).await?;
    let (mut reports, mut failed) = (Vec::new(), None);
    for session in &sessions {
        match rollback_in(session, target, way, until).await {
            Ok(report) => reports.push(report),
            // What goes wrong in one region keeps no other one from going back.
            Err(error) => {
                failed.get_or_insert(error);
            }
        }
    }
    close(sessions).await;
    match (report::merged(reports), failed) {
        (Some(report), None) => Ok(report),
        (Some(report), Some(error)) => {
            Ok(Report { error: Some(error.failure()), result: RunResult::Failed, ..report })
        }
        (None, failed) => Err(failed.unwrap_or(Error::Interrupted)),
    }
}

/// Moves aliases back in one region.
async fn rollback_in(
    session: &Session,
    target: &Target,
    way: &Destination,
    until: &Interruption,
) -> Result<Report, Error> {
    let context = session.context();
    let there = session;
    let reach = Reach::of(&session.bench.environment, session.store.as_ref());
    let functions = &session.bench.environment.functions;
    let (client, console, interrupted) = (session.aws.lambda(), &context.console, Cell::new(false));
    let everything = target.selection.is_everything() && matches!(way, Destination::Before);
    let last = if everything { Some(until.unless(last_run(client, functions)).await?) } else { None };
    let (run, last, interrupted) = (Run::at(session.aws.now()), last.as_ref(), &interrupted);
    let tools = &Tools::new(&session.aws, &session.caller, console, SIDE_BY_SIDE);
    let back = functions.iter().enumerate().map(|(index, function)| async move {
        let left = last.and_then(|last| Some((last.left_alone(index)?, last.alias(index))));
        if let Some((reason, alias)) = left {
            return untouched(console, function, reason, alias);
        }
        if interrupted.get() {
            return told(function, Outcome::Skipped, None);
        }
        let begun = context::instant();
        let driver = Driver { tools, function, stay: Stay::ToTheEnd };
        let back = move_back(&driver, (way, run, reach), until).await;
        interrupted.set(interrupted.get() || matches!(back, Err(Error::Interrupted)));
        ledger::note(there, function, &ways(&back)).await;
        FunctionReport { seconds: report::seconds_since(begun), ..came_to(function, back) }
    });
    let functions: Vec<FunctionReport> = stream::iter(back).buffered(SIDE_BY_SIDE).collect().await;
    Ok(Header { command: "rollback", session, git: None }.report(functions))
}

async fn destination(bench: &Workbench, way: &Way) -> Result<Destination, Error> {
    match way {
        Way::Before => Ok(Destination::Before),
        Way::Version(version) => {
            // Versions are numbered by each lambda for itself.
            only(&bench.environment.functions.iter().collect::<Vec<_>>(), "--to-version")?;
            Ok(Destination::Version(*version))
        }
        Way::Commit(commit) => {
            let lineage = Lineage::observe(&bench.workspace.root, commit).await;
            lineage.map(Destination::Commit).ok_or_else(|| Error::Usage {
                message: format!("git knows no commit `{commit}` here, and it is no id of at least 7 digits"),
                hint: Some("`cargo lambdaship history` shows the commits of all versions".to_owned()),
            })
        }
    }
}

/// The report on a function that is left alone.
fn untouched(
    console: &Console,
    function: &FunctionConfig,
    reason: &str,
    alias: Option<&LiveAlias>,
) -> FunctionReport {
    let version = alias.and_then(|alias| alias.version);
    let name = &function.function.name;
    let note = format!("{reason}; `-f {name}` rolls it back all the same");
    console.status("Unchanged", format_args!("{name}: {note}"));
    FunctionReport {
        notes: vec![note],
        version: VersionMove { from: version, to: version },
        ..told(function, Outcome::Unchanged, None)
    }
}

/// What the ledger is told of it.
fn ways(back: &Result<Back, Error>) -> Cow<'_, [ledger::Way]> {
    let version = Versions { from: None, to: None };
    let failed = || vec![ledger::Way { ended: Ended::Failed, version, code_sha256: None }];
    back.as_ref().map_or_else(|_| Cow::Owned(failed()), |back| Cow::Borrowed(back.ways.as_slice()))
}

fn came_to(function: &FunctionConfig, back: Result<Back, Error>) -> FunctionReport {
    let error = match back {
        Ok(back) => {
            let outcome = if back.ways.is_empty() { Outcome::Unchanged } else { Outcome::RolledBack };
            return told(function, outcome, Some(&back));
        }
        Err(Error::Interrupted) => Error::FunctionInterrupted { hint: GO_ON },
        Err(error) => error,
    };
    FunctionReport { error: Some(error.failure()), ..told(function, Outcome::Failed, None) }
}

fn told(function: &FunctionConfig, outcome: Outcome, back: Option<&Back>) -> FunctionReport {
    let bare = report::bare(function, outcome);
    let Some(back) = back else { return bare };
    FunctionReport {
        version: VersionMove { from: back.from, to: back.to.version },
        code_sha256: Some(back.to.code_sha256),
        size: Some(back.to.code_size),
        rollout: back.rollout.clone(),
        ..bare
    }
}
