//! What the store's ledger tells of a version beyond what the alias remembers: the one before, and the latest that were rolled
//! back. Pure.

use jiff::{SignedDuration, Timestamp};

use super::{Noted, Release, State};
use crate::model::Version;
use crate::store::{self, Ended};

/// How much earlier than the moment itself an entry's time can be: the server's clock is read by the second.
const TICK: SignedDuration = SignedDuration::from_secs(2);

/// `release` with the runs that `ledger`, newest first, has of it, and with what became of it where the alias has forgotten.
pub(super) fn told(release: Release, ledger: &[store::Release]) -> Release {
    let runs = ledger.iter().filter(|noted| is_about(noted, &release));
    let runs = runs
        .map(|noted| Noted {
            outcome: noted.outcome,
            at: noted.at,
            by: noted.by.clone(),
            run: noted.run.clone(),
            from: noted.from.clone(),
        })
        .collect();
    let state = match release.state {
        State::Older | State::Unknown => ended(&release, ledger).unwrap_or(release.state),
        State::Serving
        | State::RollingOut
        | State::RolledBack
        | State::ServedBefore
        | State::Replaced
        | State::DidNotPass
        | State::NeverServed => release.state,
    };
    Release { state, runs, ..release }
}

/// Whether an entry tells of this version: of the one that came, or of the one that was taken back.
fn is_about(noted: &store::Release, release: &Release) -> bool {
    match noted.outcome {
        Ended::RolledBack if stayed(noted) => was_tried(noted, release),
        Ended::RolledBack => noted.version.from == Some(release.version),
        Ended::Updated | Ended::Moved | Ended::Promoted | Ended::Failed => {
            noted.version.to == Some(release.version)
        }
    }
}

/// Whether the alias is after a run that rolled back where it was before it. Then the entry has the code that did not pass, and
/// no version of it.
fn stayed(noted: &store::Release) -> bool {
    noted.version.from == noted.version.to
}

/// Whether it may be what did not pass in a run after which the alias was where it was before.
fn was_tried(noted: &store::Release, release: &Release) -> bool {
    let was_there = |modified: Timestamp| noted.at.duration_since(modified) > -TICK;
    noted.code_sha256.is_some()
        && noted.code_sha256 == release.code_sha256
        && noted.version.from.is_none_or(|from| from < release.version)
        && release.time.is_some_and(was_there)
}

/// What became of a version that the alias does not remember; `None` when the ledger does not reach back to it.
fn ended(release: &Release, ledger: &[store::Release]) -> Option<State> {
    if let Some(last) = ledger.iter().find(|noted| has_served(noted, release.version)) {
        let is_back = last.outcome == Ended::RolledBack && last.version.from == Some(release.version);
        return Some(if is_back && !stayed(last) { State::RolledBack } else { State::Replaced });
    }
    if ledger.iter().any(|noted| noted.outcome == Ended::RolledBack && is_about(noted, release)) {
        return Some(State::DidNotPass);
    }
    let reaches_back = release.time.is_some_and(|modified| ledger.iter().any(|noted| noted.at < modified));
    reaches_back.then_some(State::NeverServed)
}

/// Whether an entry says that the alias served the version. What failed may never have got there.
fn has_served(noted: &store::Release, version: Version) -> bool {
    let after = noted.version.to.filter(|_| noted.outcome != Ended::Failed);
    [noted.version.from, after].contains(&Some(version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CodeSha256, EnvName, VersionSummary};
    use crate::ops::history::release;
    use crate::plan::testing::{alias, function};

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + minute * 60).unwrap()
    }

    fn noted(
        outcome: &str,
        from: Option<u64>,
        to: Option<u64>,
        (code, minute): (&str, i64),
    ) -> store::Release {
        serde_json::from_value(serde_json::json!({
            "env": "staging", "function": "hello", "lambda": "hello-staging", "alias": "live",
            "version": { "from": from, "to": to }, "code_sha256": CodeSha256::of(code.as_bytes()),
            "outcome": outcome, "at": at(minute).to_string(),
        }))
        .unwrap()
    }

    /// Version `number`, with a code of its own, published that many times ten minutes after the beginning, while 9 serves.
    fn version(number: u64) -> Release {
        let summary = VersionSummary {
            version: Version(number),
            description: String::new(),
            modified: Some(at(i64::try_from(number).unwrap() * 10)),
            code_sha256: Some(CodeSha256::of(number.to_string().as_bytes())),
        };
        release(&EnvName::new("staging").unwrap(), &function(|_| {}), Some(&alias(9)), summary)
    }

    #[test]
    fn the_ledger_tells_what_the_alias_has_forgotten() {
        // Newest first.
        let ledger = [
            noted("updated", Some(7), Some(9), ("9", 91)),
            noted("failed", Some(7), Some(7), ("8", 81)),
            noted("moved", Some(4), Some(7), ("7", 75)),
            noted("rolled-back", Some(7), Some(4), ("4", 72)),
            noted("updated", Some(4), Some(7), ("7", 71)),
            noted("rolled-back", Some(6), Some(4), ("4", 65)),
            noted("updated", Some(4), Some(6), ("6", 61)),
            noted("rolled-back", Some(4), Some(4), ("5", 51)),
            noted("promoted", Some(2), Some(4), ("4", 41)),
            noted("failed", Some(2), Some(2), ("3", 31)),
        ];
        for (number, expected) in [
            (9, State::Serving),
            (8, State::NeverServed),
            (7, State::Replaced),
            (6, State::RolledBack),
            (5, State::DidNotPass),
            (4, State::Replaced),
            // Published before the ledger begins, as far as it was read.
            (3, State::Older),
            (2, State::Replaced),
            (1, State::Older),
        ] {
            assert_eq!(told(version(number), &ledger).state, expected, "{number}");
            let without = told(version(number), &[]);
            let (state, runs) = (if number == 9 { State::Serving } else { State::Older }, Vec::new());
            assert_eq!((without.state, without.runs), (state, runs), "{number}");
        }
        assert_eq!(told(Release { time: None, ..version(8) }, &ledger).state, State::Older);
        let above = Release { state: State::Unknown, time: Some(at(99)), ..version(12) };
        assert_eq!(told(above, &ledger).state, State::NeverServed);
    }

    #[test]
    fn a_run_is_told_with_the_version_that_came_or_was_taken_back() {
        let ledger = [
            noted("failed", Some(7), Some(7), ("8", 81)),
            noted("rolled-back", Some(7), Some(7), ("8", 80)),
            noted("rolled-back", Some(7), Some(6), ("6", 75)),
            noted("promoted", Some(6), Some(7), ("7", 70)),
        ];
        for (number, expected) in [
            (8, &[Ended::RolledBack][..]),
            (7, &[Ended::Failed, Ended::RolledBack, Ended::Promoted]),
            (6, &[]),
        ] {
            let outcomes: Vec<Ended> =
                told(version(number), &ledger).runs.iter().map(|noted| noted.outcome).collect();
            assert_eq!(outcomes, expected, "version {number}");
        }
        // The same code once more, after it had not passed.
        let again = Release { version: Version(9), time: Some(at(90)), ..version(8) };
        assert_eq!(told(again, &ledger).runs, []);
    }
}
