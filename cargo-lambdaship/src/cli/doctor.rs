//! `doctor`.

use super::args::Selected;
use super::run::Run;
use crate::error::Error;
use crate::model::Exit;
use crate::ops;
use crate::ops::doctor::Check;
use crate::report::Listing;

/// Check tools, configuration, credentials and permissions
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selected: Selected,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let target = self.selected.target(&run.global, run.global.environment()?);
        let checks = Run::wait(async { Ok(Box::pin(ops::doctor::doctor(&run.context, &target)).await) })?;
        let listing = Listing { header: &["CHECK", "", "FOUND"], items: &checks, cells };
        run.print(&listing.render(run.global.format.into()))?;
        for hint in checks.iter().filter_map(|check| check.hint.as_ref()) {
            run.context.console.hint(hint);
        }
        Ok(if checks.iter().all(|check| check.ok) { Exit::Done } else { Exit::Failed })
    }
}

fn cells(check: &Check) -> Vec<String> {
    let mark = if check.ok { "ok" } else { "problem" };
    vec![check.name.clone(), mark.to_owned(), check.found.clone()]
}
