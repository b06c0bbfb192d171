//! What this tool itself left in the workspace: plans, reports of gates, copies of artifacts. A file that is still as it was
//! written, and that git does not track, is no source. A build that reads it all the same is seen to do so. What a build script
//! reads that does not say so is not seen: once it ran, all of its package is source, these files too. Checks of a whole workspace
//! are not seen to read anything; to them, such a file is no source.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use super::contents::Contents;
use super::inputs::digest_of;
use super::listing;
use crate::package;

/// How many are remembered.
const MOST: usize = 4096;

fn file(target_directory: &Utf8Path) -> Utf8PathBuf {
    target_directory.join("lambdaship").join(".written.json")
}

/// The digests of what was written, by path.
fn all(target_directory: &Utf8Path) -> BTreeMap<Utf8PathBuf, String> {
    let json = fs_err::read(file(target_directory)).ok();
    json.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default()
}

/// Remembers that the files at `paths`, which are absolute, were written just now as they are.
///
/// # Errors
/// When one cannot be read, or that cannot be kept.
pub fn remember(target_directory: &Utf8Path, paths: &[Utf8PathBuf]) -> std::io::Result<()> {
    let mut all = all(target_directory);
    all.retain(|path, _| path.exists());
    if all.len() + paths.len() > MOST {
        all.clear();
    }
    for path in paths {
        let digest = digest_of(Sha256::new_with_prefix(fs_err::read(path)?));
        all.insert(listing::real(path), digest);
    }
    let json = serde_json::to_vec(&all).map_err(std::io::Error::from)?;
    package::write_whole(&file(target_directory), &json)
}

/// Those of the files in `contents` that are still as they were written, and that git does not track.
pub(super) fn unchanged(target_directory: &Utf8Path, contents: &Contents) -> BTreeSet<Utf8PathBuf> {
    let all = all(target_directory).into_iter();
    let same = all.filter(|(path, digest)| contents.get(path).is_ok_and(|found| found == *digest));
    let same: BTreeSet<Utf8PathBuf> = same.map(|(path, _)| path).collect();
    let tracked = listing::tracked(&same);
    same.iter().filter(|path| !tracked.contains(path.as_path())).cloned().collect()
}
