//! Uploads in parts: what is there of one that was broken off, the parts that are missing, and the end.

use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use camino::Utf8Path;

use super::fault::Refusal;
use super::objects::{number, piece, version};
use super::{Place, S3, uploading};
use crate::aws::{Error, Kind};

/// An upload in parts that is not complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadId(String);

/// A part of a file.
#[derive(Debug, Clone, Copy)]
pub struct FilePart<'a> {
    /// The whole file.
    pub file: &'a Utf8Path,
    /// From 1.
    pub number: i32,
    /// Where it begins, in bytes.
    pub offset: u64,
    /// In bytes.
    pub size: u64,
    /// The base64 of its SHA-256.
    pub sha256: &'a str,
}

/// A part that S3 has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentPart {
    /// From 1.
    pub number: i32,
    /// In bytes.
    pub size: u64,
    /// The base64 of its SHA-256, if the server says it.
    pub sha256: Option<String>,
    tag: String,
}

/// How an upload in parts ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completion {
    /// The object is there now, as this version in a bucket that has them.
    Written(Option<String>),
    /// Something was there before.
    There,
    /// Another write was under way, or the upload was completed or given up by somebody else: begin again.
    Again,
}

impl S3 {
    /// The uploads to `at` that are not complete, the newest first.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn uploads(&self, at: Place<'_>) -> Result<Vec<UploadId>, Error> {
        let mut uploads = Vec::new();
        let call = self.client.list_multipart_uploads().bucket(at.bucket).prefix(at.key);
        let answer = call.send().await;
        let answer = answer.map_err(|error| self.failed(format!("list the uploads to {at}"), at, &error))?;
        // One page holds a thousand, and only keys that begin with this one, which is a whole digest.
        for upload in answer.uploads.unwrap_or_default() {
            let ours = upload.key.as_deref() == Some(at.key);
            if let Some(id) = upload.upload_id.filter(|_| ours) {
                uploads.push((upload.initiated, UploadId(id)));
            }
        }
        uploads.sort_by_key(|(begun, _)| {
            std::cmp::Reverse(begun.map(|begun| (begun.secs(), begun.subsec_nanos())))
        });
        Ok(uploads.into_iter().map(|(_, id)| id).collect())
    }

    /// Begins an upload to `at`.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn begin_upload(&self, at: Place<'_>) -> Result<UploadId, Error> {
        let action = || format!("begin an upload to {at}");
        let call = self.client.create_multipart_upload().bucket(at.bucket).key(at.key);
        let call = call.content_type("application/zip").checksum_algorithm(ChecksumAlgorithm::Sha256);
        let answer = call.send().await.map_err(|error| self.failed(action(), at, &error))?;
        let id = answer.upload_id.map(UploadId);
        id.ok_or_else(|| Error::new(Kind::Unexpected, action(), "the answer holds no upload id"))
    }

    /// The parts that `upload` has; `None` when it is gone.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn parts(&self, at: Place<'_>, upload: &UploadId) -> Result<Option<Vec<SentPart>>, Error> {
        let call = self.client.list_parts().bucket(at.bucket).key(at.key).upload_id(&upload.0);
        let (mut pages, mut parts) = (call.into_paginator().send(), Vec::new());
        while let Some(page) = pages.next().await {
            let page = match page {
                Ok(page) => page,
                Err(error) if Refusal::of(&error) == Refusal::NoUpload => return Ok(None),
                Err(error) => {
                    return Err(self.failed(format!("list the parts of the upload to {at}"), at, &error));
                }
            };
            parts.extend(page.parts.unwrap_or_default().into_iter().filter_map(|part| {
                Some(SentPart {
                    number: part.part_number?,
                    size: number(part.size),
                    sha256: part.checksum_sha256,
                    tag: part.e_tag?,
                })
            }));
        }
        Ok(Some(parts))
    }

    /// Sends a part; `None` when the upload is gone. S3 takes it only if it has its digest.
    ///
    /// # Errors
    /// When the file cannot be read, or the request fails.
    pub async fn send_part(
        &self,
        at: Place<'_>,
        upload: &UploadId,
        part: FilePart<'_>,
    ) -> Result<Option<SentPart>, Error> {
        let action = || format!("upload part {} of {} to {at}", part.number, part.file);
        let call = self.client.upload_part().bucket(at.bucket).key(at.key).upload_id(&upload.0);
        let call = call.part_number(part.number).checksum_sha256(part.sha256);
        let call = call.body(piece(part.file, part.offset, Some(part.size)).await?);
        match call.customize().config_override(uploading()).send().await {
            Ok(answer) => {
                let tag = answer.e_tag;
                let tag =
                    tag.ok_or_else(|| Error::new(Kind::Unexpected, action(), "the answer holds no ETag"))?;
                let sha256 = Some(part.sha256.to_owned());
                Ok(Some(SentPart { number: part.number, size: part.size, sha256, tag }))
            }
            Err(error) if Refusal::of(&error) == Refusal::NoUpload => Ok(None),
            Err(error) => Err(self.failed(action(), at, &error)),
        }
    }

    /// Makes the object of `parts`, which are all and in order, unless something is there.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn complete_upload(
        &self,
        at: Place<'_>,
        upload: &UploadId,
        parts: &[SentPart],
    ) -> Result<Completion, Error> {
        let completed = parts.iter().map(|part| {
            let completed = CompletedPart::builder().part_number(part.number).e_tag(&part.tag);
            completed.set_checksum_sha256(part.sha256.clone()).build()
        });
        let completed = CompletedMultipartUpload::builder().set_parts(Some(completed.collect())).build();
        let call = self.client.complete_multipart_upload().bucket(at.bucket).key(at.key).upload_id(&upload.0);
        let call = call.if_none_match("*").multipart_upload(completed);
        match call.customize().config_override(uploading()).send().await {
            Ok(answer) => Ok(Completion::Written(version(answer.version_id))),
            Err(error) => match Refusal::of(&error) {
                Refusal::Unmet => Ok(Completion::There),
                Refusal::Clash | Refusal::NoUpload => Ok(Completion::Again),
                Refusal::Absent | Refusal::Other => {
                    Err(self.failed(format!("complete the upload to {at}"), at, &error))
                }
            },
        }
    }

    /// Gives an upload up, so that its parts cost nothing.
    ///
    /// # Errors
    /// When the request fails; one that is gone already is no failure.
    pub async fn abort_upload(&self, at: Place<'_>, upload: &UploadId) -> Result<(), Error> {
        let call = self.client.abort_multipart_upload().bucket(at.bucket).key(at.key).upload_id(&upload.0);
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) if Refusal::of(&error) == Refusal::NoUpload => Ok(()),
            Err(error) => Err(self.failed(format!("give up the upload to {at}"), at, &error)),
        }
    }
}
