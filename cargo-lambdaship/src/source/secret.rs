//! Digests of variables' values: what a hash is made of is kept where others read it, and a value may be a secret.

use argon2::{Algorithm, Argon2, Params, Version};

use super::Unhashable;
use crate::model::hex;

/// Fixed, since two machines have to come to the same digest. That likely values cost their time is what protects them.
const SALT: &[u8] = b"lambdaship.source/1";
/// Kibibytes of memory, passes over it, lanes.
const COST: (u32, u32, u32) = (4 * 1024, 1, 1);
/// Bytes of a digest.
const LENGTH: usize = 16;

/// The digest of `value`, as hexadecimal digits. It is slow on purpose: some milliseconds.
pub(super) fn digest(value: &str) -> Result<String, Unhashable> {
    let (memory, passes, lanes) = COST;
    let failed = |error: argon2::Error| Unhashable::new(format!("no digest of a variable: {error}"));
    let params = Params::new(memory, passes, lanes, Some(LENGTH)).map_err(failed)?;
    let mut digest = [0; LENGTH];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into(value.as_bytes(), SALT, &mut digest).map_err(failed)?;
    Ok(hex(&digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_equal_digests_and_no_others() {
        let of = |value| digest(value).unwrap();
        assert_eq!(of("hunter2"), of("hunter2"));
        assert_ne!(of("hunter2"), of("hunter3"));
        assert_ne!(of(""), of(" "));
    }
}
