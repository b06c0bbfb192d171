//! Multipart uploads up to their completion: beginning, adding parts, listing, ending without an object.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use axum::http::StatusCode;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, ChecksumType,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag, Initiator, ListMultipartUploadsInput,
    ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput, MultipartUpload, ObjectCannedACL,
    Part as ListedPart, StorageClass, Timestamp, UploadPartInput, UploadPartOutput,
};
use s3s::{S3ErrorCode, S3Request, S3Response, S3Result};

use super::checksum::{Algorithm, Kind, answer_sum, given};
use super::depot::new_id;
use super::depot::record::{Part, Upload};
use super::described::{described, encryption};
use super::failure::with_message;
use super::list::{Names, most};
use super::lists::owner;
use super::put::{Wanted, receive};
use super::visit::{facts, refuse};

/// The highest number of a part.
const MOST_PARTS: i32 = 10_000;

/// `CreateMultipartUpload`.
pub(crate) async fn create(
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    let (facts, input) = (facts(&request)?, &request.input);
    refuse!(input; grant_full_control, grant_read, grant_read_acp, grant_write_acp, object_lock_legal_hold_status,
        object_lock_mode, object_lock_retain_until_date, sse_customer_algorithm, sse_customer_key,
        sse_customer_key_md5, ssekms_encryption_context, tagging, website_redirect_location, expires,
        bucket_key_enabled);
    super::described::plain(input.acl.as_ref().map(ObjectCannedACL::as_str), input.storage_class.as_ref())?;
    let bucket = facts.bucket(&input.bucket, input.expected_bucket_owner.as_ref())?;
    let (algorithm, kind) = checksum(input)?;
    let described = encryption(described!(input), &bucket);
    let upload = Upload {
        id: new_id(),
        key: input.key.clone(),
        begun: facts.now,
        algorithm,
        kind,
        described: described.clone(),
        parts: BTreeMap::new(),
    };
    let id = upload.id.clone();
    facts.depot().change_upload(&input.bucket, None, || Ok((upload, Vec::new()))).await?;
    let output = CreateMultipartUploadOutput {
        bucket: Some(input.bucket.clone()),
        key: Some(input.key.clone()),
        upload_id: Some(id),
        checksum_algorithm: algorithm.map(|algorithm| ChecksumAlgorithm::from_static(algorithm.name())),
        checksum_type: algorithm.map(|_| ChecksumType::from_static(kind.name())),
        server_side_encryption: described.encryption.map(Into::into),
        ssekms_key_id: described.kms_key,
        ..CreateMultipartUploadOutput::default()
    };
    Ok(S3Response::new(output))
}

/// How the object that comes of an upload is to be checked.
fn checksum(input: &CreateMultipartUploadInput) -> S3Result<(Option<Algorithm>, Kind)> {
    let algorithm =
        input.checksum_algorithm.as_ref().map(|name| Algorithm::parse(name.as_str())).transpose()?;
    let kind = input.checksum_type.as_ref().map(|name| Kind::parse(name.as_str())).transpose()?;
    let used = algorithm.unwrap_or(Algorithm::Crc64Nvme);
    let kind = kind.unwrap_or(used.default_kind());
    if used.allows(kind) {
        return Ok((algorithm, kind));
    }
    let message = format!(
        "The {} checksum type cannot be used with the {} checksum algorithm.",
        kind.name(),
        used.name().to_ascii_lowercase()
    );
    Err(with_message(S3ErrorCode::InvalidRequest, message))
}

/// `UploadPart`.
pub(crate) async fn part(mut request: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
    let facts = facts(&request)?;
    let body = request.input.body.take();
    let input = &request.input;
    refuse!(input; sse_customer_algorithm, sse_customer_key, sse_customer_key_md5);
    facts.bucket(&input.bucket, input.expected_bucket_owner.as_ref())?;
    let number = input.part_number;
    if !(1..=MOST_PARTS).contains(&number) {
        let message = "Part number must be an integer between 1 and 10000, inclusive";
        return Err(with_message(S3ErrorCode::InvalidArgument, message));
    }
    let upload = facts.depot().upload(&input.bucket, &input.key, &input.upload_id)?;
    let named = input.checksum_algorithm.as_ref().map(|name| name.as_str().to_owned());
    let wanted = Wanted {
        given: given!(input)?,
        named: named.or_else(|| upload.algorithm.map(|algorithm| algorithm.name().to_owned())),
        length: input.content_length,
        md5: input.content_md5.clone(),
    };
    let received = receive(&facts, &request.headers, &input.bucket, body, wanted).await?;
    if let Some(expected) = upload.algorithm.filter(|expected| *expected != received.sum.algorithm) {
        let message = format!(
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            expected.name().to_ascii_lowercase(),
            received.sum.algorithm.name().to_ascii_lowercase()
        );
        return Err(with_message(S3ErrorCode::InvalidRequest, message));
    }
    let part = Part {
        blob: received.staged.blob.clone(),
        size: received.size,
        etag: received.etag(),
        sum: received.sum.clone(),
        modified: facts.now,
    };
    let mut output = UploadPartOutput {
        e_tag: Some(ETag::Strong(part.etag.clone())),
        server_side_encryption: upload.described.encryption.clone().map(Into::into),
        ssekms_key_id: upload.described.kms_key.clone(),
        ..UploadPartOutput::default()
    };
    answer_sum!(output, part.sum);
    let depot = facts.depot();
    let added = depot.change_upload(&input.bucket, Some(received.staged), || {
        // It may have ended, or got other parts, while this one came.
        let mut upload = Upload::clone(&*depot.upload(&input.bucket, &input.key, &input.upload_id)?);
        let replaced = upload.parts.insert(number, part).map(|part| part.blob);
        Ok((upload, replaced.into_iter().collect()))
    });
    added.await?;
    Ok(S3Response::new(output))
}

