//! The refusals of S3 that more than one operation has, with S3's own texts.

use std::borrow::Cow;
use std::error::Error as StdError;

use axum::http::{HeaderMap, HeaderValue, StatusCode};
use s3s::{S3Error, S3ErrorCode};

pub(crate) fn with_message(code: S3ErrorCode, message: impl Into<Cow<'static, str>>) -> S3Error {
    S3Error::with_message(code, message)
}

/// A code that the protocol library has no name for.
pub(crate) fn custom(
    code: &'static str,
    status: StatusCode,
    message: impl Into<Cow<'static, str>>,
) -> S3Error {
    let mut error = S3Error::with_message(S3ErrorCode::Custom(code.into()), message);
    error.set_status_code(status);
    error
}

pub(crate) fn no_such_bucket() -> S3Error {
    with_message(S3ErrorCode::NoSuchBucket, "The specified bucket does not exist")
}

pub(crate) fn no_such_key() -> S3Error {
    with_message(S3ErrorCode::NoSuchKey, "The specified key does not exist.")
}

pub(crate) fn no_such_version() -> S3Error {
    with_message(S3ErrorCode::NoSuchVersion, "The specified version does not exist.")
}

/// A condition of the request does not hold.
pub(crate) fn precondition() -> S3Error {
    let message = "At least one of the pre-conditions you specified did not hold";
    with_message(S3ErrorCode::PreconditionFailed, message)
}

/// Another request changed the key while this one, which has a condition, was under way.
pub(crate) fn conflict() -> S3Error {
    let message =
        "The conditional request cannot succeed due to a conflicting operation against this resource.";
    let mut error = with_message(S3ErrorCode::ConditionalRequestConflict, message);
    error.set_status_code(StatusCode::CONFLICT);
    error
}

/// What this server does not have, and S3 does.
pub(crate) fn not_implemented(what: &str) -> S3Error {
    let message = format!("the local AWS does not implement {what}");
    with_message(S3ErrorCode::NotImplemented, message)
}

/// The bucket is in another region than the request is signed for.
pub(crate) fn elsewhere(region: &str) -> S3Error {
    let message = "The bucket you are attempting to access must be addressed using the specified endpoint. Please \
                   send all future requests to this endpoint.";
    let mut error = with_message(S3ErrorCode::PermanentRedirect, message);
    error.set_status_code(StatusCode::MOVED_PERMANENTLY);
    if let Ok(region) = HeaderValue::from_str(region) {
        error.set_headers(HeaderMap::from_iter([(s3s::header::X_AMZ_BUCKET_REGION, region)]));
    }
    error
}

/// What went wrong is the server's.
pub(crate) fn internal(error: impl StdError + Send + Sync + 'static) -> S3Error {
    let message = error.to_string();
    let mut error = S3Error::with_source(S3ErrorCode::InternalError, Box::new(error));
    error.set_message(message);
    error
}
