//! The run document without secrets: GitHub masks them in logs, and neither in comments nor in files. Pure.

use serde_json::Value;

use crate::aws::redact;
use crate::report::run::RunReport;

/// `run`, with nothing of `secrets` in its words. They are there when a program that was run has said them.
#[must_use]
pub(super) fn masked(run: RunReport, secrets: &[&str]) -> RunReport {
    let Ok(mut value) = serde_json::to_value(&run) else { return run };
    if !replace(&mut value, secrets) {
        return run;
    }
    // Texts stay texts, unless a secret is a word that the format knows; then there is nothing in it to hide.
    serde_json::from_value(value).unwrap_or(run)
}

/// Whether any text was another one.
fn replace(value: &mut Value, secrets: &[&str]) -> bool {
    match value {
        Value::String(text) => {
            let clean = redact(text, secrets.iter().copied());
            let is_other = clean != *text;
            *text = clean;
            is_other
        }
        Value::Array(items) => items.iter_mut().fold(false, |any, item| replace(item, secrets) | any),
        Value::Object(members) => members.values_mut().fold(false, |any, item| replace(item, secrets) | any),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::gates::{Finding, GateOutcome, GateReport, GatesReport, Level};
    use crate::report::run::{JobResult, SCHEMA};

    fn run(words: &str) -> RunReport {
        let words = words.to_owned();
        let finding = Finding {
            level: Level::Error,
            file: None,
            line: Some(3),
            column: None,
            title: Some(words.clone()),
            message: words.clone(),
        };
        let gate = GateReport {
            gate: "test".to_owned(),
            outcome: GateOutcome::Failed,
            seconds: 1.5,
            summary: Some(words.clone()),
            findings: vec![finding],
            hint: None,
        };
        let gates = GatesReport {
            schema: "lambdaship.gates/1".into(),
            passed: false,
            seconds: 1.5,
            gates: vec![gate],
        };
        RunReport {
            schema: SCHEMA.into(),
            command: "check".to_owned(),
            environment: None,
            result: JobResult::Failed,
            failure_reason: Some("gates".to_owned()),
            message: Some(words),
            head: None,
            run_url: None,
            seconds: 2.25,
            gates: Some(gates),
            report: None,
            drift: None,
            pruned: None,
        }
    }

    #[test]
    fn secrets_are_in_no_text_and_all_else_is_as_it_was() {
        for (words, expected) in [
            ("left: ghs_0123456789", "left: …"),
            ("a \"quo\\ted\" key-of-the-cloud!", "a \"quo\\ted\" …!"),
            ("nothing to hide", "nothing to hide"),
        ] {
            assert_eq!(masked(run(words), &["ghs_0123456789", "key-of-the-cloud"]), run(expected), "{words}");
        }
    }
}
