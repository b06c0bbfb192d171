//! `schema`.

use clap::ValueEnum;

use super::run::Run;
use crate::error::Error;
use crate::model::Exit;
use crate::{config, plan, report};

/// Print the JSON Schema of lambdaship.toml, of the report, of a plan that is kept, or of a run
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which schema
    #[arg(value_enum, default_value_t = Which::Config)]
    which: Which,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let text = match self.which {
            Which::Config => config::schema(),
            Which::Report => report::schema(),
            Which::Plan => plan::kept::schema(),
            Which::Run => report::run_schema(),
        };
        run.print(&text)?;
        Ok(Exit::Done)
    }
}

/// Which schema.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Which {
    /// Of lambdaship.toml
    Config,
    /// Of what `--format json` writes for plan, deploy and rollback
    Report,
    /// Of what `plan --out` writes
    Plan,
    /// Of what a job of a pipeline leaves for others
    Run,
}
