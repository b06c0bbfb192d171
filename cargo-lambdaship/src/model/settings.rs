//! A lambda's settings as the configuration states them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Secret;

/// The processor that a lambda runs on. Written as Lambda writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Arch {
    /// AWS Graviton; the default for a new lambda.
    #[serde(rename = "arm64")]
    Arm64,
    /// 64-bit x86.
    #[serde(rename = "x86_64")]
    X86_64,
}

impl Arch {
    /// Lambda's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }
}

impl std::fmt::Display for Arch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// What the configuration states of a lambda. `None`, and a variable that is not named, means *not stated*: on an
/// existing lambda it is left as it is, on a new one it takes AWS's default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The processor.
    pub arch: Option<Arch>,
    /// Memory in MB, 128 to 10,240.
    pub memory: Option<u32>,
    /// Timeout in seconds, 1 to 900.
    pub timeout: Option<u32>,
    /// Environment variables by name. Those that are not named are kept.
    pub variables: BTreeMap<String, Variable>,
    /// The execution role; a role is created for a new lambda when none is stated.
    pub role: Option<Role>,
    /// ARNs of layer versions; their order matters. `Some(vec![])` removes all.
    pub layers: Option<Vec<String>>,
    /// The VPC; `Some` with no subnets takes the lambda out of its VPC.
    pub vpc: Option<Vpc>,
    /// X-Ray tracing.
    pub tracing: Option<Tracing>,
    /// The size of `/tmp` in MB, 512 to 10,240.
    pub ephemeral_storage: Option<u32>,
    /// ARN of the queue or topic that takes failed asynchronous events. `Some("")` removes it.
    pub dead_letter: Option<String>,
    /// ARN of the key that encrypts the variables. `Some("")` goes back to AWS's own key.
    pub kms_key: Option<String>,
    /// An EFS access point and where it is mounted.
    pub file_system: Option<FileSystem>,
    /// Log format, levels, group and retention.
    pub logging: Logging,
    /// Tags by key. Those that are not named are kept.
    pub tags: BTreeMap<String, String>,
    /// The description of the lambda.
    pub description: Option<String>,
    /// Concurrent executions kept for, and at most allowed to, this lambda.
    pub reserved_concurrency: Option<u32>,
    /// Environments kept warm behind the alias. `Some(0)` removes them.
    pub provisioned_concurrency: Option<u32>,
    /// ARN of the code signing configuration. `Some("")` removes it.
    pub code_signing: Option<String>,
}

/// What an environment variable is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Variable {
    /// A value.
    Value(Secret),
    /// The value of a Systems Manager parameter, read at deploy (`"ssm:/path"`).
    Ssm(String),
    /// The value of a Secrets Manager secret, read at deploy (`"secret:name"`).
    SecretsManager(String),
    /// The variable is taken away (`OLD = false`).
    Removed,
}

/// An execution role as it was stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// A whole ARN.
    Arn(String),
    /// A role's name (or path and name), in the account that is deployed to.
    Name(String),
}

/// Where a lambda's network interfaces live.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vpc {
    /// Subnet ids; the order carries no meaning.
    pub subnets: Vec<String>,
    /// Security group ids; the order carries no meaning.
    pub security_groups: Vec<String>,
    /// Whether IPv6 traffic may leave through dual-stack subnets.
    pub ipv6: bool,
}

/// X-Ray tracing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tracing {
    /// Lambda samples and traces.
    Active,
    /// Only requests that arrive with a sampled trace are traced.
    PassThrough,
}

/// An EFS access point and where it is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSystem {
    /// ARN of the access point.
    pub arn: String,
    /// The local path, which begins with `/mnt/`.
    pub mount: String,
}

/// How a lambda logs. Each part that is not stated is left as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logging {
    /// Text or JSON.
    pub format: Option<LogFormat>,
    /// The least level of the function's own lines (JSON only).
    pub level: Option<LogLevel>,
    /// The least level of Lambda's lines (JSON only).
    pub system_level: Option<LogLevel>,
    /// The log group.
    pub group: Option<String>,
    /// Days that the log group keeps its events; one of the numbers that CloudWatch Logs takes.
    pub retention: Option<u32>,
}

/// The format of a lambda's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Plain lines.
    Text,
    /// JSON objects.
    Json,
}

/// The least level that a lambda logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Everything.
    Trace,
    /// Debug and above.
    Debug,
    /// Info and above.
    Info,
    /// Warnings and above.
    Warn,
    /// Errors and above.
    Error,
    /// Fatal errors only.
    Fatal,
}
