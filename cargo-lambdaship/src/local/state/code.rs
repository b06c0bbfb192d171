//! Code by its digest: the zip as it was sent, and the folder that it unpacks to. Both appear whole or not at all.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, Write};

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use sha2::{Digest, Sha256};
use zip::ZipArchive;
use zip::result::ZipError;

use super::atomic::{self, TEMPORARY};
use super::function::Code;
use crate::local::lock::create_private_dir;
use crate::model::CodeSha256;

/// The largest zip in a request.
pub(crate) const MAX_ZIP: usize = 52_428_800;
/// The largest unpacked size, layers included.
pub(crate) const MAX_UNZIPPED: u64 = 262_144_000;

/// Why a zip is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Rejected {
    #[error("the zip has {0} bytes")]
    ZipTooLarge(usize),
    #[error("the zip unpacks to more than {MAX_UNZIPPED} bytes")]
    UnzippedTooLarge,
    #[error("the zip has no file in it")]
    Empty,
    #[error("the zip cannot be unpacked")]
    Unreadable(#[source] ZipError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The code of a root. A clone is of the same folders.
#[derive(Clone)]
pub(crate) struct CodeStore {
    zips: Utf8PathBuf,
    folders: Utf8PathBuf,
}

impl CodeStore {
    pub(crate) fn open(root: &Utf8Path) -> io::Result<Self> {
        let store = Self { zips: root.join("zips"), folders: root.join("code") };
        create_private_dir(&store.zips)?;
        create_private_dir(&store.folders)?;
        Ok(store)
    }

    /// Where the zip with this digest is.
    pub(crate) fn zip(&self, sha256: &CodeSha256) -> Utf8PathBuf {
        self.zips.join(format!("{}.zip", sha256.hex()))
    }

    /// The folder that the zip with this digest unpacks to.
    pub(crate) fn folder(&self, sha256: &CodeSha256) -> Utf8PathBuf {
        self.folders.join(sha256.hex())
    }

    /// Checks, keeps and unpacks a `zip` that came with a request. Blocks.
    pub(crate) fn keep(&self, zip: &[u8]) -> Result<Code, Rejected> {
        let code = inspect(zip)?;
        if !self.zip(&code.sha256).exists() {
            atomic::write(&self.zip(&code.sha256), zip)?;
        }
        self.unpack(Cursor::new(zip), &self.folder(&code.sha256))?;
        Ok(code)
    }

    /// Checks, keeps and unpacks a zip that is in a file, of which never more than a piece is in memory. Blocks.
    pub(crate) fn keep_file(&self, mut zip: File) -> Result<Code, Rejected> {
        check(&zip)?;
        zip.rewind()?;
        let mut copy = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(&self.zips)?;
        let mut hasher = Sha256::new();
        let size = io::copy(&mut zip, &mut Digesting { copy: &mut copy, hasher: &mut hasher })?;
        let code = Code { sha256: CodeSha256::finish(hasher), size, object: None };
        copy.as_file().sync_all()?;
        self.unpack(copy.as_file(), &self.folder(&code.sha256))?;
        if !self.zip(&code.sha256).exists() {
            copy.persist(self.zip(&code.sha256)).map_err(|error| error.error)?;
        }
        Ok(code)
    }

    fn unpack(&self, zip: impl Read + Seek, folder: &Utf8Path) -> Result<(), Rejected> {
        if folder.exists() {
            return Ok(());
        }
        let unfinished = tempfile::Builder::new().prefix(TEMPORARY).tempdir_in(&self.folders)?;
        let mut archive = ZipArchive::new(zip).map_err(unreadable)?;
        archive.extract(unfinished.path()).map_err(unreadable)?;
        let unfinished = unfinished.keep();
        match fs::rename(&unfinished, folder) {
            // Another request unpacked the same zip in the meantime.
            Err(_) if folder.exists() => Ok(fs::remove_dir_all(&unfinished)?),
            renamed => Ok(renamed?),
        }
    }

    /// Removes what nothing refers to, and what a kill left unfinished. Blocks.
    pub(crate) fn sweep(&self, used: &BTreeSet<String>) -> io::Result<()> {
        for folder in [&self.zips, &self.folders] {
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                if used.contains(name.trim_end_matches(".zip")) {
                    continue;
                }
                if entry.file_type()?.is_dir() {
                    fs::remove_dir_all(entry.path())?;
                } else {
                    fs::remove_file(entry.path())?;
                }
            }
        }
        Ok(())
    }
}

/// Checks the limits of a zip in a request.
pub(crate) fn inspect(zip: &[u8]) -> Result<Code, Rejected> {
    if zip.len() > MAX_ZIP {
        return Err(Rejected::ZipTooLarge(zip.len()));
    }
    check(Cursor::new(zip))?;
    Ok(Code { sha256: CodeSha256::of(zip), size: zip.len() as u64, object: None })
}

/// Checks what is in a zip without unpacking it: the sizes are those that the entries declare, which unpacking then
/// holds them to.
fn check(zip: impl Read + Seek) -> Result<(), Rejected> {
    let mut archive = ZipArchive::new(zip).map_err(Rejected::Unreadable)?;
    let mut unzipped: u64 = 0;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(Rejected::Unreadable)?;
        unzipped = unzipped.saturating_add(entry.size());
    }
    match (archive.len(), unzipped) {
        (0, _) => Err(Rejected::Empty),
        (_, MAX_UNZIPPED..) if unzipped > MAX_UNZIPPED => Err(Rejected::UnzippedTooLarge),
        _ => Ok(()),
    }
}

/// Writes a copy, and takes the digest of it on the way.
struct Digesting<'a, W> {
    copy: &'a mut W,
    hasher: &'a mut Sha256,
}

impl<W: Write> Write for Digesting<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.copy.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.copy.flush()
    }
}

fn unreadable(error: ZipError) -> Rejected {
    match error {
        ZipError::Io(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::InvalidData
                    | io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::InvalidInput
                    | io::ErrorKind::Other
            ) =>
        {
            Rejected::Io(error)
        }
        error => Rejected::Unreadable(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_over_the_limit_is_too_large_before_it_is_looked_into() {
        let zip = vec![0; MAX_ZIP + 1];
        assert!(matches!(inspect(&zip), Err(Rejected::ZipTooLarge(_))));
        assert!(matches!(inspect(&zip[1..]), Err(Rejected::Unreadable(_))));
    }

    #[test]
    fn a_zip_in_a_file_may_be_larger_than_one_in_a_request() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let store = CodeStore::open(root).unwrap();
        let mut zip = zip::ZipWriter::new(tempfile::tempfile().unwrap());
        let stored =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file("bootstrap", stored).unwrap();
        io::copy(&mut io::repeat(7).take(MAX_ZIP as u64), &mut zip).unwrap();
        let code = store.keep_file(zip.finish().unwrap()).unwrap();
        assert!(code.size > MAX_ZIP as u64);
        assert_eq!(fs::metadata(store.zip(&code.sha256)).unwrap().len(), code.size);
        let unpacked = store.folder(&code.sha256).join("bootstrap");
        assert_eq!(fs::metadata(unpacked).unwrap().len(), MAX_ZIP as u64);
    }
}
