//! What sources became: `sources/<source-hash>.json`.

use super::documents::{Kept, Reading};
use super::{Error, Outcome, Record, SCHEMA, Store, keys};
use crate::aws::{self, Condition, Kind};
use crate::model::SourceHash;

/// How often a record is written that others write at the same moment.
const TRIES: usize = 5;

/// What becomes of a record that is there when another one is to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Older {
    Stays,
    Replaced,
}

impl Store {
    /// What is known of a source; `None` when there is nothing, or nothing that this version can read.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn record(&self, hash: SourceHash) -> Result<Option<Record>, Error> {
        let key = self.name.key(&keys::source(hash));
        Ok(match self.document::<Record>(&key, SCHEMA).await? {
            // A copy under another name says nothing of this source.
            Some(Kept { reading: Reading::Good(record), .. }) if record.source_hash == hash => Some(record),
            _ => None,
        })
    }

    /// Keeps a record. The first one of a source stays, with one exception: that a build read more than was hashed is
    /// worth more than any artifact of it.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn keep(&self, record: &Record) -> Result<(), Error> {
        let key = self.name.key(&keys::source(record.source_hash));
        let mut replaced = None;
        for _ in 0..TRIES {
            let condition = replaced.as_ref().map_or(Condition::Absent, Condition::Unchanged);
            if self.write_document(&key, record, condition).await?.is_some() {
                return Ok(());
            }
            replaced = match self.document::<Record>(&key, SCHEMA).await? {
                None => None,
                Some(there) => match settle(&there.reading, record) {
                    Older::Stays => return Ok(()),
                    Older::Replaced => Some(there.tag),
                },
            };
        }
        let cause = "others write it at the same moment, again and again";
        Err(aws::Error::new(Kind::Conflict, format!("write {}", self.at(&key)), cause).into())
    }
}

fn settle(there: &Reading<Record>, new: &Record) -> Older {
    match there {
        Reading::Good(there) if there.source_hash != new.source_hash => Older::Replaced,
        Reading::Good(there) => match (&there.outcome, &new.outcome) {
            (Outcome::Artifact { .. }, Outcome::Also(_)) => Older::Replaced,
            (Outcome::Also(_), _) | (Outcome::Artifact { .. }, Outcome::Artifact { .. }) => Older::Stays,
        },
        // A newer version's: it knows more.
        Reading::Foreign => Older::Stays,
        Reading::Garbled => Older::Replaced,
    }
}
