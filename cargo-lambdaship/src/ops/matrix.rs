//! `matrix`: the functions, split over the jobs of a pipeline. Without AWS, and without a build.

use serde::Serialize;

use crate::context::Context;
use crate::error::Error;
use crate::model::FunctionName;
use crate::ops::session::{Target, Workbench};
use crate::plan::shards::{Item, MOST_SHARDS, pack};
use crate::report::{Format, Listing};
use crate::source::weight;
use crate::workspace::Function;

/// How many jobs there are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jobs {
    /// As many as there are functions, and GitHub allows.
    Most,
    /// At most so many.
    AtMost(usize),
    /// As many as it takes for so many functions in each, on the average.
    Of(usize),
}

impl Jobs {
    fn count(self, functions: usize) -> usize {
        match self {
            Self::Most => MOST_SHARDS,
            Self::AtMost(shards) => shards,
            Self::Of(each) => functions.div_ceil(each.max(1)),
        }
    }
}

/// Splits the selected functions. The same functions of the same sources are split alike on each machine.
///
/// # Errors
/// When workspace, configuration or selection are wrong.
pub fn matrix(context: &Context, target: &Target, jobs: Jobs) -> Result<Vec<Vec<FunctionName>>, Error> {
    let bench = Workbench::open(context, target)?;
    let functions: Vec<&Function> =
        bench.environment.functions.iter().map(|config| &config.function).collect();
    let weights = weight::packages(&bench.workspace, functions.iter().copied());
    let items: Vec<Item<'_>> = functions
        .iter()
        .map(|function| Item {
            function: function.name.as_str(),
            package: &function.package,
            weight: weights.get(function.package.as_str()).copied().unwrap_or_default(),
        })
        .collect();
    let named = |name: &&str| functions.iter().find(|function| function.name.as_str() == *name);
    let shard =
        |names: Vec<&str>| names.iter().filter_map(named).map(|function| function.name.clone()).collect();
    Ok(pack(&items, jobs.count(items.len())).into_iter().map(shard).collect())
}

/// The jobs, as GitHub Actions takes them for `strategy.matrix`.
#[derive(Debug, Serialize)]
pub struct Matrix {
    include: Vec<Row>,
}

/// One job.
#[derive(Debug, Serialize)]
struct Row {
    shard: usize,
    functions: String,
    flags: String,
}

impl Matrix {
    /// A job for each of `shards`.
    #[must_use]
    pub fn of(shards: &[Vec<FunctionName>]) -> Self {
        Self { include: (1..).zip(shards).map(|(shard, names)| row(shard, names)).collect() }
    }

    /// How many jobs there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.include.len()
    }

    /// The document, on one line.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The jobs, for people.
    #[must_use]
    pub fn table(&self, format: Format) -> String {
        Listing { header: &["SHARD", "FUNCTIONS"], items: &self.include, cells }.render(format)
    }
}

fn row(shard: usize, names: &[FunctionName]) -> Row {
    let names: Vec<&str> = names.iter().map(FunctionName::as_str).collect();
    let flags: Vec<String> = names.iter().map(|name| format!("-f {name}")).collect();
    Row { shard, functions: names.join(" "), flags: flags.join(" ") }
}

fn cells(row: &Row) -> Vec<String> {
    vec![row.shard.to_string(), row.functions.clone()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_jobs_as_asked_for() {
        for (jobs, functions, expected) in [
            (Jobs::Most, 3, MOST_SHARDS),
            (Jobs::AtMost(4), 300, 4),
            (Jobs::Of(10), 300, 30),
            (Jobs::Of(10), 301, 31),
            (Jobs::Of(10), 0, 0),
            (Jobs::Of(0), 3, 3),
        ] {
            assert_eq!(jobs.count(functions), expected, "{jobs:?} {functions}");
        }
    }
}
