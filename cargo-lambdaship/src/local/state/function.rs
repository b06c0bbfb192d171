//! A function as Lambda keeps it: `$LATEST`, published versions, aliases, and what belongs to none of them.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Frozen, Transition};
use crate::model::CodeSha256;

/// A function.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Function {
    pub(crate) latest: Configuration,
    /// The number of the version that was published last; numbers are never used twice.
    pub(crate) last_version: u64,
    pub(crate) versions: BTreeMap<u64, Frozen<Published>>,
    pub(crate) aliases: BTreeMap<String, Alias>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) reserved_concurrency: Option<u32>,
    /// By version or alias.
    pub(crate) provisioned: BTreeMap<String, Provisioned>,
    pub(crate) code_signing: Option<String>,
    /// By version or alias; that of the function itself is under the empty text.
    pub(crate) policies: BTreeMap<String, Policy>,
}

/// A published version.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Published {
    pub(crate) configuration: Configuration,
    /// [`Configuration::identity`] of `$LATEST` when it was published.
    pub(crate) from: String,
}

/// Code and settings of `$LATEST` or of a version.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Configuration {
    pub(crate) settings: Settings,
    pub(crate) code: Code,
    pub(crate) architecture: String,
    pub(crate) modified: Timestamp,
    pub(crate) transition: Transition,
}

impl Configuration {
    /// The digest of the settings, without the Description: a version has one of its own.
    pub(crate) fn config_sha256(&self) -> String {
        let settings = Settings { description: String::new(), ..self.settings.clone() };
        digest(&(settings, &self.architecture))
    }

    /// What two configurations have in common when publishing the second would add nothing.
    pub(crate) fn identity(&self) -> String {
        digest(&(&self.settings, &self.architecture, &self.code))
    }
}

fn digest(value: &impl Serialize) -> String {
    // Maps with text keys and plain values always serialise.
    CodeSha256::of(&serde_json::to_vec(value).unwrap_or_default()).to_string()
}

/// The zip of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) sha256: CodeSha256,
    pub(crate) size: u64,
    /// The object that the code is run from. Absent when Lambda has a copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) object: Option<CodeObject>,
}

/// A version of an object in S3 that functions are run from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CodeObject {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) version: String,
}

/// Settings, written as Lambda writes them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Settings {
    pub(crate) role: String,
    pub(crate) runtime: String,
    pub(crate) handler: String,
    pub(crate) description: String,
    pub(crate) timeout: u32,
    pub(crate) memory_size: u32,
    pub(crate) variables: Variables,
    pub(crate) layers: Vec<String>,
    pub(crate) vpc: Option<VpcConfig>,
    pub(crate) dead_letter: Option<String>,
    pub(crate) kms_key: Option<String>,
    pub(crate) tracing_mode: String,
    pub(crate) file_systems: Vec<FileSystem>,
    pub(crate) ephemeral_storage: EphemeralStorage,
    pub(crate) logging: LoggingConfig,
}

/// Environment variables; their values are in no debug output.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Variables(pub(crate) BTreeMap<String, String>);

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Network interfaces.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct VpcConfig {
    #[serde(default)]
    pub(crate) subnet_ids: Vec<String>,
    #[serde(default)]
    pub(crate) security_group_ids: Vec<String>,
    #[serde(default)]
    pub(crate) ipv6_allowed_for_dual_stack: bool,
}

/// A mounted file system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct FileSystem {
    pub(crate) arn: String,
    pub(crate) local_mount_path: String,
}

/// The size of `/tmp`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct EphemeralStorage {
    pub(crate) size: u32,
}

/// How a function logs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct LoggingConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) log_format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) application_log_level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) system_log_level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) log_group: Option<String>,
}

/// An alias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Alias {
    /// `$LATEST` or a number.
    pub(crate) version: String,
    pub(crate) description: String,
    /// At most one other version, and its part of the requests.
    pub(crate) weights: BTreeMap<String, f64>,
    pub(crate) revision: String,
    /// With provisioned concurrency, the move that is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) settling: Option<Settling>,
}

/// An alias with provisioned concurrency was moved: all of the traffic stays where it was until the concurrency is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settling {
    /// The version that serves meanwhile.
    pub(crate) from: String,
    pub(crate) transition: Transition,
}

impl Alias {
    /// The weights at `now`, also those that AWS itself puts there.
    pub(crate) fn weights(&self, now: Timestamp) -> BTreeMap<String, f64> {
        match self.unsettled(now) {
            Some(settling) => BTreeMap::from([(settling.from.clone(), 1.0)]),
            None => self.weights.clone(),
        }
    }

    /// The version whose provisioned concurrency is there.
    pub(crate) fn provisioned(&self, now: Timestamp) -> &str {
        self.unsettled(now).map_or(&self.version, |settling| &settling.from)
    }

    /// The revision id at `now`: it is another one once the move has settled.
    pub(crate) fn revision(&self, now: Timestamp) -> &str {
        self.settling.as_ref().map_or(&self.revision, |settling| settling.transition.revision(now))
    }

    fn unsettled(&self, now: Timestamp) -> Option<&Settling> {
        self.settling.as_ref().filter(|settling| !settling.transition.is_settled(now))
    }
}

/// Provisioned concurrency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Provisioned {
    pub(crate) requested: u32,
    pub(crate) modified: Timestamp,
    pub(crate) transition: Transition,
}

/// A resource policy: statements in the order in which they were added.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Policy {
    pub(crate) statements: Vec<Value>,
}

impl Policy {
    /// The policy as a document of IAM.
    pub(crate) fn document(&self) -> String {
        json!({ "Version": "2012-10-17", "Id": "default", "Statement": self.statements }).to_string()
    }
}
