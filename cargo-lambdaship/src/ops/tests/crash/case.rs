//! What can come between a run and its end: one case is one run, one trouble at one of its requests, and what is run
//! after it.

use std::fmt;

use crate::local::Failure;

/// What the run is that something comes between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scenario {
    /// A rollout in two steps that nobody calls.
    Steps,
    /// A rollout in three steps that calls go well in.
    Judged,
    /// A rollout whose new version fails.
    Bad,
    /// A rollout that a deploy begins and ticks go on with.
    Detached,
    /// A rollout with a dead-man switch.
    DeadMan,
    /// An alias that moves all at once.
    AtOnce,
    /// A lambda that does not exist yet.
    First,
}

/// What comes between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The run is killed before the request is done.
    KilledBefore,
    /// The run is killed after the request was done, and before its answer.
    KilledAfter,
    /// A signal comes before the request is done, which it never is.
    SignalledBefore,
    /// A signal comes after the request was done, and before its answer, which never comes.
    SignalledAfter,
    /// So many requests fail.
    Fails(Failure, u32),
    /// From this request on there are no metrics and no alarms.
    NoMetrics,
    /// Another run begins and ends before the request is done.
    Second(Verb),
}

/// What another run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// It deploys the same code.
    Same,
    /// It deploys other code, and ends what is under way.
    Other,
    Tick,
    Resume,
    Abort,
    Rollback,
}

/// What is run at last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// The same deploy.
    Deploy,
    /// A deploy of other code, which ends what is under way.
    Other,
    /// Ticks, until nothing is under way.
    Ticks,
    /// The dead-man switch, and then ticks.
    Switch,
}

/// More requests than a run makes.
const FOR_EVER: u32 = 1_000_000;

/// All that can come between, the kills first.
pub(super) const TROUBLES: [Trouble; 20] = [
    Trouble::KilledBefore,
    Trouble::KilledAfter,
    Trouble::SignalledBefore,
    Trouble::SignalledAfter,
    Trouble::Fails(Failure::Lost, 1),
    Trouble::Fails(Failure::Lost, 10),
    Trouble::Fails(Failure::Dropped, 1),
    Trouble::Fails(Failure::Dropped, 10),
    Trouble::Fails(Failure::Refused, 1),
    Trouble::Fails(Failure::Throttled, 1),
    Trouble::Fails(Failure::Throttled, 10),
    Trouble::Fails(Failure::Internal, 1),
    Trouble::Fails(Failure::Internal, FOR_EVER),
    Trouble::NoMetrics,
    Trouble::Second(Verb::Same),
    Trouble::Second(Verb::Other),
    Trouble::Second(Verb::Tick),
    Trouble::Second(Verb::Resume),
    Trouble::Second(Verb::Abort),
    Trouble::Second(Verb::Rollback),
];

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    pub(super) number: usize,
    pub(super) scenario: Scenario,
    pub(super) trouble: Trouble,
    /// How many requests are answered before.
    pub(super) at: u32,
    pub(super) after: After,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, scenario, trouble, at, after } = self;
        write!(f, "case {number}: {scenario:?}, {trouble:?} at request {at}, then {after:?}")
    }
}

impl Scenario {
    /// What the alias comes to when nothing comes between.
    pub(super) fn is_good(self) -> bool {
        self != Self::Bad
    }

    fn troubles(self) -> &'static [Trouble] {
        match self {
            Self::Steps => &TROUBLES,
            // What nobody calls, or what fails, is seen by its metrics alone.
            Self::Judged | Self::Bad => &TROUBLES[..14],
            Self::Detached | Self::DeadMan | Self::AtOnce | Self::First => &TROUBLES[..13],
        }
    }

    fn afters(self) -> &'static [After] {
        match self {
            Self::Steps | Self::Judged | Self::Detached | Self::AtOnce => {
                &[After::Deploy, After::Ticks, After::Other]
            }
            Self::Bad | Self::First => &[After::Deploy, After::Ticks],
            Self::DeadMan => &[After::Deploy, After::Switch],
        }
    }

    /// Every trouble at every one of `requests`; `random` says what comes after, and each of the other scenarios' requests
    /// gets both kills and one more trouble.
    pub(super) fn cases(self, requests: u32, random: &mut fastrand::Rng) -> Vec<Case> {
        let mut cases = Vec::new();
        for at in 0..requests {
            let all = self.troubles();
            let (kills, others) = all.split_at(2);
            let few = [kills[0], kills[1], others[random.usize(..others.len())]];
            let chosen = if self == Self::Steps { all } else { &few };
            for trouble in chosen.iter().copied() {
                let is_killed = matches!(trouble, Trouble::KilledBefore | Trouble::KilledAfter);
                let after = match self {
                    Self::DeadMan if is_killed => After::Switch,
                    _ => self.afters()[random.usize(..self.afters().len())],
                };
                cases.push(Case { number: cases.len(), scenario: self, trouble, at, after });
            }
        }
        cases
    }
}
