//! What a job came to: its result, the reason, and the exit code. Pure.

use super::event::Event;
use super::hint;
use super::inputs::{FailOn, Inputs};
use super::job::Done;
use super::reason::Reason;
use crate::context::Context;
use crate::error::Error;
use crate::given::Given;
use crate::model::{EnvName, Exit};
use crate::report::run::{JobResult, RunReport, SCHEMA};
use crate::report::{Report, RunResult};

/// What a job came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Conclusion {
    /// The result.
    pub(super) result: JobResult,
    /// Why it did not succeed.
    pub(super) reason: Option<Reason>,
    /// The same, for people; absent where gates or functions say it themselves.
    pub(super) message: Option<String>,
    /// How the process ends.
    pub(super) exit: Exit,
}

/// What it came to. Without `inputs` these were wrong.
#[must_use]
pub(super) fn conclude(
    inputs: Option<&Inputs>,
    done: &Done,
    error: Option<&Error>,
    interrupted: bool,
) -> Conclusion {
    let fail_on = inputs.map_or(FailOn::Error, |inputs| inputs.fail_on);
    let given = inputs.map(hint::given).unwrap_or_default();
    let Some(failed) = failure(done, error, &given) else { return strict(success(done), done, fail_on) };
    let failed = failed.cancelled_by(interrupted);
    if fail_on == FailOn::Never && failed.reason != Some(Reason::Usage) {
        return Conclusion { exit: Exit::Done, ..failed };
    }
    failed
}

/// What failed, the first thing of all.
fn failure(done: &Done, error: Option<&Error>, given: &Given) -> Option<Conclusion> {
    let failed = |reason, message, exit| {
        Some(Conclusion { result: JobResult::Failed, reason: Some(reason), message, exit })
    };
    if let Some(error) = error {
        return failed(Reason::of(error), Some(sentence(error, given)), error.exit());
    }
    if done.gates.as_ref().is_some_and(|gates| !gates.passed) {
        return failed(Reason::Gates, None, Exit::Refused);
    }
    if let Some(report) = done.report.as_ref().filter(|report| report.exit() != Exit::Done) {
        let result = of_report(report);
        let result = if result == JobResult::RolledBack { result } else { JobResult::Failed };
        let (reason, exit) = (Some(Reason::of_exit(report.exit())), report.exit());
        let message = report.error.as_ref().map(|failure| failure.message.clone());
        return Some(Conclusion { result, reason, message, exit });
    }
    if done.failures.is_empty() {
        return None;
    }
    failed(Reason::Failed, Some(done.failures.join("; ")), Exit::Failed)
}

impl Conclusion {
    /// What fails after a signal fails by it; only what needs somebody to act stays what it is.
    fn cancelled_by(self, interrupted: bool) -> Self {
        if !interrupted || self.reason == Some(Reason::Stuck) {
            return self;
        }
        Self { result: JobResult::Cancelled, reason: Some(Reason::Cancelled), ..self }
    }
}

/// What became of a job in which nothing failed. To look for drift changes nothing: what was found is in `drift`.
fn success(done: &Done) -> Conclusion {
    let changed = |changed| if changed { JobResult::Changed } else { JobResult::Unchanged };
    let result = if let Some(report) = &done.report {
        of_report(report)
    } else if let Some(pruned) = &done.pruned {
        match (pruned.count() > 0, pruned.deleted) {
            (true, false) => JobResult::Planned,
            (something, _) => changed(something),
        }
    } else {
        JobResult::Unchanged
    };
    Conclusion { result, reason: None, message: done.note.clone(), exit: Exit::Done }
}

/// What `fail-on` makes of it.
fn strict(conclusion: Conclusion, done: &Done, fail_on: FailOn) -> Conclusion {
    let drifted = done.drift.as_ref().is_some_and(|drift| drift.drifted);
    let planned = conclusion.result == JobResult::Planned && done.report.is_some();
    let reason = match fail_on {
        FailOn::Changes if planned => Reason::Changes,
        FailOn::Drift if drifted => Reason::Drift,
        FailOn::Error | FailOn::Changes | FailOn::Drift | FailOn::Never => return conclusion,
    };
    Conclusion { reason: Some(reason), exit: Exit::Changes, ..conclusion }
}

fn of_report(report: &Report) -> JobResult {
    match report.result {
        RunResult::Unchanged => JobResult::Unchanged,
        RunResult::Changed => JobResult::Changed,
        RunResult::Planned => JobResult::Planned,
        RunResult::RolledBack => JobResult::RolledBack,
        RunResult::Failed => JobResult::Failed,
    }
}

/// An error and its causes, in one line or a few.
fn sentence(error: &Error, given: &Given) -> String {
    let mut text = error.to_string();
    for cause in error.causes() {
        text = format!("{text}: {cause}");
    }
    match hint::of(error) {
        Some(hint) => format!("{text} (hint: {})", given.whole(&hint)),
        None => text,
    }
}

/// The document on the whole job.
#[must_use]
pub(super) fn document(
    context: &Context,
    (inputs, event): (Option<&Inputs>, &Event),
    done: &Done,
    conclusion: &Conclusion,
) -> RunReport {
    let stated = inputs.and_then(|inputs| inputs.environment.as_ref());
    RunReport {
        schema: SCHEMA.into(),
        command: inputs.map_or("ci", |inputs| inputs.command.as_str()).to_owned(),
        environment: done.environment.as_ref().or(stated).map(EnvName::to_string),
        result: conclusion.result,
        failure_reason: conclusion.reason.map(|reason| reason.to_string()),
        message: conclusion.message.clone(),
        head: event.head.clone(),
        run_url: event.page.clone(),
        seconds: (context.seconds() * 1000.0).round() / 1000.0,
        gates: done.gates.clone(),
        report: done.report.clone(),
        drift: done.drift.clone(),
        pruned: done.pruned,
    }
}

#[cfg(test)]
mod tests;
