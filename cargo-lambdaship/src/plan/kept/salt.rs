//! Digests of secrets that leave this machine: slow, and salted, so that likely values cannot be tried in bulk.

use argon2::{Algorithm, Argon2, Params, Version};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::hex;

/// What one digest costs: kibibytes of memory, passes over it, lanes.
const COST: (u32, u32, u32) = (8 * 1024, 1, 1);
/// Bytes of a digest.
const LENGTH: usize = 16;

/// A random salt that is kept beside the digests made with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct KeptSalt([u8; 16]);

/// Text that is not the hexadecimal form of a salt.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a salt of 32 hexadecimal digits")]
pub struct InvalidSalt(String);

impl KeptSalt {
    /// A new random salt.
    #[must_use]
    pub fn random() -> Self {
        Self(*uuid::Uuid::new_v4().as_bytes())
    }

    /// The digest of `bytes`, as hexadecimal digits.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn digest(&self, bytes: &[u8]) -> Result<String, argon2::Error> {
        let (memory, passes, lanes) = COST;
        let params = Params::new(memory, passes, lanes, Some(LENGTH))?;
        let mut digest = [0; LENGTH];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password_into(bytes, &self.0, &mut digest)?;
        Ok(hex(&digest))
    }
}

impl TryFrom<String> for KeptSalt {
    type Error = InvalidSalt;

    fn try_from(text: String) -> Result<Self, InvalidSalt> {
        let salt = uuid::Uuid::try_parse(&text).ok().filter(|_| text.len() == 32);
        salt.map(|salt| Self(*salt.as_bytes())).ok_or(InvalidSalt(text))
    }
}

impl From<KeptSalt> for String {
    fn from(salt: KeptSalt) -> Self {
        hex(&salt.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bytes_have_equal_digests_under_one_salt_only() {
        let (one, other) = (KeptSalt::random(), KeptSalt::random());
        assert_eq!(one.digest(b"a").unwrap(), one.digest(b"a").unwrap());
        assert_ne!(one.digest(b"a").unwrap(), one.digest(b"b").unwrap());
        assert_ne!(one.digest(b"a").unwrap(), other.digest(b"a").unwrap());
    }

    #[test]
    fn a_salt_is_read_as_it_is_written() {
        let salt = KeptSalt::random();
        let text = String::from(salt.clone());
        assert_eq!((text.len(), KeptSalt::try_from(text).unwrap()), (32, salt));
        for text in ["", "00", "zz000000000000000000000000000000", "00000000-0000-0000-0000-000000000000"] {
            assert!(KeptSalt::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
