//! `CopyObject`.

use std::time::SystemTime;

use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, ETag, ETagCondition, MetadataDirective,
    ObjectCannedACL, ServerSideEncryption, Timestamp,
};
use s3s::{S3ErrorCode, S3Request, S3Response, S3Result};

use super::bytes::{self, Claims};
use super::checksum::{Algorithm, Kind, answer_sum};
use super::condition::{Condition, Fence};
use super::depot::Change;
use super::depot::record::Described;
use super::described::{described, encryption};
use super::failure::{internal, not_implemented, precondition, with_message};
use super::get::Found;
use super::put::{content, placed};
use super::visit::{facts, owned, refuse};

/// `CopyObject`.
pub(crate) async fn copy(request: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
    let (facts, input) = (facts(&request)?, &request.input);
    refuse!(input; grant_full_control, grant_read, grant_read_acp, grant_write_acp, object_lock_legal_hold_status,
        object_lock_mode, object_lock_retain_until_date, sse_customer_algorithm, sse_customer_key,
        sse_customer_key_md5, ssekms_encryption_context, tagging, website_redirect_location, expires,
        copy_source_if_modified_since, copy_source_if_unmodified_since, copy_source_sse_customer_algorithm,
        copy_source_sse_customer_key, copy_source_sse_customer_key_md5, bucket_key_enabled);
    super::described::plain(input.acl.as_ref().map(ObjectCannedACL::as_str), input.storage_class.as_ref())?;
    let bucket = facts.bucket(&input.bucket, input.expected_bucket_owner.as_ref())?;
    owned(input.expected_source_bucket_owner.as_ref())?;
    let CopySource::Bucket { bucket: source_bucket, key: source_key, version_id } = &input.copy_source else {
        return Err(not_implemented("copies from access points"));
    };
    let source = facts.depot().record(source_bucket)?;
    let source = Found::of(&source, facts.depot().key(source_bucket, source_key)?, version_id.as_deref())?;
    let from = source.content()?;
    check_source(input, &from.etag)?;
    let replaced =
        input.metadata_directive.as_ref().is_some_and(|one| one.as_str() == MetadataDirective::REPLACE);
    let itself = **source_bucket == *input.bucket && **source_key == *input.key && version_id.is_none();
    if itself && !replaced && input.server_side_encryption.is_none() {
        let message = "This copy request is illegal because it is trying to copy an object to itself without \
                       changing the object's metadata, storage class, website redirect location or encryption \
                       attributes.";
        return Err(with_message(S3ErrorCode::InvalidRequest, message));
    }
    let fence =
        Fence::begin(facts.depot(), &input.bucket, &input.key, Condition::in_headers(&request.headers)?)?;
    let asked = described!(input);
    let described = if replaced {
        asked
    } else {
        Described { encryption: asked.encryption, kms_key: asked.kms_key, ..from.described.clone() }
    };
    let algorithm =
        input.checksum_algorithm.as_ref().map(|name| Algorithm::parse(name.as_str())).transpose()?;
    let same = (from.sum.kind == Kind::FullObject).then_some(from.sum.algorithm);
    let algorithm = algorithm.or(same).unwrap_or(Algorithm::Crc64Nvme);
    let file = facts.depot().folder(source_bucket).blob(&from.blob);
    let stream = bytes::send(&file, 0..from.size).await.map_err(internal)?;
    let folder = facts.depot().folder(&input.bucket);
    let received = bytes::receive(&folder, stream, algorithm, &Claims::default()).await?;
    let content = content(received.etag(), &received, encryption(described, &bucket));
    let (stored, now) = (content.clone(), facts.now);
    let version = facts.depot().change_key(&input.bucket, &input.key, |bucket, before| {
        fence.check(before)?;
        let (versions, id) = placed(bucket, before, Some(stored), now);
        Ok(Change { versions, staged: Some(received.staged), upload: None, answer: id })
    });
    let version_id = version.await?;
    let mut result = CopyObjectResult {
        e_tag: Some(ETag::Strong(content.etag.clone())),
        last_modified: Some(Timestamp::from(SystemTime::from(now))),
        checksum_type: Some(content.sum.kind_name()),
        ..CopyObjectResult::default()
    };
    answer_sum!(result, content.sum);
    let output = CopyObjectOutput {
        copy_object_result: Some(result),
        copy_source_version_id: source.id(),
        version_id,
        server_side_encryption: content.described.encryption.clone().map(ServerSideEncryption::from),
        ssekms_key_id: content.described.kms_key.clone(),
        ..CopyObjectOutput::default()
    };
    Ok(S3Response::new(output))
}

fn check_source(input: &CopyObjectInput, etag: &str) -> S3Result<()> {
    let matches = |condition: &ETagCondition| match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(wanted) => wanted.value() == etag,
    };
    let other = input.copy_source_if_match.as_ref().is_some_and(|condition| !matches(condition));
    let same = input.copy_source_if_none_match.as_ref().is_some_and(matches);
    if other || same { Err(precondition()) } else { Ok(()) }
}
