//! What is known of sources: on this machine, and in the store.

use crate::console::Console;
use crate::error::chain;
use crate::model::SourceHash;
use crate::source::Also;
use crate::store::{Outcome, Record, Shelf, Store};

/// What the store may not know of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// What is known.
    pub record: Record,
    /// How it came to be known.
    pub from: Learned,
}

/// How something came to be known of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learned {
    /// By a build of this run, because the store did not know it.
    Now,
    /// By an earlier build on this machine. Whether the store knows it was not asked.
    Before,
    /// From the store.
    Stored,
}

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
    pub async fn find(&self, source: SourceHash) -> Option<News> {
        if let Some(record) = self.shelf.record(source) {
            return Some(News { record, from: Learned::Before });
        }
        let store = self.store?;
        match store.record(source).await {
            Ok(record) => record.map(|record| News { record, from: Learned::Stored }),
            Err(error) => {
                let why = chain(&error);
                self.console.warn(format_args!("{why}, so what it knows of sources is not used"));
                None
            }
        }
    }

    /// What a build of this source was seen to read beyond the rules.
    pub async fn also(&self, source: SourceHash) -> Option<Also> {
        match self.find(source).await?.record.outcome {
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
