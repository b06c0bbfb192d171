//! The file's own shape: one type per table. The JSON Schema is generated from these types, so their documentation is
//! what an editor shows. `read.rs` fills them.

use std::collections::BTreeMap;
use std::ops::Range;

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use toml::Spanned;

use super::gates::GatesTable;
use super::rollout::{RolloutTable, RolloutValue};
use super::smoke::SmokeTable;
use super::template::Template;
use crate::model::{
    AccountId, Arch, BuilderChoice, CodeStorage, EnvName, FileSystem, GatesPolicy, LogFormat, LogLevel,
    Region, RegionOrder, Role, Tracing, Variable, Vpc,
};

/// The configuration of `cargo lambdaship`: `lambdaship.toml` at the workspace root.
#[derive(Debug, Clone, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields, title = "lambdaship.toml")]
pub(super) struct File {
    /// What every function starts from.
    #[schemars(default)]
    pub(super) function: Layer,
    /// One function's own settings; the key is the binary's name.
    #[schemars(default, with = "BTreeMap<String, Layer>")]
    pub(super) functions: Functions,
    /// The environments by name; `local` needs no entry.
    #[schemars(default, with = "BTreeMap<String, EnvironmentLayer>")]
    pub(super) env: BTreeMap<EnvName, EnvironmentLayer>,
    /// How functions are built.
    #[schemars(default)]
    pub(super) build: Build,
    /// The checks that `cargo lambdaship gate` runs.
    #[schemars(default)]
    pub(super) gates: GatesTable,
}

/// Settings of single functions, each with the place of its name in the file.
pub(super) type Functions = BTreeMap<String, Named>;

/// One function's settings in a table of functions.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) span: Range<usize>,
    pub(super) layer: Layer,
}

/// How functions are built.
#[derive(Debug, Clone, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Build {
    /// What compiles the functions; `auto` when it is not stated.
    pub(super) builder: Option<BuilderChoice>,
    /// Environment variables that go into every build, beyond those that cargo sees: what a build script reads without
    /// saying so. With another value of one, everything is built again.
    #[schemars(default, inner(regex(pattern = r"^[A-Za-z_][A-Za-z0-9_]*$")), extend("uniqueItems" = true))]
    pub(super) variables: Vec<String>,
}

/// One environment: where it is, and what is different there.
#[derive(Debug, Clone, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct EnvironmentLayer {
    /// The AWS region; the AWS configuration decides when it is not stated.
    #[schemars(with = "Option<String>", regex(pattern = r"^[a-z0-9]+(-[a-z0-9]+)+$"))]
    pub(super) region: Option<Region>,
    /// Several regions in place of `region`, in the order in which they are deployed to.
    #[schemars(with = "Option<Vec<String>>", length(min = 1), extend("uniqueItems" = true))]
    pub(super) regions: Option<Vec<Region>>,
    /// How `regions` follow each other; `one-after-another` when it is not stated.
    pub(super) region_order: Option<RegionOrder>,
    /// The S3 bucket that artifacts, locks and the history are kept in, and perhaps a prefix: `bucket` or `bucket/prefix`,
    /// with the placeholders `{region}`, `{env}` and `{account}`. Without it, zips are sent to Lambda itself.
    #[schemars(with = "Option<String>")]
    pub(super) store: Option<Spanned<String>>,
    /// The account that the store's bucket has to belong to, where it is another one than the environment's.
    #[schemars(with = "Option<String>", regex(pattern = r"^[0-9]{12}$"))]
    pub(super) store_account: Option<AccountId>,
    /// What Lambda does with a zip from the store; `copy` when it is not stated.
    #[schemars(with = "Option<CodeStorage>")]
    pub(super) code_storage: Option<Spanned<CodeStorage>>,
    /// The environment of this file that has to serve what is deployed here.
    #[schemars(with = "Option<String>")]
    pub(super) from: Option<Spanned<String>>,
    /// `required` accepts only a source hash whose gates passed; `optional` when it is not stated.
    pub(super) gates: Option<GatesPolicy>,
    /// The account that the credentials must belong to.
    #[schemars(with = "Option<String>", regex(pattern = r"^[0-9]{12}$"))]
    pub(super) account: Option<AccountId>,
    /// The profile of the AWS configuration files.
    pub(super) aws_profile: Option<String>,
    /// Another endpoint than AWS's own, such as `http://127.0.0.1:4566`.
    #[schemars(regex(pattern = r"^https?://.+$"))]
    pub(super) endpoint_url: Option<String>,
    /// What is different here for every function.
    #[schemars(flatten)]
    pub(super) layer: Layer,
    /// What is different here for one function: the last word.
    #[schemars(default, with = "BTreeMap<String, Layer>")]
    pub(super) functions: Functions,
}

