//! What an alias is in the middle of, if anything: its own words against its traffic.

use super::{AliasState, Run, UnderWay};
use crate::model::{LiveAlias, Version, Weight};

/// The share of the traffic above which a version has most of it.
const MOST: f64 = 0.5;

/// Where an alias stands.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub enum Stance {
    /// It serves one version.
    AtRest(AliasState),
    /// It is in the middle of a rollout of this tool, exactly as that left it.
    Rolling(AliasState, UnderWay, Run),
    /// It splits its traffic, and not as this tool left it: somebody else does, or edited it by hand.
    Foreign,
}

/// Compares what the alias says with what it does.
pub fn stance(alias: &LiveAlias) -> Stance {
    let state = AliasState::parse(&alias.description);
    match (alias.split, state.rollout.clone()) {
        (None, _) => Stance::AtRest(settled(state, alias.version)),
        (Some((version, weight)), Some((under_way, run)))
            if alias.version == Some(under_way.old)
                && version == under_way.next
                && Weight::nearest(weight) == under_way.weight() =>
        {
            Stance::Rolling(state, under_way, run)
        }
        (Some(_), None) if settling(alias).is_some() => Stance::AtRest(state),
        (Some(_), _) => Stance::Foreign,
    }
}

/// The version that an alias served before, while AWS itself keeps it serving: an alias with provisioned concurrency that
/// was moved gets the weights `{before: 1}` from Lambda until that concurrency is there for its new version, which is
/// never when the new version cannot start. A human who tries the version before gives it a small share.
#[must_use]
pub fn settling(alias: &LiveAlias) -> Option<Version> {
    let (before, share) = alias.split?;
    let state = AliasState::parse(&alias.description);
    let is_ours = state.rollout.is_none() && state.previous == Some(before) && alias.version != Some(before);
    (is_ours && share > MOST).then_some(before)
}

/// What an alias remembers besides a rollout: as it is at rest, or as it was before.
#[must_use]
pub fn at_rest(alias: &LiveAlias) -> AliasState {
    match stance(alias) {
        Stance::AtRest(state) => state,
        Stance::Rolling(state, ..) => AliasState { rollout: None, ..state },
        Stance::Foreign => AliasState { rollout: None, ..AliasState::parse(&alias.description) },
    }
}

/// An alias that was taken out of a rollout by hand still tells of it: what it served before depends on where it went.
fn settled(state: AliasState, version: Option<Version>) -> AliasState {
    match &state.rollout {
        Some((under_way, _)) if version == Some(under_way.next) => state.promoted(),
        Some((under_way, _)) if version == Some(under_way.old) => state.taken_back(),
        Some((under_way, _)) => AliasState { previous: Some(under_way.old), rollout: None, ..state },
        None => state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::alias;
    use crate::rollout::testing::under_way;

    fn rolling() -> LiveAlias {
        let state = AliasState { previous: Some(Version(5)), ..AliasState::default() };
        let mut alias = alias(7);
        alias.description = state.rolling(under_way("5%,25%/1m"), Run(9)).to_string();
        alias.split = Some((Version(8), 0.05));
        alias
    }

    #[test]
    fn a_rollout_is_ours_only_as_it_was_left() {
        assert!(matches!(stance(&rolling()), Stance::Rolling(_, under_way, Run(9)) if under_way.step == 1));
        let edits: [fn(&mut LiveAlias); 5] = [
            |alias| alias.split = Some((Version(8), 0.5)),
            |alias| alias.split = Some((Version(9), 0.05)),
            |alias| alias.version = Some(Version(6)),
            |alias| alias.description = "by hand".to_owned(),
            |alias| alias.description = "lambdaship/1 prev=7".to_owned(),
        ];
        for (index, edit) in edits.into_iter().enumerate() {
            let mut alias = rolling();
            edit(&mut alias);
            assert_eq!(stance(&alias), Stance::Foreign, "edit {index}");
        }
    }

    #[test]
    fn what_lambda_keeps_at_the_version_before_is_at_rest() {
        let table = [
            ("lambdaship/1 prev=7 run=9", 7, 1.0, true),
            ("lambdaship/1 prev=7 run=9", 7, 0.75, true),
            // Rolled back, and the concurrency is still that of what was undone.
            ("lambdaship/1 prev=9 run=9 undone=9", 9, 1.0, true),
            ("lambdaship/1 prev=7 run=9", 7, 0.1, false),
            ("lambdaship/1 prev=7 run=9", 6, 1.0, false),
            ("lambdaship/1 run=9", 7, 1.0, false),
            ("by hand", 7, 1.0, false),
        ];
        for (description, extra, share, expected) in table {
            let split = Some((Version(extra), share));
            let alias = LiveAlias { description: description.to_owned(), split, ..alias(8) };
            assert_eq!(settling(&alias).is_some(), expected, "{alias:?}");
            assert_eq!(matches!(stance(&alias), Stance::AtRest(_)), expected, "{alias:?}");
        }
        assert_eq!(settling(&rolling()), None);
    }

    #[test]
    fn a_rollout_that_was_ended_by_hand_is_at_rest() {
        for (version, previous) in [(8, 7), (7, 5), (3, 7)] {
            let alias = LiveAlias { version: Some(Version(version)), split: None, ..rolling() };
            let Stance::AtRest(state) = stance(&alias) else { panic!("at rest at {version}") };
            assert_eq!(at_rest(&alias), state);
            assert_eq!((state.previous, state.rollout), (Some(Version(previous)), None), "at {version}");
        }
    }
}
