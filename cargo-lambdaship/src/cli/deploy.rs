//! `deploy`.

use super::args::{RolloutArgs, Selected, SupplyArgs};
use super::report;
use super::run::{Run, interruption};
use crate::error::Error;
use crate::model::Exit;
use crate::ops;
use crate::rollout::Stay;

/// Build what changed, publish versions, and move the environment's aliases to them
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selected: Selected,
    #[command(flatten)]
    code: SupplyArgs,
    #[command(flatten)]
    rollout: RolloutArgs,
    /// Leave after the first step of each rollout
    #[arg(long, help_heading = "Rollout options")]
    detach: bool,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let deployed = run.global.environment().and_then(|env| {
            let target = self.selected.target(&run.global, env);
            let stay = if self.detach { Stay::OneStep } else { Stay::ToTheEnd };
            let orders = self.code.orders(self.rollout.flags(stay));
            Run::finish(ops::deploy::deploy(&run.context, &target, &orders, &interruption()))
        });
        report::finish(run, "deploy", deployed)
    }
}
