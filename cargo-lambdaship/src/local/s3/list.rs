//! Lists of keys in pages, with what they have in common up to a delimiter.

use std::collections::BTreeMap;
use std::ops::Bound;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::{CommonPrefix, EncodingType};
use s3s::{S3ErrorCode, S3Result};

use super::failure::with_message;

/// The most items on a page.
const PAGE: i32 = 1_000;
const PLAIN: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// Which part of a list is asked for.
pub(crate) struct Wanted<'a> {
    pub(crate) prefix: &'a str,
    pub(crate) delimiter: &'a str,
    /// The last key, or common prefix, that the client has.
    pub(crate) after: Option<&'a str>,
    pub(crate) most: usize,
}

/// One thing on a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Item<'a, T> {
    Key(&'a str, &'a T),
    Prefix(&'a str),
}

/// A part of a list, in the order of the keys.
pub(crate) struct Page<'a, T> {
    pub(crate) items: Vec<Item<'a, T>>,
    /// More follows.
    pub(crate) truncated: bool,
}

impl<T> Item<'_, T> {
    /// What the next page comes after.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Key(name, _) | Self::Prefix(name) => name,
        }
    }
}

/// The page of `keys` that is `wanted`; keys that `listed` does not take are not there.
pub(crate) fn page<'a, T>(
    keys: &'a BTreeMap<String, T>,
    wanted: &Wanted<'_>,
    listed: impl Fn(&T) -> bool,
) -> Page<'a, T> {
    let from = match wanted.after {
        Some(after) if after >= wanted.prefix => Bound::Excluded(after),
        _ => Bound::Included(wanted.prefix),
    };
    let mut items: Vec<Item<'a, T>> = Vec::new();
    for (key, value) in keys.range::<str, _>((from, Bound::Unbounded)) {
        if !key.starts_with(wanted.prefix) {
            break;
        }
        if !listed(value) {
            continue;
        }
        let item = match common(key, wanted) {
            Some(prefix) if wanted.after == Some(prefix) => continue,
            Some(prefix) if matches!(items.last(), Some(Item::Prefix(last)) if *last == prefix) => continue,
            Some(prefix) => Item::Prefix(prefix),
            None => Item::Key(key, value),
        };
        if items.len() == wanted.most {
            return Page { items, truncated: wanted.most > 0 };
        }
        items.push(item);
    }
    Page { items, truncated: false }
}

/// What `key` has in common with others: all up to the first delimiter behind the prefix.
fn common<'a>(key: &'a str, wanted: &Wanted<'_>) -> Option<&'a str> {
    if wanted.delimiter.is_empty() {
        return None;
    }
    let at = key[wanted.prefix.len()..].find(wanted.delimiter)?;
    Some(&key[..wanted.prefix.len() + at + wanted.delimiter.len()])
}

/// How many items a page may have.
pub(crate) fn most(asked: Option<i32>) -> S3Result<usize> {
    let most = asked.unwrap_or(PAGE).min(PAGE);
    usize::try_from(most).map_err(|_| {
        with_message(
            S3ErrorCode::InvalidArgument,
            "Argument maxKeys must be an integer between 0 and 2147483647",
        )
    })
}

/// How names are written in an answer.
#[derive(Clone, Copy)]
pub(crate) struct Names {
    encoded: bool,
}

impl Names {
    pub(crate) fn of(encoding: Option<&EncodingType>) -> Self {
        Self { encoded: encoding.is_some_and(|encoding| encoding.as_str() == EncodingType::URL) }
    }

    pub(crate) fn write(self, name: &str) -> String {
        if self.encoded { utf8_percent_encode(name, &PLAIN).to_string() } else { name.to_owned() }
    }

    pub(crate) fn prefixes<T>(self, items: &[Item<'_, T>]) -> Option<Vec<CommonPrefix>> {
        let prefixes: Vec<CommonPrefix> = items
            .iter()
            .filter_map(|item| match item {
                Item::Prefix(prefix) => Some(CommonPrefix { prefix: Some(self.write(prefix)) }),
                Item::Key(..) => None,
            })
            .collect();
        (!prefixes.is_empty()).then_some(prefixes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(prefix: &str, delimiter: &str, most: usize) -> Vec<Vec<String>> {
        let keys = ["a", "b/1", "b/2", "b/c/3", "b0", "c/4", "d"];
        let keys: BTreeMap<String, bool> = keys.into_iter().map(|key| (key.to_owned(), true)).collect();
        let (mut pages, mut after) = (Vec::new(), None::<String>);
        loop {
            let wanted = Wanted { prefix, delimiter, after: after.as_deref(), most };
            let page = page(&keys, &wanted, |listed| *listed);
            pages.push(page.items.iter().map(|item| item.name().to_owned()).collect::<Vec<_>>());
            if !page.truncated {
                return pages;
            }
            after = pages.last().unwrap().last().cloned();
        }
    }

    #[test]
    fn keys_are_grouped_and_paged() {
        let whole = |prefix, delimiter| pages(prefix, delimiter, 100).concat();
        assert_eq!(whole("", ""), ["a", "b/1", "b/2", "b/c/3", "b0", "c/4", "d"]);
        assert_eq!(whole("", "/"), ["a", "b/", "b0", "c/", "d"]);
        assert_eq!(whole("b/", "/"), ["b/1", "b/2", "b/c/"]);
        assert_eq!(whole("b", "/"), ["b/", "b0"]);
        assert_eq!(whole("x", "/"), Vec::<String>::new());
        for (prefix, delimiter) in [("", ""), ("", "/"), ("b/", "/"), ("b", "")] {
            for most in 1..8 {
                let pages = pages(prefix, delimiter, most);
                assert_eq!(pages.concat(), whole(prefix, delimiter), "{prefix} {delimiter} by {most}");
                assert!(pages.iter().all(|page| page.len() <= most));
            }
        }
    }
}
