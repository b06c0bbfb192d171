//! `invoke`.

use super::args::Selected;
use super::run::Run;
use crate::error::Error;
use crate::model::Exit;
use crate::ops;
use crate::ops::invoke::{Event, Request};

/// Call a function and write its answer to stdout
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The function
    function: String,
    /// The event: JSON, @FILE, or - for standard input
    #[arg(value_name = "JSON|@FILE|-", default_value = "{}")]
    event: Event,
    /// A version or another alias than the environment's
    #[arg(long, value_name = "NAME|N")]
    qualifier: Option<String>,
    #[command(flatten)]
    selected: Selected,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let target = self.selected.target_for(&run.global, run.global.environment()?, &self.function);
        let request = Request { target, qualifier: self.qualifier.clone(), event: self.event.clone() };
        let answer = Run::wait(ops::invoke::invoke(&run.context, &request))?;
        run.context.console.verbose("Log", answer.log_tail.trim_end());
        run.print(&format!("{}\n", String::from_utf8_lossy(&answer.payload)))?;
        match answer.function_error {
            None => Ok(Exit::Done),
            Some(kind) => Err(Error::FunctionError { function: self.function.clone(), kind }),
        }
    }
}
