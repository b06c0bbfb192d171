//! Making the bucket of a store without a request.

use axum::http::StatusCode;
use serde_json::json;

use super::depot::Depot;
use super::depot::record::{BucketRecord, Versioning};
use super::failure::elsewhere;
use crate::context;
use crate::local::fault::Fault;
use crate::model::CodeStorage;

/// Makes sure that `region` has the bucket `name`, ready for what `storage` needs. What else was set of it stays.
pub(crate) async fn make_bucket(
    depot: &Depot,
    name: &str,
    region: &str,
    storage: CodeStorage,
) -> Result<(), Fault> {
    if depot.record(name).is_ok_and(|there| there.region == region && is_ready(&there, storage)) {
        return Ok(());
    }
    let made = depot.change_bucket(name, |there| {
        let mut bucket = there.cloned().unwrap_or_else(|| BucketRecord::new(region, context::now()));
        if bucket.region != region {
            return Err(elsewhere(&bucket.region));
        }
        if storage == CodeStorage::Reference {
            bucket.versioning = Versioning::Enabled;
            bucket.policy.get_or_insert_with(|| lets_lambda_read(name));
        }
        Ok(bucket)
    });
    made.await.map_err(|error| {
        let message =
            format!("bucket `{name}` cannot be made in {region}: {}", error.message().unwrap_or_default());
        Fault::new(StatusCode::CONFLICT, "ResourceConflictException", message)
    })
}

fn is_ready(bucket: &BucketRecord, storage: CodeStorage) -> bool {
    storage != CodeStorage::Reference || (bucket.versioning == Versioning::Enabled && bucket.policy.is_some())
}

fn lets_lambda_read(bucket: &str) -> String {
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "lambda.amazonaws.com" },
            "Action": ["s3:GetObject", "s3:GetObjectVersion"],
            "Resource": format!("arn:aws:s3:::{bucket}/*"),
        }],
    });
    policy.to_string()
}
