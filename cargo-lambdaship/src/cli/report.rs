//! How a report leaves the process: the result on stdout, failures on stderr, the worst of them as the exit code.

use super::run::Run;
use crate::error::Error;
use crate::model::Exit;
use crate::ops::report::{show_failures, unreached, whole};
use crate::report::{Format, Report};

/// Writes the report of `command`, and answers the exit code that its failures stand for.
///
/// A run that ended before it reached any function has a report too, for the programs that read it: the JSON document
/// is always there.
///
/// # Errors
/// When the result cannot be written.
pub(super) fn finish(run: &Run, command: &'static str, made: Result<Report, Error>) -> Result<Exit, Error> {
    match made {
        Ok(report) => show(run, report),
        Err(error) => {
            if Format::from(run.global.format) == Format::Json {
                let env = run.global.env.as_ref().map(ToString::to_string).unwrap_or_default();
                let report = unreached(&run.context, command, env, &error);
                run.print(&whole(report, run.context.console.given()).render(Format::Json))?;
            }
            error.show(&run.context.console);
            Ok(error.exit())
        }
    }
}

/// Writes `report` to stdout and its failures to stderr.
fn show(run: &Run, report: Report) -> Result<Exit, Error> {
    let report = whole(report, run.context.console.given());
    run.print(&report.render(run.global.format.into()))?;
    show_failures(&run.context.console, &report);
    Ok(report.exit())
}
