//! `local`.

use super::args::{CodeArgs, Selected};
use super::run::Run;
use crate::error::Error;
use crate::model::{EnvName, Exit};
use crate::ops;
use crate::ops::local::Request;
use crate::ops::session::LOCAL;

/// Run the local AWS in the foreground, with a URL for each function
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The port of the AWS endpoint; 0 takes any free one
    #[arg(long, value_name = "PORT", default_value_t = 4570)]
    port: u16,
    /// The port of the function URLs; 0 takes any free one
    #[arg(long, value_name = "PORT", default_value_t = 9000)]
    url_port: u16,
    /// Deploy again whenever a source file changes
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    selected: Selected,
    #[command(flatten)]
    code: CodeArgs,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let target = self.selected.target(&run.global, environment()?);
        let request = Request {
            target,
            source: self.code.source(),
            port: self.port,
            url_port: self.url_port,
            watch: self.watch,
        };
        match Run::wait(ops::local::local(&run.context, &request)) {
            // Ctrl-C is how one ends it.
            Err(Error::Interrupted) => Ok(Exit::Done),
            done => done.map(|()| Exit::Done),
        }
    }
}

fn environment() -> Result<EnvName, Error> {
    EnvName::new(LOCAL).map_err(|error| Error::Usage { message: error.to_string(), hint: None })
}
