//! `from`: the environment that has to serve what is deployed to another. Pure.

use std::collections::BTreeMap;

use toml::Spanned;

use super::problem::Problem;
use super::raw::EnvironmentLayer;
use super::resolve::LOCAL;
use crate::model::EnvName;
use crate::suggest::did_you_mean;

type Environments = BTreeMap<EnvName, EnvironmentLayer>;

/// What is wrong with the `from` of any of `environments`.
pub(super) fn problems(environments: &Environments) -> Vec<Problem> {
    let stated = environments.iter().filter_map(|(env, of)| Some((env, of.from.as_ref()?)));
    stated.filter_map(|(env, from)| problem(environments, env, from)).collect()
}

fn problem(environments: &Environments, env: &EnvName, from: &Spanned<String>) -> Option<Problem> {
    let at = |message: String| Problem::at(from.span(), message);
    let name = from.get_ref().as_str();
    if env.as_str() == LOCAL || name == LOCAL {
        let message = format!("`from` of [env.{env}]: `{LOCAL}` is built for this machine, not for Lambda");
        return Some(
            at(message).help("only environments on AWS take over what another one serves".to_owned()),
        );
    }
    if name == env.as_str() {
        return Some(at(format!("`from` of [env.{env}] names the environment itself")));
    }
    if environments.keys().all(|known| known.as_str() != name) {
        let names = environments.keys().map(EnvName::as_str);
        let others: Vec<&str> = names.filter(|other| ![env.as_str(), LOCAL].contains(other)).collect();
        let help = did_you_mean(name, "other environments", &others);
        return Some(
            at(format!("`from` names the environment `{name}`, which is not in this file")).help(help),
        );
    }
    let circle = circle(environments, env)?;
    let message = format!("`from` leads in a circle: {}", circle.join(" from "));
    Some(at(message).help("one of them has to be built, and take from none".to_owned()))
}

/// The way from `env` back to itself, told of the first of those on it only.
fn circle<'a>(environments: &'a Environments, env: &'a EnvName) -> Option<Vec<&'a str>> {
    let mut way = vec![env.as_str()];
    let mut here = env;
    while way.len() <= environments.len() {
        let from = environments.get(here)?.from.as_ref()?;
        let (next, _) = environments.iter().find(|(name, _)| name.as_str() == from.get_ref().as_str())?;
        way.push(next.as_str());
        if next == env {
            let first = way.iter().min() == Some(&env.as_str());
            return first.then_some(way);
        }
        here = next;
    }
    None
}
