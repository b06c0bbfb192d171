//! `plan`.

use super::args::{CodeArgs, Selected};
use super::report;
use super::run::Run;
use crate::error::Error;
use crate::model::Exit;
use crate::ops;
use crate::report::RunResult;

/// Show what `deploy` would do, and change nothing
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selected: Selected,
    #[command(flatten)]
    code: CodeArgs,
    /// Exit with 3 when there is something to do
    #[arg(long)]
    detailed_exit_code: bool,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let target = self.selected.target(&run.global, run.global.environment()?);
        let report = Run::wait(ops::plan::show(&run.context, &target, &self.code.source()))?;
        let exit = report::finish(run, &report)?;
        let changes = self.detailed_exit_code && report.result == RunResult::Planned;
        Ok(if exit == Exit::Done && changes { Exit::Changes } else { exit })
    }
}
