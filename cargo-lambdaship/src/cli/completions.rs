//! `completions`.

use clap::CommandFactory;

use super::Cli;
use super::run::Run;
use crate::error::Error;
use crate::model::Exit;

/// Print a shell's completion script
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "cargo-lambdaship", &mut script);
        run.print(&String::from_utf8_lossy(&script))?;
        Ok(Exit::Done)
    }
}
