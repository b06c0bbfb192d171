//! `rollout`: looks after rollouts that are under way, also those whose driver died.

use std::time::Duration;

use futures::future::join_all;

use crate::config::FunctionConfig;
use crate::context::{self, Context};
use crate::error::Error;
use crate::interruption::Interruption;
use crate::model::{Exit, LiveAlias, Weight};
use crate::ops::ledger::{self, Way};
use crate::ops::observe::foreign;
use crate::ops::plan::SIDE_BY_SIDE;
use crate::ops::report::{self, Header};
use crate::ops::session::{Session, Target};
use crate::plan::LATE;
use crate::report::rollout_status::Drive;
use crate::report::{FunctionReport, Outcome, Report, RolloutEnd, UnderWayRow, VersionMove};
use crate::rollout::{Course, Driver, Rolled, Stance, Stay, Tools, stance};

/// What to do once a signal came before anything was known of a rollout.
const LEFT: &str = "its rollout, if it is in one, is as it was; `cargo lambdaship rollout status` shows it";

/// What is done with a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Care {
    /// It is driven to its end.
    Resume,
    /// The new version gets everything.
    Promote,
    /// It is ended at the old version.
    Abort,
    /// What is due is done, and no more.
    Tick,
}

/// Looks after the rollouts of one environment, until `until`. Aliases that are in none are left alone.
///
/// # Errors
/// What went wrong before the first write. A function that fails later is in the report, beside the others.
pub async fn look_after(
    context: &Context,
    target: &Target,
    care: Care,
    until: &Interruption,
) -> Result<Report, Error> {
    let session = until.unless(Session::open(context, target)).await?;
    let tools = &Tools::new(&session.aws, &session.caller, &context.console, SIDE_BY_SIDE)
        .watching(session.bench.environment.functions.iter());
    let stay = if care == Care::Tick { Stay::OneStep } else { Stay::ToTheEnd };
    let there = &session;
    let functions = session.bench.environment.functions.iter().map(|function| async move {
        let begun = context::instant();
        let report = of_one(&Driver { tools, function, stay }, care, until).await;
        let report = report.unwrap_or_else(|error| match error {
            Error::Interrupted => failed(function, &Error::FunctionInterrupted { hint: LEFT }),
            error => failed(function, &error),
        });
        ledger::note(there, function, Way::looked_after(&report).as_slice()).await;
        FunctionReport { seconds: report::seconds_since(begun), ..report }
    });
    let functions = join_all(functions).await;
    let command = match care {
        Care::Resume => "rollout resume",
        Care::Promote => "rollout promote",
        Care::Abort => "rollout abort",
        Care::Tick => "rollout tick",
    };
    let report = Header { command, session: &session, git: None }.report(functions);
    session.close().await;
    Ok(report)
}

pub(super) async fn of_one(
    driver: &Driver<'_>,
    care: Care,
    until: &Interruption,
) -> Result<FunctionReport, Error> {
    let (function, client) = (driver.function, driver.tools.aws.lambda());
    let alias = {
        let _turn = driver.tools.turn().await;
        until.unless(async { Ok::<_, Error>(client.alias(&function.lambda, &function.alias).await?) }).await?
    };
    let Some(alias) = alias else { return Ok(report::bare(function, Outcome::Unchanged)) };
    let course = match stance(&alias) {
        Stance::Rolling(state, under_way, run) => Course::new(alias.clone(), state, under_way, run),
        Stance::Foreign => return Err(foreign(driver.tools.aws, function, &alias)),
        Stance::AtRest(_) => {
            let version = VersionMove { from: alias.version, to: alias.version };
            return Ok(FunctionReport { version, ..report::bare(function, Outcome::Unchanged) });
        }
    };
    let mut rolled = match care {
        Care::Promote => driver.finish(course).await,
        Care::Abort => driver.abort(course, "it was asked for").await,
        Care::Resume | Care::Tick => driver.go_on(course, until).await,
    };
    if rolled.report.end == RolloutEnd::Promoted {
        rolled.live = driver.settled(rolled.live).await;
    }
    Ok(told(function, &alias, rolled))
}

