//! What is known of sources: on this machine, and in the store.

use crate::console::Console;
use crate::model::SourceHash;
use crate::source::Also;
use crate::store::{Outcome, Record, Shelf, Store};

/// What is known of sources.
pub struct Records<'a> {
    shelf: Shelf,
    store: Option<&'a Store>,
    console: &'a Console,
}

impl<'a> Records<'a> {
    /// Those of `shelf`, and of the store if there is one.
    #[must_use]
    pub fn new(shelf: Shelf, store: Option<&'a Store>, console: &'a Console) -> Self {
        Self { shelf, store, console }
    }

    /// What is known of a source. A store that does not answer is said, and means only that more is built.
    pub async fn find(&self, source: SourceHash) -> Option<Record> {
        if let Some(record) = self.shelf.record(source) {
            return Some(record);
        }
        let store = self.store?;
        match store.record(source).await {
            Ok(record) => record,
            Err(error) => {
                self.console.warn(format_args!("{error}, so what it knows of sources is not used"));
                None
            }
        }
    }

    /// What a build of this source was seen to read beyond the rules.
    pub async fn also(&self, source: SourceHash) -> Option<Also> {
        match self.find(source).await?.outcome {
            Outcome::Also(also) => Some(also),
            Outcome::Artifact { .. } => None,
        }
    }

    /// Keeps a record on this machine. One that cannot be kept is built once more.
    pub fn keep_here(&self, record: &Record) {
        if let Err(error) = self.shelf.keep(record) {
            self.console.verbose("Ignoring", format_args!("a record that cannot be kept: {error}"));
        }
    }
}
