//! What Lambda says of a lambda: its configurations, versions and aliases.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    AliasName, Arch, CodeSha256, FileSystem, LogFormat, LogLevel, RevisionId, Secret, Tracing, Version, Vpc,
};

/// The runtime that Rust zips run on (glibc 2.34).
pub const RUNTIME: &str = "provided.al2023";
/// The handler; the runtime hands it to the process as `_HANDLER` and reads nothing into it.
pub const HANDLER: &str = "bootstrap";

/// The settings that a published version freezes, besides its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    /// Such as [`RUNTIME`].
    pub runtime: String,
    /// Such as [`HANDLER`].
    pub handler: String,
    /// The processor.
    pub arch: Arch,
    /// MB.
    pub memory: u32,
    /// Seconds.
    pub timeout: u32,
    /// Environment variables.
    pub variables: BTreeMap<String, Secret>,
    /// Why the variables of a lambda cannot be read (its key is denied, say). They are not known then, and look empty.
    pub variables_error: Option<String>,
    /// ARN of the execution role.
    pub role: String,
    /// ARNs of layer versions, in order.
    pub layers: Vec<String>,
    /// No subnets: not in a VPC. Ids are sorted.
    pub vpc: Vpc,
    /// X-Ray tracing.
    pub tracing: Tracing,
    /// MB.
    pub ephemeral_storage: u32,
    /// ARN, or empty.
    pub dead_letter: String,
    /// ARN, or empty for AWS's own key.
    pub kms_key: String,
    /// Mounted file systems; Lambda takes at most one.
    pub file_system: Option<FileSystem>,
    /// Text or JSON.
    pub log_format: LogFormat,
    /// The function's own lines; JSON only.
    pub log_level: Option<LogLevel>,
    /// Lambda's lines; JSON only.
    pub system_log_level: Option<LogLevel>,
    /// The log group.
    pub log_group: String,
}

impl Versioned {
    /// What AWS gives a new lambda that states nothing (Lambda's API reference, `CreateFunction`), but for `arch`,
    /// which is ours to default.
    #[must_use]
    pub fn aws_default(lambda: &str, arch: Arch) -> Self {
        Self {
            runtime: RUNTIME.to_owned(),
            handler: HANDLER.to_owned(),
            arch,
            memory: 128,
            timeout: 3,
            variables: BTreeMap::new(),
            variables_error: None,
            role: String::new(),
            layers: Vec::new(),
            vpc: Vpc::default(),
            tracing: Tracing::PassThrough,
            ephemeral_storage: 512,
            dead_letter: String::new(),
            kms_key: String::new(),
            file_system: None,
            log_format: LogFormat::Text,
            log_level: None,
            system_log_level: None,
            log_group: format!("/aws/lambda/{lambda}"),
        }
    }
}

/// One configuration of a lambda: of `$LATEST` or of a published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// `None` for `$LATEST`.
    pub version: Option<Version>,
    /// For `$LATEST` the lambda's description, for a version the one it was published with.
    pub description: String,
    /// Of the zip.
    pub code_sha256: CodeSha256,
    /// Of the zip, in bytes.
    pub code_size: u64,
    /// Fences the next write to the lambda, when this is `$LATEST`.
    pub revision: RevisionId,
    /// Everything else that a version freezes.
    pub settings: Versioned,
    /// Whether an update of `$LATEST` is under way.
    pub updating: bool,
    /// Whether the last update of `$LATEST` failed, so that what it shows may not be what it runs.
    pub update_failed: bool,
    /// Whether it can be invoked, or why it cannot.
    pub readiness: Readiness,
}

/// Whether a configuration can be invoked. A state that is not known is never [`Readiness::Active`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// `Active`.
    Active,
    /// `Inactive`: nobody called it for weeks. The next call wakes it, and fails, as do all others for about a minute.
    Asleep,
    /// `Pending`.
    Pending,
    /// Any other state, with Lambda's reason.
    Broken(String),
}

/// A lambda as `GetFunction` shows it at one qualifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveFunction {
    /// At the qualifier that was asked for.
    pub configuration: Configuration,
    /// Of the lambda, not of the version.
    pub tags: BTreeMap<String, String>,
    /// Why the tags cannot be read (`lambda:ListTags` is not allowed, say). They are not known then, and look empty.
    pub tags_error: Option<String>,
    /// Reserved concurrency of the lambda.
    pub reserved_concurrency: Option<u32>,
}

/// A published version, as a list of them shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionSummary {
    /// Its number.
    pub version: Version,
    /// What it was published with.
    pub description: String,
    /// When its code or settings were written; absent when that cannot be read.
    pub modified: Option<Timestamp>,
    /// Of the zip; absent for a container image.
    pub code_sha256: Option<CodeSha256>,
}

/// An alias.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveAlias {
    /// Its name.
    pub name: AliasName,
    /// `None` when it points to `$LATEST`.
    pub version: Option<Version>,
    /// A second version with its share of the traffic, 0.0 to 1.0.
    pub split: Option<(Version, f64)>,
    /// Holds the state of rollouts.
    pub description: String,
    /// Fences the next write to the alias.
    pub revision: RevisionId,
}
