//! `rollout`: looks after rollouts that are under way, also those whose driver died.

use std::time::Duration;

use futures::future::join_all;

use crate::config::FunctionConfig;
use crate::context::{self, Context};
use crate::error::Error;
use crate::interruption::Interruption;
use crate::model::{Exit, LiveAlias, Weight};
use crate::ops::observe::foreign;
use crate::ops::plan::SIDE_BY_SIDE;
use crate::ops::report::{self, Header};
use crate::ops::session::{Session, Target};
use crate::plan::LATE;
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
    let tools = &Tools::new(&session.aws, &session.caller, &context.console, SIDE_BY_SIDE);
    let stay = if care == Care::Tick { Stay::OneStep } else { Stay::ToTheEnd };
    let functions = session.bench.environment.functions.iter().map(|function| async move {
        let begun = context::instant();
        let report = of_one(&Driver { tools, function, stay }, care, until).await;
        let report = report.unwrap_or_else(|error| match error {
            Error::Interrupted => failed(function, &Error::FunctionInterrupted { hint: LEFT }),
            error => failed(function, &error),
        });
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
    let rolled = match care {
        Care::Promote => driver.finish(course).await,
        Care::Abort => driver.abort(course, "it was asked for").await,
        Care::Resume | Care::Tick => driver.go_on(course, until).await,
    };
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

/// The rollouts of one environment that are under way.
///
/// # Errors
/// When something but metrics cannot be read.
pub async fn status(context: &Context, target: &Target) -> Result<Vec<UnderWayRow>, Error> {
    let session = Session::open(context, target).await?;
    let tools = &Tools::new(&session.aws, &session.caller, &context.console, SIDE_BY_SIDE);
    let rows = session.bench.environment.functions.iter().map(|function| async move {
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
    });
    let rows: Result<Vec<_>, Error> = join_all(rows).await.into_iter().collect();
    session.close().await;
    Ok(rows?.into_iter().flatten().collect())
}

async fn row(driver: &Driver<'_>, mut course: Course) -> UnderWayRow {
    let look = driver.look(&mut course).await;
    let (function, under_way, now) = (driver.function, &course.under_way, driver.tools.aws.now());
    let left = Duration::try_from(under_way.due(&function.rollout).duration_since(now)).ok();
    let abandoned = now > under_way.expected(&function.rollout, LATE);
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
        note: abandoned
            .then(|| "nobody drives it: `rollout resume` goes on, `rollout abort` ends it".to_owned()),
    }
}
