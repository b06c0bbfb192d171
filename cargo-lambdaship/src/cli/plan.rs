//! `plan`.

use camino::Utf8PathBuf;

use super::args::{RolloutArgs, Selected, SupplyArgs};
use super::report;
use super::run::Run;
use crate::error::Error;
use crate::model::Exit;
use crate::ops;
use crate::ops::locks::LockFlags;
use crate::report::RunResult;
use crate::rollout::Stay;

/// Show what `deploy` would do, and change nothing
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selected: Selected,
    #[command(flatten)]
    code: SupplyArgs,
    #[command(flatten)]
    rollout: RolloutArgs,
    /// Exit with 3 when there is something to do
    #[arg(long, help_heading = None::<&str>)]
    detailed_exit_code: bool,
    /// Keep the plan in this file as well, for `deploy --plan`
    #[arg(long, value_name = "FILE", help_heading = None::<&str>)]
    out: Option<Utf8PathBuf>,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let planned = run.global.environment().and_then(|env| {
            let target = self.selected.target(&run.global, env);
            let orders = self.code.orders(self.rollout.flags(Stay::ToTheEnd), LockFlags::default());
            Run::wait(ops::plan::show(&run.context, &target, &orders, self.out.as_deref()))
        });
        let something = planned.as_ref().is_ok_and(|report| report.result == RunResult::Planned);
        let exit = report::finish(run, "plan", planned)?;
        let changes = self.detailed_exit_code && something;
        Ok(if exit == Exit::Done && changes { Exit::Changes } else { exit })
    }
}
