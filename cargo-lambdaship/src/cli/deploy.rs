//! `deploy`.

use super::args::{CodeArgs, Selected};
use super::report;
use super::run::Run;
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
            Run::wait(ops::deploy::deploy(&run.context, &target, &self.code.source()))
        });
        report::finish(run, "deploy", deployed)
    }
}
