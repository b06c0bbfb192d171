//! `promote`.

use super::args::{LockArgs, RolloutArgs, Selected};
use super::report;
use super::run::{Run, interruption};
use crate::error::Error;
use crate::model::{EnvName, Exit};
use crate::ops;
use crate::report::Report;
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
        match self.to.clone().map_or_else(|| run.global.environment(), Ok) {
            Ok(to) => {
                let run = run.within(to);
                report::finish(&run, "promote", self.promote(&run))
            }
            Err(error) => report::finish(run, "promote", Err(error)),
        }
    }

    fn promote(&self, run: &Run) -> Result<Report, Error> {
        let stay = if self.detach { Stay::OneStep } else { Stay::ToTheEnd };
        let request = ops::promote::Request {
            to: self.selected.target(&run.global, run.global.environment()?),
            from: self.from.clone(),
            rollout: self.rollout.flags(stay),
            locks: self.locks.flags(),
        };
        Run::finish(ops::promote::promote(&run.context, &request, &interruption()))
    }
}
