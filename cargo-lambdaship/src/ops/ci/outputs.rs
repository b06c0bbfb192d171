//! The outputs of the step, from what was done. Pure.

use camino::Utf8Path;
use serde_json::{Map, Value, json};

use super::job::Done;
use crate::report::run::{JobResult, RunReport};
use crate::report::{FunctionReport, Outcome, Report};

/// All of them, so that none is left to what a build wrote to the log. Those that say nothing are empty.
#[must_use]
pub(super) fn of(
    run: &RunReport,
    done: &Done,
    report_file: Option<&Utf8Path>,
) -> Vec<(&'static str, String)> {
    let changed = changed(run);
    let word = serde_json::to_value(run.result).ok();
    let plan = done.plan.as_ref();
    let matrix = done.matrix.as_ref();
    vec![
        ("result", word.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()),
        ("failure-reason", run.failure_reason.clone().unwrap_or_default()),
        ("changed", (changed > 0).to_string()),
        ("changed-count", changed.to_string()),
        ("versions", run.report.as_ref().map_or(json!({}), versions).to_string()),
        ("report-file", report_file.map(Utf8Path::to_string).unwrap_or_default()),
        ("plan-file", plan.map(|plan| plan.path.clone()).unwrap_or_default()),
        ("plan-hash", plan.map(|plan| plan.hash.clone()).unwrap_or_default()),
        ("matrix", matrix.map(crate::ops::matrix::Matrix::json).unwrap_or_default()),
        ("matrix-count", matrix.map(|matrix| matrix.count().to_string()).unwrap_or_default()),
        ("deployment-ids", json!(done.deployments).to_string()),
        ("drift", run.drift.as_ref().map(|drift| drift.drifted.to_string()).unwrap_or_default()),
        ("rolled-back", rolled_back(run).to_string()),
    ]
}

/// How many functions are not as they were, or would not be; of `prune`, how many versions, artifacts and records of gates.
fn changed(run: &RunReport) -> u64 {
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    if let Some(report) = &run.report {
        return count(report.functions.iter().filter(|function| is_changed(function)).count());
    }
    run.pruned.map_or(0, |pruned| pruned.count())
}

fn is_changed(function: &FunctionReport) -> bool {
    match function.outcome {
        Outcome::Created | Outcome::Updated | Outcome::Moved | Outcome::RolledBack => true,
        Outcome::Unchanged | Outcome::Failed | Outcome::Skipped => false,
    }
}

fn rolled_back(run: &RunReport) -> bool {
    let any = |report: &Report| report.functions.iter().any(|one| one.outcome == Outcome::RolledBack);
    run.result == JobResult::RolledBack || run.report.as_ref().is_some_and(any)
}

/// The version that each alias serves as far as it is known, by function, and by region where there are several.
fn versions(report: &Report) -> Value {
    let mut all = Map::new();
    for function in &report.functions {
        // A plan moves nothing.
        let serves = if report.command == "plan" { function.version.from } else { function.version.to };
        let version = json!(serves.map(|version| version.0));
        match &function.region {
            None => all.insert(function.function.clone(), version),
            Some(region) => {
                let regions = all.entry(function.function.clone()).or_insert_with(|| json!({}));
                regions.as_object_mut().and_then(|regions| regions.insert(region.clone(), version))
            }
        };
    }
    Value::Object(all)
}

#[cfg(test)]
mod tests;
