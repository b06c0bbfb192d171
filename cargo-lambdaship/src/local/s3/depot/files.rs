//! Where a bucket is on disk, and reading all of it when a server starts.
//!
//! ```text
//! s3/BUCKET/bucket.json              its settings
//!           keys/SHA256-OF-KEY.json  the versions of a key
//!           uploads/ID.json          an upload that is under way, and its parts
//!           blobs/ID                 the bytes of a version or of a part
//! ```
//! A version exists once its key's file names it: bytes come before, and go after.

use std::collections::BTreeSet;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::record::{KeyRecord, Upload, Version};
use super::{Bucket, Error};
use crate::local::lock::create_private_dir;
use crate::local::state::atomic;
use crate::model::CodeSha256;

/// The folder of a bucket.
#[derive(Clone)]
pub(crate) struct Folder(Utf8PathBuf);

impl Folder {
    pub(crate) fn of(root: &Utf8Path, bucket: &str) -> Self {
        Self(root.join(bucket))
    }

    pub(crate) fn settings(&self) -> Utf8PathBuf {
        self.0.join("bucket.json")
    }

    pub(crate) fn key(&self, key: &str) -> Utf8PathBuf {
        self.0.join("keys").join(format!("{}.json", CodeSha256::of(key.as_bytes()).hex()))
    }

    pub(crate) fn upload(&self, id: &str) -> Utf8PathBuf {
        self.0.join("uploads").join(format!("{id}.json"))
    }

    pub(crate) fn blobs(&self) -> Utf8PathBuf {
        self.0.join("blobs")
    }

    pub(crate) fn blob(&self, id: &str) -> Utf8PathBuf {
        self.blobs().join(id)
    }

    /// Makes the folders. The bucket exists once its settings are written.
    pub(crate) fn create(&self) -> io::Result<()> {
        for folder in [self.0.clone(), self.0.join("keys"), self.0.join("uploads"), self.blobs()] {
            create_private_dir(&folder)?;
        }
        Ok(())
    }

    /// Ends the bucket, then removes what it held.
    pub(crate) fn remove(&self) -> io::Result<()> {
        fs::remove_file(self.settings())?;
        fs::remove_dir_all(&self.0)
    }

    /// Removes the bytes of a version that no file names any more. What stays behind is removed by the next server.
    pub(crate) fn discard(&self, blobs: &[String]) {
        for blob in blobs {
            let _ = fs::remove_file(self.blob(blob));
        }
    }
}

/// Reads all buckets under `root`, and removes what a kill left unfinished.
pub(crate) fn load(root: &Utf8Path) -> Result<Vec<(String, Bucket)>, Error> {
    create_private_dir(root)?;
    let mut buckets = Vec::new();
    for entry in root.read_dir_utf8()? {
        let name = entry?.file_name().to_owned();
        let folder = Folder::of(root, &name);
        if folder.settings().exists() {
            let bucket = load_bucket(&folder)?;
            buckets.push((name, bucket));
        } else {
            fs::remove_dir_all(&folder.0)?;
        }
    }
    Ok(buckets)
}

fn load_bucket(folder: &Folder) -> Result<Bucket, Error> {
    folder.create()?;
    let mut bucket = Bucket::new(read(&folder.settings())?);
    let mut used = BTreeSet::new();
    for key in read_all::<KeyRecord>(&folder.0.join("keys"))? {
        used.extend(key.versions.iter().filter_map(Version::blob).map(str::to_owned));
        bucket.insert_key(key);
    }
    for upload in read_all::<Upload>(&folder.0.join("uploads"))? {
        used.extend(upload.parts.values().map(|part| part.blob.clone()));
        bucket.insert_upload(upload);
    }
    for entry in folder.blobs().read_dir_utf8()? {
        let entry = entry?;
        if !used.contains(entry.file_name()) {
            fs::remove_file(entry.path())?;
        }
    }
    atomic::sweep(&folder.0)?;
    Ok(bucket)
}

fn read_all<T: DeserializeOwned>(folder: &Utf8Path) -> Result<Vec<T>, Error> {
    atomic::sweep(folder)?;
    folder.read_dir_utf8()?.map(|entry| read(entry?.path())).collect()
}

fn read<T: DeserializeOwned>(file: &Utf8Path) -> Result<T, Error> {
    let bytes = fs::read(file)?;
    serde_json::from_slice(&bytes).map_err(|source| Error::Unreadable { file: file.to_owned(), source })
}

/// Writes `value` whole or not at all.
pub(crate) fn write(file: &Utf8Path, value: &impl Serialize) -> io::Result<()> {
    atomic::write(file, &serde_json::to_vec(value)?)
}

/// Removes a file that may be gone already.
pub(crate) fn remove(file: &Utf8Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
