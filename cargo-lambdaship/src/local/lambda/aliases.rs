//! Aliases and their weights.

use std::collections::BTreeMap;

use axum::http::StatusCode;

use super::paging::{Key, page};
use super::reference::{LATEST, Reference, configuration, shape};
use super::requests::{CreateAlias, UpdateAlias};
use super::{arn, limits, wire};
use crate::local::call::Call;
use crate::local::fault::Fault;
use crate::local::reply::{self, Outcome};
use crate::local::state::{Alias, Function, Kind, Settling, State, Transition, revision_id};
use crate::model::AliasName;

/// `CreateAlias`.
pub(crate) fn create(call: &Call, state: &mut State) -> Outcome {
    let reference = Reference::of(call)?.unqualified()?;
    let request: CreateAlias = call.json()?;
    if AliasName::new(request.name.as_str()).is_err() {
        return Err(shape("name", &request.name, "(?!^[0-9]+$)([a-zA-Z0-9-_]+)"));
    }
    limits::description(request.description.as_deref())?;
    let function = reference.function_mut(state, &call.region)?;
    if function.aliases.contains_key(&request.name) {
        let arn = arn::qualified(&call.region, &reference.name, &request.name);
        return Err(Fault::conflict(format!("Alias already exists: {arn}")));
    }
    let alias = Alias {
        version: request.function_version,
        description: request.description.unwrap_or_default(),
        weights: request.routing_config.map(|routing| routing.additional_version_weights).unwrap_or_default(),
        revision: revision_id(),
        settling: None,
    };
    check(call, &reference, function, &alias)?;
    let answer = wire::alias(&reference.name, &request.name, &alias, (&call.region, call.now));
    function.aliases.insert(request.name, alias);
    Ok(reply::json(StatusCode::CREATED, &answer))
}

/// `UpdateAlias`. What the request does not state is kept.
pub(crate) fn update(call: &Call, state: &mut State) -> Outcome {
    let reference = Reference::of(call)?.unqualified()?;
    let request: UpdateAlias = call.json()?;
    limits::description(request.description.as_deref())?;
    let function = reference.function_mut(state, &call.region)?;
    let name = call.path("alias");
    let mut alias = function.aliases.get(name).cloned().ok_or_else(|| missing(call, &reference))?;
    if request.revision_id.is_some_and(|revision| revision != alias.revision(call.now)) {
        return Err(Fault::precondition());
    }
    let (from, provisioned) = (alias.version.clone(), alias.provisioned(call.now).to_owned());
    alias.version = request.function_version.unwrap_or(alias.version);
    alias.description = request.description.unwrap_or(alias.description);
    let routed = request.routing_config.is_some();
    if let Some(routing) = request.routing_config {
        alias.weights = routing.additional_version_weights;
    }
    check(call, &reference, function, &alias)?;
    if routed || alias.version != from {
        let waits = function.provisioned.contains_key(name)
            && alias.weights.is_empty()
            && alias.version != from
            && alias.version != provisioned;
        alias.settling = waits.then(|| Settling {
            from: provisioned,
            transition: Transition::begin(Kind::Update, call.now, call.shared.options.settle),
        });
    }
    alias.revision = revision_id();
    if let Some(settling) = &mut alias.settling {
        settling.transition.touch(call.now);
    }
    let answer = wire::alias(&reference.name, name, &alias, (&call.region, call.now));
    function.aliases.insert(name.to_owned(), alias);
    reply::ok(&answer)
}

/// `GetAlias`.
pub(crate) fn get(call: &Call, state: &State) -> Outcome {
    let reference = Reference::of(call)?.unqualified()?;
    let function = reference.function(state, &call.region)?;
    let name = call.path("alias");
    let alias = function.aliases.get(name).ok_or_else(|| missing(call, &reference))?;
    reply::ok(&wire::alias(&reference.name, name, alias, (&call.region, call.now)))
}

