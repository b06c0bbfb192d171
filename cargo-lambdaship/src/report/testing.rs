//! Reports for the tables.

use serde_json::json;

use super::{
    FunctionReport, HealthReport, Origin, Outcome, Report, RequestCounts, RolloutEnd, RolloutReport, SCHEMA,
    SmokeReport, StepReport, StepVerdict, Upload, VersionMove, result_of,
};
use crate::model::Change;
use crate::model::{CodeSha256, Version};

/// A report on these functions.
pub(crate) fn report(command: &str, functions: Vec<FunctionReport>) -> Report {
    Report {
        schema: SCHEMA.into(),
        command: command.to_owned(),
        env: "staging".to_owned(),
        account: Some("111111111111".to_owned()),
        region: Some("eu-west-1".to_owned()),
        result: result_of(&functions),
        git: None,
        started: "2026-11-21T00:00:00Z".to_owned(),
        seconds: 3.2,
        requests: RequestCounts { lambda: 7, s3: 0 },
        uploaded_bytes: 581_280,
        functions,
        error: None,
    }
}

/// A function of which code and memory changed.
pub(crate) fn updated() -> FunctionReport {
    let change = |field: &str, from, to| Change { field: field.to_owned(), from: Some(from), to: Some(to) };
    FunctionReport {
        function: "hello".to_owned(),
        lambda: "hello-staging".to_owned(),
        alias: "live".to_owned(),
        outcome: Outcome::Updated,
        changes: vec![
            change("code", json!("aaaaaaaa"), json!("ba7816bf")),
            change("memory", json!(128), json!(256)),
        ],
        kept: Vec::new(),
        notes: Vec::new(),
        version: VersionMove { from: Some(Version(7)), to: Some(Version(8)) },
        code_sha256: Some(CodeSha256::of(b"abc")),
        size: Some(581_280),
        size_from: Some(580_012),
        source_hash: None,
        origin: Some(Origin::Built),
        because: Vec::new(),
        built: true,
        region: None,
        upload: Upload::Direct,
        uploaded_bytes: 581_280,
        seconds: 2.1,
        smoke: Vec::new(),
        rollout: None,
        error: None,
    }
}

/// A function that did not change.
pub(crate) fn unchanged() -> FunctionReport {
    FunctionReport {
        function: "worker".to_owned(),
        lambda: "worker-staging".to_owned(),
        outcome: Outcome::Unchanged,
        changes: Vec::new(),
        version: VersionMove { from: Some(Version(12)), to: Some(Version(12)) },
        size: Some(1_250_000),
        size_from: Some(1_250_000),
        upload: Upload::None,
        uploaded_bytes: 0,
        origin: Some(Origin::Served),
        built: false,
        ..updated()
    }
}

/// What a version did.
pub(crate) fn health(invocations: u64, errors: u64, p95: f64) -> HealthReport {
    HealthReport { invocations, errors, throttles: 0, p95: Some(p95) }
}

/// A smoke event that passed when it has no problems.
pub(crate) fn smoke(name: &str, problems: &[&str]) -> SmokeReport {
    SmokeReport {
        name: name.to_owned(),
        passed: problems.is_empty(),
        seconds: 0.27,
        problems: problems.iter().map(|&problem| problem.to_owned()).collect(),
    }
}

/// A step that passed.
pub(crate) fn step(percent: f64) -> StepReport {
    StepReport {
        percent,
        seconds: 300.2,
        verdict: StepVerdict::Pass,
        findings: Vec::new(),
        old: health(2_280, 20, 30.1),
        new: health(120, 1, 32.4),
    }
}

/// A rollout that ended after these steps.
pub(crate) fn rollout(end: RolloutEnd, steps: Vec<StepReport>) -> RolloutReport {
    RolloutReport { old: Version(7), new: Version(8), end, reason: None, steps }
}

/// A function whose rollout was rolled back at the second step.
pub(crate) fn rolled_back() -> FunctionReport {
    let finding = "12 of 120 calls failed (10 %) against 9 of 1,080 (0.8 %) of the old version".to_owned();
    let failed = StepReport {
        seconds: 72.0,
        verdict: StepVerdict::Fail,
        findings: vec!["alarm `db` was red before".to_owned(), finding.clone()],
        old: health(1_080, 9, 31.0),
        new: health(120, 12, 34.0),
        ..step(25.0)
    };
    let rollout =
        RolloutReport { reason: Some(finding), ..rollout(RolloutEnd::RolledBack, vec![step(5.0), failed]) };
    FunctionReport {
        outcome: Outcome::RolledBack,
        version: VersionMove { from: Some(Version(7)), to: Some(Version(7)) },
        rollout: Some(rollout),
        ..updated()
    }
}
