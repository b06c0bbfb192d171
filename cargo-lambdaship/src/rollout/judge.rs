//! The verdict on a step: a pure function of counts.
//!
//! In: limits, and the counts of a step since it began. Out: a verdict, and the numbers that decided.
//!
//! What chance can do decides what is a failure. A step is looked at many times while it bakes, and each look is one
//! more chance to be wrong, so those looks leave chance a tenth of what its end leaves it: over four steps with 60 looks
//! each, about 7 of 1,000 rollouts of equal versions are false alarms when calls are without number, and fewer when they
//! are not. Throttles are not held against a version: they are no invocations, and come of a concurrency that both
//! versions share.

use super::exact::{chance_against, chance_within};
use super::words::{count, percent};
use crate::model::{Counts, Limits};

/// Invocations of the new version below which a failure is not held against it, unless the limits ask for fewer.
const SAMPLE: u64 = 20;
/// Failures that one event can make by itself: Lambda tries an asynchronous one three times.
const ONE_EVENTS: u64 = 3;
/// Invocations of each version below which their durations are not compared.
const MEASURED: u64 = 100;
/// A growth of the p95 by so many milliseconds is nothing that a caller notices.
const UNNOTICED: f64 = 10.0;

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

impl Moment {
    /// The chance at which a difference from the old version is none of chance's.
    fn against_old(self) -> f64 {
        match self {
            Self::Baking => 1e-4,
            Self::End => 1e-3,
        }
    }

    /// The chance at which a rate is above a ceiling. At the end it is larger than the one above, since a version at
    /// its ceiling has no claim to the benefit of the doubt that one has which does as well as the old one.
    fn above_ceiling(self) -> f64 {
        match self {
            Self::Baking => 1e-4,
            Self::End => 1e-2,
        }
    }

    /// How many standard deviations of a p95 are left to chance.
    fn deviations(self) -> f64 {
        match self {
            Self::Baking => 4.0,
            Self::End => 2.0,
        }
    }
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
///
/// It fails when more of its calls fail than the ceiling or the old version's rate explains, when all of them do and
/// they are more than one event makes, when its p95 grew past the limit, or when an alarm went red. It passes only with enough invocations, of which at least one
/// worked. When calls fail, and there is neither a ceiling nor an old version to hold that against, it is too quiet to
/// say.
pub fn judge(limits: &Limits, evidence: &Evidence, moment: Moment) -> Verdict {
    let Evidence { old, new, alarms, .. } = evidence;
    let mut reasons = Vec::new();
    if new.invocations >= sample(limits) {
        reasons.extend(failures(limits, *old, *new, moment));
    }
    if reasons.is_empty() {
        reasons.extend(nothing_works(*new));
    }
    reasons.extend(slowness(limits, *old, *new, moment));
    reasons.extend(alarms.iter().map(|alarm| format!("alarm `{alarm}` went red")));
    if !reasons.is_empty() {
        return Verdict::Fail(reasons);
    }
    let is_heard = new.invocations >= limits.min_invocations && new.errors < new.invocations;
    if is_heard && is_comparable(limits, *old, *new) { Verdict::Pass } else { Verdict::TooQuiet }
}

/// The invocations of a version from which on its failures are counted against it.
fn sample(limits: &Limits) -> u64 {
    limits.min_invocations.clamp(1, SAMPLE)
}

/// Whether there is something to hold the new version's failures against.
fn is_comparable(limits: &Limits, old: Counts, new: Counts) -> bool {
    new.errors <= ONE_EVENTS || limits.max_error_rate.is_some() || old.invocations >= sample(limits)
}

/// Why too many calls failed.
fn failures(limits: &Limits, old: Counts, new: Counts, moment: Moment) -> Vec<String> {
    let mut reasons = Vec::new();
    let share = format!(
        "{} of {} calls failed ({})",
        count(new.errors),
        count(new.invocations),
        percent(new.error_rate())
    );
    let is_higher = new.errors > ONE_EVENTS && new.error_rate() > old.error_rate();
    if is_higher && chance_against(new, old) < moment.against_old() {
        let (errors, calls) = (count(old.errors), count(old.invocations));
        let rate = percent(old.error_rate());
        reasons.push(format!("{share} against {errors} of {calls} ({rate}) of the old version"));
    }
    if let Some(ceiling) = limits.max_error_rate
        && chance_within(new, ceiling) < moment.above_ceiling()
    {
        reasons.push(format!("{share}, at most {} may", percent(ceiling)));
    }
    reasons
}

/// Such a version is not one to go on with, however the old one does and however few the calls are.
fn nothing_works(new: Counts) -> Option<String> {
    let is_dead = new.errors > ONE_EVENTS && new.errors >= new.invocations;
    is_dead.then(|| format!("all {} calls failed", count(new.invocations)))
}

/// Why calls take too long.
fn slowness(limits: &Limits, old: Counts, new: Counts, moment: Moment) -> Option<String> {
    let limit = limits.max_p95_growth?;
    let (before, now) = (old.p95.filter(|p95| *p95 > 0.0)?, new.p95?);
    let is_measured = old.invocations >= MEASURED && new.invocations >= MEASURED;
    if !is_measured || now - before <= UNNOTICED {
        return None;
    }
    let scatter = moment.deviations() * scatter(old.invocations, new.invocations);
    ((now / before).ln() > (1.0 + limit).ln() + scatter).then(|| {
        let growth = percent(now / before - 1.0);
        format!(
            "the p95 of the duration is {now:.0} ms against {before:.0} ms of the old version, {growth} more; at most {} more may be",
            percent(limit)
        )
    })
}

/// The standard deviation of the logarithm of the two p95's quotient. A p95 of `n` calls whose durations are lognormal
/// has `2.1 * sigma / sqrt(n)`; sigma is 0.5 when the p95 is 2.3 times the median, as is usual.
/// At a sigma of 1.0 equal versions are failed in about 1 of 100 rollouts.
#[expect(clippy::cast_precision_loss, reason = "no rollout has 2^52 invocations")]
fn scatter(old: u64, new: u64) -> f64 {
    (1.0 / old as f64 + 1.0 / new as f64).sqrt()
}

#[cfg(test)]
mod tests;
