//! `DeleteObject` and `DeleteObjects`.

use s3s::dto::{
    DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, Error,
    ObjectIdentifier,
};
use s3s::{S3ErrorCode, S3Request, S3Response, S3Result};

use super::condition::{Condition, content};
use super::depot::Change;
use super::depot::record::{NULL, Version, Versioning};
use super::failure::with_message;
use super::put::placed;
use super::visit::{Facts, facts, refuse};

/// `DeleteObject`.
pub(crate) async fn one(request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
    let (facts, input) = (facts(&request)?, &request.input);
    refuse!(input; bypass_governance_retention, if_match_last_modified_time, if_match_size, mfa);
    facts.bucket(&input.bucket, input.expected_bucket_owner.as_ref())?;
    let condition = Condition::of_deletion(input.if_match.as_ref());
    let gone = remove(&facts, &input.bucket, (&input.key, input.version_id.as_deref()), condition).await?;
    let output = DeleteObjectOutput {
        delete_marker: gone.marker.then_some(true),
        version_id: gone.version,
        ..DeleteObjectOutput::default()
    };
    Ok(S3Response::new(output))
}

/// `DeleteObjects`.
pub(crate) async fn many(
    request: S3Request<DeleteObjectsInput>,
) -> S3Result<S3Response<DeleteObjectsOutput>> {
    let (facts, input) = (facts(&request)?, &request.input);
    refuse!(input; bypass_governance_retention, mfa);
    facts.bucket(&input.bucket, input.expected_bucket_owner.as_ref())?;
    if input.delete.objects.is_empty() || input.delete.objects.len() > 1_000 {
        let message =
            "The XML you provided was not well-formed or did not validate against our published schema";
        return Err(with_message(S3ErrorCode::MalformedXML, message));
    }
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for object in &input.delete.objects {
        let ObjectIdentifier { key, version_id, .. } = object;
        refuse!(object; last_modified_time, size);
        let condition = match &object.e_tag {
            Some(etag) => Condition::Same(etag.value().to_owned()),
            None => Condition::Any,
        };
        match remove(&facts, &input.bucket, (key, version_id.as_deref()), condition).await {
            Ok(gone) => deleted.push(DeletedObject {
                key: Some(key.clone()),
                version_id: version_id.clone(),
                delete_marker: gone.marker.then_some(true),
                delete_marker_version_id: gone.version.filter(|_| gone.marker),
            }),
            Err(error) => errors.push(Error {
                key: Some(key.clone()),
                version_id: version_id.clone(),
                code: Some(error.code().as_str().to_owned()),
                message: error.message().map(str::to_owned),
            }),
        }
    }
    let quiet = input.delete.quiet == Some(true);
    let output = DeleteObjectsOutput {
        deleted: (!quiet && !deleted.is_empty()).then_some(deleted),
        errors: (!errors.is_empty()).then_some(errors),
        ..DeleteObjectsOutput::default()
    };
    Ok(S3Response::new(output))
}

/// What a deletion came to.
struct Gone {
    /// A delete marker was made or removed.
    marker: bool,
    version: Option<String>,
}

/// Removes a version, or hides the newest one.
async fn remove(
    facts: &Facts,
    bucket: &str,
    (key, version): (&str, Option<&str>),
    condition: Condition,
) -> S3Result<Gone> {
    if version.is_some_and(|id| id != NULL && !is_id(id)) {
        return Err(with_message(S3ErrorCode::InvalidArgument, "Invalid version id specified"));
    }
    let now = facts.now;
    let change = facts.depot().change_key(bucket, key, |bucket, before| {
        condition.check(content(before))?;
        let there: &[Version] = before.map_or(&[], |before| &before.versions);
        let (versions, gone) = match version {
            Some(id) => {
                let marker = there.iter().any(|version| version.id == id && version.content.is_none());
                let rest = there.iter().filter(|version| version.id != id).cloned().collect();
                (rest, Gone { marker, version: Some(id.to_owned()) })
            }
            None if bucket.versioning == Versioning::Never => {
                (Vec::new(), Gone { marker: false, version: None })
            }
            None => {
                let (versions, id) = placed(bucket, before, None, now);
                (versions, Gone { marker: true, version: id })
            }
        };
        Ok(Change { versions, staged: None, upload: None, answer: gone })
    });
    change.await
}

fn is_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
