//! What is kept of buckets, objects and uploads beside their bytes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use s3s::dto;
use serde::{Deserialize, Serialize};

use crate::local::s3::checksum::{Algorithm, Kind, Sum};

/// A bucket and its settings.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BucketRecord {
    pub(crate) region: String,
    pub(crate) created: Timestamp,
    pub(crate) versioning: Versioning,
    /// The policy as it was sent.
    pub(crate) policy: Option<String>,
    pub(crate) public_access: Option<dto::PublicAccessBlockConfiguration>,
    pub(crate) encryption: Option<dto::ServerSideEncryptionConfiguration>,
    /// Kept and answered; nothing expires here.
    pub(crate) lifecycle: Option<dto::BucketLifecycleConfiguration>,
}

impl BucketRecord {
    pub(crate) fn new(region: &str, created: Timestamp) -> Self {
        Self {
            region: region.to_owned(),
            created,
            versioning: Versioning::Never,
            policy: None,
            public_access: None,
            encryption: None,
            lifecycle: None,
        }
    }
}

/// Whether a bucket keeps what is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Versioning {
    Never,
    Enabled,
    Suspended,
}

/// All versions of a key, the newest first. There is none without a version.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyRecord {
    pub(crate) key: String,
    pub(crate) versions: Vec<Version>,
}

impl KeyRecord {
    /// The newest version, unless it is a delete marker.
    pub(crate) fn current(&self) -> Option<(&Version, &Content)> {
        let newest = self.versions.first()?;
        Some((newest, newest.content.as_ref()?))
    }

    pub(crate) fn version(&self, id: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.id == id)
    }
}

/// The id of the one version that a bucket without versioning has of a key.
pub(crate) const NULL: &str = "null";

/// A version of an object, or a delete marker.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Version {
    pub(crate) id: String,
    pub(crate) modified: Timestamp,
    /// Absent in a delete marker.
    pub(crate) content: Option<Content>,
}

/// An object's bytes, and what is answered with them.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Content {
    /// The file that holds the bytes.
    pub(crate) blob: String,
    pub(crate) size: u64,
    /// Without the quotes.
    pub(crate) etag: String,
    pub(crate) sum: Sum,
    pub(crate) described: Described,
}

/// What a client says of an object, and gets back with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Described {
    pub(crate) content_type: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    /// `AES256` or `aws:kms`.
    pub(crate) encryption: Option<String>,
    pub(crate) kms_key: Option<String>,
}

/// A multipart upload that is under way.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upload {
    pub(crate) id: String,
    pub(crate) key: String,
    pub(crate) begun: Timestamp,
    /// Absent when the client asked for none.
    pub(crate) algorithm: Option<Algorithm>,
    pub(crate) kind: Kind,
    pub(crate) described: Described,
    pub(crate) parts: BTreeMap<i32, Part>,
}

/// A part of an upload.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    pub(crate) blob: String,
    pub(crate) size: u64,
    /// Without the quotes: the MD5 in hex.
    pub(crate) etag: String,
    pub(crate) sum: Sum,
    pub(crate) modified: Timestamp,
}

impl Version {
    /// The file with its bytes.
    pub(crate) fn blob(&self) -> Option<&str> {
        self.content.as_ref().map(|content| content.blob.as_str())
    }
}
