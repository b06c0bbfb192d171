//! `rollback`: aliases back to what they served before.

use std::cell::Cell;

use futures::{StreamExt, TryStreamExt, stream};

use crate::aws::{Kind, Lambda};
use crate::config::FunctionConfig;
use crate::console::Console;
use crate::context::{self, Context};
use crate::error::Error;
use crate::interruption::Interruption;
use crate::model::{Configuration, LiveAlias, Version};
use crate::ops::plan::SIDE_BY_SIDE;
use crate::ops::report::{self, Header};
use crate::ops::session::{Session, Target, Workbench, only};
use crate::report::{FunctionReport, Outcome, Report, RolloutReport, VersionMove};
use crate::rollout::{AliasState, Course, Driver, Place, Run, Stance, Stay, Tools, Traffic, stance, write};

/// What to do once the work on a function was interrupted. The same command again would bring those forth that are back.
const GO_ON: &str =
    "no alias is left between two versions; `status` says where they are, and -f names what to roll back";

/// Moves aliases back until `until`: each to the version that it served before, or the only one to `version`. Where no
/// function was named, those that the last run moved, and no others: what that run left alone has nothing to be sorry
/// for.
///
/// # Errors
/// What went wrong before the first write, such as a `version` for several functions. A function that fails later, or is
/// interrupted, is in the report, beside the others.
pub async fn rollback(
    context: &Context,
    target: &Target,
    version: Option<Version>,
    until: &Interruption,
) -> Result<Report, Error> {
    let bench = Workbench::open(context, target)?;
    if version.is_some() {
        // Versions are numbered by each lambda for itself.
        only(&bench.environment.functions.iter().collect::<Vec<_>>(), "--to-version")?;
    }
    let session = until.unless(Session::connect(bench, target)).await?;
    let functions = &session.bench.environment.functions;
    let (client, console, interrupted) = (session.aws.lambda(), &context.console, Cell::new(false));
    let everything = target.selection.is_everything();
    let last = if everything { until.unless(last_run(client, functions)).await? } else { None };
    let (run, last, interrupted) = (Run::now(), last.as_ref(), &interrupted);
    let tools = &Tools::new(&session.aws, &session.caller, console, SIDE_BY_SIDE);
    let back = functions.iter().enumerate().map(|(index, function)| async move {
        if let Some(last) = last.filter(|last| last.left_alone(index)) {
            return untouched(console, function, last.alias(index));
        }
        if interrupted.get() {
            return told(function, Outcome::Skipped, None);
        }
        let begun = context::instant();
        let back =
            until.unless(move_back(&Driver { tools, function, stay: Stay::ToTheEnd }, (version, run))).await;
        interrupted.set(interrupted.get() || matches!(back, Err(Error::Interrupted)));
        FunctionReport { seconds: report::seconds_since(begun), ..came_to(function, back) }
    });
    let functions: Vec<FunctionReport> = stream::iter(back).buffered(SIDE_BY_SIDE).collect().await;
    let report = Header { command: "rollback", session: &session, git: None }.report(functions);
    session.close().await;
    Ok(report)
}

/// The aliases of all functions, and the last run that moved one of them.
struct LastRun {
    aliases: Vec<Option<LiveAlias>>,
    run: Run,
}

impl LastRun {
    /// `None` when no alias says which run moved it.
    fn of(aliases: Vec<Option<LiveAlias>>) -> Option<Self> {
        let run = aliases.iter().flatten().filter_map(run_of).max()?;
        Some(Self { aliases, run })
    }

    /// Whether this run did not move the alias. One that splits its traffic is not at rest, and counts as moved.
    fn left_alone(&self, index: usize) -> bool {
        let alias = self.alias(index);
        alias.and_then(run_of) != Some(self.run) && alias.is_none_or(|alias| alias.split.is_none())
    }

    fn alias(&self, index: usize) -> Option<&LiveAlias> {
        self.aliases.get(index).and_then(Option::as_ref)
    }
}

/// The run that moved the alias, or is about to.
fn run_of(alias: &LiveAlias) -> Option<Run> {
    match stance(alias) {
        Stance::AtRest(state) => state.run,
        Stance::Rolling(_, _, run) => Some(run),
        Stance::Foreign => AliasState::parse(&alias.description).run,
    }
}

async fn last_run(client: &Lambda, functions: &[FunctionConfig]) -> Result<Option<LastRun>, Error> {
    let read = functions.iter().map(|function| client.alias(&function.lambda, &function.alias));
    Ok(LastRun::of(stream::iter(read).buffered(SIDE_BY_SIDE).try_collect().await?))
}

/// The report on a function that the last run did not move.
fn untouched(console: &Console, function: &FunctionConfig, alias: Option<&LiveAlias>) -> FunctionReport {
    let version = alias.and_then(|alias| alias.version);
    let name = &function.function.name;
    let note = format!("the last run did not move it; `-f {name}` rolls it back all the same");
    console.status("Unchanged", format_args!("{name}: {note}"));
    FunctionReport {
        notes: vec![note],
        version: VersionMove { from: version, to: version },
        ..told(function, Outcome::Unchanged, None)
    }
}

