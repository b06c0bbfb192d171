//! The digests of files, each read once in a run.

use std::collections::{BTreeSet, HashMap};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::Unhashable;
use super::inputs::digest_of;
use super::listing;

/// The digests of files, by their paths.
pub(super) struct Contents(HashMap<Utf8PathBuf, Result<String, Unhashable>>);

impl Contents {
    /// Reads the files at `paths`. Those that are not there have a digest too.
    pub(super) fn read(paths: BTreeSet<Utf8PathBuf>) -> Self {
        let read = |path: Utf8PathBuf| {
            let digest = digest(&path);
            (path, digest)
        };
        Self(paths.into_par_iter().map(read).collect())
    }

    /// The digest of the file at `path`, which was to be read.
    pub(super) fn get(&self, path: &Utf8Path) -> Result<String, Unhashable> {
        let unread = || Err(Unhashable::new(format!("{path} was not read")));
        self.0.get(path).cloned().unwrap_or_else(unread)
    }
}

fn digest(path: &Utf8Path) -> Result<String, Unhashable> {
    if let Ok(metadata) = fs_err::metadata(path) {
        if !metadata.is_dir() {
            return Ok(digest_of(Sha256::new_with_prefix(fs_err::read(path)?)));
        }
        let mut hasher = Sha256::new_with_prefix("folder");
        for file in listing::inside(path, path)? {
            hasher.update(format!("\0{}\0{}", file.name, digest(&file.path)?));
        }
        return Ok(digest_of(hasher));
    }
    // What is not there differs from any file; a link is where it leads, even if nothing is there.
    let nothing = match fs_err::read_link(path) {
        Ok(target) => format!("\0link {}", target.to_string_lossy().replace('\\', "/")),
        Err(_) if path.symlink_metadata().is_err() => "\0absent".to_owned(),
        Err(error) => return Err(error.into()),
    };
    Ok(digest_of(Sha256::new_with_prefix(nothing)))
}
