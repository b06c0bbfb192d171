//! Provisioned concurrency: on an alias or on a version, not on both, and never on `$LATEST`.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::reference::{LATEST, Reference};
use super::wire;
use crate::local::call::Call;
use crate::local::fault::Fault;
use crate::local::reply::{self, Outcome};
use crate::local::state::{Function, Kind, Provisioned, State, Transition};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Put {
    provisioned_concurrent_executions: u32,
}

/// `PutProvisionedConcurrencyConfig`.
pub(crate) fn put(call: &Call, state: &mut State) -> Outcome {
    let (reference, qualifier) = published(call)?;
    let Put { provisioned_concurrent_executions: requested } = call.json()?;
    if requested == 0 {
        return Err(Fault::validation(
            "1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to \
             satisfy constraint: Member must have value greater than or equal to 1",
        ));
    }
    let function = reference.function_mut(state, &call.region)?;
    reference.resolve(function, &call.region)?;
    exclusive(function, &qualifier)?;
    if function.aliases.get(&qualifier).is_some_and(|alias| !alias.weights(call.now).is_empty()) {
        return Err(Fault::invalid("Alias with weights can not be used with Provisioned Concurrency"));
    }
    let transition = Transition::begin(Kind::Update, call.now, call.shared.options.settle);
    let provisioned = Provisioned { requested, modified: call.now, transition };
    let answer = written(&provisioned, call);
    function.provisioned.insert(qualifier, provisioned);
    Ok(reply::json(StatusCode::ACCEPTED, &answer))
}

/// `GetProvisionedConcurrencyConfig`.
pub(crate) fn get(call: &Call, state: &State) -> Outcome {
    let (reference, qualifier) = published(call)?;
    let function = reference.function(state, &call.region)?;
    reference.resolve(function, &call.region)?;
    let provisioned = function.provisioned.get(&qualifier).ok_or_else(|| {
        let message = "No Provisioned Concurrency Config found for this function";
        Fault::new(StatusCode::NOT_FOUND, "ProvisionedConcurrencyConfigNotFoundException", message)
    })?;
    reply::ok(&written(provisioned, call))
}

/// `DeleteProvisionedConcurrencyConfig`.
pub(crate) fn delete(call: &Call, state: &mut State) -> Outcome {
    let (reference, qualifier) = published(call)?;
    let function = reference.function_mut(state, &call.region)?;
    reference.resolve(function, &call.region)?;
    function.provisioned.remove(&qualifier);
    if let Some(alias) = function.aliases.get_mut(&qualifier) {
        alias.settling = None;
    }
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

fn published(call: &Call) -> Result<(Reference, String), Fault> {
    let reference = Reference::of(call)?;
    match reference.qualifier.clone() {
        Some(qualifier) if qualifier != LATEST => Ok((reference, qualifier)),
        _ => Err(Fault::invalid(
            "Provisioned Concurrency Configs cannot be applied to unpublished function versions.",
        )),
    }
}

/// Refuses a second configuration for what an alias or a version already has one for.
fn exclusive(function: &Function, qualifier: &str) -> Result<(), Fault> {
    if let Some(alias) = function.aliases.get(qualifier) {
        if function.provisioned.contains_key(&alias.version) {
            let message = "Alias can't be used for Provisioned Concurrency configuration on an already \
                Provisioned version";
            return Err(Fault::conflict(message));
        }
        return Ok(());
    }
    let pointed = function
        .aliases
        .iter()
        .any(|(name, alias)| alias.version == qualifier && function.provisioned.contains_key(name));
    if pointed {
        let message = "Version is pointed by a Provisioned Concurrency alias";
        return Err(Fault::conflict(message));
    }
    Ok(())
}

fn written(provisioned: &Provisioned, call: &Call) -> Value {
    let ready = provisioned.transition.is_settled(call.now);
    let there = if ready { provisioned.requested } else { 0 };
    json!({
        "RequestedProvisionedConcurrentExecutions": provisioned.requested,
        "AllocatedProvisionedConcurrentExecutions": there,
        "AvailableProvisionedConcurrentExecutions": there,
        "Status": if ready { "READY" } else { "IN_PROGRESS" },
        "LastModified": wire::time(provisioned.modified),
    })
}
