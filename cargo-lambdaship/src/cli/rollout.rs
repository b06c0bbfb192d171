//! `rollout`.

use clap::Subcommand;

use super::args::Selected;
use super::report;
use super::run::{Run, interruption};
use crate::error::Error;
use crate::model::Exit;
use crate::ops::rollout::{self, Care};
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
    let any = |state| seen.rows.iter().any(|row| row.state == state);
    if any(Drive::Held) {
        console.hint(
            "`cargo lambdaship rollout promote` gives the new version of what is held everything, \
             `cargo lambdaship rollout abort` the old one",
        );
    }
    if any(Drive::Abandoned) {
        console.hint(
            "`cargo lambdaship rollout resume` goes on with what nobody drives, `cargo lambdaship rollout abort` ends it",
        );
    }
    Ok(seen.exit())
}