/// The report on a rollout that was looked after.
fn told(function: &FunctionConfig, before: &LiveAlias, rolled: Rolled) -> FunctionReport {
    let error = rolled.error.map(Error::from);
    let outcome = match (&error, rolled.report.end) {
        (Some(error), _) if error.exit() == Exit::RolledBack => Outcome::RolledBack,
        (Some(_), _) => Outcome::Failed,
        (None, RolloutEnd::RolledBack) => Outcome::RolledBack,
        (None, _) if rolled.live.revision == before.revision => Outcome::Unchanged,
        (None, _) => Outcome::Moved,
    };
    FunctionReport {
        version: VersionMove { from: before.version, to: rolled.live.version },
        rollout: Some(rolled.report),
        error: error.map(|error| error.failure()),
        ..report::bare(function, outcome)
    }
}

fn failed(function: &FunctionConfig, error: &Error) -> FunctionReport {
    FunctionReport { error: Some(error.failure()), ..report::bare(function, Outcome::Failed) }
}

/// What was seen of the rollouts of an environment.
#[derive(Debug, Default)]
pub struct Seen {
    /// Those that are under way.
    pub rows: Vec<UnderWayRow>,
    /// Why others could not be read, or are not this tool's.
    pub failures: Vec<Error>,
}

impl Seen {
    /// The exit code that the failures stand for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.failures.iter().map(Error::exit).fold(Exit::Done, Exit::worse)
    }
}

/// The rollouts of one environment that are under way. One alias that cannot be read does not hide the others.
///
/// # Errors
/// When workspace, configuration or account cannot be read.
pub async fn status(context: &Context, target: &Target) -> Result<Seen, Error> {
    let session = Session::open(context, target).await?;
    let tools = &Tools::new(&session.aws, &session.caller, &context.console, SIDE_BY_SIDE);
    let functions = session.bench.environment.functions.iter();
    let seen = join_all(functions.map(|function| see(tools, function))).await;
    session.close().await;
    let mut all = Seen::default();
    for one in seen {
        match one {
            Ok(row) => all.rows.extend(row),
            Err(error) => all.failures.push(error),
        }
    }
    Ok(all)
}

pub(super) async fn see(tools: &Tools<'_>, function: &FunctionConfig) -> Result<Option<UnderWayRow>, Error> {
    let client = tools.aws.lambda();
    let alias = {
        let _turn = tools.turn().await;
        client.alias(&function.lambda, &function.alias).await?
    };
    let Some(alias) = alias else { return Ok(None) };
    match stance(&alias) {
        Stance::AtRest(_) => Ok(None),
        Stance::Foreign => Err(foreign(tools.aws, function, &alias)),
        Stance::Rolling(state, under_way, run) => {
            let driver = Driver { tools, function, stay: Stay::OneStep };
            Ok(Some(row(&driver, Course::new(alias, state, under_way, run)).await))
        }
    }
}

async fn row(driver: &Driver<'_>, mut course: Course) -> UnderWayRow {
    let look = driver.look(&mut course).await;
    let (function, under_way, now) = (driver.function, &course.under_way, driver.tools.aws.now());
    let left = Duration::try_from(under_way.due(&function.rollout).duration_since(now)).ok();
    let held = driver.stands_still(&course, &look);
    let (state, note) = match held {
        Some(reason) => (Drive::Held, Some(reason)),
        None if now > under_way.expected(&function.rollout, LATE) => {
            (Drive::Abandoned, Some("nobody drives it".to_owned()))
        }
        None => (Drive::Driven, None),
    };
    let (old, new) = look.counts.unzip();
    UnderWayRow {
        function: function.function.name.to_string(),
        lambda: function.lambda.to_string(),
        alias: function.alias.to_string(),
        old: under_way.old,
        new: under_way.next,
        percent: under_way.weight().map_or(0.0, Weight::percent),
        step: under_way.step,
        steps: under_way.shape.steps.len(),
        left,
        old_health: old.map(Into::into),
        new_health: new.map(Into::into),
        verdict: look.verdict,
        state,
        note,
    }
}
