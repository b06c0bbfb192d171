//! `GetObject` and `HeadObject`.

use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use axum::http::{HeaderMap, HeaderValue, StatusCode};
use s3s::dto::{
    ETag, ETagCondition, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, Timestamp,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result};

use super::bytes;
use super::checksum::answer_sum;
use super::depot::record::{BucketRecord, Content, KeyRecord, Version, Versioning};
use super::described::answer_described;
use super::failure::{internal, no_such_key, no_such_version, precondition, with_message};
use super::visit::{facts, refuse};

/// What both answer of an object.
macro_rules! answer_found {
    ($output:expr, $found:expr, $content:expr) => {{
        $output.accept_ranges = Some("bytes".to_owned());
        $output.e_tag = Some(ETag::Strong($content.etag.clone()));
        $output.last_modified = Some(Timestamp::from(SystemTime::from($found.version.modified)));
        $output.version_id = $found.id();
        answer_described!($output, &$content.described);
    }};
}
/// `GetObject`.
pub(crate) async fn get(request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
    let (facts, input) = (facts(&request)?, &request.input);
    refuse!(input; part_number, sse_customer_algorithm, sse_customer_key, sse_customer_key_md5, if_modified_since,
        if_unmodified_since);
    let bucket = facts.bucket(&input.bucket, input.expected_bucket_owner.as_ref())?;
    let found =
        Found::of(&bucket, facts.depot().key(&input.bucket, &input.key)?, input.version_id.as_deref())?;
    let content = found.content()?;
    conditions(content, input.if_match.as_ref(), input.if_none_match.as_ref())?;
    let range = range(input.range.as_ref(), content.size)?;
    let part = range.clone().unwrap_or(0..content.size);
    let file = facts.depot().folder(&input.bucket).blob(&content.blob);
    let stream = bytes::send(&file, part.clone()).await.map_err(internal)?;
    let mut output = GetObjectOutput {
        body: Some(bytes::body(stream)),
        content_length: i64::try_from(part.end - part.start).ok(),
        content_range: range.as_ref().map(|range| content_range(range, content.size)),
        ..GetObjectOutput::default()
    };
    answer_found!(output, found, content);
    if input.checksum_mode.is_some() && range.is_none() {
        output.checksum_type = Some(content.sum.kind_name());
        answer_sum!(output, content.sum);
    }
    Ok(S3Response::new(output))
}

/// `HeadObject`.
pub(crate) fn head(request: &S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
    let (facts, input) = (facts(request)?, &request.input);
    refuse!(input; part_number, sse_customer_algorithm, sse_customer_key, sse_customer_key_md5, if_modified_since,
        if_unmodified_since);
    let bucket = facts.bucket(&input.bucket, input.expected_bucket_owner.as_ref())?;
    let found =
        Found::of(&bucket, facts.depot().key(&input.bucket, &input.key)?, input.version_id.as_deref())?;
    let content = found.content()?;
    conditions(content, input.if_match.as_ref(), input.if_none_match.as_ref())?;
    let range = range(input.range.as_ref(), content.size)?;
    let part = range.clone().unwrap_or(0..content.size);
    let mut output = HeadObjectOutput {
        content_length: i64::try_from(part.end - part.start).ok(),
        content_range: range.as_ref().map(|range| content_range(range, content.size)),
        ..HeadObjectOutput::default()
    };
    answer_found!(output, found, content);
    if input.checksum_mode.is_some() && range.is_none() {
        output.checksum_type = Some(content.sum.kind_name());
        answer_sum!(output, content.sum);
    }
    let status = if range.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    Ok(S3Response::with_status(output, status))
}

/// A version that a request is about.
pub(crate) struct Found {
    pub(crate) version: Version,
    versioning: Versioning,
    named: bool,
}

impl Found {
    /// The version `id`, or the newest one.
    pub(crate) fn of(bucket: &BucketRecord, key: Option<Arc<KeyRecord>>, id: Option<&str>) -> S3Result<Self> {
        let missing = if id.is_some() { no_such_version } else { no_such_key };
        let key = key.ok_or_else(missing)?;
        let version = match id {
            Some(id) => key.version(id),
            None => key.versions.first(),
        };
        let version = version.cloned().ok_or_else(missing)?;
        Ok(Self { version, versioning: bucket.versioning, named: id.is_some() })
    }

    /// Its bytes, unless it is a delete marker.
    pub(crate) fn content(&self) -> S3Result<&Content> {
        self.version.content.as_ref().ok_or_else(|| self.deleted())
    }

    /// The id that is answered, which there is once a bucket has had versions.
    pub(crate) fn id(&self) -> Option<String> {
        (self.versioning != Versioning::Never).then(|| self.version.id.clone())
    }

    fn deleted(&self) -> S3Error {
        let mut error = if self.named {
            let message = "The specified method is not allowed against this resource.";
            with_message(S3ErrorCode::MethodNotAllowed, message)
        } else {
            no_such_key()
        };
        let mut headers =
            HeaderMap::from_iter([(s3s::header::X_AMZ_DELETE_MARKER, HeaderValue::from_static("true"))]);
        if let Ok(id) = HeaderValue::from_str(&self.version.id) {
            headers.insert(s3s::header::X_AMZ_VERSION_ID, id);
        }
        error.set_headers(headers);
        error
    }
}

fn conditions(
    content: &Content,
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> S3Result<()> {
    let matches = |condition: &ETagCondition| match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(etag) => etag.value() == content.etag,
    };
    if if_match.is_some_and(|condition| !matches(condition)) {
        return Err(precondition());
    }
    if if_none_match.is_some_and(matches) {
        return Err(S3Error::new(S3ErrorCode::NotModified));
    }
    Ok(())
}

fn range(range: Option<&s3s::dto::Range>, size: u64) -> S3Result<Option<Range<u64>>> {
    let checked = range.map(|range| range.check(size)).transpose();
    checked.map_err(|_| with_message(S3ErrorCode::InvalidRange, "The requested range is not satisfiable"))
}

fn content_range(range: &Range<u64>, size: u64) -> String {
    format!("bytes {}-{}/{size}", range.start, range.end - 1)
}
