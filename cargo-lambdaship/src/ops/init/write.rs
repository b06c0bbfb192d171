//! Writing files whole or not at all.

use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::{Error, File};
use crate::config;

/// What was done about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrote {
    /// It was written.
    Written,
    /// It says the same already.
    Unchanged,
}

/// Writes `files` below `top`. Nothing is written when one is there that says something else, unless `force` allows it.
///
/// # Errors
/// Those files; or when one cannot be read or written.
pub(super) fn write_all(
    top: &Utf8Path,
    files: &[File],
    force: bool,
) -> Result<Vec<(Utf8PathBuf, Wrote)>, Error> {
    let mut states = Vec::new();
    let mut present = Vec::new();
    for file in files {
        let path = top.join(&file.path);
        let is_same = match fs::read_to_string(&path) {
            // A checkout on Windows may have other line ends.
            Ok(text) => Some(text.replace("\r\n", "\n") == file.text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            // Not text: somebody else's.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Some(false),
            Err(source) => return Err(config::Error::Write { path, source }.into()),
        };
        if is_same == Some(false) && !force {
            present.push(Utf8PathBuf::from(&file.path));
        }
        states.push((path, if is_same == Some(true) { Wrote::Unchanged } else { Wrote::Written }));
    }
    if !present.is_empty() {
        return Err(Error::Present { paths: present });
    }
    for (file, (path, state)) in files.iter().zip(&states) {
        if *state == Wrote::Written {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)
                    .map_err(|source| config::Error::Write { path: path.clone(), source })?;
            }
            write(path, &file.text, force)?;
        }
    }
    Ok(states)
}

/// Writes beside the target and moves into place: the file is there whole or not at all.
pub(super) fn write(path: &Utf8Path, text: &str, force: bool) -> Result<(), config::Error> {
    let failed = |source: io::Error| config::Error::Write { path: path.to_owned(), source };
    let directory = path.parent().unwrap_or(Utf8Path::new("."));
    let mut file = builder().tempfile_in(directory).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    if force {
        return file.persist(path).map(drop).map_err(|error| failed(error.error));
    }
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(config::Error::Exists { path: path.to_owned() })
        }
        Err(error) => Err(failed(error.error)),
    }
}

/// Temporary files are private by default; a configuration is not.
#[cfg(unix)]
fn builder() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    builder.permissions(std::fs::Permissions::from_mode(0o666));
    builder
}

#[cfg(not(unix))]
fn builder() -> tempfile::Builder<'static, 'static> {
    tempfile::Builder::new()
}
