//! What S3's errors mean. Those to a HEAD have no body, and so neither a code nor a text.

use std::error::Error as StdError;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use super::{Place, S3};
use crate::aws::Error;
use crate::model::AccountId;

/// What S3's refusal of a request says about its condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nothing is there.
    Absent,
    /// The condition does not hold.
    Unmet,
    /// Another write was under way at the same moment.
    Clash,
    /// The multipart upload is gone: completed, or given up.
    NoUpload,
    /// Anything else.
    Other,
}

impl Refusal {
    pub(super) fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata,
    {
        let status = error.raw_response().map_or(0, |answer| answer.status().as_u16());
        Self::read(error.code().unwrap_or_default(), status)
    }

    /// The code decides; the status does where there is none.
    fn read(code: &str, status: u16) -> Self {
        match (code, status) {
            ("NoSuchKey" | "NotFound" | "", 404) => Self::Absent,
            ("NoSuchUpload", _) => Self::NoUpload,
            ("PreconditionFailed" | "", 412) => Self::Unmet,
            ("ConditionalRequestConflict" | "OperationAborted", _) | ("", 409) => Self::Clash,
            _ => Self::Other,
        }
    }
}

impl S3 {
    /// Reads an SDK error of a request about `at`; `action` finishes "failed to …".
    pub(super) fn failed<E>(
        &self,
        action: impl Into<String>,
        at: Place<'_>,
        error: &SdkError<E, HttpResponse>,
    ) -> Error
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        let region = error.raw_response().and_then(|answer| answer.headers().get("x-amz-bucket-region"));
        let status = error.raw_response().map_or(0, |answer| answer.status().as_u16());
        let hint = hint(error.code().unwrap_or_default(), status, region, (at.bucket, &self.owner));
        Error::sdk(action, error).hinted(hint)
    }
}

/// The next step, where S3's own is another one than that for any service.
fn hint(
    code: &str,
    status: u16,
    region: Option<&str>,
    (bucket, owner): (&str, &AccountId),
) -> Option<String> {
    let elsewhere =
        matches!(code, "PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed")
            || matches!(status, 301 | 307);
    let hint = match code {
        "NoSuchBucket" => format!(
            "create the bucket (`aws s3 mb s3://{bucket}`), or mend `store` in lambdaship.toml; versioning is only \
             needed for `code-storage = \"reference\"`"
        ),
        "BadDigest" | "XAmzContentSHA256Mismatch" | "XAmzContentChecksumMismatch" => {
            "the file was changed while it was sent; run the command again".to_owned()
        }
        "RequestTimeTooSkewed" => "set the clock of this machine".to_owned(),
        _ if elsewhere => {
            let region = region.map(|region| format!(" {region}")).unwrap_or_default();
            format!(
                "bucket `{bucket}` is in another region{region}; a store is a bucket in the region of the lambdas, and \
                 `{{region}}` in `store` stands for it"
            )
        }
        // S3 does not say which of the two it is.
        _ if status == 403 && matches!(code, "" | "AccessDenied" | "Forbidden") => format!(
            "bucket `{bucket}` has to be account {owner}'s: if it is another one's that you trust, state that account \
             as `store-account` beside `store` in lambdaship.toml; if it is {owner}'s, allow s3:GetObject, s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload and \
             s3:ListMultipartUploadParts on the objects of `{bucket}`, and s3:ListBucket and \
             s3:ListBucketMultipartUploads on the bucket, to the identity that deploys"
        ),
        _ => return None,
    };
    Some(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_read_by_its_code_and_without_one_by_its_status() {
        let table = [
            ("NoSuchKey", 404, Refusal::Absent),
            ("NotFound", 404, Refusal::Absent),
            ("", 404, Refusal::Absent),
            ("NoSuchBucket", 404, Refusal::Other),
            ("NoSuchUpload", 404, Refusal::NoUpload),
            ("PreconditionFailed", 412, Refusal::Unmet),
            ("", 412, Refusal::Unmet),
            ("ConditionalRequestConflict", 409, Refusal::Clash),
            ("OperationAborted", 409, Refusal::Clash),
            ("BucketNotEmpty", 409, Refusal::Other),
            ("AccessDenied", 403, Refusal::Other),
            ("", 403, Refusal::Other),
            ("", 500, Refusal::Other),
        ];
        for (code, status, expected) in table {
            assert_eq!(Refusal::read(code, status), expected, "{code} {status}");
        }
    }

    #[test]
    fn a_hint_names_the_bucket_and_its_region() {
        let table = [
            ("NoSuchBucket", 404, None, Some("aws s3 mb s3://acme")),
            ("PermanentRedirect", 301, Some("eu-west-1"), Some("`acme` is in another region eu-west-1;")),
            ("", 301, None, Some("`acme` is in another region;")),
            ("AuthorizationHeaderMalformed", 400, Some("eu-west-1"), Some("another region eu-west-1;")),
            ("AccessDenied", 403, None, Some("s3:ListBucket")),
            ("", 403, None, Some("s3:ListBucket")),
            ("AccessDenied", 403, None, Some("`acme` has to be account 111111111111's")),
            ("", 403, None, Some("as `store-account` beside `store`")),
            ("InvalidAccessKeyId", 403, None, None),
            ("BadDigest", 400, None, Some("changed while it was sent")),
            ("SlowDown", 503, None, None),
        ];
        let owner = AccountId::new("111111111111").unwrap();
        for (code, status, region, expected) in table {
            let hint = hint(code, status, region, ("acme", &owner));
            match expected {
                Some(part) => {
                    assert!(hint.as_ref().is_some_and(|hint| hint.contains(part)), "{code}: {hint:?}");
                }
                None => assert_eq!(hint, None, "{code}"),
            }
        }
    }
}
