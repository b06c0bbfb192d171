//! What a comment says, apart from when and how long: two runs that say the same need one comment, and no second write.

use sha2::{Digest, Sha256};

use super::render;
use crate::model::hex;
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
            for event in &mut function.smoke {
                event.seconds = 0.0;
            }
        }
    }
    run
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
    fn the_same_result_of_another_run_says_the_same() {
        let first = content(&[run(GateOutcome::Passed, 12.0)]);
        assert_eq!(first, content(&[run(GateOutcome::Known, 3.0)]));
        assert_ne!(first, content(&[run(GateOutcome::Failed, 12.0)]));
        let mut other = run(GateOutcome::Passed, 12.0);
        other.report = Some(report("plan", vec![unchanged()]));
        assert_ne!(first, content(&[other]));
    }
}
