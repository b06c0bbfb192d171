//! From our settings to the SDK's requests. An update carries only what differs.

use std::collections::BTreeMap;

use aws_sdk_lambda::operation::create_function::builders::CreateFunctionFluentBuilder;
use aws_sdk_lambda::operation::update_function_configuration::builders::UpdateFunctionConfigurationFluentBuilder;
use aws_sdk_lambda::types as sdk;

use super::convert::LEVELS;
use crate::model::{Arch, FileSystem, LogFormat, LogLevel, Secret, Tracing, Versioned, Vpc};

/// Puts every field in which `to` differs from `from` into the request. `arch` is not among them: it goes with the
/// code.
pub(super) fn update(
    request: UpdateFunctionConfigurationFluentBuilder,
    from: &Versioned,
    to: &Versioned,
) -> UpdateFunctionConfigurationFluentBuilder {
    let changed = Changed { from, to };
    request
        .set_runtime(changed.field(|s| &s.runtime).map(|runtime| runtime.as_str().into()))
        .set_handler(changed.field(|s| &s.handler).cloned())
        .set_memory_size(changed.field(|s| &s.memory).map(|n| number(*n)))
        .set_timeout(changed.field(|s| &s.timeout).map(|n| number(*n)))
        .set_environment(changed.environment())
        .set_role(changed.field(|s| &s.role).cloned())
        .set_layers(changed.field(|s| &s.layers).cloned())
        .set_vpc_config(changed.field(|s| &s.vpc).map(|to| vpc(&from.vpc, to)))
        .set_tracing_config(changed.field(|s| &s.tracing).map(|mode| tracing(*mode)))
        .set_ephemeral_storage(changed.field(|s| &s.ephemeral_storage).and_then(|n| storage(*n)))
        .set_dead_letter_config(changed.field(|s| &s.dead_letter).map(|arn| dead_letter(arn)))
        .set_kms_key_arn(changed.field(|s| &s.kms_key).cloned())
        .set_file_system_configs(changed.field(|s| &s.file_system).map(|f| file_systems(f.as_ref())))
        .set_logging_config((!same_logging(from, to)).then(|| logging(to)))
}

/// Puts every field that is not AWS's own default into the request for a new lambda.
pub(super) fn create(
    request: CreateFunctionFluentBuilder,
    lambda: &str,
    to: &Versioned,
) -> CreateFunctionFluentBuilder {
    let default = Versioned::aws_default(lambda, to.arch);
    let changed = Changed { from: &default, to };
    request
        .runtime(to.runtime.as_str().into())
        .handler(&to.handler)
        .role(&to.role)
        .architectures(sdk_arch(to.arch))
        .memory_size(number(to.memory))
        .timeout(number(to.timeout))
        .set_environment(changed.field(|s| &s.variables).map(environment))
        .set_layers(changed.field(|s| &s.layers).cloned())
        .set_vpc_config(changed.field(|s| &s.vpc).map(|to| vpc(&default.vpc, to)))
        .set_tracing_config(changed.field(|s| &s.tracing).map(|mode| tracing(*mode)))
        .set_ephemeral_storage(changed.field(|s| &s.ephemeral_storage).and_then(|n| storage(*n)))
        .set_dead_letter_config(changed.field(|s| &s.dead_letter).map(|arn| dead_letter(arn)))
        .set_kms_key_arn(changed.field(|s| &s.kms_key).cloned())
        .set_file_system_configs(changed.field(|s| &s.file_system).map(|f| file_systems(f.as_ref())))
        .set_logging_config((!same_logging(&default, to)).then(|| logging(to)))
}

/// Two settings, and what of them differs.
struct Changed<'a> {
    from: &'a Versioned,
    to: &'a Versioned,
}

impl<'a> Changed<'a> {
    fn field<T: PartialEq>(&self, field: fn(&Versioned) -> &T) -> Option<&'a T> {
        let to = field(self.to);
        (field(self.from) != to).then_some(to)
    }

    /// The variables also go with another key, as that is for them.
    fn environment(&self) -> Option<sdk::Environment> {
        let is_same = self.from.variables == self.to.variables && self.from.kms_key == self.to.kms_key;
        (!is_same).then(|| environment(&self.to.variables))
    }
}

fn same_logging(from: &Versioned, to: &Versioned) -> bool {
    let logging = |s: &Versioned| (s.log_format, s.log_level, s.system_log_level, s.log_group.clone());
    logging(from) == logging(to)
}

/// Lambda's spelling of an architecture.
pub(super) fn sdk_arch(arch: Arch) -> sdk::Architecture {
    match arch {
        Arch::Arm64 => sdk::Architecture::Arm64,
        Arch::X86_64 => sdk::Architecture::X8664,
    }
}

