//! `drift`.

use super::args::Selected;
use super::run::Run;
use crate::error::Error;
use crate::model::Exit;
use crate::ops::drift;

/// Compare what is live with what was deployed last; exit code 3 says that something differs
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selected: Selected,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let target = self.selected.target(&run.global, run.global.environment()?);
        let (report, failed) = Run::wait(drift::drift(&run.context, &target))?;
        let report = report.whole(run.context.console.given());
        run.print(&report.render(run.global.format.into()))?;
        if let Some(error) = failed {
            return Err(error);
        }
        Ok(if report.drifted { Exit::Changes } else { Exit::Done })
    }
}
