//! The lease on an alias: who may deploy to it now, and until when.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The document's own name and number.
pub(super) const SCHEMA: &str = "lambdaship.lock/1";

/// Who takes a lease, for others to see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owner {
    /// By AWS's name for the identity.
    pub owner: String,
    /// The page of the CI run.
    pub run: Option<String>,
    /// The machine.
    pub host: Option<String>,
}

/// A lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    schema: String,
    /// Random: by it a run knows its own lease, also when the answer to its taking was lost.
    id: String,
    /// By AWS's name for the identity.
    pub owner: String,
    /// The page of the CI run.
    pub run: Option<String>,
    /// The machine.
    pub host: Option<String>,
    /// When it was taken, by the server's clock.
    pub taken: Timestamp,
    /// From when on anybody may take it, by the server's clock.
    pub expires: Timestamp,
}

/// What a lease means to somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Standing {
    /// There is none.
    Free,
    /// Somebody has it.
    Held,
    /// Somebody had it, and neither renewed nor freed it.
    Expired,
}

impl Lease {
    pub(super) fn new(owner: &Owner, now: Timestamp, length: SignedDuration) -> Self {
        let Owner { owner, run, host } = owner.clone();
        Self {
            schema: SCHEMA.to_owned(),
            id: Uuid::new_v4().to_string(),
            owner,
            run,
            host,
            taken: now,
            expires: end(now, length),
        }
    }

    /// The same lease, until another time.
    pub(super) fn until(&self, expires: Timestamp) -> Self {
        Self { expires, ..self.clone() }
    }

    /// Whether both are the lease of one taking.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// What `lease` means at `now`, by the server's clock.
pub fn decide(lease: Option<&Lease>, now: Timestamp) -> Standing {
    match lease {
        None => Standing::Free,
        // Its owner ended it: by a clock that is a little behind it would be held still.
        Some(lease) if lease.expires <= lease.taken => Standing::Expired,
        Some(lease) if now < lease.expires => Standing::Held,
        Some(_) => Standing::Expired,
    }
}

pub(super) fn end(now: Timestamp, length: SignedDuration) -> Timestamp {
    now.saturating_add(length).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_held_until_it_expires() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let lease = |seconds| Lease::new(&Owner::default(), now, SignedDuration::from_secs(seconds));
        for (lease, expected) in [
            (None, Standing::Free),
            (Some(lease(1)), Standing::Held),
            (Some(lease(0)), Standing::Expired),
            (Some(lease(-1)), Standing::Expired),
        ] {
            assert_eq!(decide(lease.as_ref(), now), expected, "{lease:?}");
        }
        let ended = lease(0);
        let behind = now - SignedDuration::from_secs(1);
        assert_eq!(decide(Some(&ended), behind), Standing::Expired, "it was ended by another clock");
    }

    #[test]
    fn a_lease_is_known_by_its_taking_and_not_by_its_owner() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let [one, other] =
            [(); 2].map(|()| Lease::new(&Owner::default(), now, SignedDuration::from_secs(60)));
        assert!(one.is(&one.until(now)));
        assert!(!one.is(&other));
    }
}
