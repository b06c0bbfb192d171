//! Which versions, artifacts and records of passes nothing can still need: pure functions of what is there.

use std::collections::{BTreeSet, HashSet};
use std::hash::BuildHasher;

use jiff::{SignedDuration, Timestamp};

use crate::model::{CodeSha256, LiveAlias, SourceHash, Version, VersionSummary};
use crate::rollout::AliasState;

/// An artifact that is younger may be on its way to a lambda, or be that of a plan that is still being reviewed.
const YOUNG: SignedDuration = SignedDuration::from_hours(24);

/// What passed its gates is remembered for so long in any case: the pull request that it did so for may still be open.
pub const REMEMBERED: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What is kept besides the versions that aliases need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// So many of the newest. The newest one may be on its way to an alias, so this is at least 1.
    pub newest: usize,
    /// Those that are younger.
    pub younger_than: Option<SignedDuration>,
    /// The time that ages count back from.
    pub now: Timestamp,
}

/// The versions that are needed by any of `aliases`, which are all of a lambda's: those that they serve, with a weight
/// or without, those that a rollback goes back to, and both versions of a rollout that is under way.
#[must_use]
pub fn pinned(aliases: &[LiveAlias]) -> BTreeSet<Version> {
    let of_one = |alias: &LiveAlias| {
        let state = AliasState::parse(&alias.description);
        let (old, next) = state.rollout.map(|(under_way, _)| (under_way.old, under_way.next)).unzip();
        [alias.version, alias.split.map(|(version, _)| version), state.previous, old, next]
    };
    aliases.iter().flat_map(of_one).flatten().collect()
}

/// The versions to delete, oldest first. One whose age is not known counts as young.
#[must_use]
pub fn selection(versions: &[VersionSummary], pinned: &BTreeSet<Version>, keep: Keep) -> Vec<Version> {
    let mut all: Vec<&VersionSummary> = versions.iter().collect();
    all.sort_by_key(|version| version.version);
    all.truncate(all.len().saturating_sub(keep.newest.max(1)));
    let is_old = |version: &VersionSummary| match (keep.younger_than, version.modified) {
        (None, _) => true,
        (Some(age), Some(modified)) => keep.now.duration_since(modified) > age,
        (Some(_), None) => false,
    };
    let unneeded = all.into_iter().filter(|version| !pinned.contains(&version.version) && is_old(version));
    unneeded.map(|version| version.version).collect()
}

/// Whether a stored artifact, which was put there at a time that may not be known, can go: no version has its code, and it
/// is older than a day.
#[must_use]
pub fn is_unneeded(
    (code, modified): (CodeSha256, Option<Timestamp>),
    needed: &HashSet<CodeSha256, impl BuildHasher>,
    now: Timestamp,
) -> bool {
    !needed.contains(&code) && modified.is_some_and(|modified| now.duration_since(modified) > YOUNG)
}

