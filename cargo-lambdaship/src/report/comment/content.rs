//! What a comment says, apart from when and how long: two runs that say the same need one comment, and no second write.

use sha2::{Digest, Sha256};

use super::render;
use crate::model::{Change, hex};
use crate::report::RequestCounts;
use crate::report::gates::GateOutcome;
use crate::report::run::RunReport;

/// Bytes of the digest that are kept: enough to tell what one pull request's runs said apart.
const KEPT: usize = 8;

/// A digest of what the comment on `runs` says. Durations, counts of requests, the commit and the run are not part of it, and a
/// gate that is known to pass says the same as one that passed.
#[must_use]
pub fn content(runs: &[RunReport]) -> String {
    let lasting: Vec<RunReport> = runs.iter().map(lasting).collect();
    let digest = Sha256::digest(render(&lasting, None).as_bytes());
    hex(&digest[..KEPT])
}

fn lasting(run: &RunReport) -> RunReport {
    let mut run = RunReport { head: None, run_url: None, seconds: 0.0, ..run.clone() };
    for gate in run.gates.iter_mut().flat_map(|gates| &mut gates.gates) {
        gate.seconds = 0.0;
        if gate.outcome.holds() {
            gate.outcome = GateOutcome::Passed;
            gate.summary = None;
        }
    }
    if let Some(report) = &mut run.report {
        report.git = None;
        report.requests = RequestCounts::default();
        for function in &mut report.functions {
            function.seconds = 0.0;
            function.changes.iter_mut().for_each(without_digest);
            for event in &mut function.smoke {
                event.seconds = 0.0;
            }
        }
    }
    for function in run.drift.iter_mut().flat_map(|drift| &mut drift.functions) {
        function.changes.iter_mut().for_each(without_digest);
    }
    run
}

/// The digests of variables' values are of this run alone: what lasts is which of them changed, came or went.
fn without_digest(change: &mut Change) {
    let field = change.field.strip_prefix("$LATEST.").unwrap_or(&change.field);
    if field.starts_with("variables.") {
        for side in [&mut change.from, &mut change.to].into_iter().flatten() {
            *side = serde_json::Value::Null;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::gates::{GateReport, GatesReport, SCHEMA as GATES};
    use crate::report::run::{JobResult, SCHEMA};
    use crate::report::testing::{report, unchanged, updated};

    fn run(outcome: GateOutcome, seconds: f64) -> RunReport {
        let gate = GateReport {
            gate: "test".to_owned(),
            outcome,
            seconds,
            summary: Some(format!("212 passed in {seconds}")),
            findings: Vec::new(),
            hint: None,
        };
        let gates = GatesReport { schema: GATES.into(), passed: outcome.holds(), seconds, gates: vec![gate] };
        let mut report = report("plan", vec![updated(), unchanged()]);
        report.seconds = seconds;
        RunReport {
            schema: SCHEMA.into(),
            command: "plan".to_owned(),
            environment: Some("staging".to_owned()),
            result: JobResult::Planned,
            failure_reason: None,
            message: None,
            head: Some(format!("{seconds}")),
            run_url: Some(format!("https://github.example/{seconds}")),
            seconds,
            gates: Some(gates),
            report: Some(report),
            drift: None,
            pruned: None,
        }
    }

    #[test]
    fn the_digests_of_variables_are_of_one_run_and_their_names_last() {
        let said = |name: &str, digest: &str| {
            let change = Change { field: name.to_owned(), from: None, to: Some(digest.into()) };
            let mut plan = run(GateOutcome::Passed, 1.0);
            let functions = &mut plan.report.as_mut().unwrap().functions;
            functions[0].changes.push(change.clone());
            let mut drift = run(GateOutcome::Passed, 1.0);
            drift.report = None;
            let text = include_str!("../../../../tests/fixtures/comment/drift.json");
            drift.drift = serde_json::from_str::<RunReport>(text).unwrap().drift;
            drift.drift.as_mut().unwrap().functions[0]
                .changes
                .push(Change { field: format!("$LATEST.{name}"), ..change });
            content(&[plan, drift])
        };
        assert_eq!(said("variables.TOKEN", "salted 1"), said("variables.TOKEN", "salted 2"));
        assert_ne!(said("variables.TOKEN", "salted 1"), said("variables.LEVEL", "salted 1"));
        assert_ne!(said("memory", "1"), said("memory", "2"));
    }

    #[test]
    fn the_same_result_of_another_run_says_the_same() {
        let first = content(&[run(GateOutcome::Passed, 12.0)]);
        assert_eq!(first, content(&[run(GateOutcome::Known, 3.0)]));
        assert_ne!(first, content(&[run(GateOutcome::Failed, 12.0)]));
        let mut other = run(GateOutcome::Passed, 12.0);
        other.report = Some(report("plan", vec![unchanged()]));
        assert_ne!(first, content(&[other]));
    }
}
