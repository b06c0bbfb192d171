//! Files that appear at once and whole: a run that is killed leaves the old one or none.

use std::io::{self, Write};

use camino::Utf8Path;
use tempfile::NamedTempFile;

/// A file in `folder`, which is made as needed. It is gone unless it is kept, and has the permissions of any new file.
pub(crate) fn temporary(folder: &Utf8Path) -> io::Result<NamedTempFile> {
    fs_err::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".lambdaship-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Writes `bytes` to `path`, and makes its folder as needed.
///
/// # Errors
/// When the folder or the file cannot be written.
pub fn write_whole(path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = temporary(folder(path))?;
    file.write_all(bytes)?;
    keep(file, path)
}

/// Writes `bytes` to `path`, in a folder that is there, for its owner's eyes only.
///
/// # Errors
/// When the file cannot be written.
pub fn write_private(path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
    // The builder's own permissions are its owner's alone.
    let mut file = tempfile::Builder::new().prefix(".lambdaship-").tempfile_in(folder(path))?;
    file.write_all(bytes)?;
    keep(file, path)
}

/// Copies `from` to `path`, and makes its folder as needed.
pub(super) fn copy_whole(from: &Utf8Path, path: &Utf8Path) -> io::Result<()> {
    let mut source = fs_err::File::open(from)?;
    let mut file = temporary(folder(path))?;
    io::copy(&mut source, &mut file)?;
    keep(file, path)
}

/// Gives a finished file the name `path`, in place of any old one.
pub(crate) fn keep(file: NamedTempFile, path: &Utf8Path) -> io::Result<()> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("failed to replace {path}: {error}"));
    file.persist(path).map(drop).map_err(|failed| named(failed.error))
}

/// The folder that holds `path`.
pub(crate) fn folder(path: &Utf8Path) -> &Utf8Path {
    path.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."))
}
