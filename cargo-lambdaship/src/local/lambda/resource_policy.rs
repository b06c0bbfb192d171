//! Resource policies as whole documents. One replaces the statements that were added one at a time.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::permissions::{key, revision, touch};
use super::reference::Reference;
use crate::local::call::Call;
use crate::local::fault::Fault;
use crate::local::reply::{self, Outcome};
use crate::local::state::{Function, Policy, State};

const MAX_POLICY: usize = 20_480;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutResourcePolicy {
    policy: String,
    revision_id: Option<String>,
}

/// `PutResourcePolicy`.
pub(crate) fn put(call: &Call, state: &mut State) -> Outcome {
    let reference = Reference::parse(call.path("arn"), None)?;
    let request: PutResourcePolicy = call.json()?;
    let statements = statements(&request.policy)?;
    let function = reference.function_mut(state, &call.region)?;
    let key = key(call, function, &reference, request.revision_id.as_deref())?;
    function.policies.insert(key.clone(), Policy { statements });
    touch(call, function, &reference);
    answer(call, function, &key)
}

/// `GetResourcePolicy`.
pub(crate) fn get(call: &Call, state: &State) -> Outcome {
    let reference = Reference::parse(call.path("arn"), None)?;
    let function = reference.function(state, &call.region)?;
    let key = key(call, function, &reference, None)?;
    answer(call, function, &key)
}

/// `DeleteResourcePolicy`.
pub(crate) fn delete(call: &Call, state: &mut State) -> Outcome {
    let reference = Reference::parse(call.path("arn"), None)?;
    let function = reference.function_mut(state, &call.region)?;
    let key = key(call, function, &reference, call.query("RevisionId"))?;
    function.policies.remove(&key).ok_or_else(absent)?;
    touch(call, function, &reference);
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

fn answer(call: &Call, function: &Function, key: &str) -> Outcome {
    let policy = function.policies.get(key).ok_or_else(absent)?;
    reply::ok(&json!({ "Policy": policy.document(), "RevisionId": revision(call, function, key) }))
}

fn absent() -> Fault {
    Fault::not_found("The resource you requested does not exist.")
}

fn statements(policy: &str) -> Result<Vec<Value>, Fault> {
    if policy.len() > MAX_POLICY {
        return Err(Fault::bad(
            "PolicyLengthExceededException",
            "The final policy size is bigger than the limit",
        ));
    }
    let document: Value = serde_json::from_str(policy)
        .map_err(|error| Fault::invalid(format!("The provided policy is not JSON: {error}")))?;
    match &document["Statement"] {
        Value::Array(statements) if !statements.is_empty() => Ok(statements.clone()),
        statement @ Value::Object(_) => Ok(vec![statement.clone()]),
        _ => Err(Fault::invalid("The provided policy has no statement.")),
    }
}
