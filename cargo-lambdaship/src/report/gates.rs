//! What the gates said of a workspace.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Format, Listing};

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

impl GateOutcome {
    /// The word that people read.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Known => "known",
            Self::Failed => "failed",
            Self::Missing => "missing",
            Self::Interrupted => "interrupted",
        }
    }
}

impl GatesReport {
    /// Renders the report as `format`.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        let header = &["GATE", "RESULT", "TIME", "WHAT"];
        let listing = Listing { header, items: &self.gates, cells };
        match format {
            // A report is made of text, numbers and lists: it cannot fail to serialise.
            Format::Json => format!("{}\n", serde_json::to_string_pretty(self).unwrap_or_default()),
            Format::Human | Format::Markdown => listing.render(format),
        }
    }
}

fn cells(gate: &GateReport) -> Vec<String> {
    let was_run = matches!(gate.outcome, GateOutcome::Passed | GateOutcome::Failed);
    let time = if was_run { format!("{:.1} s", gate.seconds) } else { String::new() };
    let what = gate.summary.clone().unwrap_or_default();
    vec![gate.gate.clone(), gate.outcome.word().to_owned(), time, what]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(name: &str, outcome: GateOutcome, summary: Option<&str>) -> GateReport {
        let (gate, summary) = (name.to_owned(), summary.map(str::to_owned));
        GateReport { gate, outcome, seconds: 1.25, summary, findings: Vec::new(), hint: None }
    }

    #[test]
    fn a_report_is_one_row_a_gate() {
        let gates = vec![
            gate("fmt", GateOutcome::Passed, None),
            gate("clippy", GateOutcome::Known, Some("passed 2 h ago")),
            gate("test", GateOutcome::Failed, Some("2 of 212 failed")),
            gate("deny", GateOutcome::Missing, Some("`cargo deny` is not installed")),
            gate("li|censes", GateOutcome::Interrupted, None),
        ];
        let report = GatesReport { schema: SCHEMA.into(), passed: false, seconds: 2.0, gates };
        insta::assert_snapshot!(report.render(Format::Human), @r"
        GATE       RESULT       TIME   WHAT
        fmt        passed       1.2 s
        clippy     known               passed 2 h ago
        test       failed       1.2 s  2 of 212 failed
        deny       missing             `cargo deny` is not installed
        li|censes  interrupted
        ");
        insta::assert_snapshot!(report.render(Format::Markdown), @r"
        | gate | result | time | what |
        | --- | --- | --- | --- |
        | fmt | passed | 1.2 s |  |
        | clippy | known |  | passed 2 h ago |
        | test | failed | 1.2 s | 2 of 212 failed |
        | deny | missing |  | \`cargo deny\` is not installed |
        | li\|censes | interrupted |  |  |
        ");
        let read: GatesReport = serde_json::from_str(&report.render(Format::Json)).unwrap();
        assert_eq!(read, report);
    }
}
