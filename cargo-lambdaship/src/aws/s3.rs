//! S3: objects of the store.

use aws_sdk_s3::Client;

/// Calls to S3.
#[derive(Debug, Clone)]
pub struct S3(pub(super) Client);
