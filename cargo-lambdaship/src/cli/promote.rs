//! `promote`.

use super::args::{LockArgs, RolloutArgs, Selected};
use super::report;
use super::run::{Run, interruption};
use crate::error::Error;
use crate::model::{EnvName, Exit};
use crate::ops;
use crate::rollout::Stay;

/// Bring the very code that one environment serves to another one; nothing is built
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The environment that serves the code
    #[arg(long, value_name = "NAME")]
    from: EnvName,
    /// The environment that gets it [default: --env]
    #[arg(long, value_name = "NAME")]
    to: Option<EnvName>,
    #[command(flatten)]
    selected: Selected,
    #[command(flatten)]
    rollout: RolloutArgs,
    #[command(flatten)]
    locks: LockArgs,
    /// Leave after the first step of each rollout
    #[arg(long, help_heading = "Rollout options")]
    detach: bool,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let promoted = self.to.clone().map_or_else(|| run.global.environment(), Ok).and_then(|to| {
            let stay = if self.detach { Stay::OneStep } else { Stay::ToTheEnd };
            let request = ops::promote::Request {
                to: self.selected.target(&run.global, to),
                from: self.from.clone(),
                rollout: self.rollout.flags(stay),
                locks: self.locks.flags(),
            };
            Run::finish(ops::promote::promote(&run.context, &request, &interruption()))
        });
        report::finish(run, "promote", promoted)
    }
}
