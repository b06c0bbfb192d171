//! The store: an S3 bucket that holds artifacts by their digest, and what each source became.
//!
//! In: artifacts on disk, source hashes. Out: the same, from any machine. Every key is written with a condition, so that
//! nothing is written over. It must not decide what is deployed.
//!
//! Beside these are the leases on aliases ([`Lease`]) and the ledger of releases ([`Release`]).

mod artifacts;
mod documents;
mod error;
mod gates;
pub mod keys;
mod lease;
mod ledger;
mod locks;
mod measure;
mod record;
mod shelf;
mod sources;
mod upload;

pub use artifacts::{Artifact, Stored};
pub use error::Error;
pub use gates::Passed;
pub use lease::{Lease, Owner, Standing, decide};
pub use ledger::{Ended, Release, Versions};
pub use locks::{Attempt, Guarded, Held, Hold};
pub use record::{Outcome, Record, SCHEMA};
pub use shelf::Shelf;
pub use upload::{Put, Sizes};

use crate::aws::{Place, S3};
use crate::model::StoreName;

/// The store of an environment in one region.
#[derive(Debug, Clone)]
pub struct Store {
    s3: S3,
    name: StoreName,
    sizes: Sizes,
}

impl Store {
    /// The store `name`, by way of `s3`. Sends nothing.
    #[must_use]
    pub fn new(s3: S3, name: StoreName) -> Self {
        Self { s3, name, sizes: Sizes::default() }
    }

    /// The same, with files sent in other sizes than those that suit S3.
    #[must_use]
    pub fn sending(self, sizes: Sizes) -> Self {
        Self { sizes, ..self }
    }

    /// The bucket, and what every key in it begins with.
    #[must_use]
    pub fn name(&self) -> &StoreName {
        &self.name
    }

    /// The place of what has the whole key `key`.
    fn at<'a>(&'a self, key: &'a str) -> Place<'a> {
        Place { bucket: self.name.bucket(), key }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn can_be_sent<T: Send>(_: impl Fn(Store, Held) -> T) {}

    /// The compiler cannot tell by itself for every way to write an asynchronous function.
    #[test]
    fn work_on_the_store_can_be_a_task_of_its_own() {
        use crate::model::{AliasName, CodeSha256, LambdaName, SourceHash};
        let (lambda, alias) = (LambdaName::new("a").unwrap(), AliasName::new("b").unwrap());
        let code = CodeSha256::of(b"");
        let of = Guarded { lambda: &lambda, alias: &alias };
        can_be_sent(|store, _| async move { store.put("a".into(), code).await });
        can_be_sent(|store, _| async move { store.fetch(code, "a".into()).await });
        can_be_sent(|store, _| async move { store.artifacts().await });
        can_be_sent(|store, _| async move { store.record(SourceHash::parse("").unwrap()).await });
        can_be_sent(|store, _| async move { store.releases(of.lambda, of.alias, 1).await });
        can_be_sent(|store, _| async move {
            store.take(of, &Owner::default(), jiff::Timestamp::UNIX_EPOCH, jiff::SignedDuration::ZERO).await
        });
        can_be_sent(|store, held| async move { store.free(held, jiff::Timestamp::UNIX_EPOCH).await });
    }
}
