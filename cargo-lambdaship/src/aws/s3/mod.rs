//! S3: objects of the store.
//!
//! Small documents are read and written as a whole, zips are streamed. A write says on which condition, and its answer
//! whether that held. Buckets are neither made nor changed here, and those of another account than expected are not used.

mod download;
mod fault;
mod multipart;
mod objects;
mod owner;

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;

pub use download::Download;
pub use multipart::{Completion, FilePart, SentPart, UploadId};
pub use objects::{Document, Head, Listed, Upload};

use self::owner::Expectation;
use crate::model::AccountId;

/// Long enough for the largest body that goes in one request, on a slow line.
const UPLOAD: Duration = Duration::from_mins(10);
/// How often a write that met another one at the same moment is tried.
const TRIES: u32 = 6;

/// Calls to S3, about buckets of one account.
#[derive(Debug, Clone)]
pub struct S3 {
    client: Client,
    owner: AccountId,
}

impl S3 {
    /// Calls with the settings of `config`, each of which says that the bucket is `owner`'s.
    pub(super) fn new(config: aws_sdk_s3::config::Builder, owner: &AccountId) -> Self {
        let config = config.interceptor(Expectation(owner.clone())).build();
        Self { client: Client::from_conf(config), owner: owner.clone() }
    }
}

/// Where an object is.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// The key.
    pub key: &'a str,
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

/// What an object's content is known by: another content has another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(String);

/// On which condition something is written or deleted.
#[derive(Debug, Clone, Copy)]
pub enum Condition<'a> {
    /// Nothing is there.
    Absent,
    /// It is still what was read.
    Unchanged(&'a ETag),
}

impl Condition<'_> {
    fn if_none_match(self) -> Option<String> {
        matches!(self, Self::Absent).then(|| "*".to_owned())
    }

    fn if_match(self) -> Option<String> {
        match self {
            Self::Absent => None,
            Self::Unchanged(tag) => Some(tag.0.clone()),
        }
    }
}

fn uploading() -> aws_sdk_s3::config::Builder {
    aws_sdk_s3::config::Builder::new().timeout_config(TimeoutConfig::builder().read_timeout(UPLOAD).build())
}

/// Lets the other write that stood in the way come to its end. The SDK does not try these again.
async fn step_aside(tries: u32) {
    tokio::time::sleep(Duration::from_millis(50 << tries)).await;
}
