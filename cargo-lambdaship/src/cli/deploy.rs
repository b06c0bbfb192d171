//! `deploy`.

use camino::{Utf8Path, Utf8PathBuf};

use super::args::{LockArgs, RolloutArgs, Selected, SupplyArgs};
use super::report;
use super::run::{Run, interruption};
use crate::error::Error;
use crate::model::{EnvName, Exit};
use crate::ops::{self, plan_file};
use crate::plan::kept::KeptPlan;
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
        conflicts_with_all = ["functions", "packages", "changed_since", "builder", "target", "binary_path", "zip", "commit", "verify_skip", "rollout", "under_way"],
    )]
    plan: Option<Utf8PathBuf>,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let Some(file) = &self.plan else { return report::finish(run, "deploy", self.current(run)) };
        match read(run, file) {
            Ok((plan, env)) => {
                let run = run.within(env);
                let (locks, stay) = (self.locks.flags(), self.stay());
                let order = plan_file::Order { plan: &plan, file, locks, stay };
                report::finish(&run, "deploy", self.reviewed(&run, &order))
            }
            Err(error) => report::finish(run, "deploy", Err(error)),
        }
    }

    fn current(&self, run: &Run) -> Result<Report, Error> {
        let target = self.selected.target(&run.global, run.global.environment()?);
        let orders = self.code.orders(self.rollout.flags(self.stay()), self.locks.flags());
        Run::finish(ops::deploy::deploy(&run.context, &target, &orders, &interruption()))
    }

    fn reviewed(&self, run: &Run, order: &plan_file::Order<'_>) -> Result<Report, Error> {
        let target = self.selected.target(&run.global, run.global.environment()?);
        Run::finish(plan_file::deploy(&run.context, &target, order, &interruption()))
    }

    fn stay(&self) -> Stay {
        if self.detach { Stay::OneStep } else { Stay::ToTheEnd }
    }
}

/// The plan in `file`, and the environment that it is of.
fn read(run: &Run, file: &Utf8Path) -> Result<(KeptPlan, EnvName), Error> {
    let plan = plan_file::read(&run.context, file)?;
    let env = plan_file::environment(&plan, file, run.global.env.as_ref())?;
    Ok((plan, env))
}
