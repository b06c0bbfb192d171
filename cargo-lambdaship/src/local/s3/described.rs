//! What a client says of an object, and gets back with it.

use s3s::S3Result;
use s3s::dto::StorageClass;

use super::depot::record::{BucketRecord, Described};
use super::failure::not_implemented;

/// What the members of a request say of an object.
macro_rules! described {
    ($input:expr) => {
        $crate::local::s3::depot::record::Described {
            content_type: $input.content_type.clone(),
            content_encoding: $input.content_encoding.clone(),
            content_disposition: $input.content_disposition.clone(),
            content_language: $input.content_language.clone(),
            cache_control: $input.cache_control.clone(),
            metadata: $input.metadata.clone().into_iter().flatten().collect(),
            encryption: $input.server_side_encryption.as_ref().map(|kind| kind.as_str().to_owned()),
            kms_key: $input.ssekms_key_id.clone(),
        }
    };
}

/// Answers what was said of an object.
macro_rules! answer_described {
    ($output:expr, $described:expr) => {{
        let described = $described;
        let default = || "binary/octet-stream".to_owned();
        $output.content_type = Some(described.content_type.clone().unwrap_or_else(default));
        $output.content_encoding = described.content_encoding.clone();
        $output.content_disposition = described.content_disposition.clone();
        $output.content_language = described.content_language.clone();
        $output.cache_control = described.cache_control.clone();
        $output.metadata =
            (!described.metadata.is_empty()).then(|| described.metadata.clone().into_iter().collect());
        $output.server_side_encryption = described.encryption.clone().map(Into::into);
        $output.ssekms_key_id = described.kms_key.clone();
    }};
}

pub(crate) use {answer_described, described};

/// Fills in how an object is encrypted when the request does not say: as the bucket says, or with S3's own keys.
pub(crate) fn encryption(described: Described, bucket: &BucketRecord) -> Described {
    if described.encryption.is_some() {
        return described;
    }
    let mut rules = bucket.encryption.iter().flat_map(|encryption| &encryption.rules);
    let default = rules.find_map(|rule| rule.apply_server_side_encryption_by_default.as_ref());
    Described {
        encryption: Some(
            default.map_or_else(|| "AES256".to_owned(), |rule| rule.sse_algorithm.as_str().to_owned()),
        ),
        kms_key: default.and_then(|rule| rule.kms_master_key_id.clone()),
        ..described
    }
}

/// Refuses an access list and a storage class other than those that every object has here.
pub(crate) fn plain(acl: Option<&str>, class: Option<&StorageClass>) -> S3Result<()> {
    if acl.is_some_and(|acl| !["private", "bucket-owner-full-control"].contains(&acl)) {
        return Err(not_implemented("access lists"));
    }
    if class.is_some_and(|class| class.as_str() != StorageClass::STANDARD) {
        return Err(not_implemented("storage classes other than STANDARD"));
    }
    Ok(())
}