fn number(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

fn storage(megabytes: u32) -> Option<sdk::EphemeralStorage> {
    sdk::EphemeralStorage::builder().size(number(megabytes)).build().ok()
}

/// An empty ARN takes the target away.
fn dead_letter(arn: &str) -> sdk::DeadLetterConfig {
    sdk::DeadLetterConfig::builder().target_arn(arn).build()
}

/// An empty list takes the file system away.
fn file_systems(file_system: Option<&FileSystem>) -> Vec<sdk::FileSystemConfig> {
    let config = file_system.and_then(|file_system| {
        sdk::FileSystemConfig::builder()
            .arn(&file_system.arn)
            .local_mount_path(&file_system.mount)
            .build()
            .ok()
    });
    config.into_iter().collect()
}

fn level_text(level: LogLevel) -> &'static str {
    LEVELS.iter().find(|(known, _)| *known == level).map_or("INFO", |(_, name)| *name)
}

fn environment(variables: &BTreeMap<String, Secret>) -> sdk::Environment {
    let variables = variables.iter().map(|(name, value)| (name.clone(), value.expose().to_owned()));
    sdk::Environment::builder().set_variables(Some(variables.collect())).build()
}

/// IPv6 is named only where it is or was allowed: left out, it stays as it is.
fn vpc(from: &Vpc, to: &Vpc) -> sdk::VpcConfig {
    sdk::VpcConfig::builder()
        .set_subnet_ids(Some(to.subnets.clone()))
        .set_security_group_ids(Some(to.security_groups.clone()))
        .set_ipv6_allowed_for_dual_stack((from.ipv6 || to.ipv6).then_some(to.ipv6))
        .build()
}

fn tracing(tracing: Tracing) -> sdk::TracingConfig {
    let mode = match tracing {
        Tracing::Active => sdk::TracingMode::Active,
        Tracing::PassThrough => sdk::TracingMode::PassThrough,
    };
    sdk::TracingConfig::builder().mode(mode).build()
}

fn logging(settings: &Versioned) -> sdk::LoggingConfig {
    let format = match settings.log_format {
        LogFormat::Json => sdk::LogFormat::Json,
        LogFormat::Text => sdk::LogFormat::Text,
    };
    sdk::LoggingConfig::builder()
        .log_format(format)
        .set_application_log_level(settings.log_level.map(|level| level_text(level).into()))
        .set_system_log_level(settings.system_log_level.map(|level| level_text(level).into()))
        .log_group(&settings.log_group)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variables_go_with_another_key() {
        let client = aws_sdk_lambda::Client::from_conf(
            aws_sdk_lambda::Config::builder()
                .behavior_version(aws_sdk_lambda::config::BehaviorVersion::latest())
                .build(),
        );
        let settings = |key: &str, memory| {
            let variables = [("A".to_owned(), Secret::new("1"))].into();
            Versioned {
                kms_key: key.to_owned(),
                memory,
                variables,
                ..Versioned::aws_default("hello", Arch::Arm64)
            }
        };
        for (from, to, sent) in [
            (settings("", 128), settings("key", 128), true),
            (settings("key", 128), settings("", 128), true),
            (settings("key", 128), settings("key", 256), false),
        ] {
            let request = update(client.update_function_configuration(), &from, &to);
            assert_eq!(request.get_environment().is_some(), sent, "{from:?} -> {to:?}");
        }
    }

    #[test]
    fn ipv6_is_turned_off_by_saying_so() {
        let client = aws_sdk_lambda::Client::from_conf(
            aws_sdk_lambda::Config::builder()
                .behavior_version(aws_sdk_lambda::config::BehaviorVersion::latest())
                .build(),
        );
        let settings = |ipv6| {
            let vpc = Vpc { subnets: vec!["subnet-a".to_owned()], security_groups: Vec::new(), ipv6 };
            Versioned { vpc, ..Versioned::aws_default("hello", Arch::Arm64) }
        };
        let outside = Versioned::aws_default("hello", Arch::Arm64);
        let table = [
            (settings(true), settings(false), Some(false)),
            (settings(false), settings(true), Some(true)),
            (settings(true), outside.clone(), Some(false)),
            (outside.clone(), settings(true), Some(true)),
            (outside, settings(false), None),
        ];
        for (from, to, sent) in table {
            let request = update(client.update_function_configuration(), &from, &to);
            let vpc = request.get_vpc_config().as_ref().expect("the VPC differs");
            assert_eq!(vpc.ipv6_allowed_for_dual_stack, sent, "{:?} -> {:?}", from.vpc, to.vpc);
        }
    }
}
