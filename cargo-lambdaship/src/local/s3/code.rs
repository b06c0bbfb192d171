//! What Lambda takes from S3: a zip that a request names, for a copy or to run from it.

use std::fs::File;

use s3s::{S3Error, S3ErrorCode};

use super::depot::Depot;
use super::failure::{custom, no_such_key, no_such_version, with_message};
use super::policy::{Asked, allows};
use crate::local::state::CodeObject;

/// Why an object cannot be used, as S3 says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unusable {
    pub(crate) code: String,
    pub(crate) message: String,
}

impl From<S3Error> for Unusable {
    fn from(error: S3Error) -> Self {
        let message = error.message().unwrap_or_default().to_owned();
        Self { code: error.code().as_str().to_owned(), message }
    }
}

/// Opens an object, or a version of it, for a function in `region`.
pub(crate) fn open(
    depot: &Depot,
    region: &str,
    (bucket, key, version): (&str, &str, Option<&str>),
) -> Result<File, Unusable> {
    let record = depot.record(bucket)?;
    if record.region != region {
        let message = format!(
            "The bucket is in this region: {}. Please use this region to retry the request",
            record.region
        );
        return Err(with_message(S3ErrorCode::PermanentRedirect, message).into());
    }
    let found = depot.key(bucket, key)?;
    let content = match version {
        None => found
            .as_ref()
            .and_then(|found| found.current())
            .map(|(_, content)| content)
            .ok_or_else(no_such_key),
        Some(id) => {
            let version = found.as_ref().and_then(|found| found.version(id)).ok_or_else(no_such_version)?;
            version.content.as_ref().ok_or_else(|| {
                with_message(
                    S3ErrorCode::MethodNotAllowed,
                    "The specified method is not allowed against this resource.",
                )
            })
        }
    }?;
    File::open(depot.folder(bucket).blob(&content.blob))
        .map_err(|error| super::failure::internal(error).into())
}

/// Whether Lambda itself may read `object` for the function with the ARN `function`: it must be there, and the bucket
/// must let Lambda have it.
pub(crate) fn readable(
    depot: &Depot,
    region: &str,
    object: &CodeObject,
    function: &str,
) -> Result<File, Unusable> {
    let file = open(depot, region, (&object.bucket, &object.key, Some(&object.version)))?;
    let record = depot.record(&object.bucket)?;
    let resource = format!("arn:aws:s3:::{}/{}", object.bucket, object.key);
    let may = |action| {
        let asked = Asked { service: "lambda.amazonaws.com", action, resource: &resource, source: function };
        allows(record.policy.as_deref(), &asked)
    };
    if may("s3:GetObject") && may("s3:GetObjectVersion") {
        return Ok(file);
    }
    Err(custom("AccessDenied", axum::http::StatusCode::FORBIDDEN, "Access Denied").into())
}
