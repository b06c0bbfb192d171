//! Functions and environments that would overwrite each other. Pure.

use std::collections::BTreeMap;

use super::load::Config;
use super::problem::Problem;
use super::raw::{EnvironmentLayer, Layer};
use super::resolve::{LOCAL, layers};
use super::template::Template;
use super::{EnvironmentConfig, FunctionConfig};
use crate::model::{EnvName, LambdaName};

/// Two functions that would be one lambda in `resolved`.
pub(super) fn between_functions(resolved: &EnvironmentConfig) -> Vec<Problem> {
    let mut owners: BTreeMap<&LambdaName, &FunctionConfig> = BTreeMap::new();
    let mut problems = Vec::new();
    for config in &resolved.functions {
        if let Some(other) = owners.insert(&config.lambda, config) {
            let message = format!(
                "functions `{}` and `{}` would both be the lambda `{}` in {}",
                other.function.name, config.function.name, config.lambda, resolved.env
            );
            let help = "use `{function}` in `name`, or give each its own".to_owned();
            problems.push(Problem::nowhere(message).help(help));
        }
    }
    problems
}

/// Functions whose lambda and alias another environment of the same account and region has too: a deployment to one
/// would move the alias of the other.
pub(super) fn between_environments(config: &Config, resolved: &EnvironmentConfig) -> Vec<Problem> {
    let Some(own) = config.file.env.get(&resolved.env) else { return Vec::new() };
    let others = config.file.env.iter().filter(|(env, other)| {
        **env != resolved.env
            && env.as_str() != LOCAL
            && resolved.env.as_str() != LOCAL
            && place(own) == place(other)
    });
    let mut problems = Vec::new();
    for (env, other) in others {
        let shared = resolved.functions.iter().find(|function| shares(config, (env, other), function));
        if let Some(function) = shared {
            let message = format!(
                "environments `{}` and `{env}` would both move the alias `{}` of the lambda `{}`",
                resolved.env, function.alias, function.lambda
            );
            let help =
                "use `{env}` in `name` or in `alias`, or state another `account` or `region`".to_owned();
            problems.push(Problem::nowhere(message).help(help));
        }
    }
    problems
}

/// What tells two environments apart on AWS.
fn place(environment: &EnvironmentLayer) -> [Option<&str>; 4] {
    [
        environment.region.as_ref().map(crate::model::Region::as_str),
        environment.account.as_ref().map(crate::model::AccountId::as_str),
        environment.aws_profile.as_deref(),
        environment.endpoint_url.as_deref(),
    ]
}

fn shares(config: &Config, other: (&EnvName, &EnvironmentLayer), function: &FunctionConfig) -> bool {
    let (env, environment) = other;
    let name = &function.function.name;
    let stated = layers(config, environment, name);
    let filled = |part: fn(&Layer) -> Option<&Template>, default: fn() -> Template| {
        let template = stated.iter().rev().find_map(|layer| part(layer)).cloned();
        template.unwrap_or_else(default).fill(name, env)
    };
    let lambda = filled(|layer| layer.name.as_ref().map(toml::Spanned::get_ref), Template::default_name);
    let alias = filled(|layer| layer.alias.as_ref().map(toml::Spanned::get_ref), Template::default_alias);
    lambda == function.lambda.as_str() && alias == function.alias.as_str()
}