/// Whether it can be forgotten that a source or a workspace, to whose passes the last one was added at a time that may not be
/// known, passed its gates: no version was built from it, and it is long ago.
#[must_use]
pub fn is_forgettable(
    (of, modified): (SourceHash, Option<Timestamp>),
    served: &HashSet<SourceHash, impl BuildHasher>,
    now: Timestamp,
) -> bool {
    !served.contains(&of) && modified.is_some_and(|modified| now.duration_since(modified) > REMEMBERED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::alias;
    use crate::rollout::Run;
    use crate::rollout::testing::under_way;

    const DAY: i64 = 86_400;
    const NOW: i64 = 1_795_222_800;

    /// Version 1 is ten days old, version 10 one day.
    fn ten() -> Vec<VersionSummary> {
        let version = |number: u64| VersionSummary {
            version: Version(number),
            description: String::new(),
            modified: Timestamp::from_second(NOW - (11 - i64::try_from(number).unwrap()) * DAY).ok(),
            code_sha256: None,
        };
        (1..=10).map(version).collect()
    }

    fn selected(pins: &[u64], newest: usize, days: Option<i64>) -> Vec<u64> {
        let pinned = pins.iter().copied().map(Version).collect();
        let younger_than = days.map(|days| SignedDuration::from_secs(days * DAY));
        let keep = Keep { newest, younger_than, now: Timestamp::from_second(NOW).unwrap() };
        selection(&ten(), &pinned, keep).into_iter().map(|version| version.0).collect()
    }

    #[test]
    fn what_is_pinned_new_or_young_is_kept() {
        for (pins, newest, days, expected) in [
            (&[][..], 3, None, &[1, 2, 3, 4, 5, 6, 7][..]),
            (&[4, 10], 3, None, &[1, 2, 3, 5, 6, 7]),
            (&[2], 8, None, &[1]),
            (&[], 10, None, &[]),
            (&[], 11, None, &[]),
            (&[], 1, Some(7), &[1, 2, 3]),
            (&[1], 9, Some(7), &[]),
            (&[], 0, None, &[1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ] {
            assert_eq!(selected(pins, newest, days), expected, "{pins:?} {newest} {days:?}");
        }
    }

    #[test]
    fn a_version_of_unknown_age_is_young() {
        let mut versions = ten();
        versions[0].modified = None;
        let now = Timestamp::from_second(NOW).unwrap();
        let keep = Keep { newest: 1, younger_than: Some(SignedDuration::from_secs(8 * DAY)), now };
        assert_eq!(selection(&versions, &BTreeSet::new(), keep), [Version(2)]);
    }

    #[test]
    fn an_artifact_goes_when_no_version_has_it_and_it_is_older_than_a_day() {
        let now = Timestamp::from_second(NOW).unwrap();
        let needed = HashSet::from([CodeSha256::of(b"needed")]);
        for (code, age, expected) in [
            ("other", Some(DAY + 1), true),
            ("other", Some(DAY), false),
            ("other", Some(-1), false),
            ("other", None, false),
            ("needed", Some(100 * DAY), false),
        ] {
            let modified = age.and_then(|age| Timestamp::from_second(NOW - age).ok());
            let artifact = (CodeSha256::of(code.as_bytes()), modified);
            assert_eq!(is_unneeded(artifact, &needed, now), expected, "{code} {age:?}");
        }
    }

    #[test]
    fn a_pass_is_forgotten_when_no_version_is_of_its_source_and_it_is_older_than_three_months() {
        let now = Timestamp::from_second(NOW).unwrap();
        let hash = |digits: &str| SourceHash::parse(&digits.repeat(32)).unwrap();
        let served = HashSet::from([hash("0a")]);
        for (digits, age, expected) in [
            ("0b", Some(90 * DAY + 1), true),
            ("0b", Some(90 * DAY), false),
            ("0b", Some(-1), false),
            ("0b", None, false),
            ("0a", Some(1000 * DAY), false),
        ] {
            let modified = age.and_then(|age| Timestamp::from_second(NOW - age).ok());
            assert_eq!(is_forgettable((hash(digits), modified), &served, now), expected, "{digits} {age:?}");
        }
    }

    #[test]
    fn all_aliases_keep_what_they_serve_and_what_they_go_back_to() {
        let (mut live, mut other) = (alias(7), alias(3));
        live.split = Some((Version(8), 0.1));
        live.description = "lambdaship/1 prev=5".to_owned();
        other.description = "by hand prev=1".to_owned();
        assert_eq!(pinned(&[live.clone(), other]), [3, 5, 7, 8].map(Version).into());
        let state = AliasState::parse(&live.description).rolling(under_way("5%/1m"), Run(9));
        (live.split, live.version, live.description) = (None, Some(Version(6)), state.to_string());
        assert_eq!(pinned(&[live]), [5, 6, 7, 8].map(Version).into(), "of the rollout, however it ends");
        assert_eq!(pinned(&[]), BTreeSet::new());
    }
}
