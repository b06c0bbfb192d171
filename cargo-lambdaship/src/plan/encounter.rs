//! What a deploy does with an alias that it finds in the middle of a rollout.

use std::time::Duration;

use jiff::Timestamp;

use crate::model::{LiveFunction, Meeting, Rollout};
use crate::rollout::{AliasState, Run, UnderWay};

/// How long after its time a step may be late, before nobody drives it any more.
pub const LATE: Duration = Duration::from_mins(2);

/// The rollout that an alias is in the middle of.
#[derive(Debug, Clone, PartialEq)]
pub struct Rolling {
    /// What the alias remembers besides it.
    pub state: AliasState,
    /// Where it is.
    pub under_way: UnderWay,
    /// The run that began it.
    pub run: Run,
    /// The version that is rolled out; `None` when it is gone.
    pub next: Option<LiveFunction>,
}

/// What is done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encounter {
    /// There is none.
    #[default]
    None,
    /// It goes on: it brings what is wanted.
    GoOn,
    /// It is ended at the old version, and then the plan begins.
    End,
}

/// Somebody may be driving the rollout, and it does not bring what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

/// Decides what is done with `rolling`. `wanted` says whether it brings what is wanted.
///
/// # Errors
/// When the rollout is to be left alone.
pub fn encounter(
    policy: &Rollout,
    rolling: &Rolling,
    wanted: bool,
    now: Timestamp,
) -> Result<Encounter, Busy> {
    match policy.meeting {
        Meeting::Abort => Ok(Encounter::End),
        Meeting::Resume if wanted => Ok(Encounter::GoOn),
        Meeting::Resume if now > rolling.under_way.expected(policy, LATE) => Ok(Encounter::End),
        Meeting::Resume | Meeting::Refuse => Err(Busy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::testing::under_way;

    #[test]
    fn a_rollout_that_somebody_may_drive_is_ended_only_when_that_is_asked_for() {
        let under_way = under_way("5%/1m");
        let at = |seconds| crate::rollout::later(under_way.since, Duration::from_secs(seconds));
        let rolling =
            Rolling { state: AliasState::default(), under_way: under_way.clone(), run: Run(9), next: None };
        let table = [
            (Meeting::Resume, true, 0, Ok(Encounter::GoOn)),
            (Meeting::Resume, false, 0, Err(Busy)),
            // A minute of baking, one for the metrics, one of patience, and two of being late.
            (Meeting::Resume, false, 300, Err(Busy)),
            (Meeting::Resume, false, 301, Ok(Encounter::End)),
            (Meeting::Abort, true, 0, Ok(Encounter::End)),
            (Meeting::Abort, false, 0, Ok(Encounter::End)),
            (Meeting::Refuse, true, 999, Err(Busy)),
        ];
        for (meeting, wanted, seconds, expected) in table {
            let policy = Rollout { meeting, ..Rollout::default() };
            assert_eq!(
                encounter(&policy, &rolling, wanted, at(seconds)),
                expected,
                "{meeting:?} {wanted} {seconds}"
            );
        }
    }
}
