//! Reports for the tables.

use serde_json::json;

use super::{FunctionReport, Outcome, Report, RequestCounts, SCHEMA, Upload, VersionMove, result_of};
use crate::model::{CodeSha256, Version};
use crate::plan::Change;

/// A report on these functions.
pub(crate) fn report(command: &str, functions: Vec<FunctionReport>) -> Report {
    Report {
        schema: SCHEMA,
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
        built: true,
        upload: Upload::Direct,
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
        upload: Upload::None,
        ..updated()
    }
}
