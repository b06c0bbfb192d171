//! Objects as a whole: is it there, read, write, send a file, delete, list.

use aws_sdk_s3::primitives::{ByteStream, Length};
use aws_sdk_s3::types::{ChecksumMode, ChecksumType};
use camino::Utf8Path;
use jiff::Timestamp;

use super::fault::Refusal;
use super::{Condition, ETag, Place, S3, TRIES, step_aside, uploading};
use crate::aws::error::root;
use crate::aws::{Error, Kind};
use crate::model::CodeSha256;

/// How much of a file is read at a time.
const BUFFER: usize = 256 * 1024;

/// What is known of an object without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// In bytes.
    pub size: u64,
    /// Its version, in a bucket that has them.
    pub version: Option<String>,
    /// The SHA-256 of all of it. S3 has none for an object that came in parts, nor for what was written without one.
    pub sha256: Option<CodeSha256>,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Of this content.
    pub tag: ETag,
    /// The content; `None` when it is larger than was asked for.
    pub bytes: Option<Vec<u8>>,
}

/// How the sending of a file ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upload {
    /// It is there now, as this version in a bucket that has them.
    Written(Option<String>),
    /// Something was there before.
    There,
}

/// An object in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its whole key.
    pub key: String,
    /// In bytes.
    pub size: u64,
    /// When it was written, if the server says it.
    pub modified: Option<Timestamp>,
    /// Of its content.
    pub tag: Option<ETag>,
}

