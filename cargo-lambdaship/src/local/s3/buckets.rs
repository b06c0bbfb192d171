//! Buckets: creating, finding, listing and deleting them.

use std::time::SystemTime;

use axum::http::StatusCode;
use s3s::dto::{
    Bucket, BucketCannedACL, BucketLocationConstraint, CreateBucketInput, CreateBucketOutput,
    DeleteBucketInput, DeleteBucketOutput, GetBucketLocationInput, GetBucketLocationOutput, HeadBucketInput,
    HeadBucketOutput, ListBucketsInput, ListBucketsOutput, Timestamp,
};
use s3s::{S3ErrorCode, S3Request, S3Response, S3Result};

use super::depot::Bucket as Kept;
use super::depot::record::BucketRecord;
use super::failure::{custom, with_message};
use super::lists::owner;
use super::visit::{facts, owned, refuse};
use crate::local::DEFAULT_REGION;

/// `CreateBucket`.
pub(crate) async fn create(
    request: S3Request<CreateBucketInput>,
) -> S3Result<S3Response<CreateBucketOutput>> {
    let (facts, input) = (facts(&request)?, &request.input);
    refuse!(input; grant_full_control, grant_read, grant_read_acp, grant_write, grant_write_acp,
        object_lock_enabled_for_bucket);
    super::described::plain(input.acl.as_ref().map(BucketCannedACL::as_str), None)?;
    let configuration = input.create_bucket_configuration.as_ref();
    let constraint = configuration.and_then(|configuration| configuration.location_constraint.as_ref());
    let region = located(&facts.region, constraint.map(BucketLocationConstraint::as_str))?.to_owned();
    let (now, signed) = (facts.now, facts.region.clone());
    let created = facts.depot().change_bucket(&input.bucket, |there| match there {
        None => Ok(BucketRecord::new(&region, now)),
        // As S3 has it since its first region.
        Some(there) if there.region == DEFAULT_REGION && signed == DEFAULT_REGION => Ok(there.clone()),
        Some(_) => Err(with_message(
            S3ErrorCode::BucketAlreadyOwnedByYou,
            "Your previous request to create the named bucket succeeded and you already own it.",
        )),
    });
    created.await?;
    Ok(S3Response::new(CreateBucketOutput { location: Some(format!("/{}", input.bucket)) }))
}

/// The region of a new bucket: that of the request, which must be named unless it is the first one.
fn located<'a>(signed: &'a str, constraint: Option<&'a str>) -> S3Result<&'a str> {
    let incompatible = |constraint: &str| {
        custom(
            "IllegalLocationConstraintException",
            StatusCode::BAD_REQUEST,
            format!(
                "The {constraint} location constraint is incompatible for the region specific endpoint this request \
                 was sent to."
            ),
        )
    };
    match constraint {
        None if signed == DEFAULT_REGION => Ok(signed),
        None => Err(incompatible("unspecified")),
        Some(DEFAULT_REGION) => Err(with_message(
            S3ErrorCode::InvalidLocationConstraint,
            "The specified location-constraint is not valid",
        )),
        Some(region) if signed == region || signed == DEFAULT_REGION => Ok(region),
        Some(region) => Err(incompatible(region)),
    }
}

/// `HeadBucket`.
pub(crate) fn head(request: &S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
    let facts = facts(request)?;
    let bucket = facts.bucket(&request.input.bucket, request.input.expected_bucket_owner.as_ref())?;
    let output = HeadBucketOutput {
        bucket_region: Some(bucket.region.clone()),
        access_point_alias: Some(false),
        ..HeadBucketOutput::default()
    };
    Ok(S3Response::new(output))
}

/// `GetBucketLocation`, which any region answers.
pub(crate) fn location(
    request: &S3Request<GetBucketLocationInput>,
) -> S3Result<S3Response<GetBucketLocationOutput>> {
    owned(request.input.expected_bucket_owner.as_ref())?;
    let record = facts(request)?.depot().record(&request.input.bucket)?;
    let constraint =
        (record.region != DEFAULT_REGION).then(|| BucketLocationConstraint::from(record.region.clone()));
    Ok(S3Response::new(GetBucketLocationOutput { location_constraint: constraint }))
}

/// `ListBuckets`.
pub(crate) fn list(request: &S3Request<ListBucketsInput>) -> S3Result<S3Response<ListBucketsOutput>> {
    let (facts, input) = (facts(request)?, &request.input);
    let most = usize::try_from(input.max_buckets.unwrap_or(10_000)).unwrap_or(0).max(1);
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let after = input.continuation_token.as_deref();
    let buckets = facts.depot().buckets();
    let mut listed = buckets.iter().filter(|(name, bucket)| {
        name.starts_with(prefix)
            && after.is_none_or(|after| name.as_str() > after)
            && input.bucket_region.as_ref().is_none_or(|region| *region == bucket.record.region)
    });
    let page: Vec<Bucket> =
        listed.by_ref().take(most).map(|(name, bucket)| described(name, bucket)).collect();
    let last = page.last().and_then(|bucket| bucket.name.clone());
    let output = ListBucketsOutput {
        continuation_token: last.filter(|_| listed.next().is_some()),
        owner: Some(owner()),
        prefix: input.prefix.clone(),
        buckets: Some(page),
    };
    Ok(S3Response::new(output))
}

fn described(name: &str, bucket: &Kept) -> Bucket {
    Bucket {
        name: Some(name.to_owned()),
        creation_date: Some(Timestamp::from(SystemTime::from(bucket.record.created))),
        bucket_region: Some(bucket.record.region.clone()),
    }
}

/// `DeleteBucket`. Uploads that are under way end with it.
pub(crate) async fn delete(
    request: S3Request<DeleteBucketInput>,
) -> S3Result<S3Response<DeleteBucketOutput>> {
    let (facts, input) = (facts(&request)?, &request.input);
    facts.bucket(&input.bucket, input.expected_bucket_owner.as_ref())?;
    let removed = facts.depot().remove_bucket(&input.bucket, |bucket| {
        if bucket.keys.is_empty() {
            return Ok(());
        }
        let message = if bucket.keys.values().any(|key| key.current().is_some()) {
            "The bucket you tried to delete is not empty"
        } else {
            "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
        };
        Err(with_message(S3ErrorCode::BucketNotEmpty, message))
    });
    removed.await?;
    Ok(S3Response::with_status(DeleteBucketOutput {}, StatusCode::NO_CONTENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_where_the_request_says() {
        for (signed, constraint, region) in [
            ("us-east-1", None, Some("us-east-1")),
            ("us-east-1", Some("eu-west-1"), Some("eu-west-1")),
            ("eu-west-1", Some("eu-west-1"), Some("eu-west-1")),
            ("eu-west-1", None, None),
            ("eu-west-1", Some("us-west-2"), None),
            ("us-east-1", Some("us-east-1"), None),
        ] {
            assert_eq!(located(signed, constraint).ok(), region, "{signed} {constraint:?}");
        }
    }
}