/// `AbortMultipartUpload`.
pub(crate) async fn abort(
    request: S3Request<AbortMultipartUploadInput>,
) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
    let (facts, input) = (facts(&request)?, &request.input);
    refuse!(input; if_match_initiated_time);
    facts.bucket(&input.bucket, input.expected_bucket_owner.as_ref())?;
    facts.depot().abort(&input.bucket, &input.key, &input.upload_id).await?;
    Ok(S3Response::with_status(AbortMultipartUploadOutput::default(), StatusCode::NO_CONTENT))
}

/// `ListParts`.
pub(crate) fn parts(request: &S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
    let (facts, input) = (facts(request)?, &request.input);
    refuse!(input; sse_customer_algorithm, sse_customer_key, sse_customer_key_md5);
    facts.bucket(&input.bucket, input.expected_bucket_owner.as_ref())?;
    let upload = facts.depot().upload(&input.bucket, &input.key, &input.upload_id)?;
    let most = most(input.max_parts)?;
    let after = input.part_number_marker.as_ref().map_or(0, |marker| *marker);
    let mut rest = upload.parts.range(after.saturating_add(1)..);
    let parts: Vec<ListedPart> =
        rest.by_ref().take(most).map(|(number, part)| listed(*number, part)).collect();
    let last = parts.last().and_then(|part| part.part_number).unwrap_or(0);
    let algorithm = upload.algorithm;
    let output = ListPartsOutput {
        bucket: Some(input.bucket.clone()),
        key: Some(input.key.clone()),
        upload_id: Some(upload.id.clone()),
        max_parts: i32::try_from(most).ok(),
        part_number_marker: Some(after),
        next_part_number_marker: Some(last),
        is_truncated: Some(rest.next().is_some()),
        parts: (!parts.is_empty()).then_some(parts),
        owner: Some(owner()),
        initiator: Some(initiator()),
        storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
        checksum_algorithm: algorithm.map(|algorithm| ChecksumAlgorithm::from_static(algorithm.name())),
        checksum_type: algorithm.map(|_| ChecksumType::from_static(upload.kind.name())),
        ..ListPartsOutput::default()
    };
    Ok(S3Response::new(output))
}

fn listed(number: i32, part: &Part) -> ListedPart {
    let mut listed = ListedPart {
        part_number: Some(number),
        e_tag: Some(ETag::Strong(part.etag.clone())),
        size: i64::try_from(part.size).ok(),
        last_modified: Some(Timestamp::from(SystemTime::from(part.modified))),
        ..ListedPart::default()
    };
    answer_sum!(listed, part.sum);
    listed
}

fn initiator() -> Initiator {
    Initiator { id: owner().id, display_name: None }
}

/// `ListMultipartUploads`.
pub(crate) fn list(
    request: &S3Request<ListMultipartUploadsInput>,
) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
    let (facts, input) = (facts(request)?, &request.input);
    refuse!(input; delimiter);
    facts.bucket(&input.bucket, input.expected_bucket_owner.as_ref())?;
    let most = most(input.max_uploads)?;
    let names = Names::of(input.encoding_type.as_ref());
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let marker = input.key_marker.as_deref().unwrap_or_default();
    let id = input.upload_id_marker.as_deref().unwrap_or_default();
    let after = |upload: &Upload| {
        upload.key.as_str() > marker || (upload.key == marker && !id.is_empty() && upload.id.as_str() > id)
    };
    let uploads: Vec<Arc<Upload>> = facts.depot().look(&input.bucket, |bucket| {
        let all = bucket.uploads.values();
        all.filter(|upload| upload.key.starts_with(prefix) && after(upload)).take(most + 1).cloned().collect()
    })?;
    let page = &uploads[..uploads.len().min(most)];
    let truncated = uploads.len() > page.len();
    let last = page.last().filter(|_| truncated);
    let output = ListMultipartUploadsOutput {
        bucket: Some(input.bucket.clone()),
        prefix: Some(names.write(prefix)),
        key_marker: Some(names.write(marker)),
        upload_id_marker: Some(id.to_owned()),
        next_key_marker: last.map(|upload| names.write(&upload.key)),
        next_upload_id_marker: last.map(|upload| upload.id.clone()),
        max_uploads: i32::try_from(most).ok(),
        is_truncated: Some(truncated),
        uploads: (!page.is_empty()).then(|| page.iter().map(|upload| under_way(upload, names)).collect()),
        encoding_type: input.encoding_type.clone(),
        ..ListMultipartUploadsOutput::default()
    };
    Ok(S3Response::new(output))
}

fn under_way(upload: &Upload, names: Names) -> MultipartUpload {
    MultipartUpload {
        key: Some(names.write(&upload.key)),
        upload_id: Some(upload.id.clone()),
        initiated: Some(Timestamp::from(SystemTime::from(upload.begun))),
        initiator: Some(initiator()),
        owner: Some(owner()),
        storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
        checksum_algorithm: upload
            .algorithm
            .map(|algorithm| ChecksumAlgorithm::from_static(algorithm.name())),
        checksum_type: upload.algorithm.map(|_| ChecksumType::from_static(upload.kind.name())),
    }
}
