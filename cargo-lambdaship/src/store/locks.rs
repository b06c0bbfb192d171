//! Taking, renewing and freeing leases. Each is one conditional write, so that of several runs one has it.
//!
//! What a run may do with it: it holds the alias from the answer to its taking until [`Lease::expires`], by the server's
//! clock. It keeps runs from wasting their work; that no run overwrites another is what the revisions of Lambda are for.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::documents::{Kept, Reading};
use super::lease::{SCHEMA, end};
use super::{Error, Lease, Owner, Standing, Store, decide, keys};
use crate::aws::{self, Condition, ETag, Kind};
use crate::model::{AliasName, LambdaName};

/// How often a lease is tried that others come and go with.
const TRIES: usize = 5;

/// What a lease is on.
#[derive(Debug, Clone, Copy)]
pub struct Guarded<'a> {
    /// The lambda.
    pub lambda: &'a LambdaName,
    /// Its alias.
    pub alias: &'a AliasName,
}

/// A lease that this run has.
#[derive(Debug)]
pub struct Held {
    lease: Lease,
    key: String,
    tag: ETag,
    after: Option<Lease>,
}

/// How the taking of a lease ended.
#[derive(Debug)]
#[must_use]
pub enum Attempt {
    /// This run has it.
    Taken(Held),
    /// Somebody else has it.
    Busy(Lease),
}

/// What became of a lease that this run had.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub enum Hold {
    /// It was this run's to the end.
    Kept,
    /// It was not renewed in time, and somebody took it; `None` when it is free again.
    Lost(Option<Lease>),
}

impl Held {
    /// The lease.
    #[must_use]
    pub fn lease(&self) -> &Lease {
        &self.lease
    }

    /// The lease that it was taken over from: one that its owner neither renewed nor freed.
    #[must_use]
    pub fn after(&self) -> Option<&Lease> {
        // One that ends when it began was freed by somebody who may not delete.
        self.after.as_ref().filter(|lease| lease.taken < lease.expires)
    }
}

impl Store {
    /// The lease on an alias, also an expired one.
    ///
    /// # Errors
    /// When the request fails, or what is there is no lease.
    pub async fn lease(&self, of: Guarded<'_>) -> Result<Option<Lease>, Error> {
        Ok(self.read_lease(&self.lock(of)).await?.map(|(lease, _)| lease))
    }

    /// The names of all locks, as [`keys::lock`] has them, whose leases may be held: one request for a thousand.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn locks(&self) -> Result<BTreeSet<String>, Error> {
        let under = self.name.key(keys::LOCKS);
        let listed = self.s3.list(self.at(&under)).await?;
        Ok(listed.iter().filter_map(|listed| self.name.name(&listed.key).map(str::to_owned)).collect())
    }

    /// Takes the lease on an alias for `length` from `now` on, if nobody has it.
    ///
    /// # Errors
    /// When a request fails, or what is there is no lease.
    pub async fn take(
        &self,
        of: Guarded<'_>,
        owner: &Owner,
        now: Timestamp,
        length: SignedDuration,
    ) -> Result<Attempt, Error> {
        let key = self.lock(of);
        let lease = Lease::new(owner, now, length);
        let mut expired: Option<(Lease, ETag)> = None;
        for _ in 0..TRIES {
            let condition = expired.as_ref().map_or(Condition::Absent, |(_, tag)| Condition::Unchanged(tag));
            if let Some(tag) = self.write_document(&key, &lease, condition).await? {
                let after = expired.map(|(lease, _)| lease);
                return Ok(Attempt::Taken(Held { lease, key, tag, after }));
            }
            expired = match self.read_lease(&key).await? {
                // The answer to the taking was lost, and the request was sent again.
                Some((there, tag)) if there.is(&lease) => {
                    let after = expired.map(|(lease, _)| lease);
                    return Ok(Attempt::Taken(Held { lease, key, tag, after }));
                }
                Some((there, tag)) => match decide(Some(&there), now) {
                    Standing::Held => return Ok(Attempt::Busy(there)),
                    Standing::Expired | Standing::Free => Some((there, tag)),
                },
                None => None,
            };
        }
        let cause = "others take and free it at the same moment, again and again";
        Err(aws::Error::new(Kind::Conflict, format!("take the lock {}", self.at(&key)), cause).into())
    }

    /// Has the lease last for `length` from `now` on.
    ///
    /// # Errors
    /// When a request fails: then the lease is as long as it was, or longer.
    pub async fn renew(
        &self,
        held: &mut Held,
        now: Timestamp,
        length: SignedDuration,
    ) -> Result<Hold, Error> {
        let lease = held.lease.until(end(now, length));
        self.rewrite(held, lease).await
    }

    /// Gives the lease back at `now`.
    ///
    /// # Errors
    /// When a request fails: then the lease ends by itself.
    pub async fn free(&self, held: Held, now: Timestamp) -> Result<Hold, Error> {
        // Some servers delete whatever the condition. Nobody else can have it as long as it has not expired.
        if decide(Some(&held.lease), now) == Standing::Held {
            match self.s3.delete(self.at(&held.key), &held.tag).await {
                Ok(true) => return Ok(Hold::Kept),
                // It was deleted and that answer was lost; or an answer was lost before, and there is another text of it.
                Ok(false) if self.read_lease(&held.key).await?.is_none() => return Ok(Hold::Kept),
                Ok(false) => {}
                // Not allowed, or not known to the server: an end in the past says the same.
                Err(error) if matches!(error.kind(), Kind::AccessDenied | Kind::Invalid | Kind::Server) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.expire(held).await
    }

    /// Leaves the lease behind, ended: nobody has it, and its name is still among [`Store::locks`].
    ///
    /// # Errors
    /// When a request fails: then the lease ends by itself.
    pub async fn expire(&self, mut held: Held) -> Result<Hold, Error> {
        let ended = held.lease.until(held.lease.taken);
        self.rewrite(&mut held, ended).await
    }

    /// Replaces the lease by another text of it.
    async fn rewrite(&self, held: &mut Held, lease: Lease) -> Result<Hold, Error> {
        for _ in 0..TRIES {
            if let Some(tag) = self.write_document(&held.key, &lease, Condition::Unchanged(&held.tag)).await?
            {
                (held.tag, held.lease) = (tag, lease);
                return Ok(Hold::Kept);
            }
            match self.read_lease(&held.key).await? {
                // An answer was lost: it is this run's, in this or an older text.
                Some((there, tag)) if there.is(&held.lease) => {
                    let written = there == lease;
                    (held.tag, held.lease) = (tag, there);
                    if written {
                        return Ok(Hold::Kept);
                    }
                }
                other => return Ok(Hold::Lost(other.map(|(lease, _)| lease))),
            }
        }
        let cause = "it changes again and again";
        Err(aws::Error::new(Kind::Conflict, format!("renew the lock {}", self.at(&held.key)), cause).into())
    }

    fn lock(&self, of: Guarded<'_>) -> String {
        self.name.key(&keys::lock(of.lambda, of.alias))
    }

    async fn read_lease(&self, key: &str) -> Result<Option<(Lease, ETag)>, Error> {
        match self.document::<Lease>(key, SCHEMA).await? {
            None => Ok(None),
            Some(Kept { tag, reading: Reading::Good(lease) }) => Ok(Some((lease, tag))),
            Some(Kept { reading: Reading::Foreign | Reading::Garbled, .. }) => {
                Err(Error::Lock { store: self.name.clone(), key: key.to_owned() })
            }
        }
    }
}
