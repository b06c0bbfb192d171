//! How a version ended, as far as its alias knows.

use crate::model::{LiveAlias, Version};

use super::at_rest;

/// What became of a version.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum End {
    /// The alias serves it.
    Serving,
    /// The alias gives it this share of the traffic, 0.0 to 1.0.
    RollingOut(f64),
    /// It was rolled back.
    RolledBack,
    /// The alias served it before: a rollback goes there.
    ServedBefore,
    /// A later one came after it.
    Replaced,
    /// Nobody knows: there is no alias, or it went another way.
    Unknown,
}

/// How `version` ended for `alias`.
#[must_use]
pub fn end(alias: Option<&LiveAlias>, version: Version) -> End {
    let Some(alias) = alias else { return End::Unknown };
    let state = at_rest(alias);
    let share = alias.split.filter(|(next, _)| *next == version).map(|(_, share)| share);
    if let Some(share) = share {
        return End::RollingOut(share);
    }
    if alias.version == Some(version) {
        End::Serving
    } else if state.undone.contains(&version) {
        End::RolledBack
    } else if state.previous == Some(version) {
        End::ServedBefore
    } else if alias.version.is_some_and(|serving| version < serving) {
        End::Replaced
    } else {
        End::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LiveAlias;
    use crate::plan::testing::alias;
    use crate::rollout::testing::under_way;
    use crate::rollout::{AliasState, Run};

    #[test]
    fn the_alias_tells_how_its_versions_ended() {
        let mut live = alias(7);
        live.description = "lambdaship/1 prev=5 undone=7,6".to_owned();
        live.split = Some((Version(9), 0.25));
        for (version, expected) in [
            (4, End::Replaced),
            (5, End::ServedBefore),
            (6, End::RolledBack),
            (7, End::Serving),
            (8, End::Unknown),
            (9, End::RollingOut(0.25)),
        ] {
            assert_eq!(end(Some(&live), Version(version)), expected, "{version}");
        }
        assert_eq!(end(None, Version(1)), End::Unknown);
    }

    #[test]
    fn a_rollout_that_a_human_ended_is_told_as_rollback_and_status_tell_it() {
        let state = AliasState { previous: Some(Version(5)), ..AliasState::default() };
        let description = state.rolling(under_way("5%,25%/1m"), Run(9)).to_string();
        // From version 7 to version 8.
        for (serving, version, expected) in [
            (8, 8, End::Serving),
            (8, 7, End::ServedBefore),
            (8, 5, End::Replaced),
            (7, 8, End::RolledBack),
            (7, 7, End::Serving),
            (7, 5, End::ServedBefore),
            (3, 7, End::ServedBefore),
            (3, 8, End::Unknown),
        ] {
            let live = LiveAlias { description: description.clone(), ..alias(serving) };
            assert_eq!(end(Some(&live), Version(version)), expected, "{version} while {serving} serves");
        }
    }

    #[test]
    fn what_a_rollback_left_was_rolled_back_though_it_was_served_before() {
        let mut live = alias(7);
        live.description = "lambdaship/1 prev=8 undone=8".to_owned();
        assert_eq!(end(Some(&live), Version(8)), End::RolledBack);
    }
}
