//! `deploy`.

use super::args::{CodeArgs, Selected};
use super::report;
use super::run::{Run, interruption};
use crate::error::Error;
use crate::model::Exit;
use crate::ops;

/// Build what changed, publish versions, and move the environment's aliases to them
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selected: Selected,
    #[command(flatten)]
    code: CodeArgs,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let deployed = run.global.environment().and_then(|env| {
            let target = self.selected.target(&run.global, env);
            let source = self.code.source();
            Run::finish(ops::deploy::deploy(&run.context, &target, &source, &interruption()))
        });
        report::finish(run, "deploy", deployed)
    }
}
