//! `invoke`.

use std::io::Read;

use super::args::Selected;
use super::run::Run;
use crate::error::Error;
use crate::model::Exit;
use crate::ops;
use crate::ops::invoke::Request;

/// Call a function and write its answer to stdout
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The function
    function: String,
    /// The event: JSON, @FILE, or - for standard input
    #[arg(value_name = "JSON|@FILE|-", default_value = "{}")]
    event: String,
    /// A version or another alias than the environment's
    #[arg(long, value_name = "NAME|N")]
    qualifier: Option<String>,
    #[command(flatten)]
    selected: Selected,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let payload = self.payload(run)?;
        let target = self.selected.target_for(&run.global, run.global.environment()?, &self.function);
        let request = Request { target, qualifier: self.qualifier.clone(), payload };
        let answer = Run::wait(ops::invoke::invoke(&run.context, &request))?;
        run.context.console.verbose("Log", answer.log_tail.trim_end());
        run.print(&format!("{}\n", String::from_utf8_lossy(&answer.payload)))?;
        match answer.function_error {
            None => Ok(Exit::Done),
            Some(kind) => Err(Error::FunctionError { function: self.function.clone(), kind }),
        }
    }
}

impl Args {
    fn payload(&self, run: &Run) -> Result<Vec<u8>, Error> {
        let mut payload = Vec::new();
        match self.event.strip_prefix('@') {
            Some(file) => payload = fs_err::read(run.context.absolute(file.into())).map_err(Error::Event)?,
            None if self.event == "-" => {
                std::io::stdin().read_to_end(&mut payload).map_err(Error::Event)?;
            }
            None => payload = self.event.clone().into_bytes(),
        }
        Ok(payload)
    }
}
