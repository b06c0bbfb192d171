//! Whether a request is signed for S3, for which region, and until when. The signature itself is not checked: the server
//! listens on the loopback interface only.

use axum::http::{HeaderMap, Uri};
use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};
use percent_encoding::percent_decode_str;

use crate::local::DEFAULT_REGION;
use crate::model::Region;

/// What a signature for S3 says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) region: String,
    /// The end of a presigned URL; absent for a signature by header.
    pub(crate) expires: Option<Timestamp>,
}

/// The signature for S3 that a request has in its `Authorization` header or in its query.
pub(crate) fn signature(headers: &HeaderMap, uri: &Uri) -> Option<Signature> {
    if let Some(authorization) = headers.get("authorization") {
        let (_, credential) = authorization.to_str().ok()?.split_once("Credential=")?;
        return Some(Signature { region: region(credential.split(',').next()?)?, expires: None });
    }
    let parameter = |name: &str| {
        let pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        percent_decode_str(value).decode_utf8().ok().map(std::borrow::Cow::into_owned)
    };
    let region = region(&parameter("X-Amz-Credential")?)?;
    let begun = time(&parameter("X-Amz-Date")?)?;
    let span = SignedDuration::from_secs(parameter("X-Amz-Expires")?.parse().ok()?);
    Some(Signature { region, expires: Some(begun.checked_add(span).ok()?) })
}

/// The region of a credential scope, `AKID/20261121/eu-west-1/s3/aws4_request`, if it is one for S3.
fn region(scope: &str) -> Option<String> {
    let mut parts = scope.rsplit('/');
    let (_, service, region) = (parts.next()?, parts.next()?, parts.next()?);
    let region = if Region::new(region).is_ok() { region } else { DEFAULT_REGION };
    (service == "s3").then(|| region.to_owned())
}

/// A time such as `20261121T160000Z`.
fn time(text: &str) -> Option<Timestamp> {
    let time = civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use axum::http::header::AUTHORIZATION;

    use super::*;

    #[test]
    fn a_signature_for_s3_is_told_from_others() {
        let scope = |service: &str| {
            format!(
                "AWS4-HMAC-SHA256 Credential=AK/20261121/eu-west-1/{service}/aws4_request, SignedHeaders=host"
            )
        };
        for (authorization, expected) in
            [(scope("s3"), Some("eu-west-1")), (scope("lambda"), None), ("Bearer x".to_owned(), None)]
        {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, authorization.parse().unwrap())]);
            let found = signature(&headers, &Uri::from_static("/"));
            assert_eq!(found.map(|found| found.region).as_deref(), expected, "{authorization}");
        }
    }

    #[test]
    fn a_presigned_url_ends() {
        let uri = "/b/k?X-Amz-Credential=AK%2F20261121%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20261121T160000Z&X-Amz-Expires=60";
        let found = signature(&HeaderMap::new(), &Uri::from_static(uri)).unwrap();
        assert_eq!(found.region, "eu-west-1");
        assert_eq!(found.expires.unwrap().to_string(), "2026-11-21T16:01:00Z");
        assert_eq!(signature(&HeaderMap::new(), &Uri::from_static("/b/k")), None);
    }
}
