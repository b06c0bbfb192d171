//! `rollout`.

use clap::Subcommand;

use super::args::Selected;
use super::report;
use super::run::{Run, interruption};
use crate::error::Error;
use crate::model::Exit;
use crate::ops::rollout::{self, Care};
use crate::report::UnderWayRow;
use crate::report::rollout_status::{self, Drive};

/// Look after rollouts that are under way, also those whose driver died
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show the rollouts that are under way, and how they do
    Status(Selected),
    /// Drive them to their end
    Resume(Selected),
    /// Give the new versions everything now
    Promote(Selected),
    /// End them at the old version
    Abort(Selected),
    /// Do what is due, and no more: made for a schedule
    Tick(Selected),
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let (selected, care, command) = match &self.what {
            What::Status(selected) => return status(selected, run),
            What::Resume(selected) => (selected, Care::Resume, "rollout resume"),
            What::Promote(selected) => (selected, Care::Promote, "rollout promote"),
            What::Abort(selected) => (selected, Care::Abort, "rollout abort"),
            What::Tick(selected) => (selected, Care::Tick, "rollout tick"),
        };
        let looked_after = run.global.environment().and_then(|env| {
            let target = selected.target(&run.global, env);
            Run::finish(rollout::look_after(&run.context, &target, care, &interruption()))
        });
        report::finish(run, command, looked_after)
    }
}

fn status(selected: &Selected, run: &Run) -> Result<Exit, Error> {
    let target = selected.target(&run.global, run.global.environment()?);
    let seen = Run::wait(rollout::status(&run.context, &target))?;
    run.print(&rollout_status::render(&seen.rows, run.global.format.into()))?;
    let console = &run.context.console;
    for failure in &seen.failures {
        failure.show(console);
    }
    for hint in hints(&seen.rows) {
        console.hint(hint);
    }
    Ok(seen.exit())
}

/// What can be done with what waits for somebody. Only that is named: others are on their way, and not to be ended with it.
fn hints(rows: &[UnderWayRow]) -> Vec<String> {
    let named = |state| {
        let rows = rows.iter().filter(|row| row.state == state);
        let flags = rows.fold(String::new(), |flags, row| flags + " -f " + &row.function);
        Some(flags).filter(|flags| !flags.is_empty())
    };
    let held = named(Drive::Held).map(|flags| {
        format!(
            "`cargo lambdaship rollout promote{flags}` gives the new version of what is held everything, \
             `cargo lambdaship rollout abort{flags}` the old one"
        )
    });
    let abandoned = named(Drive::Abandoned).map(|flags| {
        format!(
            "`cargo lambdaship rollout resume{flags}` goes on with what nobody drives, \
             `cargo lambdaship rollout abort{flags}` ends it"
        )
    });
    held.into_iter().chain(abandoned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Version;
    use crate::report::StepVerdict;

    #[test]
    fn only_what_waits_for_somebody_is_named() {
        let row = |(function, state): (&str, Drive)| UnderWayRow {
            function: function.to_owned(),
            lambda: format!("{function}-prod"),
            alias: "live".to_owned(),
            old: Version(1),
            new: Version(2),
            percent: 10.0,
            step: 1,
            steps: 1,
            left: None,
            old_health: None,
            new_health: None,
            verdict: StepVerdict::TooQuiet,
            state,
            note: None,
        };
        let (api, hello, worker) =
            (("api", Drive::Driven), ("hello", Drive::Held), ("worker", Drive::Abandoned));
        let table: [(&[_], &[&str]); 4] = [
            (&[], &[]),
            (&[api], &[]),
            (&[api, hello], &["promote -f hello", "abort -f hello"]),
            (
                &[hello, ("idle", Drive::Held), worker],
                &[
                    "promote -f hello -f idle",
                    "abort -f hello -f idle",
                    "resume -f worker",
                    "abort -f worker",
                ],
            ),
        ];
        for (rows, expected) in table {
            let rows: Vec<_> = rows.iter().copied().map(row).collect();
            let hints = hints(&rows).concat();
            let parts = hints.split('`').filter_map(|part| part.strip_prefix("cargo lambdaship rollout "));
            assert_eq!(parts.collect::<Vec<_>>(), expected);
        }
    }
}
