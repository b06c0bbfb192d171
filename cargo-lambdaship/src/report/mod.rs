//! What a command did, as a value: rendered for people, as JSON, or as markdown.
//!
//! In: the outcomes of a run. Out: text. It must not read or write anything.

pub mod comment;
pub mod drift;
pub mod gates;
mod graph;
mod human;
mod json;
mod listing;
mod markdown;
pub mod numbers;
mod rollout;
pub mod rollout_status;
pub mod run;
mod smoke;
mod words;

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use json::{run_schema, schema};
pub use listing::Listing;
pub use rollout::{HealthReport, RolloutEnd, RolloutReport, SmokeReport, StepReport, StepVerdict};
pub use rollout_status::UnderWayRow;
pub use words::size;

use crate::model::Change;
use crate::model::{CodeSha256, Exit, SourceHash, Version};

/// The name and number of the report's format.
pub const SCHEMA: &str = "lambdaship.report/1";

/// How a result is written to stdout.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// A table.
    #[default]
    Human,
    /// One JSON document.
    Json,
    /// A markdown table.
    Markdown,
}

/// What a command did in one environment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// `lambdaship.report/1`.
    pub schema: Cow<'static, str>,
    /// The command, such as `deploy`.
    pub command: String,
    /// The environment.
    pub env: String,
    /// The AWS account, once it is known.
    pub account: Option<String>,
    /// The region, once it is known.
    pub region: Option<String>,
    /// The result of the whole.
    pub result: RunResult,
    /// The commit that was built; absent outside a git checkout.
    pub git: Option<Git>,
    /// When the run began (RFC 3339).
    pub started: String,
    /// How long it took.
    pub seconds: f64,
    /// The requests that were sent.
    pub requests: RequestCounts,
    /// Bytes of artifact that were sent.
    pub uploaded_bytes: u64,
    /// One entry for each function, by name.
    pub functions: Vec<FunctionReport>,
    /// Why the run ended before it reached any function, in one of its regions.
    pub error: Option<Failure>,
}

/// The commit that was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Git {
    /// The whole commit id.
    pub commit: String,
    /// Whether there were changes that are not committed.
    pub dirty: bool,
}

/// Requests by service, retries included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestCounts {
    /// To Lambda.
    pub lambda: u64,
    /// To S3.
    pub s3: u64,
}

/// The result of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunResult {
    /// There was nothing to do.
    Unchanged,
    /// Something was deployed.
    Changed,
    /// It was only planned, and there is something to do.
    Planned,
    /// Aliases went back.
    RolledBack,
    /// At least one function failed.
    Failed,
}

/// What became of one function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The lambda is new.
    Created,
    /// A version was published, or settings outside versions were written.
    Updated,
    /// Only the alias moved, onto a version that already existed.
    Moved,
    /// Nothing was to be done.
    Unchanged,
    /// The alias went back.
    RolledBack,
    /// It failed; the alias serves what `version` says.
    Failed,
    /// It was not reached.
    Skipped,
}

/// How an artifact was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Upload {
    /// Not at all.
    #[default]
    None,
    /// In the request to Lambda.
    Direct,
    /// To the store, from which Lambda takes it.
    S3,
}

/// Where an artifact comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The alias serves what was built from the very same source. Nothing was built.
    Served,
    /// The alias serves it: the source is another one, and known to become the same code. Nothing was built.
    Known,
    /// An earlier build of the same source on this machine.
    Kept,
    /// The store has it for the same source.
    Stored,
    /// Another environment serves it.
    Promoted,
    /// Cargo was run for it.
    #[default]
    Built,
    /// It was built elsewhere, and named by a flag.
    Given,
}

/// One function in a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunctionReport {
    /// The function.
    pub function: String,
    /// The lambda that it is in this environment.
    pub lambda: String,
    /// The alias that callers use.
    pub alias: String,
    /// The region, when the environment has several.
    pub region: Option<String>,
    /// What became of it; in a plan, what would.
    pub outcome: Outcome,
    /// What is different from what the alias served before.
    pub changes: Vec<Change>,
    /// What others set and was left alone.
    pub kept: Vec<String>,
    /// What a rollback does not bring back, and other things worth knowing.
    pub notes: Vec<String>,
    /// The version that the alias served before, and serves now.
    pub version: VersionMove,
    /// The SHA-256 of the artifact, in base64, as Lambda's `CodeSha256`.
    #[schemars(with = "Option<String>")]
    pub code_sha256: Option<CodeSha256>,
    /// The size of the artifact in bytes.
    pub size: Option<u64>,
    /// The size of what the alias served before, where that is known.
    #[serde(default)]
    pub size_from: Option<u64>,
    /// What identifies everything that went into its build; absent when that could not be told.
    #[schemars(with = "Option<String>")]
    pub source_hash: Option<SourceHash>,
    /// Where the artifact comes from; absent when there is none.
    pub origin: Option<Origin>,
    /// Which inputs of the build are not as they were for what the alias serves, as far as that is known.
    pub because: Vec<String>,
    /// Whether cargo was run for it.
    pub built: bool,
    /// How the artifact was sent.
    pub upload: Upload,
    /// Bytes of it that were sent.
    pub uploaded_bytes: u64,
    /// How long publishing took.
    pub seconds: f64,
    /// The smoke events that the version was given before it got traffic.
    pub smoke: Vec<SmokeReport>,
    /// How the alias moved; absent when it did not, or had nothing to move from.
    pub rollout: Option<RolloutReport>,
    /// Why it failed.
    pub error: Option<Failure>,
}

/// The versions that an alias goes between.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VersionMove {
    /// Before; absent when the alias did not exist.
    #[schemars(with = "Option<u64>")]
    pub from: Option<Version>,
    /// After; absent in a plan that would publish, and when a failure leaves it unknown.
    #[schemars(with = "Option<u64>")]
    pub to: Option<Version>,
}

/// An error in a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// What failed.
    pub message: String,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// The next step.
    pub hint: Option<String>,
    /// The exit code that this failure stands for.
    #[schemars(with = "u8")]
    pub exit: Exit,
}

impl Report {
    /// Renders the report as `format`.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Human => human::render(self),
            Format::Json => json::render(self),
            Format::Markdown => markdown::render(self),
        }
    }

    /// The exit code that the failures of its functions stand for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let failures = self.functions.iter().filter_map(|function| function.error.as_ref());
        let failures = failures.chain(&self.error);
        failures.map(|failure| failure.exit).fold(Exit::Done, Exit::worse)
    }

    /// How many functions had this outcome.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        self.functions.iter().filter(|function| function.outcome == outcome).count()
    }

    /// What became of how many functions: `1 updated, 1 rolled back`.
    #[must_use]
    pub fn summary(&self) -> String {
        words::summary(&self.functions)
    }
}

/// The result of a run that did these things.
#[must_use]
pub fn result_of(functions: &[FunctionReport]) -> RunResult {
    let any = |outcome| functions.iter().any(|function| function.outcome == outcome);
    if any(Outcome::Failed) || any(Outcome::Skipped) {
        RunResult::Failed
    } else if any(Outcome::RolledBack) {
        RunResult::RolledBack
    } else if functions.iter().all(|function| function.outcome == Outcome::Unchanged) {
        RunResult::Unchanged
    } else {
        RunResult::Changed
    }
}

#[cfg(test)]
pub(crate) mod testing;
