//! Putting an artifact into the store.
//!
//! A large one goes in parts, several at a time. A run that is killed leaves an upload that is not complete; the next one
//! sends the parts that are missing. One that nobody goes on with costs storage: a lifecycle rule of the bucket
//! (`AbortIncompleteMultipartUpload`) ends it after some days.

use camino::Utf8Path;
use futures::{StreamExt, TryStreamExt, stream};

use super::measure::{Measured, Part, measure};
use super::{Error, Store, Stored, keys};
use crate::aws::{self, Completion, FilePart, Kind, Place, SentPart, Upload, UploadId};
use crate::model::CodeSha256;

/// How many parts of one file are under way at a time.
const AT_A_TIME: usize = 4;
/// How often an upload is begun that others stand in the way of.
const TRIES: usize = 4;

/// How a file is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// The largest file that goes in one request, in bytes.
    pub whole: u64,
    /// The size of the parts of a larger one; S3 takes none below 5 MiB but the last, and no more than 10,000.
    pub part: u64,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { whole: 16 << 20, part: 8 << 20 }
    }
}

/// An artifact that is in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// Where it is.
    pub stored: Stored,
    /// How many bytes were sent for it; 0 when it was there.
    pub sent: u64,
}

impl Store {
    /// Puts the zip there, whose digest is `code`, unless it is there.
    ///
    /// # Errors
    /// When it has another digest, cannot be read, or a request fails; [`Error::Tampered`] when something else is there.
    pub async fn put(&self, zip: &Utf8Path, code: CodeSha256) -> Result<Put, Error> {
        if let Some(stored) = self.artifact(code).await? {
            return Ok(Put { stored, sent: 0 });
        }
        let failed = |source| Error::File { action: "read", path: zip.to_owned(), source };
        let measured = measure(zip, self.sizes.part).await.map_err(failed)?;
        if measured.digest != code {
            return Err(Error::Changed { zip: zip.to_owned(), expected: code, found: measured.digest });
        }
        let key = self.name.key(&keys::artifact(code));
        let (at, mut sent) = (self.at(&key), 0);
        for _ in 0..TRIES {
            let completion = if measured.size <= self.sizes.whole {
                sent += measured.size;
                match self.s3.upload(at, zip, code).await? {
                    Upload::Written(version) => Completion::Written(version),
                    Upload::There => Completion::There,
                }
            } else {
                self.in_parts(at, zip, &measured, &mut sent).await?
            };
            if let Completion::Written(version) = completion {
                return Ok(Put { stored: self.stored(code, version, measured.size), sent });
            }
            // Whoever was faster put the same bytes there: the name is their digest.
            if let Some(stored) = self.artifact(code).await? {
                return Ok(Put { stored, sent });
            }
        }
        let cause = "others write it at the same moment, again and again";
        Err(aws::Error::new(Kind::Conflict, format!("upload {zip} to {at}"), cause).into())
    }

    async fn in_parts(
        &self,
        at: Place<'_>,
        zip: &Utf8Path,
        measured: &Measured,
        sent: &mut u64,
    ) -> Result<Completion, Error> {
        let (upload, there) = self.begun(at).await?;
        let (mut parts, mut missing) = (Vec::new(), Vec::new());
        for (number, part) in (1..).zip(&measured.parts) {
            let same = |sent: &&SentPart| {
                sent.number == number && sent.size == part.size && sent.sha256.as_ref() == Some(&part.sha256)
            };
            if let Some(sent) = there.iter().find(same) {
                parts.push(sent.clone());
                continue;
            }
            let Part { offset, size, sha256 } = part;
            let part = FilePart { file: zip, number, offset: *offset, size: *size, sha256 };
            missing.push(self.s3.send_part(at, &upload, part));
        }
        let mut sending = stream::iter(missing).buffer_unordered(AT_A_TIME);
        while let Some(part) = sending.try_next().await? {
            let Some(part) = part else { return Ok(Completion::Again) };
            *sent += part.size;
            parts.push(part);
        }
        drop(sending);
        parts.sort_by_key(|part| part.number);
        let completion = self.s3.complete_upload(at, &upload, &parts).await?;
        if !matches!(completion, Completion::Written(_)) {
            // The parts are of no more use, also after a conflict: S3 wants such an upload to be begun anew. That they stay is
            // no reason to fail: the lifecycle rule ends them.
            let _ = self.s3.abort_upload(at, &upload).await;
        }
        Ok(completion)
    }

    /// An upload to go on with, with the parts that it has; else a new one.
    async fn begun(&self, at: Place<'_>) -> Result<(UploadId, Vec<SentPart>), Error> {
        let uploads = allowed(self.s3.uploads(at).await)?.unwrap_or_default();
        for upload in uploads {
            if let Some(parts) = allowed(self.s3.parts(at, &upload).await)?.flatten() {
                return Ok((upload, parts));
            }
        }
        Ok((self.s3.begin_upload(at).await?, Vec::new()))
    }
}

/// Going on saves time, and an upload can be begun anew without it: `None` for what is not allowed, and for an answer that
/// cannot be read.
fn allowed<T>(result: Result<T, aws::Error>) -> Result<Option<T>, aws::Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) => match error.kind() {
            Kind::AccessDenied | Kind::Invalid | Kind::Unexpected => Ok(None),
            _ => Err(error),
        },
    }
}
