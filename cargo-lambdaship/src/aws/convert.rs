//! From the SDK's types to ours.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::types as sdk;
use jiff::Timestamp;

use crate::model::{
    Arch, CodeSha256, Configuration, FileSystem, LiveFunction, LogFormat, LogLevel, Readiness, RevisionId,
    Secret, Tracing, Version, VersionSummary, Versioned, Vpc,
};

/// Why an answer cannot be used.
pub(super) type Unusable = String;

/// A lambda as `GetFunction` answers.
pub(super) fn function(answer: GetFunctionOutput) -> Result<LiveFunction, Unusable> {
    let live = answer.configuration.ok_or("the answer holds no configuration")?;
    let reserved = answer.concurrency.and_then(|c| c.reserved_concurrent_executions);
    Ok(LiveFunction {
        configuration: configuration(live)?,
        tags_error: answer
            .tags_error
            .as_ref()
            .map(|error| words([Some(error.error_code()), Some(error.message())])),
        tags: answer.tags.into_iter().flatten().collect(),
        reserved_concurrency: reserved.and_then(|n| u32::try_from(n).ok()),
    })
}

/// One configuration of a lambda.
pub(super) fn configuration(live: sdk::FunctionConfiguration) -> Result<Configuration, Unusable> {
    if live.package_type == Some(sdk::PackageType::Image) {
        return Err("it is a container image, and only zips can be deployed to it".to_owned());
    }
    let code = live.code_sha256.as_deref().unwrap_or_default();
    let update = |status| live.last_update_status == Some(status);
    let updating = update(sdk::LastUpdateStatus::InProgress);
    let update_failed = update(sdk::LastUpdateStatus::Failed);
    Ok(Configuration {
        version: live.version.as_deref().and_then(Version::parse),
        description: live.description.clone().unwrap_or_default(),
        code_sha256: CodeSha256::parse(code).map_err(|invalid| format!("CodeSha256 {invalid}"))?,
        code_size: u64::try_from(live.code_size).unwrap_or_default(),
        revision: RevisionId::new(live.revision_id.clone()),
        readiness: readiness(&live),
        updating,
        update_failed,
        settings: versioned(live)?,
    })
}

fn readiness(live: &sdk::FunctionConfiguration) -> Readiness {
    match &live.state {
        // Emulators leave the state out of versions; AWS itself always gives it.
        None | Some(sdk::State::Active) => Readiness::Active,
        Some(sdk::State::Inactive) => Readiness::Asleep,
        Some(sdk::State::Pending) => Readiness::Pending,
        Some(state) => {
            let reason = live.state_reason.as_deref().unwrap_or("no reason given");
            Readiness::Broken(format!("{}: {reason}", state.as_str()))
        }
    }
}

fn versioned(live: sdk::FunctionConfiguration) -> Result<Versioned, Unusable> {
    let environment = live.environment;
    let lambda = live.function_name.unwrap_or_default();
    let logging = live.logging_config;
    let log = logging.as_ref();
    Ok(Versioned {
        runtime: live.runtime.map(|runtime| runtime.as_str().to_owned()).unwrap_or_default(),
        handler: live.handler.unwrap_or_default(),
        arch: live.architectures.iter().flatten().next().map_or(Ok(Arch::X86_64), arch)?,
        memory: number(live.memory_size, 128),
        timeout: number(live.timeout, 3),
        variables_error: environment
            .as_ref()
            .and_then(|e| e.error())
            .map(|e| words([e.error_code(), e.message()])),
        variables: secrets(environment.and_then(|e| e.variables)),
        role: live.role.unwrap_or_default(),
        layers: live.layers.into_iter().flatten().filter_map(|layer| layer.arn).collect(),
        vpc: live.vpc_config.map(vpc).unwrap_or_default(),
        tracing: match live.tracing_config.and_then(|t| t.mode) {
            Some(sdk::TracingMode::Active) => Tracing::Active,
            _ => Tracing::PassThrough,
        },
        ephemeral_storage: number(live.ephemeral_storage.map(|e| e.size), 512),
        dead_letter: live.dead_letter_config.and_then(|d| d.target_arn).unwrap_or_default(),
        kms_key: live.kms_key_arn.unwrap_or_default(),
        file_system: live
            .file_system_configs
            .into_iter()
            .flatten()
            .next()
            .map(|f| FileSystem { arn: f.arn, mount: f.local_mount_path }),
        log_format: match log.and_then(|l| l.log_format.as_ref()) {
            Some(sdk::LogFormat::Json) => LogFormat::Json,
            _ => LogFormat::Text,
        },
        log_level: log.and_then(|l| l.application_log_level.as_ref()).and_then(|l| level(l.as_str())),
        system_log_level: log.and_then(|l| l.system_log_level.as_ref()).and_then(|l| level(l.as_str())),
        log_group: log.and_then(|l| l.log_group.clone()).unwrap_or_else(|| format!("/aws/lambda/{lambda}")),
    })
}

