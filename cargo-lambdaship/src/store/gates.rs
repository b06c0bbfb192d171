//! The gates that sources and workspaces passed: `gates/<hash>.json`. Several runs write one at the same time, each the gates
//! that it ran.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::documents::{Kept, Reading};
use super::{Error, Store, keys};
use crate::aws::{self, Condition, ETag, Kind, Listed};
use crate::gate::{Pass, merged};
use crate::model::SourceHash;

/// The document's own name and number.
const SCHEMA: &str = "lambdaship.passes/1";
/// How often a document is written that others write at the same moment.
const TRIES: usize = 8;

/// What passed, of one source or workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Passes {
    schema: String,
    /// What this is about.
    of: SourceHash,
    /// What passed.
    #[serde(rename = "passes")]
    pub(super) all: Vec<Pass>,
}

impl Passes {
    pub(super) fn new(of: SourceHash, passes: Vec<Pass>) -> Self {
        Self { schema: SCHEMA.to_owned(), of, all: passes }
    }

    /// The document in `json`, if it is one of `of`.
    pub(super) fn read(json: &[u8], of: SourceHash) -> Option<Self> {
        let passes: Self = serde_json::from_slice(json).ok()?;
        (passes.schema == SCHEMA && passes.of == of).then_some(passes)
    }
}

/// A record of passes in the list of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// What it is about.
    pub of: SourceHash,
    /// In bytes.
    pub size: u64,
    /// When the last pass was added, if the server says it.
    pub modified: Option<Timestamp>,
    key: String,
    tag: Option<ETag>,
}

impl Store {
    /// All records of passes.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn passed(&self) -> Result<Vec<Passed>, Error> {
        let under = self.name.key(keys::GATES);
        let listed = self.s3.list(self.at(&under)).await?;
        let passed = listed.into_iter().filter_map(|listed| {
            let of = keys::gates_of(self.name.name(&listed.key)?)?;
            let Listed { key, size, modified, tag } = listed;
            Some(Passed { of, size, modified, key, tag })
        });
        Ok(passed.collect())
    }

    /// Deletes a record of passes if nothing was added to it since it was listed; answers whether it was deleted.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn delete_passed(&self, passed: &Passed) -> Result<bool, Error> {
        match &passed.tag {
            Some(tag) => Ok(self.s3.delete(self.at(&passed.key), tag).await?),
            None => Ok(false),
        }
    }

    /// The gates that a source or a workspace is known to have passed.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn passes(&self, of: SourceHash) -> Result<Vec<Pass>, Error> {
        let key = self.name.key(&keys::gates(of));
        Ok(match self.document::<Passes>(&key, SCHEMA).await? {
            // A copy under another name says nothing of this source.
            Some(Kept { reading: Reading::Good(there), .. }) if there.of == of => there.all,
            _ => Vec::new(),
        })
    }

    /// Adds `new` to the gates that a source or a workspace passed.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn keep_passes(&self, of: SourceHash, new: &[Pass]) -> Result<(), Error> {
        let key = self.name.key(&keys::gates(of));
        for _ in 0..TRIES {
            let there = self.document::<Passes>(&key, SCHEMA).await?;
            let (known, tag) = match there {
                None => (Vec::new(), None),
                // A newer version's: it knows more.
                Some(Kept { reading: Reading::Foreign, .. }) => return Ok(()),
                Some(Kept { reading: Reading::Good(there), tag }) if there.of == of => (there.all, Some(tag)),
                Some(Kept { tag, .. }) => (Vec::new(), Some(tag)),
            };
            let passes = Passes::new(of, merged(known.clone(), new));
            if passes.all == known {
                return Ok(());
            }
            let condition = tag.as_ref().map_or(Condition::Absent, Condition::Unchanged);
            if self.write_document(&key, &passes, condition).await?.is_some() {
                return Ok(());
            }
        }
        let cause = "others write it at the same moment, again and again";
        Err(aws::Error::new(Kind::Conflict, format!("write {}", self.at(&key)), cause).into())
    }
}
