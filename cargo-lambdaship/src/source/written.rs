//! The reports that gates left in the workspace. One that is still as they wrote it is no state of the workspace of its own.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use super::inputs::digest_of;
use crate::package;

/// How many are remembered.
const MOST: usize = 32;

fn file(target_directory: &Utf8Path) -> Utf8PathBuf {
    target_directory.join("lambdaship").join(".written.json")
}

/// The digests of what was written, by path.
fn all(target_directory: &Utf8Path) -> BTreeMap<Utf8PathBuf, String> {
    let json = fs_err::read(file(target_directory)).ok();
    json.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default()
}

/// Remembers that gates wrote `content` to `path`, which is absolute.
///
/// # Errors
/// When that cannot be kept.
pub fn remember(target_directory: &Utf8Path, path: &Utf8Path, content: &[u8]) -> std::io::Result<()> {
    let mut all = all(target_directory);
    all.retain(|path, _| path.exists());
    if all.len() >= MOST {
        all.clear();
    }
    all.insert(path.to_owned(), digest_of(Sha256::new_with_prefix(content)));
    let json = serde_json::to_vec(&all).map_err(std::io::Error::from)?;
    package::write_whole(&file(target_directory), &json)
}

/// Those that are still as they were written.
pub(super) fn unchanged(target_directory: &Utf8Path) -> Vec<Utf8PathBuf> {
    let is_same = |path: &Utf8Path, digest: &str| {
        fs_err::read(path).is_ok_and(|content| digest_of(Sha256::new_with_prefix(content)) == digest)
    };
    let all = all(target_directory).into_iter();
    all.filter(|(path, digest)| is_same(path, digest)).map(|(path, _)| path).collect()
}
