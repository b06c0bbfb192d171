//! Artifacts by their digest: `artifacts/sha256/<hex>.zip`.
//!
//! S3 keeps the SHA-256 of an object that came in one piece, and it is compared whenever it is told. Of an object that
//! came in parts it keeps a checksum of the parts' checksums only (a full one exists for CRCs, not for SHA-256). So what
//! is fetched is always hashed anew.

use std::io::{self, Write};

use camino::Utf8Path;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{Error, Store, keys};
use crate::aws::{ETag, Listed};
use crate::model::CodeSha256;
use crate::package::whole;

/// Where an artifact is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The bucket.
    pub bucket: String,
    /// The whole key.
    pub key: String,
    /// The version of the object, in a bucket that has them.
    pub version: Option<String>,
    /// In bytes.
    pub size: u64,
    /// Whether S3 vouches for its digest. It does not for what came in parts, nor for what somebody put there without one.
    pub checked: bool,
}

/// An artifact in the list of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Its digest, by its name.
    pub code: CodeSha256,
    /// In bytes.
    pub size: u64,
    /// When it was put there, if the server says it.
    pub modified: Option<Timestamp>,
    key: String,
    tag: Option<ETag>,
}

impl Store {
    /// Where the artifact is; `None` when it is not there.
    ///
    /// # Errors
    /// When the request fails; [`Error::Tampered`] when S3 says that it has another digest than its name.
    pub async fn artifact(&self, code: CodeSha256) -> Result<Option<Stored>, Error> {
        let key = self.name.key(&keys::artifact(code));
        let Some(head) = self.s3.head(self.at(&key)).await? else { return Ok(None) };
        match head.sha256 {
            Some(found) if found != code => Err(self.tampered(code, found)),
            known => {
                let stored = self.stored(code, head.version, head.size);
                Ok(Some(Stored { checked: known.is_some(), ..stored }))
            }
        }
    }

    /// Downloads the artifact to `out`, and makes its folder as needed. Answers its size.
    ///
    /// # Errors
    /// When it is not there, a request fails or the file cannot be written; [`Error::Tampered`] when it is not what its
    /// name says. Then nothing is left behind, and what was at `out` before is still there.
    pub async fn fetch(&self, code: CodeSha256, out: &Utf8Path) -> Result<u64, Error> {
        let key = self.name.key(&keys::artifact(code));
        let Some(mut download) = self.s3.download(self.at(&key)).await? else {
            return Err(Error::Missing { store: self.name.clone(), code });
        };
        let failed = |source: io::Error| Error::File { action: "write", path: out.to_owned(), source };
        let mut file = whole::temporary(whole::folder(out)).map_err(failed)?;
        let (mut hasher, mut size) = (Sha256::new(), 0);
        while let Some(piece) = download.chunk().await? {
            let bytes = piece.as_ref();
            hasher.update(bytes);
            size += bytes.len() as u64;
            file.write_all(bytes).map_err(failed)?;
        }
        let found = CodeSha256::finish(hasher);
        if found != code {
            return Err(self.tampered(code, found));
        }
        whole::keep(file, out).map_err(failed)?;
        Ok(size)
    }

    /// All artifacts, in the order of their digests.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn artifacts(&self) -> Result<Vec<Artifact>, Error> {
        let under = self.name.key(keys::ARTIFACTS);
        let listed = self.s3.list(self.at(&under)).await?;
        Ok(listed.into_iter().filter_map(|listed| self.listed(listed)).collect())
    }

    /// Deletes an artifact if it is still the one that was listed; answers whether it was. In a bucket with versions,
    /// the object's version stays, and lambdas that run from it go on.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn delete_artifact(&self, artifact: &Artifact) -> Result<bool, Error> {
        match &artifact.tag {
            Some(tag) => Ok(self.s3.delete(self.at(&artifact.key), tag).await?),
            None => Ok(false),
        }
    }

    pub(super) fn stored(&self, code: CodeSha256, version: Option<String>, size: u64) -> Stored {
        let key = self.name.key(&keys::artifact(code));
        Stored { bucket: self.name.bucket().to_owned(), key, version, size, checked: true }
    }

    fn listed(&self, listed: Listed) -> Option<Artifact> {
        let code = keys::artifact_code(self.name.name(&listed.key)?)?;
        let Listed { key, size, modified, tag } = listed;
        Some(Artifact { code, size, modified, key, tag })
    }

    fn tampered(&self, expected: CodeSha256, found: CodeSha256) -> Error {
        Error::Tampered { store: self.name.clone(), expected, found }
    }
}
