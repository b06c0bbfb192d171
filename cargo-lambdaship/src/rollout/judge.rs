//! The verdict on a step: a pure function of counts.

use crate::model::{Counts, Limits};

/// What is known of a rollout's step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// The old version, over the same minutes as the new one.
    pub old: Counts,
    /// The new version.
    pub new: Counts,
    /// Alarms that are red now and were not when the rollout began.
    pub alarms: Vec<String>,
    /// Alarms that were red when the rollout began, and still are.
    pub red_before: Vec<String>,
}

/// When in a step it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// While it bakes: only a clear failure counts.
    Baking,
    /// At its end.
    End,
}

/// What the counts say.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// Enough invocations, and nothing wrong with them.
    Pass,
    /// The new version is worse than it may be; each reason as a phrase with its numbers.
    Fail(Vec<String>),
    /// Too few invocations to say.
    TooQuiet,
}

/// Judges the new version of a step.
pub fn judge(_limits: &Limits, _evidence: &Evidence, _moment: Moment) -> Verdict {
    Verdict::TooQuiet
}
