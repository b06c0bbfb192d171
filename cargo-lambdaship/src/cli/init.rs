//! `init`.

use super::args::Cargo;
use super::run::Run;
use crate::error::Error;
use crate::model::Exit;
use crate::ops::init::{Options, init};

/// Write a commented lambdaship.toml
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Import cargo-lambda's configuration
    #[arg(long)]
    from_cargo_lambda: bool,
    /// Replace a file that is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    cargo: Cargo,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let options = Options {
            cargo: self.cargo.options(),
            path: run.global.config.clone(),
            from_cargo_lambda: self.from_cargo_lambda,
            force: self.force,
        };
        let written = init(&run.context, &options)?;
        let console = &run.context.console;
        console.status("Writing", &written.path);
        for warning in &written.warnings {
            console.warn(warning);
        }
        Ok(Exit::Done)
    }
}
