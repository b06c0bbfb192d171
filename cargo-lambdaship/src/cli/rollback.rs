//! `rollback`.

use super::args::Selected;
use super::report;
use super::run::{Run, interruption};
use crate::error::Error;
use crate::model::{Exit, Version};
use crate::ops::rollback::{Way, rollback};

/// Move the aliases that the last run moved, or those of -f, back to what they served before
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selected: Selected,
    /// Move the one selected function to this version instead
    #[arg(long, value_name = "N", conflicts_with = "to_commit")]
    to_version: Option<u64>,
    /// Move each to the newest version that was published from this commit, or from one before it
    #[arg(long, value_name = "SHA")]
    to_commit: Option<String>,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let way = match (self.to_version, &self.to_commit) {
            (Some(version), _) => Way::Version(Version(version)),
            (None, Some(commit)) => Way::Commit(commit.clone()),
            (None, None) => Way::Before,
        };
        let moved = run.global.environment().and_then(|env| {
            let target = self.selected.target(&run.global, env);
            Run::finish(rollback(&run.context, &target, &way, &interruption()))
        });
        report::finish(run, "rollback", moved)
    }
}