impl S3 {
    /// What is known of the object `at`; `None` when there is none, and also when there is no bucket.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn head(&self, at: Place<'_>) -> Result<Option<Head>, Error> {
        let call =
            self.client.head_object().bucket(at.bucket).key(at.key).checksum_mode(ChecksumMode::Enabled);
        match call.send().await {
            Ok(answer) => {
                // Of an object in parts it is a checksum of checksums: it and the ETag end with the number of the parts.
                let in_parts = answer.checksum_type == Some(ChecksumType::Composite)
                    || answer.e_tag.as_ref().is_some_and(|tag| tag.contains('-'));
                let sha256 = answer.checksum_sha256.filter(|_| !in_parts);
                Ok(Some(Head {
                    size: number(answer.content_length),
                    version: version(answer.version_id),
                    sha256: sha256.and_then(|text| CodeSha256::parse(&text).ok()),
                }))
            }
            Err(error) if Refusal::of(&error) == Refusal::Absent => Ok(None),
            Err(error) => Err(self.failed(format!("look for {at}"), at, &error)),
        }
    }

    /// Reads the document `at`, but no more than `most` bytes of it; `None` when there is none.
    ///
    /// # Errors
    /// When the request fails; a bucket that does not exist is a failure.
    pub async fn read(&self, at: Place<'_>, most: usize) -> Result<Option<Document>, Error> {
        let Some(mut download) = self.download(at).await? else { return Ok(None) };
        let tag = tagged(download.tag().cloned(), at)?;
        let mut bytes = Vec::new();
        while let Some(piece) = download.chunk().await? {
            bytes.extend_from_slice(piece.as_ref());
            if bytes.len() > most {
                return Ok(Some(Document { tag, bytes: None }));
            }
        }
        Ok(Some(Document { tag, bytes: Some(bytes) }))
    }

    /// Writes the document `at`, on a condition; `None` when that does not hold.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn write(
        &self,
        at: Place<'_>,
        body: &[u8],
        condition: Condition<'_>,
    ) -> Result<Option<ETag>, Error> {
        for tries in 0.. {
            let call =
                self.client.put_object().bucket(at.bucket).key(at.key).content_type("application/json");
            let call = call.body(ByteStream::from(body.to_vec()));
            let call = call.set_if_none_match(condition.if_none_match()).set_if_match(condition.if_match());
            match call.send().await {
                Ok(answer) => return tagged(answer.e_tag.map(ETag), at).map(Some),
                Err(error) => match Refusal::of(&error) {
                    Refusal::Absent | Refusal::Unmet => return Ok(None),
                    Refusal::Clash if tries < TRIES => step_aside(tries).await,
                    _ => return Err(self.failed(format!("write {at}"), at, &error)),
                },
            }
        }
        Ok(None)
    }

    /// Sends the file whose digest is `sha256`, unless something is there. S3 takes it only if it has that digest.
    ///
    /// # Errors
    /// When the file cannot be read, or the request fails.
    pub async fn upload(&self, at: Place<'_>, file: &Utf8Path, sha256: CodeSha256) -> Result<Upload, Error> {
        for tries in 0.. {
            let call = self.client.put_object().bucket(at.bucket).key(at.key).content_type("application/zip");
            let call = call.if_none_match("*").checksum_sha256(sha256.to_string());
            let call = call.body(piece(file, 0, None).await?);
            match call.customize().config_override(uploading()).send().await {
                Ok(answer) => return Ok(Upload::Written(version(answer.version_id))),
                Err(error) => match Refusal::of(&error) {
                    Refusal::Unmet => return Ok(Upload::There),
                    Refusal::Clash if tries < TRIES => step_aside(tries).await,
                    _ => return Err(self.failed(format!("upload {file} to {at}"), at, &error)),
                },
            }
        }
        Ok(Upload::There)
    }

    /// Deletes the object `at` if it is still what was read; answers whether it was. In a bucket with versions, the
    /// version stays.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn delete(&self, at: Place<'_>, tag: &ETag) -> Result<bool, Error> {
        for tries in 0.. {
            let call = self.client.delete_object().bucket(at.bucket).key(at.key).if_match(&tag.0);
            match call.send().await {
                Ok(_) => return Ok(true),
                Err(error) => match Refusal::of(&error) {
                    Refusal::Absent | Refusal::Unmet => return Ok(false),
                    Refusal::Clash if tries < TRIES => step_aside(tries).await,
                    _ => return Err(self.failed(format!("delete {at}"), at, &error)),
                },
            }
        }
        Ok(false)
    }

    /// All objects whose key begins with that of `under`, in the order of their keys.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn list(&self, under: Place<'_>) -> Result<Vec<Listed>, Error> {
        let call = self.client.list_objects_v2().bucket(under.bucket).prefix(under.key);
        let (mut pages, mut all) = (call.into_paginator().send(), Vec::new());
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.failed(format!("list {under}"), under, &error))?;
            all.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| {
                Some(Listed {
                    key: object.key?,
                    size: number(object.size),
                    modified: object
                        .last_modified
                        .and_then(|time| time.to_millis().ok())
                        .and_then(|millis| Timestamp::from_millisecond(millis).ok()),
                    tag: object.e_tag.map(ETag),
                })
            }));
        }
        Ok(all)
    }
}

/// A file, or a part of it, as a body that is read while it is sent, and read again when it is sent again.
pub(super) async fn piece(file: &Utf8Path, offset: u64, size: Option<u64>) -> Result<ByteStream, Error> {
    let body = ByteStream::read_from().path(file.as_std_path()).offset(offset).buffer_size(BUFFER);
    let body = match size {
        Some(size) => body.length(Length::Exact(size)),
        None => body,
    };
    body.build().await.map_err(|error| Error::new(Kind::Unexpected, format!("read {file}"), root(&error)))
}

fn tagged(tag: Option<ETag>, at: Place<'_>) -> Result<ETag, Error> {
    tag.ok_or_else(|| Error::new(Kind::Unexpected, format!("use {at}"), "the answer holds no ETag"))
}

/// What was written while a bucket had no versions is called `null`.
pub(super) fn version(id: Option<String>) -> Option<String> {
    id.filter(|id| id != "null")
}

/// S3 counts bytes with a sign.
pub(super) fn number(bytes: Option<i64>) -> u64 {
    bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default()
}
