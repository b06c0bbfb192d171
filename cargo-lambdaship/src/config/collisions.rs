//! Functions and environments that would overwrite each other. Pure.

use std::collections::BTreeMap;

use super::load::Config;
use super::problem::Problem;
use super::raw::{EnvironmentLayer, Layer};
use super::resolve::{LOCAL, layers};
use super::template::Template;
use super::{EnvironmentConfig, FunctionConfig};
use crate::model::{EnvName, LambdaName, Region};

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

/// Functions whose lambda and alias another environment, which may be the same place, has too: a deployment to one
/// would move the alias of the other.
pub(super) fn between_environments(config: &Config, resolved: &EnvironmentConfig) -> Vec<Problem> {
    let Some(own) = config.file.env.get(&resolved.env) else { return Vec::new() };
    let others = config.file.env.iter().filter(|(env, other)| {
        **env != resolved.env
            && env.as_str() != LOCAL
            && resolved.env.as_str() != LOCAL
            && may_be_one_place(own, other)
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

/// Whether two environments may be the same place on AWS. A field that only one of them states may have the same value in
/// the other, where the shell or a profile says it; that is believed of one field, as long as all else is the same.
fn may_be_one_place(own: &EnvironmentLayer, other: &EnvironmentLayer) -> bool {
    let accounts = compare(own.account.as_ref(), other.account.as_ref());
    let regions = overlap(own.all_regions(), other.all_regions());
    let unknown = [accounts, regions].iter().filter(|same| **same == Same::Unknown).count();
    // Where the account is stated, it does not matter by which profile it is reached.
    let one_way = (own.account.is_some() && accounts == Same::Yes) || own.aws_profile == other.aws_profile;
    own.endpoint_url == other.endpoint_url
        && one_way
        && accounts != Same::No
        && regions != Same::No
        && unknown <= 1
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Same {
    Yes,
    Unknown,
    No,
}

/// Whether two lists of regions have one in common; an empty one is a region that something else says.
fn overlap(own: &[Region], other: &[Region]) -> Same {
    match (own, other) {
        ([], []) => Same::Yes,
        ([], _) | (_, []) => Same::Unknown,
        (own, other) if own.iter().any(|region| other.contains(region)) => Same::Yes,
        _ => Same::No,
    }
}

fn compare<T: PartialEq>(own: Option<&T>, other: Option<&T>) -> Same {
    match (own, other) {
        (Some(own), Some(other)) if own != other => Same::No,
        (Some(_), None) | (None, Some(_)) => Same::Unknown,
        (Some(_), Some(_)) | (None, None) => Same::Yes,
    }
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