/// `ListAliases`, of one version if `FunctionVersion` says so.
pub(crate) fn list(call: &Call, state: &State) -> Outcome {
    let reference = Reference::of(call)?.unqualified()?;
    let function = reference.function(state, &call.region)?;
    let version = call.query("FunctionVersion");
    let wanted = |alias: &Alias| {
        version
            .is_none_or(|version| alias.version == version || alias.weights(call.now).contains_key(version))
    };
    let aliases = function.aliases.iter().filter(|(_, alias)| wanted(alias));
    let aliases = aliases.map(|(name, alias)| (Key::new(name, 0), (name, alias)));
    let written = |(name, alias): (&String, &Alias)| {
        wire::alias(&reference.name, name, alias, (&call.region, call.now))
    };
    reply::ok(&page(call, "Aliases", aliases, written)?)
}

/// `DeleteAlias`; one that does not exist is deleted already.
pub(crate) fn delete(call: &Call, state: &mut State) -> Outcome {
    let reference = Reference::of(call)?.unqualified()?;
    let function = reference.function_mut(state, &call.region)?;
    let name = call.path("alias");
    function.aliases.remove(name);
    function.provisioned.remove(name);
    function.policies.remove(name);
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

fn missing(call: &Call, reference: &Reference) -> Fault {
    let arn = arn::qualified(&call.region, &reference.name, call.path("alias"));
    Fault::not_found(format!("Cannot find alias arn: {arn}"))
}

/// Refuses an alias that could not serve: versions must exist, and two of them must agree in what cannot be split.
fn check(call: &Call, reference: &Reference, function: &Function, alias: &Alias) -> Result<(), Fault> {
    if alias.version != LATEST && alias.version.parse::<u64>().is_err() {
        return Err(shape("functionVersion", &alias.version, "(\\$LATEST|[0-9]+)"));
    }
    limits::weights(&alias.weights)?;
    let find = |version: &str| {
        let named = Reference { qualifier: Some(version.to_owned()), ..reference.clone() };
        configuration(function, version).ok_or_else(|| named.missing(&call.region))
    };
    let primary = find(&alias.version)?;
    for version in alias.weights.keys() {
        if alias.version == LATEST {
            return Err(Fault::invalid(
                "$LATEST is not supported for an alias pointing to more than 1 version",
            ));
        }
        if *version == alias.version {
            return Err(Fault::invalid(format!(
                "Invalid function version {version}. Function version {version} is already included in \
                 routing configuration."
            )));
        }
        let extra = find(version)?;
        if extra.settings.role != primary.settings.role {
            return Err(differ("execution role", &alias.version, version));
        }
        if extra.settings.dead_letter != primary.settings.dead_letter {
            return Err(differ("dead-letter configuration", &alias.version, version));
        }
    }
    Ok(())
}

fn differ(what: &str, primary: &str, extra: &str) -> Fault {
    Fault::invalid(format!("Function versions {primary} and {extra} of an alias must have the same {what}"))
}

/// The version that serves a request for `alias`, where `draw` is random in 0.0..1.0.
pub(crate) fn route<'a>(version: &'a str, weights: &'a BTreeMap<String, f64>, draw: f64) -> &'a str {
    match weights.first_key_value() {
        Some((extra, weight)) if draw < *weight => extra,
        _ => version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_below_the_weight_goes_to_the_extra_version() {
        let weights = BTreeMap::from([("8".to_owned(), 0.25)]);
        for (draw, version) in [(0.0, "8"), (0.2499, "8"), (0.25, "7"), (0.999, "7")] {
            assert_eq!(route("7", &weights, draw), version, "{draw}");
        }
        assert_eq!(route("7", &BTreeMap::new(), 0.0), "7");
        assert_eq!(route("7", &BTreeMap::from([("8".to_owned(), 0.0)]), 0.0), "7");
        assert_eq!(route("7", &BTreeMap::from([("8".to_owned(), 1.0)]), 0.999), "8");
    }
}
