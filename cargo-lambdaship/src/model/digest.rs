//! SHA-256 digests: of code as Lambda reports it, and salted ones that stand in for a secret's value.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Secret;

/// The SHA-256 of an artifact (the zip). Its text form is base64, as Lambda's `CodeSha256`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CodeSha256([u8; 32]);

/// Text that is not the base64 of a SHA-256.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a base64 SHA-256")]
pub struct InvalidDigest(String);

impl CodeSha256 {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::finish(Sha256::new_with_prefix(bytes))
    }

    /// The digest of everything that `hasher` was fed.
    #[must_use]
    pub fn finish(hasher: Sha256) -> Self {
        Self(hasher.finalize().into())
    }

    /// Reads Lambda's base64 form.
    ///
    /// # Errors
    /// [`InvalidDigest`] when `text` is not the base64 of 32 bytes.
    pub fn parse(text: &str) -> Result<Self, InvalidDigest> {
        let bytes = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| InvalidDigest(text.to_owned()))
    }

    /// Reads the 64 hexadecimal digits; small letters only, so that each digest has one text.
    ///
    /// # Errors
    /// [`InvalidDigest`] when `text` is anything else.
    pub fn parse_hex(text: &str) -> Result<Self, InvalidDigest> {
        unhex(text).map(Self).ok_or_else(|| InvalidDigest(text.to_owned()))
    }

    /// 64 hexadecimal digits, as `sha256sum` prints.
    #[must_use]
    pub fn hex(&self) -> String {
        hex(&self.0)
    }

    /// The first 8 hexadecimal digits, for people.
    #[must_use]
    pub fn short(&self) -> String {
        hex(&self.0[..4])
    }
}

impl fmt::Display for CodeSha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl TryFrom<String> for CodeSha256 {
    type Error = InvalidDigest;

    fn try_from(text: String) -> Result<Self, InvalidDigest> {
        Self::parse(&text)
    }
}

impl From<CodeSha256> for String {
    fn from(digest: CodeSha256) -> Self {
        digest.to_string()
    }
}

/// The SHA-256 over everything that goes into a build: its identity. Its text form is 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SourceHash([u8; 32]);

/// Text that is not the hexadecimal form of a SHA-256.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a hexadecimal SHA-256")]
pub struct InvalidSourceHash(String);

impl SourceHash {
    /// The digest of everything that `hasher` was fed.
    #[must_use]
    pub fn finish(hasher: Sha256) -> Self {
        Self(hasher.finalize().into())
    }

    /// Reads the 64 digits; small letters only, so that each hash has one text.
    ///
    /// # Errors
    /// [`InvalidSourceHash`] when `text` is anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidSourceHash> {
        unhex(text).map(Self).ok_or_else(|| InvalidSourceHash(text.to_owned()))
    }

    /// The first 8 digits, for people.
    #[must_use]
    pub fn short(&self) -> String {
        hex(&self.0[..4])
    }
}

impl fmt::Display for SourceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl TryFrom<String> for SourceHash {
    type Error = InvalidSourceHash;

    fn try_from(text: String) -> Result<Self, InvalidSourceHash> {
        Self::parse(&text)
    }
}

impl From<SourceHash> for String {
    fn from(hash: SourceHash) -> Self {
        hash.to_string()
    }
}

/// A random salt, kept for one run and never shown: equal values have equal digests within a run, and a digest that
/// was seen cannot be tried against a list of likely values afterwards.
#[derive(Clone)]
pub struct Salt([u8; 16]);

impl Salt {
    /// A new random salt.
    #[must_use]
    pub fn random() -> Self {
        Self(*uuid::Uuid::new_v4().as_bytes())
    }

    /// A short digest that stands in for `value` wherever it would be shown.
    #[must_use]
    pub fn digest(&self, value: &Secret) -> String {
        let hasher = Sha256::new_with_prefix(self.0).chain_update(value.expose());
        format!("#{}", hex(&hasher.finalize()[..4]))
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(…)")
    }
}

/// `bytes` as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The 32 bytes whose hexadecimal digits, with small letters, are `text`.
fn unhex(text: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[h, l]| Some(digit(*h)? << 4 | digit(*l)?)).collect();
    bytes.filter(|_| rest.is_empty())?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_sha256_reads_and_writes_as_lambda_does() {
        // `printf abc | sha256sum`, and the same through `base64`.
        let digest = CodeSha256::of(b"abc");
        assert_eq!(digest.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(digest.to_string(), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        assert_eq!(digest.short(), "ba7816bf");
        assert_eq!(CodeSha256::parse(&digest.to_string()).unwrap(), digest);
        assert!(CodeSha256::parse("abc").is_err());
        assert_eq!(CodeSha256::parse_hex(&digest.hex()).unwrap(), digest);
        assert!(CodeSha256::parse_hex("ba7816bf").is_err());
    }

    #[test]
    fn a_source_hash_has_one_text() {
        let hash = SourceHash::finish(Sha256::new_with_prefix("abc"));
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!((hash.to_string(), hash.short()), (text.to_owned(), "ba7816bf".to_owned()));
        assert_eq!(SourceHash::parse(text).unwrap(), hash);
        for wrong in
            ["", "ba78", &text.to_uppercase(), &text[1..], &format!("{text}0"), &text.replace('b', "g")]
        {
            assert!(SourceHash::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_salted_digest_is_equal_only_for_equal_values_and_equal_salts() {
        let (salt, other) = (Salt::random(), Salt::random());
        let (a, b) = (Secret::new("a"), Secret::new("b"));
        assert_eq!(salt.digest(&a), salt.digest(&a));
        assert_ne!(salt.digest(&a), salt.digest(&b));
        assert_ne!(salt.digest(&a), other.digest(&a));
    }
}
