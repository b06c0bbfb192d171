//! The limits on what a request may ask for, with AWS's errors.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::requests::SettingsRequest;
use crate::local::fault::Fault;

/// Environment variables may have this many bytes as JSON.
const MAX_ENVIRONMENT: usize = 4_096;
/// The description of a function, a version or an alias may have this many characters.
const MAX_DESCRIPTION: usize = 256;
const RUNTIMES: [&str; 2] = ["provided.al2023", "provided.al2"];
/// Variables that Lambda sets itself and does not let be set.
const RESERVED: [&str; 9] = [
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
];

const ROLE: &str = "Member must satisfy regular expression pattern: \
     arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+";
const VARIABLE: &str = "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: \
     [a-zA-Z]([a-zA-Z0-9_])+]";
const WEIGHT: &str = "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, \
     Member must have value greater than or equal to 0.0, Member must not be null]";

/// Members that broke a constraint of the service model, told together as AWS does.
#[derive(Default)]
struct Constraints(Vec<String>);

impl Constraints {
    fn require(&mut self, holds: bool, member: &str, value: impl Display, constraint: impl Display) {
        if !holds {
            self.0.push(format!("Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"));
        }
    }

    fn range(&mut self, member: &str, value: Option<i64>, least: i64, most: i64) {
        let Some(value) = value else { return };
        let bound = |word, bound: i64| format!("Member must have value {word} than or equal to {bound}");
        self.require(value >= least, member, value, bound("greater", least));
        self.require(value <= most, member, value, bound("less", most));
    }

    fn one_of(&mut self, member: &str, value: Option<&str>, allowed: &[&str]) {
        let Some(value) = value else { return };
        let constraint = format!("Member must satisfy enum value set: [{}]", allowed.join(", "));
        self.require(allowed.contains(&value), member, value, constraint);
    }

    fn end(self) -> Result<(), Fault> {
        match self.0.len() {
            0 => Ok(()),
            1 => Err(Fault::validation(format!("1 validation error detected: {}", self.0.concat()))),
            count => {
                Err(Fault::validation(format!("{count} validation errors detected: {}", self.0.join("; "))))
            }
        }
    }
}

/// Checks the settings of a request.
pub(crate) fn settings(request: &SettingsRequest) -> Result<(), Fault> {
    let mut constraints = Constraints::default();
    constraints.range("memorySize", request.memory_size, 128, 10_240);
    constraints.range("timeout", request.timeout, 1, 900);
    let storage = request.ephemeral_storage.as_ref().map(|storage| storage.size);
    constraints.range("ephemeralStorage.size", storage, 512, 10_240);
    let mode = request.tracing_config.as_ref().and_then(|tracing| tracing.mode.as_deref());
    constraints.one_of("tracingConfig.mode", mode, &["Active", "PassThrough"]);
    if let Some(role) = &request.role {
        constraints.require(is_role(role), "role", role, ROLE);
    }
    let length = request.description.as_ref().map_or(0, |text| text.chars().count());
    constraints.require(
        length <= MAX_DESCRIPTION,
        "description",
        request.description.as_deref().unwrap_or(""),
        "Member must have length less than or equal to 256",
    );
    logging(request, &mut constraints);
    file_systems(request, &mut constraints);
    for name in request.environment.iter().flat_map(|environment| environment.variables.0.keys()) {
        constraints.require(is_variable(name), "environment.variables", name, VARIABLE);
    }
    constraints.end()?;
    runtime(request.runtime.as_deref())?;
    snap_start(request)?;
    vpc(request)?;
    layers(request.layers.as_deref())?;
    environment(request)
}

fn logging(request: &SettingsRequest, constraints: &mut Constraints) {
    let Some(logging) = &request.logging_config else { return };
    constraints.one_of("loggingConfig.logFormat", logging.log_format.as_deref(), &["JSON", "Text"]);
    let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    constraints.one_of(
        "loggingConfig.applicationLogLevel",
        logging.application_log_level.as_deref(),
        &levels,
    );
    let levels = ["DEBUG", "INFO", "WARN"];
    constraints.one_of("loggingConfig.systemLogLevel", logging.system_log_level.as_deref(), &levels);
}

