//! How a report leaves the process: the result on stdout, failures on stderr, the worst of them as the exit code.

use super::run::Run;
use crate::error::Error;
use crate::model::Exit;
use crate::report::Report;

/// Writes `report`, and answers the exit code that its failures stand for.
pub(super) fn finish(run: &Run, report: &Report) -> Result<Exit, Error> {
    run.print(&report.render(run.global.format.into()))?;
    let console = &run.context.console;
    let failures =
        report.functions.iter().filter_map(|function| function.error.as_ref().map(|error| (function, error)));
    let mut exit = Exit::Done;
    for (function, failure) in failures {
        console.error(format_args!("`{}`: {}", function.function, failure.message));
        for cause in &failure.causes {
            console.caused_by(cause);
        }
        if let Some(hint) = &failure.hint {
            console.hint(hint);
        }
        exit = exit.max(failure.exit);
    }
    Ok(exit)
}
