//! `man`.

use camino::Utf8PathBuf;
use clap::CommandFactory;

use super::Cli;
use super::run::Run;
use crate::error::Error;
use crate::model::Exit;

/// Print the manual page
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Write it, and a page for each command, into this folder instead
    #[arg(long, value_name = "FOLDER")]
    output_dir: Option<Utf8PathBuf>,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        match &self.output_dir {
            None => run.print(&page()?)?,
            Some(folder) => {
                let folder = run.context.absolute(folder);
                fs_err::create_dir_all(&folder)?;
                clap_mangen::generate_to(command(), &folder)?;
            }
        }
        Ok(Exit::Done)
    }
}

/// `cargo help lambdaship` looks for a page of this name.
fn command() -> clap::Command {
    Cli::command().name("cargo-lambdaship")
}

fn page() -> Result<String, Error> {
    let mut page = Vec::new();
    let mut command = command();
    command.build();
    clap_mangen::Man::new(command).render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