/// Where an alias went back from and to.
pub(super) struct Back {
    pub(super) from: Option<Version>,
    pub(super) to: Configuration,
    moved: bool,
    rollout: Option<RolloutReport>,
}

fn came_to(function: &FunctionConfig, back: Result<Back, Error>) -> FunctionReport {
    let error = match back {
        Ok(back) => {
            let outcome = if back.moved { Outcome::RolledBack } else { Outcome::Unchanged };
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

/// Moves one alias back, once the version that it goes to is known to work. One that is in the middle of a rollout comes
/// out of it at the old version.
pub(super) async fn move_back(
    driver: &Driver<'_>,
    (version, run): (Option<Version>, Run),
) -> Result<Back, Error> {
    let (client, console) = (driver.tools.aws.lambda(), driver.tools.console);
    let (lambda, name) = (&driver.function.lambda, &driver.function.alias);
    let alias = client.alias(lambda, name).await?.ok_or_else(|| Error::Function {
        message: format!("lambda `{lambda}` has no alias `{name}`"),
        hint: Some("there is nothing to roll back before the first deploy".to_owned()),
        held: false,
    })?;
    let to = destination(driver.function, &alias, version)?;
    let there = client.ready(lambda, to).await.map_err(|error| match error.kind() {
        Kind::NotFound => Error::Function {
            message: format!("lambda `{lambda}` has no version {to} to go back to"),
            hint: Some("say where to with --to-version".to_owned()),
            held: false,
        },
        _ => error.into(),
    })?;
    let back = |moved, rollout| Back { from: alias.version, to: there, moved, rollout };
    let state = match stance(&alias) {
        Stance::Rolling(state, under_way, begun) if under_way.old == to => {
            let course = Course::new(alias.clone(), state, under_way, begun);
            let rolled = driver.abort(course, "it was asked for").await;
            return rolled.error.map_or(Ok(back(true, Some(rolled.report))), |error| Err(error.into()));
        }
        Stance::Rolling(state, ..) | Stance::AtRest(state) => state,
        Stance::Foreign => AliasState::parse(&alias.description),
    };
    if alias.version == Some(to) && alias.split.is_none() {
        return Ok(back(false, None));
    }
    // An alias that goes back to its own primary version never left it.
    let state =
        if alias.version == Some(to) { state.taken_back() } else { state.moved(alias.version, to, run) };
    let place = Place { lambda, alias: name };
    write(client, place, Some(&alias), Traffic { version: to, split: None, state }).await?;
    let from = alias.version.map(|from| format!("v{from} -> ")).unwrap_or_default();
    console.status("Rolled back", format_args!("{} {name} {from}v{to}", driver.function.function.name));
    Ok(back(true, None))
}

/// Where the alias goes: where it was told to; else to its own primary version when it splits its traffic, as that is
/// what it served before; else to where its own Description says that it came from.
fn destination(
    function: &FunctionConfig,
    alias: &LiveAlias,
    asked: Option<Version>,
) -> Result<Version, Error> {
    let primary = alias.version.filter(|_| alias.split.is_some());
    let previous = AliasState::parse(&alias.description).previous;
    asked.or(primary).or(previous).ok_or_else(|| Error::Function {
        message: format!(
            "alias `{}` of lambda `{}` has served no other version that it knows of",
            alias.name, function.lambda
        ),
        hint: Some("say where to with --to-version".to_owned()),
        held: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{alias, function};

    #[test]
    fn only_what_the_last_run_moved_goes_back() {
        let moved_by = |run: &str| {
            let mut alias = alias(8);
            alias.description = format!("lambdaship/1 prev=7{run}");
            Some(alias)
        };
        let mut split = moved_by(" run=1");
        if let Some(alias) = &mut split {
            alias.split = Some((Version(9), 0.1));
        }
        let aliases =
            vec![moved_by(" run=1"), moved_by(" run=2"), None, split, moved_by(" run=2"), moved_by("")];
        let last = LastRun::of(aliases).unwrap();
        let left_alone: Vec<_> = (0..6).map(|index| last.left_alone(index)).collect();
        assert_eq!(left_alone, [true, false, true, false, false, true]);
        assert!(LastRun::of(vec![None, moved_by("")]).is_none(), "nobody knows, so nothing is left out");
    }

    #[test]
    fn the_way_back_is_in_the_alias_itself() {
        let function = function(|_| {});
        let mut alias = alias(8);
        alias.description = "lambdaship/1 prev=5".to_owned();
        assert_eq!(destination(&function, &alias, None).unwrap(), Version(5), "not the number below");
        assert_eq!(destination(&function, &alias, Some(Version(3))).unwrap(), Version(3));
        alias.split = Some((Version(9), 0.1));
        assert_eq!(destination(&function, &alias, None).unwrap(), Version(8), "out of the split");
        (alias.split, alias.description) = (None, "by hand".to_owned());
        let error = destination(&function, &alias, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "alias `live` of lambda `hello-staging` has served no other version that it knows of"
        );
    }
}
