//! What comes next in a rollout: a pure function of its state, the time and the verdict.

use jiff::Timestamp;

use super::{UnderWay, Verdict};
use crate::model::{Quiet, Rollout};

/// What was seen of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Its metrics were read and judged.
    Judged(Verdict),
    /// Its metrics could not be read; why.
    Unreadable(String),
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Next {
    /// Nothing, before this time.
    Wait(Timestamp),
    /// The next step, or everything when there is none.
    Advance,
    /// The old version gets everything back; why.
    TakeBack(String),
    /// Nothing, before somebody says more; why.
    Hold(String),
    /// The smoke events decide between [`Next::Advance`] and [`Next::TakeBack`].
    Smoke,
}

/// Says what comes next. A step that fails is never waited for; one that cannot be judged is, for the patience that the
/// configuration has. Metrics that stay unreadable are no health: without them nothing is kept half-way.
pub fn next(under_way: &UnderWay, policy: &Rollout, now: Timestamp, seen: &Seen) -> Next {
    let due = under_way.due(policy);
    let at_last = under_way.at_last(policy);
    match seen {
        Seen::Judged(Verdict::Fail(reasons)) => Next::TakeBack(reasons.join("; ")),
        _ if now < due => Next::Wait(due),
        Seen::Judged(Verdict::Pass) => Next::Advance,
        _ if now < at_last => Next::Wait(at_last),
        Seen::Unreadable(cause) => Next::TakeBack(format!("its metrics could not be read: {cause}")),
        Seen::Judged(Verdict::TooQuiet) => match policy.quiet {
            Quiet::Promote => Next::Advance,
            Quiet::Rollback => Next::TakeBack(TOO_QUIET.to_owned()),
            Quiet::Hold => Next::Hold(TOO_QUIET.to_owned()),
            Quiet::Smoke => Next::Smoke,
        },
    }
}

/// Why a step is not judged.
pub(super) const TOO_QUIET: &str = "too few invocations to judge it";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::rollout::later;
    use crate::rollout::testing::under_way;

    #[test]
    fn each_verdict_has_its_next_step_at_each_time() {
        let under_way = under_way("5%,25%/1m");
        let at = |seconds| later(under_way.since, Duration::from_secs(seconds));
        let fail = Seen::Judged(Verdict::Fail(vec!["it fails".to_owned(), "it is slow".to_owned()]));
        let unreadable = Seen::Unreadable("HTTP status 503".to_owned());
        let quiet = Seen::Judged(Verdict::TooQuiet);
        let take_back = |reason: &str| Next::TakeBack(reason.to_owned());
        let table = [
            (0, &fail, take_back("it fails; it is slow")),
            (60, &fail, take_back("it fails; it is slow")),
            (59, &Seen::Judged(Verdict::Pass), Next::Wait(at(60))),
            (60, &Seen::Judged(Verdict::Pass), Next::Advance),
            (59, &quiet, Next::Wait(at(60))),
            (60, &quiet, Next::Wait(at(90))),
            (90, &quiet, Next::Smoke),
            (59, &unreadable, Next::Wait(at(60))),
            (60, &unreadable, Next::Wait(at(90))),
            (90, &unreadable, take_back("its metrics could not be read: HTTP status 503")),
        ];
        let policy = Rollout {
            patience: Some(Duration::from_secs(30)),
            metrics_delay: Some(Duration::ZERO),
            ..Rollout::default()
        };
        for (seconds, seen, expected) in table {
            assert_eq!(next(&under_way, &policy, at(seconds), seen), expected, "{seconds}s {seen:?}");
        }
    }

    #[test]
    fn what_becomes_of_a_quiet_step_is_configured() {
        let under_way = under_way("5%/1m");
        let late = later(under_way.since, Duration::from_mins(10));
        let table = [
            (Quiet::Smoke, Next::Smoke),
            (Quiet::Hold, Next::Hold(TOO_QUIET.to_owned())),
            (Quiet::Promote, Next::Advance),
            (Quiet::Rollback, Next::TakeBack(TOO_QUIET.to_owned())),
        ];
        for (quiet, expected) in table {
            let policy = Rollout { quiet, ..Rollout::default() };
            assert_eq!(
                next(&under_way, &policy, late, &Seen::Judged(Verdict::TooQuiet)),
                expected,
                "{quiet:?}"
            );
        }
    }

    #[test]
    fn without_a_stated_patience_a_quiet_step_bakes_twice() {
        let under_way = under_way("5%/1m");
        let policy = Rollout { quiet: Quiet::Promote, ..Rollout::default() };
        let at = |seconds| later(under_way.since, Duration::from_secs(seconds));
        let (quiet, pass) = (Seen::Judged(Verdict::TooQuiet), Seen::Judged(Verdict::Pass));
        // A minute of baking, as much for the metrics to arrive, and as much of patience.
        assert_eq!(next(&under_way, &policy, at(119), &pass), Next::Wait(at(120)));
        assert_eq!(next(&under_way, &policy, at(120), &pass), Next::Advance);
        assert_eq!(next(&under_way, &policy, at(179), &quiet), Next::Wait(at(180)));
        assert_eq!(next(&under_way, &policy, at(180), &quiet), Next::Advance);
    }
}
