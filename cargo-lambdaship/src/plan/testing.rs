//! Values for the tables.

use std::collections::BTreeMap;

use super::Desired;
use crate::config::FunctionConfig;
use crate::model::{
    AliasName, Arch, CodeSha256, Configuration, FunctionName, LambdaName, LiveAlias, LiveFunction, Readiness,
    RevisionId, Rollout, Settings, Variable, Version, Versioned,
};
use crate::workspace::Function;

/// A function's configuration with the settings that `state` gives.
pub(crate) fn function(state: impl FnOnce(&mut Settings)) -> FunctionConfig {
    let mut settings = Settings::default();
    state(&mut settings);
    FunctionConfig {
        function: Function {
            name: FunctionName::new("hello").unwrap(),
            package: "hello".to_owned(),
            manifest_path: "Cargo.toml".into(),
        },
        lambda: LambdaName::new("hello-staging").unwrap(),
        alias: AliasName::new("live").unwrap(),
        settings,
        rollout: Rollout::default(),
        smoke: Vec::new(),
        include: Vec::new(),
        include_root: ".".into(),
    }
}

/// What is wanted of it, with code `b"new"`.
pub(crate) fn desired(config: &FunctionConfig) -> Desired<'_> {
    let resolve = |variable: &Variable| match variable {
        Variable::Value(value) => Some(value.clone()),
        _ => None,
    };
    let variables = &config.settings.variables;
    Desired {
        config,
        variables: variables.iter().map(|(name, value)| (name.clone(), resolve(value))).collect(),
        role: None,
        code: CodeSha256::of(b"new"),
        arch: Arch::Arm64,
    }
}

/// Settings of a lambda that states nothing.
pub(crate) fn live() -> Versioned {
    Versioned { role: "arn:role".to_owned(), ..Versioned::aws_default("hello-staging", Arch::Arm64) }
}

/// A configuration with this code.
pub(crate) fn configuration(version: Option<u64>, code: &[u8], settings: Versioned) -> Configuration {
    Configuration {
        version: version.map(Version),
        description: String::new(),
        code_sha256: CodeSha256::of(code),
        code_size: 1,
        revision: RevisionId::new(Some("r1".to_owned())),
        settings,
        updating: false,
        update_failed: false,
        readiness: Readiness::Active,
    }
}

/// A lambda with this configuration.
pub(crate) fn lambda(configuration: Configuration) -> LiveFunction {
    LiveFunction { configuration, tags: BTreeMap::new(), tags_error: None, reserved_concurrency: None }
}

/// An alias at `version`.
pub(crate) fn alias(version: u64) -> LiveAlias {
    LiveAlias {
        name: AliasName::new("live").unwrap(),
        version: Some(Version(version)),
        split: None,
        description: String::new(),
        revision: RevisionId::new(Some("a1".to_owned())),
    }
}
