//! The configuration from text to a resolved environment.

mod gates;
mod place;
mod precedence;
mod problems;
mod rollout;
mod schema;
mod secrets;
mod smoke;

use camino::Utf8Path;

use super::{Config, EnvironmentConfig, Error};
use crate::model::EnvName;
use crate::workspace::testing::workspace;

/// The configuration of `text`.
fn parse(text: &str) -> Result<Config, Error> {
    Config::parse("lambdaship.toml", text, Utf8Path::new(""))
}

/// `env` of `text`, in a workspace with the functions `hello` and `worker`.
fn resolve(text: &str, env: &str) -> Result<EnvironmentConfig, Error> {
    parse(text)?.resolve(&EnvName::new(env).unwrap(), &workspace(&["hello", "worker"]))
}

/// The message of a configuration that is refused, with its hint.
fn refused(text: &str, env: &str) -> String {
    let error = resolve(text, env).unwrap_err();
    error.hint().map_or_else(|| error.to_string(), |hint| format!("{error}\nhint: {hint}"))
}
