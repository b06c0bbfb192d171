//! Writing a file so that a reader, and whoever comes after a kill, sees the old one or the new one whole.

use std::io::{self, Write};

use camino::Utf8Path;

/// Replaces `path` by `bytes`. On Unix no other user can read the file.
pub(crate) fn write(path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Utf8Path::new("."));
    // A tempfile is 0600 on Unix.
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Removes the files in `folder` that a kill left unfinished. Nobody else may be writing there.
pub(crate) fn sweep(folder: &Utf8Path) -> io::Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) && entry.file_type()?.is_file() {
            fs_err::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// How the names of unfinished files and folders begin.
pub(crate) const TEMPORARY: &str = ".new-";

/// Makes a rename last through a power cut, where folders can be synced.
#[cfg(unix)]
fn sync_folder(folder: &Utf8Path) -> io::Result<()> {
    fs_err::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature everywhere")]
fn sync_folder(_folder: &Utf8Path) -> io::Result<()> {
    Ok(())
}
