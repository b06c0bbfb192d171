//! Functions, versions and aliases as Lambda writes them.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::arn;
use super::reference::{LATEST, Reference};
use crate::local::state::{Alias, Configuration, Kind, Settings};

/// The configuration of `version`, answered for `reference`: its ARN is the one that was asked for.
pub(crate) fn configuration(
    reference: &Reference,
    version: &str,
    configuration: &Configuration,
    at: &At<'_>,
) -> Value {
    let settings = &configuration.settings;
    let transition = &configuration.transition;
    let mut answer = members(json!({
        "FunctionName": reference.name,
        "FunctionArn": reference.arn(at.region),
        "Runtime": settings.runtime,
        "Role": settings.role,
        "Handler": settings.handler,
        "CodeSize": configuration.code.size,
        "Description": settings.description,
        "Timeout": settings.timeout,
        "MemorySize": settings.memory_size,
        "LastModified": time(configuration.modified),
        "CodeSha256": configuration.code.sha256.to_string(),
        "ConfigSha256": configuration.config_sha256(),
        "Version": version,
        "TracingConfig": { "Mode": settings.tracing_mode },
        "RevisionId": transition.revision(at.now),
        "PackageType": "Zip",
        "Architectures": [configuration.architecture],
        "EphemeralStorage": settings.ephemeral_storage,
        "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
        "RuntimeVersionConfig": { "RuntimeVersionArn": runtime_version(at.region) },
        "LoggingConfig": logging(&reference.name, settings),
    }));
    answer.extend(optional(settings));
    answer.extend(progress(configuration, at.now));
    Value::Object(answer)
}

/// Where and when an answer is given.
pub(crate) struct At<'a> {
    pub(crate) region: &'a str,
    pub(crate) now: Timestamp,
}

/// What is only there when it is set.
fn optional(settings: &Settings) -> Map<String, Value> {
    let mut answer = Map::new();
    if !settings.variables.0.is_empty() {
        answer.insert("Environment".to_owned(), json!({ "Variables": settings.variables }));
    }
    if !settings.layers.is_empty() {
        let layers: Vec<Value> =
            settings.layers.iter().map(|arn| json!({ "Arn": arn, "CodeSize": 0 })).collect();
        answer.insert("Layers".to_owned(), json!(layers));
    }
    if let Some(vpc) = &settings.vpc {
        let mut config = members(json!(vpc));
        let id = if vpc.subnet_ids.is_empty() { "" } else { "vpc-00000000" };
        config.insert("VpcId".to_owned(), json!(id));
        answer.insert("VpcConfig".to_owned(), Value::Object(config));
    }
    if let Some(target) = &settings.dead_letter {
        answer.insert("DeadLetterConfig".to_owned(), json!({ "TargetArn": target }));
    }
    if let Some(key) = &settings.kms_key {
        answer.insert("KMSKeyArn".to_owned(), json!(key));
    }
    if !settings.file_systems.is_empty() {
        answer.insert("FileSystemConfigs".to_owned(), json!(settings.file_systems));
    }
    answer
}

/// The state of what was created and of what was updated last.
fn progress(configuration: &Configuration, now: Timestamp) -> Map<String, Value> {
    let transition = &configuration.transition;
    members(match (transition.is_settled(now), transition.kind) {
        (true, _) => json!({ "State": "Active", "LastUpdateStatus": "Successful" }),
        (false, Kind::Creation) => json!({
            "State": "Pending",
            "StateReason": "The function is being created.",
            "StateReasonCode": "Creating",
        }),
        (false, Kind::Update) => json!({
            "State": "Active",
            "LastUpdateStatus": "InProgress",
            "LastUpdateStatusReason": "The function is being created.",
        }),
    })
}

fn logging(name: &str, settings: &Settings) -> Value {
    let logging = &settings.logging;
    let format = logging.log_format.as_deref().unwrap_or("Text");
    let mut answer = members(json!({ "LogFormat": format, "LogGroup": log_group(name, settings) }));
    if format == "JSON" {
        let level = |level: &Option<String>| json!(level.as_deref().unwrap_or("INFO"));
        answer.insert("ApplicationLogLevel".to_owned(), level(&logging.application_log_level));
        answer.insert("SystemLogLevel".to_owned(), level(&logging.system_log_level));
    }
    Value::Object(answer)
}

/// The log group of the function `name`.
pub(crate) fn log_group(name: &str, settings: &Settings) -> String {
    settings.logging.log_group.clone().unwrap_or_else(|| format!("/aws/lambda/{name}"))
}

fn runtime_version(region: &str) -> String {
    format!("arn:aws:lambda:{region}::runtime:{}", "0".repeat(64))
}

/// An alias.
pub(crate) fn alias(function: &str, name: &str, alias: &Alias, (region, now): (&str, Timestamp)) -> Value {
    let mut answer = members(json!({
        "AliasArn": arn::qualified(region, function, name),
        "Name": name,
        "FunctionVersion": alias.version,
        "Description": alias.description,
        "RevisionId": alias.revision(now),
    }));
    let weights = alias.weights(now);
    if !weights.is_empty() {
        answer.insert("RoutingConfig".to_owned(), json!({ "AdditionalVersionWeights": weights }));
    }
    Value::Object(answer)
}

/// A reference to `version` of a function by its qualified ARN.
pub(crate) fn version_of(name: &str, version: &str) -> Reference {
    Reference { name: name.to_owned(), qualifier: Some(version.to_owned()) }
}

/// A reference to `$LATEST` by its qualified ARN.
pub(crate) fn latest_of(name: &str) -> Reference {
    version_of(name, LATEST)
}

/// A time as Lambda writes it: `2026-11-21T01:02:03.000+0000`.
pub(crate) fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string()
}

/// The members of an object.
fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_lambda_does() {
        let moment: Timestamp = "2026-11-21T01:02:03.0456Z".parse().unwrap();
        assert_eq!(time(moment), "2026-11-21T01:02:03.045+0000");
    }
}