fn file_systems(request: &SettingsRequest, constraints: &mut Constraints) {
    for system in request.file_system_configs.iter().flatten() {
        let mount = &system.local_mount_path;
        constraints.require(
            mount.starts_with("/mnt/") && mount.len() > 5,
            "fileSystemConfigs.1.member.localMountPath",
            mount,
            "Member must satisfy regular expression pattern: ^/mnt/[a-zA-Z0-9-_.]+$",
        );
    }
}

fn runtime(runtime: Option<&str>) -> Result<(), Fault> {
    match runtime {
        Some(runtime) if !RUNTIMES.contains(&runtime) => Err(Fault::invalid(format!(
            "Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value \
             set: [{}] or be a valid ARN",
            RUNTIMES.join(", ")
        ))),
        _ => Ok(()),
    }
}

fn snap_start(request: &SettingsRequest) -> Result<(), Fault> {
    match request.snap_start.as_ref().and_then(|snap| snap.apply_on.as_deref()) {
        None | Some("None") => Ok(()),
        Some(_) => Err(Fault::invalid("provided.al2023 is not supported for SnapStart enabled functions.")),
    }
}

fn vpc(request: &SettingsRequest) -> Result<(), Fault> {
    match &request.vpc_config {
        Some(vpc) if vpc.subnet_ids.is_empty() != vpc.security_group_ids.is_empty() => {
            Err(Fault::invalid("SubnetIds and SecurityIds must coexist or be both empty list."))
        }
        _ => Ok(()),
    }
}

fn layers(layers: Option<&[String]>) -> Result<(), Fault> {
    let layers = layers.unwrap_or_default();
    if layers.len() > 5 {
        return Err(Fault::invalid("Cannot reference more than 5 layers."));
    }
    for layer in layers {
        let parts: Vec<&str> = layer.split(':').collect();
        let versioned = parts.len() == 8
            && parts.get(5) == Some(&"layer")
            && parts.get(7).is_some_and(|version| version.parse::<u64>().is_ok());
        if !versioned {
            return Err(Fault::validation(format!(
                "1 validation error detected: Value '{layer}' at 'layers' failed to satisfy constraint: \
                 Member must be the ARN of a layer version"
            )));
        }
    }
    Ok(())
}

fn environment(request: &SettingsRequest) -> Result<(), Fault> {
    let Some(environment) = &request.environment else { return Ok(()) };
    let variables = &environment.variables.0;
    let reserved: Vec<&str> =
        variables.keys().map(String::as_str).filter(|name| RESERVED.contains(name)).collect();
    if !reserved.is_empty() {
        return Err(Fault::invalid(format!(
            "Lambda was unable to configure your environment variables because the environment \
             variables you have provided contains reserved keys that are currently not supported for \
             modification. Reserved keys used in this request: {}",
            reserved.join(", ")
        )));
    }
    let json = serde_json::to_string(variables).map_err(|error| Fault::internal(&error))?;
    if json.len() > MAX_ENVIRONMENT {
        // AWS's text has all values in clear, and a client must redact it; so does this one have.
        return Err(Fault::invalid(format!(
            "Lambda was unable to configure your environment variables because the environment \
             variables you have provided exceeded the 4KB limit. String measured: {json}"
        )));
    }
    Ok(())
}

/// Checks the description of a version or an alias.
pub(crate) fn description(text: Option<&str>) -> Result<(), Fault> {
    let text = text.unwrap_or("");
    let mut constraints = Constraints::default();
    let short = text.chars().count() <= MAX_DESCRIPTION;
    constraints.require(short, "description", text, "Member must have length less than or equal to 256");
    constraints.end()
}

