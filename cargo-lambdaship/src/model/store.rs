//! Where artifacts are kept: the S3 bucket of an environment.

use std::fmt;

use schemars::JsonSchema;

use super::InvalidName;
use super::names::invalid;

/// A bucket and, after the first slash, what every key in it begins with: `acme-lambdaship` or `acme/lambdaship`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreName {
    bucket: String,
    prefix: String,
}

impl StoreName {
    /// Reads `bucket` or `bucket/prefix`.
    ///
    /// # Errors
    /// When the bucket's name is none that S3 gives (its "Bucket naming rules": 3 to 63 small letters, digits, dots and
    /// hyphens, with a letter or a digit at either end), or the prefix has an empty part.
    pub fn new(text: &str) -> Result<Self, InvalidName> {
        let (bucket, prefix) = text.split_once('/').unwrap_or((text, ""));
        let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = bucket.as_bytes();
        let of_bucket =
            |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(byte);
        let is_bucket = (3..=63).contains(&bytes.len())
            && bytes.iter().all(of_bucket)
            && edge(bytes.first())
            && edge(bytes.last())
            && !bucket.contains("..");
        let of_prefix = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-=".contains(&byte);
        let has_prefix = text.contains('/');
        let is_prefix = !has_prefix || prefix.split('/').all(|part| !part.is_empty());
        if is_bucket && is_prefix && prefix.bytes().all(of_prefix) {
            let prefix = if has_prefix { format!("{prefix}/") } else { String::new() };
            Ok(Self { bucket: bucket.to_owned(), prefix })
        } else {
            Err(invalid("store", text, "must be the name of an S3 bucket, or BUCKET/PREFIX"))
        }
    }

    /// The bucket.
    #[must_use]
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The whole key of what the store calls `name`.
    #[must_use]
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// What the store calls the object under the whole `key`; `None` for one that is not of this store.
    #[must_use]
    pub fn name<'a>(&self, key: &'a str) -> Option<&'a str> {
        key.strip_prefix(&self.prefix)
    }
}

impl fmt::Display for StoreName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix.strip_suffix('/') {
            Some(prefix) => write!(f, "{}/{prefix}", self.bucket),
            None => f.write_str(&self.bucket),
        }
    }
}

/// What Lambda does with a zip that it is given by its place in S3.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum CodeStorage {
    /// Lambda keeps a copy of its own.
    #[default]
    Copy,
    /// Lambda runs from the bucket (`S3ObjectStorageMode=REFERENCE`).
    Reference,
}

/// How several regions of one environment follow each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum RegionOrder {
    /// Each begins once the one before it is done; the first bad one is the last.
    #[default]
    OneAfterAnother,
    /// All at the same time; after the first bad function nothing new is begun in any.
    SideBySide,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_a_bucket_and_perhaps_a_prefix() {
        for (text, bucket, key) in [
            ("acme-lambdaship", "acme-lambdaship", "a.zip"),
            ("acme.eu/lambda/ship", "acme.eu", "lambda/ship/a.zip"),
        ] {
            let store = StoreName::new(text).unwrap();
            assert_eq!((store.bucket(), store.key("a.zip").as_str()), (bucket, key));
            assert_eq!((store.name(key), store.to_string().as_str()), (Some("a.zip"), text));
        }
        assert_eq!(StoreName::new("acme/one").unwrap().name("two/a.zip"), None);
        for wrong in
            ["", "ab", "Acme", "acme/", "acme//x", "-acme", "acme.", "a..b", "acme/x y", &"a".repeat(64)]
        {
            assert!(StoreName::new(wrong).is_err(), "{wrong}");
        }
    }
}
