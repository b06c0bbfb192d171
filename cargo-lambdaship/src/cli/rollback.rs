//! `rollback`.

use super::args::Selected;
use super::report;
use super::run::{Run, interruption};
use crate::error::Error;
use crate::model::{Exit, Version};
use crate::ops;

/// Move the aliases that the last run moved, or those of -f, back to what they served before
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selected: Selected,
    /// Move the one selected function to this version instead
    #[arg(long, value_name = "N")]
    to_version: Option<u64>,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let version = self.to_version.map(Version);
        let moved = run.global.environment().and_then(|env| {
            let target = self.selected.target(&run.global, env);
            Run::finish(ops::rollback::rollback(&run.context, &target, version, &interruption()))
        });
        report::finish(run, "rollback", moved)
    }
}
