//! The bodies of requests. Each has the members of Lambda's service model that this server can honour; any other is
//! refused.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::local::call::Call;
use crate::local::fault::Fault;
use crate::local::state::{FileSystem, LoggingConfig, Variables, VpcConfig};

/// The part of `CreateFunction` that is not settings.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateFunction {
    pub(crate) function_name: String,
    pub(crate) code: CodeSource,
    #[serde(default)]
    pub(crate) publish: bool,
    pub(crate) tags: Option<BTreeMap<String, String>>,
    pub(crate) package_type: Option<String>,
    pub(crate) architectures: Option<Vec<String>>,
    pub(crate) code_signing_config_arn: Option<String>,
}

impl CreateFunction {
    /// Splits the body of a request into this part and the settings.
    pub(crate) fn read(call: &Call) -> Result<(Self, SettingsRequest), Fault> {
        const OWN: [&str; 7] = [
            "FunctionName",
            "Code",
            "Publish",
            "Tags",
            "PackageType",
            "Architectures",
            "CodeSigningConfigArn",
        ];
        split(call, &OWN)
    }
}

/// Reads the members `own` of a body as one value, and the others as another one.
fn split<T: DeserializeOwned, U: DeserializeOwned>(call: &Call, own: &[&str]) -> Result<(T, U), Fault> {
    let mut others: Map<String, Value> = call.json()?;
    let own = own.iter().filter_map(|name| others.remove_entry(*name)).collect();
    Ok((parse(own)?, parse(others)?))
}

fn parse<T: DeserializeOwned>(members: Map<String, Value>) -> Result<T, Fault> {
    serde_json::from_value(Value::Object(members)).map_err(Fault::validation)
}

/// Where the code of `CreateFunction` and `UpdateFunctionCode` is.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CodeSource {
    pub(crate) zip_file: Option<String>,
    pub(crate) s3_bucket: Option<String>,
    pub(crate) s3_key: Option<String>,
    pub(crate) s3_object_version: Option<String>,
    pub(crate) s3_object_storage_mode: Option<StorageMode>,
    pub(crate) image_uri: Option<String>,
}

/// What Lambda does with an object that has the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum StorageMode {
    /// It keeps a copy.
    Copy,
    /// It runs the code from the object.
    Reference,
}

/// The part of `UpdateFunctionCode` that does not say where the code is.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct UpdateFunctionCode {
    pub(crate) architectures: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) publish: bool,
    #[serde(default)]
    pub(crate) dry_run: bool,
    pub(crate) revision_id: Option<String>,
}

impl UpdateFunctionCode {
    /// Splits the body of a request into this part and the code.
    pub(crate) fn read(call: &Call) -> Result<(Self, CodeSource), Fault> {
        split(call, &["Architectures", "Publish", "DryRun", "RevisionId"])
    }
}

/// The settings in `CreateFunction` and `UpdateFunctionConfiguration`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct SettingsRequest {
    pub(crate) role: Option<String>,
    pub(crate) runtime: Option<String>,
    pub(crate) handler: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) timeout: Option<i64>,
    pub(crate) memory_size: Option<i64>,
    pub(crate) environment: Option<Environment>,
    pub(crate) layers: Option<Vec<String>>,
    pub(crate) vpc_config: Option<VpcConfig>,
    pub(crate) dead_letter_config: Option<DeadLetterConfig>,
    #[serde(rename = "KMSKeyArn")]
    pub(crate) kms_key_arn: Option<String>,
    pub(crate) tracing_config: Option<TracingConfig>,
    pub(crate) file_system_configs: Option<Vec<FileSystem>>,
    pub(crate) ephemeral_storage: Option<EphemeralStorageRequest>,
    pub(crate) snap_start: Option<SnapStart>,
    pub(crate) logging_config: Option<LoggingConfig>,
    /// `UpdateFunctionConfiguration` only.
    pub(crate) revision_id: Option<String>,
}

/// `Environment`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Environment {
    #[serde(default)]
    pub(crate) variables: Variables,
}

/// `DeadLetterConfig`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DeadLetterConfig {
    #[serde(default)]
    pub(crate) target_arn: String,
}

/// `TracingConfig`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct TracingConfig {
    pub(crate) mode: Option<String>,
}

/// `EphemeralStorage`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct EphemeralStorageRequest {
    pub(crate) size: i64,
}

/// `SnapStart`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct SnapStart {
    pub(crate) apply_on: Option<String>,
}

/// `PublishVersion`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct PublishVersion {
    pub(crate) code_sha256: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) revision_id: Option<String>,
}

/// `CreateAlias`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateAlias {
    pub(crate) name: String,
    pub(crate) function_version: String,
    pub(crate) description: Option<String>,
    pub(crate) routing_config: Option<RoutingConfig>,
}

/// `UpdateAlias`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct UpdateAlias {
    pub(crate) function_version: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) routing_config: Option<RoutingConfig>,
    pub(crate) revision_id: Option<String>,
}

/// `RoutingConfig` of an alias.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct RoutingConfig {
    #[serde(default)]
    pub(crate) additional_version_weights: BTreeMap<String, f64>,
}
