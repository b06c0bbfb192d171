//! What the gates said of a workspace.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name and number of the format.
pub const SCHEMA: &str = "lambdaship.gates/1";

/// The gates of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GatesReport {
    /// `lambdaship.gates/1`.
    pub schema: Cow<'static, str>,
    /// Whether all of them passed.
    pub passed: bool,
    /// How long all of them took; they run side by side.
    pub seconds: f64,
    /// Each gate, in the order in which they were asked for.
    pub gates: Vec<GateReport>,
}

/// One gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GateReport {
    /// `fmt`, `clippy`, `test`, `doctest`, `audit`, `deny`, `coverage`, or the name of a gate of the configuration.
    pub gate: String,
    /// What it came to.
    pub outcome: GateOutcome,
    /// How long it took.
    pub seconds: f64,
    /// What it found, in a phrase: `212 passed`, `2 of 212 failed`, `83.1 % of lines`.
    pub summary: Option<String>,
    /// The places that it complains of. At most [`MOST_FINDINGS`].
    pub findings: Vec<Finding>,
    /// The next step, such as the command that installs what it needs.
    pub hint: Option<String>,
}

/// Findings of one gate that are kept. GitHub shows ten annotations of a kind for a step; a person reads no more than some
/// dozens.
pub const MOST_FINDINGS: usize = 50;

/// What a gate came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GateOutcome {
    /// It ran, and passed.
    Passed,
    /// It passed before for the very same files, and was not run.
    Known,
    /// It did not pass.
    Failed,
    /// The program that it needs is not there.
    Missing,
    /// It was not run, or not to its end: the run was interrupted.
    Interrupted,
}

/// A place that a gate complains of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Whether it is what the gate failed by.
    pub level: Level,
    /// The file, from the root of the repository, with `/`; absent where there is none.
    pub file: Option<String>,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
    /// What a test is called, or the name of a lint or an advisory.
    pub title: Option<String>,
    /// What is wrong.
    pub message: String,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The gate failed by it.
    Error,
    /// It is worth knowing.
    Warning,
}

impl GateOutcome {
    /// Whether what the gate stands for holds.
    #[must_use]
    pub fn holds(self) -> bool {
        matches!(self, Self::Passed | Self::Known)
    }
}
