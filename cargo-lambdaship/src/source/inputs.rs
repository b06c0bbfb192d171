//! What goes into the build of one function, by name, each with a digest.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::model::{SourceHash, hex};

/// The number of the way of hashing: with another one every hash is another one.
const FORMAT: &str = "lambdaship.source/1";

/// What goes into the build of one function. The names are for people, and begin with their kind: `file hello/src/main.rs`
/// (the package's name, then the path in it with `/`), `dependency serde 1.0.229`, `toolchain`, `target`, `profile`,
/// `flag …`, `variable GIT_SHA`, `include templates/a.html`, `packaging`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs(BTreeMap<String, String>);

/// What cargo was seen to read, and the rules do not cover: from then on it belongs to the inputs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Also {
    /// Files, relative to the workspace's root, with `/` between the parts; also outside of it (`../…`). One that ends with
    /// `/` is a folder, and stands for all files in it.
    pub files: Vec<String>,
    /// Environment variables.
    pub variables: Vec<String>,
}

impl Also {
    /// This and `more`, each once and in order.
    #[must_use]
    pub fn with(mut self, more: Self) -> Self {
        self.files.extend(more.files);
        self.variables.extend(more.variables);
        for names in [&mut self.files, &mut self.variables] {
            names.sort_unstable();
            names.dedup();
        }
        self
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.variables.is_empty()
    }
}

impl fmt::Display for Also {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.files.iter().chain(&self.variables).map(String::as_str).collect();
        f.write_str(&names.join(", "))
    }
}

/// An input that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// It was not there.
    New(String),
    /// It is another one.
    Changed(String),
    /// It is gone.
    Gone(String),
}

impl Inputs {
    /// Adds `name` with the digest of `content`.
    pub fn add(&mut self, name: impl Into<String>, content: &[u8]) {
        self.add_digest(name, Sha256::new_with_prefix(content));
    }

    /// Adds `name` with the digest of everything that `hasher` was fed.
    pub fn add_digest(&mut self, name: impl Into<String>, hasher: Sha256) {
        self.add_known(name, digest_of(hasher));
    }

    /// Adds `name` with a digest that [`digest_of`] gave.
    pub(super) fn add_known(&mut self, name: impl Into<String>, digest: String) {
        self.0.insert(name.into(), digest);
    }

    /// The hash over all.
    #[must_use]
    pub fn hash(&self) -> SourceHash {
        let mut hasher = Sha256::new_with_prefix(FORMAT);
        for (name, digest) in &self.0 {
            // The length keeps a name from running into what follows it.
            hasher.update((name.len() as u64).to_le_bytes());
            hasher.update(name);
            hasher.update(digest);
        }
        SourceHash::finish(hasher)
    }

    /// The names of all.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// What is different from `before`, in the order of the names.
    #[must_use]
    pub fn since(&self, before: &Self) -> Vec<Difference> {
        let mut names: Vec<&String> = self.0.keys().chain(before.0.keys()).collect();
        names.sort_unstable();
        names.dedup();
        let difference = |name: &String| match (before.0.get(name), self.0.get(name)) {
            (None, Some(_)) => Some(Difference::New(name.clone())),
            (Some(_), None) => Some(Difference::Gone(name.clone())),
            (Some(old), Some(new)) if old != new => Some(Difference::Changed(name.clone())),
            _ => None,
        };
        names.into_iter().filter_map(difference).collect()
    }
}

/// The digest of everything that `hasher` was fed, in the form that [`Inputs`] keep.
pub(super) fn digest_of(hasher: Sha256) -> String {
    // Half of the digits: it is the hash over all of them that is compared.
    hex(&hasher.finalize()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(entries: &[(&str, &str)]) -> Inputs {
        let mut inputs = Inputs::default();
        for (name, content) in entries {
            inputs.add(*name, content.as_bytes());
        }
        inputs
    }

    #[test]
    fn the_hash_is_that_of_names_and_contents_in_any_order() {
        let one = inputs(&[("file a", "1"), ("file b", "2")]);
        assert_eq!(one.hash(), inputs(&[("file b", "2"), ("file a", "1")]).hash());
        for other in [
            &[("file a", "1")][..],
            &[("file a", "2"), ("file b", "1")],
            &[("file a", "1"), ("file c", "2")],
            &[("file a", "1"), ("file b", "2"), ("file c", "")],
        ] {
            assert_ne!(one.hash(), inputs(other).hash(), "{other:?}");
        }
    }

    #[test]
    fn differences_are_told_by_name() {
        let before = inputs(&[("file a", "1"), ("file b", "2"), ("toolchain", "x")]);
        let after = inputs(&[("file a", "1"), ("file c", "2"), ("toolchain", "y")]);
        let text = |name: &str| name.to_owned();
        assert_eq!(
            after.since(&before),
            [
                Difference::Gone(text("file b")),
                Difference::New(text("file c")),
                Difference::Changed(text("toolchain")),
            ]
        );
        assert_eq!(after.since(&after), []);
    }
}
