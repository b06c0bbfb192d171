//! How a version ended, as far as its alias knows.

use crate::model::{LiveAlias, Version};

use super::AliasState;

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
    let state = AliasState::parse(&alias.description);
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
    use crate::plan::testing::alias;

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
    fn what_a_rollback_left_was_rolled_back_though_it_was_served_before() {
        let mut live = alias(7);
        live.description = "lambdaship/1 prev=8 undone=8".to_owned();
        assert_eq!(end(Some(&live), Version(8)), End::RolledBack);
    }
}
