//! `PutObject`, and how a new version takes its place.

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use s3s::dto::{ETag, ObjectCannedACL, PutObjectInput, PutObjectOutput, ServerSideEncryption, StreamingBlob};
use s3s::{S3ErrorCode, S3Request, S3Response, S3Result};

use super::bytes::{self, Claims, Received};
use super::checksum::{Algorithm, Given, announced, answer_sum, given};
use super::condition::{Condition, Fence};
use super::depot::record::{BucketRecord, Content, Described, KeyRecord, NULL, Version, Versioning};
use super::depot::{Change, new_id};
use super::described::{described, encryption};
use super::failure::{custom, with_message};
use super::visit::{Facts, facts, refuse};

/// The largest object in one piece.
const MAX_PUT: i64 = 5 * 1024 * 1024 * 1024;

/// `PutObject`.
pub(crate) async fn put(mut request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
    let facts = facts(&request)?;
    let body = request.input.body.take();
    let (input, headers) = (&request.input, &request.headers);
    refuse!(input; grant_full_control, grant_read, grant_read_acp, grant_write_acp, object_lock_legal_hold_status,
        object_lock_mode, object_lock_retain_until_date, sse_customer_algorithm, sse_customer_key,
        sse_customer_key_md5, ssekms_encryption_context, tagging, website_redirect_location, write_offset_bytes,
        expires, bucket_key_enabled);
    super::described::plain(input.acl.as_ref().map(ObjectCannedACL::as_str), input.storage_class.as_ref())?;
    let bucket = facts.bucket(&input.bucket, input.expected_bucket_owner.as_ref())?;
    let condition = Condition::of(input.if_match.as_ref(), input.if_none_match.as_ref())?;
    let fence = Fence::begin(facts.depot(), &input.bucket, &input.key, condition)?;
    let described = encryption(described!(input), &bucket);
    let wanted = Wanted {
        given: given!(input)?,
        named: input.checksum_algorithm.as_ref().map(|name| name.as_str().to_owned()),
        length: input.content_length,
        md5: input.content_md5.clone(),
    };
    let received = receive(&facts, headers, &input.bucket, body, wanted).await?;
    let content = content(received.etag(), &received, described);
    let stored = content.clone();
    let now = facts.now;
    let version = facts.depot().change_key(&input.bucket, &input.key, |bucket, before| {
        fence.check(before)?;
        let (versions, id) = placed(bucket, before, Some(stored), now);
        Ok(Change { versions, staged: Some(received.staged), upload: None, answer: id })
    });
    let mut output = PutObjectOutput {
        version_id: version.await?,
        e_tag: Some(ETag::Strong(content.etag.clone())),
        checksum_type: Some(content.sum.kind_name()),
        server_side_encryption: content.described.encryption.clone().map(ServerSideEncryption::from),
        ssekms_key_id: content.described.kms_key.clone(),
        ..PutObjectOutput::default()
    };
    answer_sum!(output, content.sum);
    Ok(S3Response::new(output))
}

/// What a request says of its body.
pub(crate) struct Wanted {
    pub(crate) given: Option<Given>,
    /// The algorithm that the request names.
    pub(crate) named: Option<String>,
    pub(crate) length: Option<i64>,
    pub(crate) md5: Option<String>,
}

/// Receives the body of `PutObject` or `UploadPart`, and holds it against what the request says of it.
pub(crate) async fn receive(
    facts: &Facts,
    headers: &HeaderMap,
    bucket: &str,
    body: Option<StreamingBlob>,
    wanted: Wanted,
) -> S3Result<Received> {
    let length = wanted.length.ok_or_else(|| {
        with_message(S3ErrorCode::MissingContentLength, "You must provide the Content-Length HTTP header.")
    })?;
    if length > MAX_PUT {
        let message = "Your proposed upload exceeds the maximum allowed size";
        return Err(with_message(S3ErrorCode::EntityTooLarge, message));
    }
    let named = wanted.named.as_deref().map(Algorithm::parse).transpose()?;
    let trailing = announced(headers);
    let algorithm = wanted.given.as_ref().map(|given| given.algorithm).or(trailing).or(named);
    let claims = Claims {
        length: u64::try_from(length).ok(),
        md5: wanted.md5,
        sha256: headers
            .get("x-amz-content-sha256")
            .and_then(|digest| digest.to_str().ok())
            .filter(|digest| digest.len() == 64)
            .map(str::to_owned),
    };
    let body = body.unwrap_or_else(|| s3s::Body::empty().into());
    let folder = facts.depot().folder(bucket);
    let received = bytes::receive(&folder, body, algorithm.unwrap_or(Algorithm::Crc64Nvme), &claims).await?;
    let behind = Given::trailing(&facts.trailing())?;
    if trailing.is_some() && behind.is_none() {
        let message = "The request contained trailing data that was not well-formed or did not conform to our \
                       published schema.";
        return Err(custom("MalformedTrailerError", StatusCode::BAD_REQUEST, message));
    }
    received.check(wanted.given.as_ref().or(behind.as_ref()))?;
    Ok(received)
}

/// What is kept of an object that came in one piece.
pub(crate) fn content(etag: String, received: &Received, described: Described) -> Content {
    Content {
        blob: received.staged.blob.clone(),
        size: received.size,
        etag,
        sum: received.sum.clone(),
        described,
    }
}

/// The versions of a key once `content`, or a delete marker, is the newest one, and the id that is answered for it.
pub(crate) fn placed(
    bucket: &BucketRecord,
    before: Option<&Arc<KeyRecord>>,
    content: Option<Content>,
    now: Timestamp,
) -> (Vec<Version>, Option<String>) {
    let kept = bucket.versioning == Versioning::Enabled;
    let id = if kept { new_id() } else { NULL.to_owned() };
    let mut versions = vec![Version { id: id.clone(), modified: now, content }];
    let others = before.into_iter().flat_map(|before| &before.versions);
    versions.extend(others.filter(|version| kept || version.id != NULL).cloned());
    (versions, (bucket.versioning != Versioning::Never).then_some(id))
}