/// Checks an alias' weights, as far as they can be without the function.
pub(crate) fn weights(weights: &BTreeMap<String, f64>) -> Result<(), Fault> {
    if weights.len() > 1 {
        return Err(Fault::invalid(format!(
            "Number of items in AdditionalVersionWeights cannot be greater than 1. The current value is {}",
            weights.len()
        )));
    }
    let mut constraints = Constraints::default();
    for (version, weight) in weights {
        let value = format!("{{{version}={weight}}}");
        let member = "routingConfig.additionalVersionWeights";
        let digits = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
        constraints.require(
            digits,
            member,
            &value,
            "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [0-9]+]",
        );
        constraints.require((0.0..=1.0).contains(weight), member, &value, WEIGHT);
    }
    constraints.end()
}

/// Checks and reads `Architectures`, of which there is exactly one.
pub(crate) fn architecture(architectures: Option<&[String]>) -> Result<Option<&str>, Fault> {
    let Some(architectures) = architectures else { return Ok(None) };
    match architectures {
        [one] if ["x86_64", "arm64"].contains(&one.as_str()) => Ok(Some(one)),
        _ => Err(Fault::validation(format!(
            "1 validation error detected: Value '[{}]' at 'architectures' failed to satisfy constraint: \
             Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], \
             Member must not be null]",
            architectures.join(", ")
        ))),
    }
}

fn is_role(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", partition, "iam", "", account, resource]
        if partition.starts_with("aws") && account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())
            && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty()))
}

fn is_variable(name: &str) -> bool {
    name.len() >= 2
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: serde_json::Value) -> Option<&'static str> {
        let request: SettingsRequest = serde_json::from_value(json).unwrap();
        settings(&request).err().map(|fault| fault.code)
    }

    #[test]
    fn settings_out_of_range_are_refused_with_the_error_that_aws_gives() {
        use serde_json::json;
        let validation = Some("ValidationException");
        let invalid = Some("InvalidParameterValueException");
        let cases = [
            (json!({"MemorySize": 128, "Timeout": 900}), None),
            (json!({"MemorySize": 127}), validation),
            (json!({"MemorySize": 10_241}), validation),
            (json!({"Timeout": 0}), validation),
            (json!({"Timeout": 901}), validation),
            (json!({"EphemeralStorage": {"Size": 511}}), validation),
            (json!({"Role": "arn:aws:iam::000000000000:role/path/x"}), None),
            (json!({"Role": "x"}), validation),
            (json!({"Description": "x".repeat(257)}), validation),
            (json!({"Environment": {"Variables": {"1A": "x"}}}), validation),
            (json!({"Environment": {"Variables": {"AWS_REGION": "x"}}}), invalid),
            (json!({"Environment": {"Variables": {"AA": "x".repeat(4_096)}}}), invalid),
            (json!({"Runtime": "python3.13"}), invalid),
            (json!({"SnapStart": {"ApplyOn": "PublishedVersions"}}), invalid),
            (json!({"VpcConfig": {"SubnetIds": ["subnet-1"]}}), invalid),
            (json!({"LoggingConfig": {"LogFormat": "XML"}}), validation),
            (json!({"Layers": ["arn:aws:lambda:eu-west-1:000000000000:layer:x"]}), validation),
            (json!({"Layers": ["arn:aws:lambda:eu-west-1:000000000000:layer:x:1"]}), None),
        ];
        for (request, expected) in cases {
            assert_eq!(refused(request.clone()), expected, "{request}");
        }
    }

    #[test]
    fn all_broken_constraints_are_told_at_once() {
        let request = serde_json::json!({"MemorySize": 1, "Timeout": 901});
        let request: SettingsRequest = serde_json::from_value(request).unwrap();
        let message = settings(&request).unwrap_err().message;
        assert_eq!(
            message,
            "2 validation errors detected: Value '1' at 'memorySize' failed to satisfy constraint: Member must \
             have value greater than or equal to 128; Value '901' at 'timeout' failed to satisfy constraint: \
             Member must have value less than or equal to 900"
        );
    }
}
