//! `man`.

use clap::CommandFactory;

use super::Cli;
use super::run::Run;
use crate::error::Error;
use crate::model::Exit;

/// Writes the manual page to stdout.
pub(super) fn run(run: &Run) -> Result<Exit, Error> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    run.print(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Done)
}