/// Settings of a function. What is not stated is left as it is on an existing lambda, and takes AWS's default on a new
/// one.
#[derive(Debug, Clone, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Layer {
    /// The lambda's name, with the placeholders `{function}` and `{env}`; `{function}-{env}` when it is not stated.
    #[schemars(with = "Option<String>")]
    pub(super) name: Option<Spanned<Template>>,
    /// The alias that callers use, with the same placeholders; `live` when it is not stated.
    #[schemars(with = "Option<String>")]
    pub(super) alias: Option<Spanned<Template>>,
    /// Globs of extra files, relative to the package's folder, which are packed beside `bootstrap`.
    pub(super) include: Option<Vec<String>>,
    /// The processor.
    pub(super) arch: Option<Arch>,
    /// Memory in MB.
    #[schemars(range(min = 128, max = 10240))]
    pub(super) memory: Option<u32>,
    /// The timeout in seconds or minutes, such as `10s` or `2m`; at most 15 minutes.
    #[schemars(with = "Option<String>", regex(pattern = r"^[0-9]+[sm]$"))]
    pub(super) timeout: Option<u32>,
    /// Environment variables: a text, `false` to remove one, `ssm:/path` for the value of a Systems Manager parameter
    /// or `secret:name` for that of a Secrets Manager secret. `literal:` before a text takes it as it is.
    #[schemars(default, with = "BTreeMap<String, VariableText>")]
    pub(super) variables: BTreeMap<String, Variable>,
    /// A file of `NAME=value` lines, relative to this file, that `variables` of the same table overrides.
    #[schemars(with = "Option<String>")]
    pub(super) env_file: Option<Spanned<Utf8PathBuf>>,
    /// The execution role: an ARN or a role's name. One is created for a new lambda when none is stated.
    #[schemars(with = "Option<String>")]
    pub(super) role: Option<Role>,
    /// ARNs of layer versions, in their order; an empty list removes all.
    #[schemars(length(max = 5))]
    pub(super) layers: Option<Vec<String>>,
    /// The VPC; without subnets the lambda is taken out of its VPC.
    #[schemars(with = "Option<VpcTable>")]
    pub(super) vpc: Option<Vpc>,
    /// X-Ray tracing.
    pub(super) tracing: Option<Tracing>,
    /// The size of `/tmp` in MB.
    #[schemars(range(min = 512, max = 10240))]
    pub(super) ephemeral_storage: Option<u32>,
    /// ARN of the queue or topic that takes failed asynchronous events; an empty text removes it.
    pub(super) dead_letter: Option<String>,
    /// ARN of the key that encrypts the variables; an empty text goes back to AWS's own.
    pub(super) kms_key: Option<String>,
    /// An EFS access point and where it is mounted.
    #[schemars(with = "Option<FileSystemTable>")]
    pub(super) file_system: Option<FileSystem>,
    /// How the lambda logs.
    #[schemars(default)]
    pub(super) logging: LoggingTable,
    /// Tags.
    #[schemars(default)]
    pub(super) tags: BTreeMap<String, String>,
    /// The description of the lambda.
    #[schemars(length(max = 256))]
    pub(super) description: Option<String>,
    /// Concurrent executions kept for, and at most allowed to, this lambda.
    pub(super) reserved_concurrency: Option<u32>,
    /// Execution environments kept warm behind the alias; 0 removes them.
    pub(super) provisioned_concurrency: Option<u32>,
    /// ARN of the code signing configuration; an empty text removes it.
    pub(super) code_signing: Option<String>,
    /// How the alias moves to another version; all at once when it is not stated.
    #[schemars(with = "Option<RolloutValue>")]
    pub(super) rollout: RolloutTable,
    /// What a version is asked before it gets traffic; an empty list takes those of a lower table away.
    pub(super) smoke: Option<Vec<SmokeTable>>,
}

/// What a variable can be set to.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum VariableText {
    /// A value, or where to find it.
    Text(String),
    /// `false` removes the variable.
    #[schemars(extend("const" = false))]
    Remove(bool),
}

/// Where a lambda's network interfaces live.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct VpcTable {
    /// Subnet ids.
    #[schemars(length(max = 16))]
    subnets: Option<Vec<String>>,
    /// Security group ids.
    #[schemars(length(max = 5))]
    security_groups: Option<Vec<String>>,
    /// Whether IPv6 traffic may leave through dual-stack subnets.
    ipv6: Option<bool>,
}

/// An EFS access point and where it is mounted.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct FileSystemTable {
    /// ARN of the EFS access point.
    arn: String,
    /// Where it is mounted, such as `/mnt/data`.
    #[schemars(length(max = 160), regex(pattern = r"^/mnt/[a-zA-Z0-9._-]+$"))]
    mount: String,
}

/// How a lambda logs.
#[derive(Debug, Clone, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct LoggingTable {
    /// Text or JSON.
    pub(super) format: Option<LogFormat>,
    /// The least level of the function's own lines; needs `format = "json"`.
    #[schemars(with = "Option<LogLevel>")]
    pub(super) level: Option<Spanned<LogLevel>>,
    /// The least level of Lambda's own lines; needs `format = "json"`.
    #[schemars(with = "Option<SystemLevel>")]
    pub(super) system_level: Option<Spanned<LogLevel>>,
    /// The log group.
    #[schemars(length(max = 512), regex(pattern = r"^[a-zA-Z0-9._/#-]+$"))]
    pub(super) group: Option<String>,
    /// Days that the log group keeps its events.
    #[schemars(extend("enum" = super::limits::RETENTION))]
    pub(super) retention: Option<u32>,
}

/// The levels of Lambda's own lines.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
enum SystemLevel {
    /// Debug and above.
    Debug,
    /// Info and above.
    Info,
    /// Warnings only.
    Warn,
}
