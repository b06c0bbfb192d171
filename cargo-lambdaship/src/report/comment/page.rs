//! What the jobs did, put together: a section for each environment, and the gates.

use std::collections::BTreeMap;

use super::Row;
use super::text;
use crate::report::drift::FunctionDrift;
use crate::report::gates::GateReport;
use crate::report::run::{JobResult, PruneSummary, RunReport};
use crate::report::{Failure, FunctionReport, RequestCounts, numbers};

/// All jobs.
pub(super) struct Page<'a> {
    /// One for each environment, in the order in which they come first.
    pub(super) sections: Vec<Section<'a>>,
    /// Each gate once, in the order in which they come first.
    pub(super) gates: Vec<&'a GateReport>,
    /// The commit.
    pub(super) head: Option<&'a str>,
    /// Seconds of all jobs.
    pub(super) seconds: f64,
    requests: RequestCounts,
}

/// The jobs of one environment, such as the legs of a matrix.
pub(super) struct Section<'a> {
    /// The environment.
    pub(super) env: Option<&'a str>,
    /// The command.
    pub(super) command: &'a str,
    /// The worst of the results.
    pub(super) result: JobResult,
    /// By name and region.
    pub(super) functions: Vec<&'a FunctionReport>,
    /// By name and region.
    pub(super) drift: Option<Vec<&'a FunctionDrift>>,
    /// All that was deleted.
    pub(super) pruned: Option<PruneSummary>,
    /// Why jobs failed.
    pub(super) messages: Vec<&'a str>,
    /// Why runs ended before they reached a function.
    pub(super) failures: Vec<&'a Failure>,
    /// The words for programs.
    pub(super) reasons: Vec<&'a str>,
}

type Key<'a> = (&'a str, Option<&'a str>);

impl<'a> Page<'a> {
    /// Puts the runs together. What is there twice counts as it was said last; of a gate that was run twice, the failure.
    pub(super) fn of(runs: &'a [RunReport]) -> Self {
        let mut order: Vec<Option<&str>> = Vec::new();
        for run in runs {
            if !order.contains(&run.environment.as_deref()) {
                order.push(run.environment.as_deref());
            }
        }
        let of = |env: Option<&'a str>| {
            let runs = runs.iter().filter(|run| run.environment.as_deref() == env);
            Section::of(env, &runs.collect::<Vec<_>>())
        };
        let mut requests = RequestCounts::default();
        for report in runs.iter().filter_map(|run| run.report.as_ref()) {
            requests.lambda = requests.lambda.saturating_add(report.requests.lambda);
            requests.s3 = requests.s3.saturating_add(report.requests.s3);
        }
        let seconds: f64 = runs.iter().map(|run| run.seconds).filter(|seconds| seconds.is_finite()).sum();
        Self {
            sections: order.into_iter().map(of).collect(),
            gates: gates(runs),
            head: runs.iter().rev().find_map(|run| run.head.as_deref()),
            seconds,
            requests,
        }
    }

    /// All rows, the most telling first.
    pub(super) fn rows(&self) -> Vec<Row> {
        let several = self.sections.iter().filter(|section| section.env.is_some()).count() > 1;
        let env = |section: &Section<'_>| several.then(|| section.env.unwrap_or("-").to_owned());
        let mut rows: Vec<Row> = Vec::new();
        for section in &self.sections {
            rows.extend(
                section.functions.iter().map(|function| Row::of(env(section), section.command, function)),
            );
            rows.extend(section.drift.iter().flatten().map(|function| Row::drifted(env(section), function)));
        }
        rows.sort_by_key(|row| row.rank);
        rows
    }

    /// All functions that something was done to.
    pub(super) fn functions(&self) -> impl Iterator<Item = &'a FunctionReport> {
        self.sections.iter().flat_map(|section| section.functions.iter().copied())
    }

    /// `7 requests to Lambda, 2 to S3`.
    pub(super) fn requests(&self) -> Option<String> {
        let RequestCounts { lambda, s3 } = self.requests;
        let s3 = if s3 > 0 { format!(", {} to S3", numbers::count(s3)) } else { String::new() };
        let lambda_text = text::plural(usize::try_from(lambda).unwrap_or(usize::MAX), "request");
        (lambda > 0 || !s3.is_empty()).then(|| format!("{lambda_text} to Lambda{s3}"))
    }
}

impl<'a> Section<'a> {
    fn of(env: Option<&'a str>, runs: &[&'a RunReport]) -> Self {
        let mut functions: BTreeMap<Key<'a>, &FunctionReport> = BTreeMap::new();
        let mut drift: Option<BTreeMap<Key<'a>, &FunctionDrift>> = None;
        for run in runs {
            for function in run.report.iter().flat_map(|report| &report.functions) {
                functions.insert((&function.function, function.region.as_deref()), function);
            }
            if let Some(report) = &run.drift {
                let all = drift.get_or_insert_default();
                all.extend(report.functions.iter().map(|f| ((f.function.as_str(), f.region.as_deref()), f)));
            }
        }
        let result = runs.iter().map(|run| run.result).max_by_key(|result| weight(*result));
        Self {
            env,
            command: runs.last().map_or("", |run| run.command.as_str()),
            result: result.unwrap_or(JobResult::Unchanged),
            functions: functions.into_values().collect(),
            drift: drift.map(|all| all.into_values().collect()),
            pruned: runs.iter().filter_map(|run| run.pruned).reduce(sum),
            messages: runs.iter().filter_map(|run| run.message.as_deref()).collect(),
            failures: runs.iter().filter_map(|run| run.report.as_ref()?.error.as_ref()).collect(),
            reasons: runs.iter().filter_map(|run| run.failure_reason.as_deref()).collect(),
        }
    }
}

fn gates(runs: &[RunReport]) -> Vec<&GateReport> {
    let mut gates: Vec<&GateReport> = Vec::new();
    for gate in runs.iter().filter_map(|run| run.gates.as_ref()).flat_map(|report| &report.gates) {
        match gates.iter_mut().find(|known| known.gate == gate.gate) {
            Some(known) if known.outcome.holds() => *known = gate,
            Some(_) => {}
            None => gates.push(gate),
        }
    }
    gates
}

fn sum(one: PruneSummary, other: PruneSummary) -> PruneSummary {
    PruneSummary {
        versions: one.versions.saturating_add(other.versions),
        artifacts: one.artifacts.saturating_add(other.artifacts),
        bytes: one.bytes.saturating_add(other.bytes),
        records: one.records.saturating_add(other.records),
        deleted: one.deleted || other.deleted,
    }
}

fn weight(result: JobResult) -> u8 {
    match result {
        JobResult::Unchanged => 0,
        JobResult::Planned => 1,
        JobResult::Changed => 2,
        JobResult::RolledBack => 3,
        JobResult::Cancelled => 4,
        JobResult::Failed => 5,
    }
}
