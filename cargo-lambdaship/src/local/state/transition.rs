//! Settling: an accepted change is under way until a moment that is fixed, and kept, when it is accepted. So a
//! restart changes nothing, and no timer is needed.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// `State` goes from `Pending` to `Active`.
    Creation,
    /// `LastUpdateStatus` goes from `InProgress` to `Successful`.
    Update,
}

/// A change to a function, and the revision ids that it brings: one when it is accepted, one when it settles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Transition {
    pub(crate) kind: Kind,
    at: Timestamp,
    accepted: String,
    settled: String,
}

impl Transition {
    /// A change that is accepted now.
    pub(crate) fn begin(kind: Kind, now: Timestamp, settle: Duration) -> Self {
        let span = SignedDuration::try_from(settle).unwrap_or(SignedDuration::MAX);
        let at = now.saturating_add(span).unwrap_or(Timestamp::MAX);
        Self { kind, at, accepted: revision_id(), settled: revision_id() }
    }

    /// Whether the change is over. The request that began it never sees it settled, also with a span of zero.
    pub(crate) fn is_settled(&self, now: Timestamp) -> bool {
        now > self.at
    }

    /// The revision id at `now`.
    pub(crate) fn revision(&self, now: Timestamp) -> &str {
        if self.is_settled(now) { &self.settled } else { &self.accepted }
    }

    /// A new revision id for something that does not settle.
    pub(crate) fn touch(&mut self, now: Timestamp) {
        if !self.is_settled(now) {
            self.accepted = revision_id();
        }
        self.settled = revision_id();
    }
}

/// A new revision id.
pub(crate) fn revision_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_settles_at_its_moment_and_has_a_revision_id_before_and_after() {
        let now = Timestamp::from_second(1_000).unwrap();
        let change = Transition::begin(Kind::Update, now, Duration::from_secs(5));
        let later = |seconds| now + SignedDuration::from_secs(seconds);
        assert!(!change.is_settled(now) && !change.is_settled(later(5)) && change.is_settled(later(6)));
        assert_eq!(change.revision(now), change.revision(later(5)));
        assert_ne!(change.revision(now), change.revision(later(6)));
    }

    #[test]
    fn with_a_span_of_zero_the_next_request_sees_it_settled() {
        let now = Timestamp::from_second(1_000).unwrap();
        let change = Transition::begin(Kind::Creation, now, Duration::ZERO);
        assert!(!change.is_settled(now));
        assert!(change.is_settled(now + SignedDuration::from_nanos(1)));
    }

    #[test]
    fn touching_changes_the_revision_id_at_once() {
        let now = Timestamp::from_second(1_000).unwrap();
        for seconds in [0, 6] {
            let at = now + SignedDuration::from_secs(seconds);
            let mut change = Transition::begin(Kind::Update, now, Duration::from_secs(5));
            let before = change.revision(at).to_owned();
            change.touch(at);
            assert_ne!(change.revision(at), before);
        }
    }
}