fn number(value: Option<i32>, default: u32) -> u32 {
    value.and_then(|value| u32::try_from(value).ok()).unwrap_or(default)
}

/// Lambda's code and words.
fn words(parts: [Option<&str>; 2]) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(": ")
}

fn secrets(variables: Option<HashMap<String, String>>) -> BTreeMap<String, Secret> {
    variables.into_iter().flatten().map(|(name, value)| (name, Secret::new(value))).collect()
}

fn vpc(live: sdk::VpcConfigResponse) -> Vpc {
    let sorted = |ids: Option<Vec<String>>| {
        let mut ids = ids.unwrap_or_default();
        ids.sort();
        ids
    };
    Vpc {
        subnets: sorted(live.subnet_ids),
        security_groups: sorted(live.security_group_ids),
        ipv6: live.ipv6_allowed_for_dual_stack.unwrap_or_default(),
    }
}

fn arch(live: &sdk::Architecture) -> Result<Arch, Unusable> {
    match live {
        sdk::Architecture::Arm64 => Ok(Arch::Arm64),
        sdk::Architecture::X8664 => Ok(Arch::X86_64),
        other => Err(format!("its architecture `{}` is not known", other.as_str())),
    }
}

/// Lambda's spelling of the levels.
pub(super) const LEVELS: [(LogLevel, &str); 6] = [
    (LogLevel::Trace, "TRACE"),
    (LogLevel::Debug, "DEBUG"),
    (LogLevel::Info, "INFO"),
    (LogLevel::Warn, "WARN"),
    (LogLevel::Error, "ERROR"),
    (LogLevel::Fatal, "FATAL"),
];

fn level(text: &str) -> Option<LogLevel> {
    LEVELS.iter().find(|(_, name)| *name == text).map(|(level, _)| *level)
}

/// A version as `ListVersionsByFunction` answers; `None` for `$LATEST`.
pub(super) fn version(listed: &sdk::FunctionConfiguration) -> Option<VersionSummary> {
    // `2026-11-21T04:05:06.000+0000`
    let time = |text: &str| Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).ok();
    Some(VersionSummary {
        version: Version::parse(listed.version()?)?,
        description: listed.description().unwrap_or_default().to_owned(),
        modified: listed.last_modified().and_then(time),
        code_sha256: listed.code_sha256().and_then(|code| CodeSha256::parse(code).ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_nobody_called_for_weeks_is_asleep() {
        let table = [
            (Some(sdk::State::Active), Readiness::Active),
            (Some(sdk::State::Inactive), Readiness::Asleep),
            (Some(sdk::State::Pending), Readiness::Pending),
            (None, Readiness::Active),
        ];
        for (state, expected) in table {
            let live = sdk::FunctionConfiguration::builder().set_state(state).build();
            assert_eq!(readiness(&live), expected, "{live:?}");
        }
    }

    #[test]
    fn a_lambda_whose_variables_cannot_be_read_is_shown_in_all_else() {
        let denied = sdk::EnvironmentError::builder().error_code("AccessDeniedException");
        let denied = denied.message("Lambda was unable to decrypt the environment variables").build();
        let live = sdk::FunctionConfiguration::builder()
            .code_sha256(CodeSha256::of(b"code").to_string())
            .version("7")
            .memory_size(256)
            .environment(sdk::EnvironmentResponse::builder().error(denied).build());
        let live = configuration(live.build()).expect("it can be used");
        assert_eq!((live.version, live.settings.memory), (Some(Version(7)), 256));
        assert_eq!(
            live.settings.variables_error.as_deref(),
            Some("AccessDeniedException: Lambda was unable to decrypt the environment variables")
        );
    }
}
