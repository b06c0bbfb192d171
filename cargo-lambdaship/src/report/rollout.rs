//! What a report tells of smoke events and rollouts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Counts, Version};

/// A smoke event that a version was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SmokeReport {
    /// Its name.
    pub name: String,
    /// Whether the answer was as expected.
    pub passed: bool,
    /// How long the answer took, in seconds.
    pub seconds: f64,
    /// What was not as expected; empty when it passed.
    pub problems: Vec<String>,
}

/// How an alias went from one version to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RolloutReport {
    /// The version that the alias served before.
    #[schemars(with = "u64")]
    pub old: Version,
    /// The version that it was to serve.
    #[schemars(with = "u64")]
    pub new: Version,
    /// How it ended.
    pub end: RolloutEnd,
    /// Why it did not go on, as a phrase.
    pub reason: Option<String>,
    /// The steps that were taken, in order. All at once has none.
    pub steps: Vec<StepReport>,
}

impl RolloutReport {
    /// With `change` made to every phrase that can quote what AWS said.
    #[must_use]
    pub fn reworded(mut self, change: impl Fn(&str) -> String) -> Self {
        let findings = self.steps.iter_mut().flat_map(|step| &mut step.findings);
        for phrase in self.reason.iter_mut().chain(findings) {
            *phrase = change(phrase);
        }
        self
    }
}

/// How a rollout ended, as far as this run saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RolloutEnd {
    /// The new version serves everything.
    Promoted,
    /// The old version serves everything again.
    RolledBack,
    /// It goes on without this run.
    UnderWay,
    /// It waits for somebody to say more.
    Held,
    /// Somebody else moved the alias, and it is as they left it.
    Overtaken,
    /// The alias splits its traffic, and it could not be ended.
    Stuck,
}

/// One weight that the new version was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepReport {
    /// The share of the new version, in percent.
    pub percent: f64,
    /// How long it had it, in seconds.
    pub seconds: f64,
    /// What was made of it.
    pub verdict: StepVerdict,
    /// What decided, each as a phrase with its numbers; alarms that were red before are named too.
    pub findings: Vec<String>,
    /// The old version, over the minutes of the step.
    pub old: HealthReport,
    /// The new version, over the same minutes.
    pub new: HealthReport,
}

/// What was made of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepVerdict {
    /// It still bakes.
    Baking,
    /// Enough invocations, and nothing wrong with them.
    Pass,
    /// The new version was worse than it may be.
    Fail,
    /// Too few invocations to say.
    TooQuiet,
    /// The same, and its smoke events passed.
    SmokePassed,
    /// The same, and a smoke event failed.
    SmokeFailed,
    /// The metrics could not be read.
    Unreadable,
}

impl StepVerdict {
    /// In a word or two.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Baking => "baking",
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::TooQuiet => "too quiet",
            Self::SmokePassed => "smoke passed",
            Self::SmokeFailed => "smoke failed",
            Self::Unreadable => "unreadable",
        }
    }
}

/// What one version did in a step.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct HealthReport {
    /// Invocations.
    pub invocations: u64,
    /// Those that ended in a function error.
    pub errors: u64,
    /// Requests that were throttled.
    pub throttles: u64,
    /// The 95th percentile of the duration, in milliseconds.
    pub p95: Option<f64>,
}

impl From<Counts> for HealthReport {
    fn from(counts: Counts) -> Self {
        let Counts { invocations, errors, throttles, p95 } = counts;
        Self { invocations, errors, throttles, p95 }
    }
}
