//! `deploy`.

use camino::{Utf8Path, Utf8PathBuf};

use super::args::{LockArgs, RolloutArgs, Selected, SupplyArgs};
use super::report;
use super::run::{Run, interruption};
use crate::error::Error;
use crate::model::Exit;
use crate::ops::{self, plan_file};
use crate::report::Report;
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
    #[command(flatten)]
    locks: LockArgs,
    /// Leave after the first step of each rollout
    #[arg(long, help_heading = "Rollout options")]
    detach: bool,
    /// Deploy exactly what this file of `plan --out` says, or nothing; it says for which environment and functions
    #[arg(
        long,
        value_name = "FILE",
        help_heading = None::<&str>,
        conflicts_with_all = ["functions", "packages", "builder", "target", "binary_path", "zip", "verify_skip", "rollout", "under_way"],
    )]
    plan: Option<Utf8PathBuf>,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let deployed = match &self.plan {
            Some(file) => self.reviewed(run, file),
            None => self.current(run),
        };
        report::finish(run, "deploy", deployed)
    }

    fn current(&self, run: &Run) -> Result<Report, Error> {
        let target = self.selected.target(&run.global, run.global.environment()?);
        let orders = self.code.orders(self.rollout.flags(self.stay()), self.locks.flags());
        Run::finish(ops::deploy::deploy(&run.context, &target, &orders, &interruption()))
    }

    fn reviewed(&self, run: &Run, file: &Utf8Path) -> Result<Report, Error> {
        let plan = &plan_file::read(&run.context, file)?;
        let env = plan_file::environment(plan, file, run.global.env.as_ref())?;
        let target = self.selected.target(&run.global, env);
        let order = plan_file::Order { plan, file, locks: self.locks.flags(), stay: self.stay() };
        Run::finish(plan_file::deploy(&run.context, &target, &order, &interruption()))
    }

    fn stay(&self) -> Stay {
        if self.detach { Stay::OneStep } else { Stay::ToTheEnd }
    }
}
