//! Policies that are written into a role. They are kept and not evaluated.

use axum::http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{missing, no_such_entity, ok};
use crate::local::call::Call;
use crate::local::dispatch::Fields;
use crate::local::fault::Fault;
use crate::local::reply::Outcome;
use crate::local::state::{Role, State};
use crate::local::xml::Element;

/// `PutRolePolicy`.
pub(crate) fn put(call: &Call, fields: &Fields, state: &mut State) -> Outcome {
    let (role, policy) = (fields.required("RoleName")?, fields.required("PolicyName")?);
    let document = fields.required("PolicyDocument")?;
    document_is_json(document)?;
    let role = state.roles.get_mut(role).ok_or_else(|| missing(role))?;
    role.inline.insert(policy.to_owned(), document.to_owned());
    ok("PutRolePolicyResponse", None, call)
}

/// `GetRolePolicy`.
pub(crate) fn get(call: &Call, fields: &Fields, state: &State) -> Outcome {
    let (role, policy) = (fields.required("RoleName")?, fields.required("PolicyName")?);
    let found = state.roles.get(role).ok_or_else(|| missing(role))?;
    let document = found.inline.get(policy).ok_or_else(|| absent(policy))?;
    let result = Element::new("GetRolePolicyResult")
        .text("RoleName", role)
        .text("PolicyName", policy)
        .text("PolicyDocument", &utf8_percent_encode(document, NON_ALPHANUMERIC).to_string());
    ok("GetRolePolicyResponse", Some(result), call)
}

/// `DeleteRolePolicy`.
pub(crate) fn delete(call: &Call, fields: &Fields, state: &mut State) -> Outcome {
    let (role, policy) = (fields.required("RoleName")?, fields.required("PolicyName")?);
    let role = state.roles.get_mut(role).ok_or_else(|| missing(role))?;
    role.inline.remove(policy).ok_or_else(|| absent(policy))?;
    ok("DeleteRolePolicyResponse", None, call)
}

/// `ListRolePolicies`.
pub(crate) fn list(call: &Call, fields: &Fields, state: &State) -> Outcome {
    let role = fields.required("RoleName")?;
    let role = state.roles.get(role).ok_or_else(|| missing(role))?;
    let names = role.inline.keys();
    let names = names.fold(Element::new("PolicyNames"), |names, name| names.text("member", name));
    let result = Element::new("ListRolePoliciesResult").child(&names).text("IsTruncated", "false");
    ok("ListRolePoliciesResponse", Some(result), call)
}

/// Refuses to delete a role that still has policies of either kind.
pub(crate) fn none_left(role: &Role) -> Result<(), Fault> {
    let message = match (role.policies.is_empty(), role.inline.is_empty()) {
        (true, true) => return Ok(()),
        (false, _) => "Cannot delete entity, must detach all policies first.",
        (true, false) => "Cannot delete entity, must delete policies first.",
    };
    Err(Fault::new(StatusCode::CONFLICT, "DeleteConflict", message))
}

/// Refuses a document that is not JSON.
pub(crate) fn document_is_json(document: &str) -> Result<(), Fault> {
    match serde_json::from_str::<serde::de::IgnoredAny>(document) {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(Fault::bad("MalformedPolicyDocument", format!("This policy contains invalid Json: {error}")))
        }
    }
}

fn absent(policy: &str) -> Fault {
    no_such_entity(format!("The role policy with name {policy} cannot be found."))
}
