//! `ci`.

use super::run::{Run, interruption};
use crate::error::Error;
use crate::model::Exit;
use crate::ops::ci;
use crate::process;

/// Do what the inputs of the GitHub Action say; they are environment variables, such as `INPUT_COMMAND`
///
/// What the workflow needs of it is in the action's outputs, and in `$RUNNER_TEMP/lambdaship/run.json`. Elsewhere the other
/// verbs are for people.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Show on GitHub what was done: the step's summary, the comment, the end of Deployments
    #[arg(long, help_heading = None::<&str>)]
    report: bool,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        process::close_to_others();
        let until = &interruption();
        if self.report {
            Run::finish(ci::report(&run.context, until))
        } else {
            Run::finish(ci::run(&run.context, until))
        }
    }
}
