//! `ci`.

use super::args::FormatFlag;
use super::run::{Run, interruption};
use crate::error::Error;
use crate::model::{EnvName, Exit};
use crate::ops::ci;
use crate::process;

/// Do what the inputs of the GitHub Action say; they are environment variables, such as `INPUT_COMMAND`
///
/// What the workflow needs of it is in the action's outputs, and in a file that is named there. Elsewhere the other verbs are
/// for people.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Show on GitHub what was done: the step's summary, the comment, the end of Deployments
    #[arg(long, help_heading = None::<&str>)]
    report: bool,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        process::close_to_others();
        let until = &interruption();
        if self.report {
            return Run::finish(async { Ok(ci::report(&run.context, until).await) });
        }
        only_inputs(run)?;
        Run::finish(ci::run(&run.context, until))
    }
}

/// What is said twice, in flags and in inputs, would be in one of them only by mistake.
fn only_inputs(run: &Run) -> Result<(), Error> {
    let (global, environment) = (&run.global, &run.context.environment);
    let variable = environment.get("LAMBDASHIP_ENV");
    let env = global.env.as_ref().map(EnvName::as_str);
    let flag = if env.is_some() && env != variable {
        Some(("--env", "environment"))
    } else if global.config.is_some() {
        Some(("--config", "config"))
    } else {
        None
    };
    if let Some((flag, input)) = flag {
        let message = format!(
            "`ci` does not take {flag}: it is the input `{input}`, in INPUT_{}",
            input.to_uppercase()
        );
        return Err(Error::Usage { message, hint: None });
    }
    if !matches!(global.format, FormatFlag::Human) {
        let hint =
            Some("the run document is JSON, in the file that the output `report-file` names".to_owned());
        return Err(Error::Usage { message: "`ci` does not take --format".to_owned(), hint });
    }
    if variable.is_some() && variable != environment.get("INPUT_ENVIRONMENT") {
        run.context.console.warn("`ci` does not read LAMBDASHIP_ENV, but the input `environment`");
    }
    Ok(())
}
