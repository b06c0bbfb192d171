//! The digest of what comes to the inputs because a build was seen to read it.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use ignore::WalkBuilder;
use sha2::{Digest, Sha256};

use super::{listing, manifest};

/// The end of the name of a whole folder.
pub const FOLDER: &str = "/";

/// More files than this are not hashed: somebody's home is not an input.
const MOST: usize = 20_000;

/// Whether `files`, which are [`super::Also::files`], say that a build script reads the package in `folder` as a whole. Its
/// manifest is named for that, though it is an input anyway.
pub(super) fn is_searched(root: &Utf8Path, files: &[String], folder: &Utf8Path) -> bool {
    let manifests = files.iter().map(Utf8Path::new).filter(|file| file.file_name() == Some("Cargo.toml"));
    let mut folders =
        manifests.filter_map(Utf8Path::parent).map(|above| manifest::join(root, above.as_str()));
    folders.any(|above| above == folder || listing::real(&above) == listing::real(folder))
}

/// The digest of `path`, which is one of [`super::Also::files`]: that of a file, or of all files in a folder, with their
/// names.
///
/// # Errors
/// When it is not there, cannot be read, or is too much.
pub fn digest(root: &Utf8Path, path: &str) -> io::Result<Sha256> {
    let mut hasher = Sha256::new();
    let full = root.join(path);
    if !path.ends_with(FOLDER) {
        hasher.update(fs::read(&full)?);
        return Ok(hasher);
    }
    let files = files(&full)?.ok_or_else(|| io::Error::other(format!("{full} has too many files")))?;
    for file in files {
        let name = file.strip_prefix(&full).unwrap_or(&file).as_str().replace('\\', "/");
        let content = fs::read(&file)?;
        // The lengths keep one thing from running into what follows it.
        hasher.update((name.len() as u64).to_le_bytes());
        hasher.update(name);
        hasher.update((content.len() as u64).to_le_bytes());
        hasher.update(content);
    }
    Ok(hasher)
}

/// All files in `folder`, whether git ignores them or not, in the order of their names; `None` when they are too many. What
/// git keeps for itself is not among them, nor are caches that say that they are, such as cargo's target folders.
///
/// # Errors
/// When it cannot be read, and for a name that is not UTF-8.
pub fn files(folder: &Utf8Path) -> io::Result<Option<Vec<Utf8PathBuf>>> {
    let wanted = |entry: &ignore::DirEntry| {
        entry.file_name() != ".git" && !entry.path().join("CACHEDIR.TAG").is_file()
    };
    let mut files = Vec::new();
    for entry in WalkBuilder::new(folder).standard_filters(false).filter_entry(wanted).build() {
        let entry = entry.map_err(io::Error::other)?;
        if entry.path().is_dir() {
            continue;
        }
        if files.len() == MOST {
            return Ok(None);
        }
        let path =
            Utf8PathBuf::try_from(entry.into_path()).map_err(camino::FromPathBufError::into_io_error)?;
        files.push(path);
    }
    files.sort_unstable();
    Ok(Some(files))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hex;

    #[test]
    fn a_package_is_searched_whose_manifest_is_named() {
        let table: [(&[&str], &str, bool); 7] = [
            (&[], "/app/outer", false),
            (&["outer/Cargo.toml"], "/app/outer", true),
            (&["a.txt", "outer/Cargo.toml"], "/app/outer", true),
            (&["outer/inner/Cargo.toml", "outer/assets/", "NotCargo.toml"], "/app/outer", false),
            (&["outer/Cargo.toml"], "/app", false),
            (&["Cargo.toml"], "/app", true),
            (&["../far/Cargo.toml"], "/far", true),
        ];
        for (files, folder, expected) in table {
            let named: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
            assert_eq!(is_searched("/app".into(), &named, folder.into()), expected, "{files:?} {folder}");
        }
    }

    #[test]
    fn a_folder_is_all_of_its_files_with_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let write = |path: &str, text: &str| {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        };
        let look = || hex(&digest(root, "data/").unwrap().finalize());
        write("data/a.txt", "1");
        let mut before = look();
        for (path, text) in
            [("data/a.txt", "2"), ("data/sub/b.txt", ""), ("data/.hidden", "x"), ("data/.gitignore", "c")]
        {
            write(path, text);
            let after = look();
            assert_ne!(after, before, "{path}");
            before = after;
        }
        fs::rename(root.join("data/a.txt"), root.join("data/c.txt")).unwrap();
        assert_ne!(look(), before, "a file has another name");
        before = look();
        write("data/.git/HEAD", "x");
        write("data/target/CACHEDIR.TAG", "");
        write("data/target/debug/x", "");
        write("other.txt", "");
        assert_eq!(look(), before);
        assert_eq!(hex(&digest(root, "other.txt").unwrap().finalize()), hex(&Sha256::digest("")));
        for missing in ["none.txt", "none/"] {
            assert!(digest(root, missing).is_err(), "{missing}");
        }
    }
}
