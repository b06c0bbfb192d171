//! How a report leaves the process: the result on stdout, failures on stderr, the worst of them as the exit code.

use super::run::Run;
use crate::error::Error;
use crate::model::Exit;
use crate::ops::report::show_failures;
use crate::report::Report;

/// Writes `report`, and answers the exit code that its failures stand for.
pub(super) fn finish(run: &Run, report: &Report) -> Result<Exit, Error> {
    run.print(&report.render(run.global.format.into()))?;
    show_failures(&run.context.console, report);
    let failures = report.functions.iter().filter_map(|function| function.error.as_ref());
    Ok(failures.map(|failure| failure.exit).max().unwrap_or(Exit::Done))
}
