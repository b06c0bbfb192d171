//! What one job of a pipeline did: gates, and then one command. The document travels from job to job as an artifact, and the
//! comment is made of one or more of them.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Report;
use super::drift::DriftReport;
use super::gates::GatesReport;

/// The name and number of the format.
pub const SCHEMA: &str = "lambdaship.run/1";

/// What one job did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunReport {
    /// `lambdaship.run/1`.
    pub schema: Cow<'static, str>,
    /// The action's `command`, such as `plan`.
    pub command: String,
    /// The environment; absent where the command needs none.
    pub environment: Option<String>,
    /// How it ended.
    pub result: JobResult,
    /// Why it did not succeed: a word for programs, such as `gates`, `build`, `rolled-back`, `held`.
    pub failure_reason: Option<String>,
    /// Why, for people; absent where gates or functions say it themselves.
    pub message: Option<String>,
    /// The commit.
    pub head: Option<String>,
    /// The page of the run.
    pub run_url: Option<String>,
    /// Seconds of all of it.
    pub seconds: f64,
    /// The gates that were asked for.
    pub gates: Option<GatesReport>,
    /// What `plan`, `deploy`, `promote` or `rollback` did.
    pub report: Option<Report>,
    /// What `drift` found.
    pub drift: Option<DriftReport>,
    /// What `prune` deleted, or would have.
    pub pruned: Option<PruneSummary>,
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum JobResult {
    /// Done, with nothing to do.
    Unchanged,
    /// Done.
    Changed,
    /// It was only planned, and there is something to do.
    Planned,
    /// Aliases went back.
    RolledBack,
    /// Failed.
    Failed,
    /// Cancelled before it was done.
    Cancelled,
}

/// What `prune` did in one environment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PruneSummary {
    /// Versions that nothing needs.
    pub versions: u64,
    /// Artifacts in the store that nothing needs.
    pub artifacts: u64,
    /// The bytes of these artifacts.
    pub bytes: u64,
    /// Records of gates that passed, which nothing needs; none in a document of an older version.
    #[serde(default)]
    pub records: u64,
    /// Whether they were deleted.
    pub deleted: bool,
}

impl PruneSummary {
    /// How many there are of all kinds.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.versions.saturating_add(self.artifacts).saturating_add(self.records)
    }
}
