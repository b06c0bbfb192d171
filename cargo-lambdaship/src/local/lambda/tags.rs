//! Tags, which belong to the function only.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::reference::Reference;
use crate::local::call::Call;
use crate::local::fault::Fault;
use crate::local::reply::{self, Outcome};
use crate::local::state::State;

const MAX_TAGS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TagResource {
    tags: BTreeMap<String, String>,
}

/// `ListTags`.
pub(crate) fn list(call: &Call, state: &State) -> Outcome {
    let function = of_function(call)?.function(state, &call.region)?.clone();
    reply::ok(&json!({ "Tags": function.tags }))
}

/// `TagResource`: adds to the tags.
pub(crate) fn tag(call: &Call, state: &mut State) -> Outcome {
    let request: TagResource = call.json()?;
    let function = of_function(call)?.function_mut(state, &call.region)?;
    function.tags.extend(request.tags);
    check(&function.tags)?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// `UntagResource`.
pub(crate) fn untag(call: &Call, state: &mut State) -> Outcome {
    let function = of_function(call)?.function_mut(state, &call.region)?;
    for key in call.query_all("tagKeys") {
        function.tags.remove(key);
    }
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// Refuses too many tags, and those that AWS keeps for itself.
pub(crate) fn check(tags: &BTreeMap<String, String>) -> Result<(), Fault> {
    if tags.len() > MAX_TAGS {
        return Err(Fault::invalid("Number of tags exceeds resource tag limit."));
    }
    for (key, value) in tags {
        let (key_length, value_length) = (key.chars().count(), value.chars().count());
        if !(1..=128).contains(&key_length) || value_length > 256 || key.starts_with("aws:") {
            let message = format!(
                "tag `{key}`: keys have 1 to 128 characters and do not begin with `aws:`, values at most 256"
            );
            return Err(Fault::validation(message));
        }
    }
    Ok(())
}

fn of_function(call: &Call) -> Result<Reference, Fault> {
    let arn = call.path("arn");
    if !arn.starts_with("arn:") {
        return Err(super::reference::shape("resource", arn, "arn:(aws[a-zA-Z-]*):lambda:…:function:…"));
    }
    let reference = Reference::parse(arn, None)?;
    if reference.qualifier.is_some() {
        let message =
            "Tags on function aliases and versions are not supported. Please specify a function ARN.";
        return Err(Fault::invalid(message));
    }
    Ok(reference)
}
