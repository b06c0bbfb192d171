//! The words of a Description: `name=value`, or a name alone, with blanks between.

use std::str::FromStr;

use crate::model::Version;

/// What stands between the name of this tool and a note.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'a>(pub(super) &'a str);

impl<'a> Words<'a> {
    /// What follows `name` in the first word that begins with it.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.0.split_whitespace().find_map(|word| word.strip_prefix(name))
    }

    pub(super) fn version(&self, name: &str) -> Option<Version> {
        self.get(name).and_then(Version::parse)
    }

    /// The parts of a list; none when the word is not there.
    pub(super) fn list(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.get(name).into_iter().flat_map(|list| list.split(',')).filter(|part| !part.is_empty())
    }

    /// Two numbers: `2/3`.
    pub(super) fn pair<T: FromStr>(&self, name: &str) -> Option<(T, T)> {
        let (one, other) = self.get(name)?.split_once('/')?;
        Some((one.parse().ok()?, other.parse().ok()?))
    }
}
