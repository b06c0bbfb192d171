//! What is said on the page of a run.

use super::conclude::Conclusion;
use super::job::Done;
use super::reason::Reason;
use crate::context::{self, Context};
use crate::gate;
use crate::github::workflow::{self, Level};
use crate::model::Exit;
use crate::report::drift::DriftState;

/// The title of what is shown there.
const TITLE: &str = "cargo lambdaship";
/// The most names in one line.
const MOST_NAMES: usize = 10;

/// Shows why the job did not succeed.
pub(super) fn why(context: &Context, done: &Done, conclusion: &Conclusion) {
    let Some(reason) = conclusion.reason else { return };
    let level = if conclusion.exit == Exit::Done { Level::Warning } else { Level::Error };
    let text = conclusion.message.clone().unwrap_or_else(|| because(reason, done));
    tell(context, level, &format!("{reason}: {text}"));
}

/// Says something on the page of the run, or, outside of GitHub Actions, on stderr alone.
pub(super) fn tell(context: &Context, level: Level, text: &str) {
    if is_on_github(context) {
        context.console.command(workflow::message(level, TITLE, text));
    } else if level != Level::Error {
        context.console.warn(text);
    }
}

/// Whether a runner of GitHub Actions reads what is said.
pub(super) fn is_on_github(context: &Context) -> bool {
    context::is_on_github(&context.environment)
}

/// What gates and functions say themselves, in one line.
fn because(reason: Reason, done: &Done) -> String {
    let drifted = || {
        let all = done.drift.iter().flat_map(|drift| &drift.functions);
        let drifted = all.filter(|one| matches!(one.state, DriftState::Drifted | DriftState::Gone));
        names(drifted.map(|one| one.function.as_str()))
    };
    let gates = || {
        let all = done.gates.iter().flat_map(|gates| &gates.gates);
        names(all.filter(|gate| !gate.outcome.holds()).map(|gate| gate.gate.as_str()))
    };
    let hidden = || match done.gates.as_ref().map_or(0, gate::hidden) {
        0 => String::new(),
        hidden => format!("; {}", gate::more(hidden)),
    };
    match reason {
        Reason::Gates => format!("gates did not pass{}{}", gates(), hidden()),
        Reason::Changes => "there is something to deploy".to_owned(),
        Reason::Drift => format!("what is live is not what was deployed{}", drifted()),
        Reason::Cancelled => "cancelled".to_owned(),
        _ => failed(done).unwrap_or_else(|| "see the log".to_owned()),
    }
}

/// The first function that failed, and how many others did.
fn failed(done: &Done) -> Option<String> {
    let all = done.report.iter().flat_map(|report| &report.functions);
    let mut failed = all.filter_map(|one| Some((one.function.as_str(), one.error.as_ref()?)));
    let (name, failure) = failed.next()?;
    let others = match failed.count() {
        0 => String::new(),
        1 => ", and 1 more failed".to_owned(),
        others => format!(", and {others} more failed"),
    };
    let message = [vec![failure.message.clone()], failure.causes.clone()].concat().join(": ");
    Some(format!("`{name}`: {message}{others}"))
}

/// `: a, b`, or nothing.
fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut all: Vec<&str> = names.collect();
    all.dedup();
    let more = all.len().saturating_sub(MOST_NAMES);
    all.truncate(MOST_NAMES);
    match (all.is_empty(), more) {
        (true, _) => String::new(),
        (false, 0) => format!(": {}", all.join(", ")),
        (false, more) => format!(": {}, and {more} more", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::drift::{DriftReport, FunctionDrift};
    use crate::report::gates::{Finding, GateOutcome, GateReport, GatesReport, Level};
    use crate::report::testing::{report, rolled_back, unchanged};

    #[test]
    fn what_failed_is_named() {
        let mut failing = rolled_back();
        failing.error = Some(crate::report::Failure {
            message: "the alias is stuck".to_owned(),
            causes: vec!["throttled".to_owned()],
            hint: None,
            exit: Exit::Stuck,
        });
        let name = failing.function.clone();
        let done = |functions| Done { report: Some(report("rollback", functions)), ..Done::default() };
        let one = because(Reason::Stuck, &done(vec![unchanged(), failing.clone()]));
        assert_eq!(one, format!("`{name}`: the alias is stuck: throttled"));
        let two = because(Reason::Stuck, &done(vec![failing.clone(), failing]));
        assert_eq!(two, format!("`{name}`: the alias is stuck: throttled, and 1 more failed"));
        assert_eq!(because(Reason::Failed, &done(vec![unchanged()])), "see the log");
    }

    #[test]
    fn gates_that_did_not_pass_are_named_with_the_count_of_what_is_not_shown() {
        let finding = Finding {
            level: Level::Error,
            file: None,
            line: None,
            column: None,
            title: None,
            message: String::new(),
        };
        for (errors, expected) in [
            (2, "gates did not pass: clippy"),
            (10, "gates did not pass: clippy; 1 more error is in the log"),
            (12, "gates did not pass: clippy; 3 more errors are in the log"),
        ] {
            let gate = GateReport {
                gate: "clippy".to_owned(),
                outcome: GateOutcome::Failed,
                seconds: 1.0,
                summary: None,
                findings: vec![finding.clone(); errors],
                hint: None,
            };
            let gates = GatesReport { schema: "".into(), passed: false, seconds: 1.0, gates: vec![gate] };
            assert_eq!(because(Reason::Gates, &Done { gates: Some(gates), ..Done::default() }), expected);
        }
    }

    #[test]
    fn what_drifted_is_named() {
        let function = |number: usize, state| FunctionDrift {
            function: format!("f{number}"),
            lambda: String::new(),
            alias: String::new(),
            region: None,
            version: None,
            state,
            changes: Vec::new(),
            notes: Vec::new(),
            by: None,
            at: None,
            run: None,
            error: None,
        };
        let done = |functions| {
            let (schema, text) = ("".into(), String::new);
            let drift = DriftReport {
                schema,
                env: text(),
                account: text(),
                region: text(),
                drifted: true,
                functions,
            };
            Done { drift: Some(drift), ..Done::default() }
        };
        let some = vec![
            function(1, DriftState::Same),
            function(2, DriftState::Drifted),
            function(3, DriftState::Gone),
        ];
        assert_eq!(because(Reason::Drift, &done(some)), "what is live is not what was deployed: f2, f3");
        let many = (0..12).map(|number| function(number, DriftState::Drifted)).collect();
        assert!(because(Reason::Drift, &done(many)).ends_with("f9, and 2 more"));
    }
}
