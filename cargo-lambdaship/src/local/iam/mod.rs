//! IAM's role calls. Policies are attached by ARN or written into the role, and not evaluated.

mod inline;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::local::ACCOUNT;
use crate::local::call::Call;
use crate::local::dispatch::Fields;
use crate::local::fault::Fault;
use crate::local::reply::{self, Outcome};
use crate::local::state::{Role, State};
use crate::local::xml::Element;

/// Answers `action`.
pub(crate) async fn answer(action: &str, call: &Call, fields: &Fields) -> Outcome {
    let shared = Arc::clone(&call.shared);
    match action {
        "GetRole" => get_role(call, fields, &shared.store.read()),
        "ListAttachedRolePolicies" => list_attached(call, fields, &shared.store.read()),
        "ListRolePolicies" => inline::list(call, fields, &shared.store.read()),
        "GetRolePolicy" => inline::get(call, fields, &shared.store.read()),
        "PutRolePolicy" => shared.store.update(|state| inline::put(call, fields, state)).await,
        "DeleteRolePolicy" => shared.store.update(|state| inline::delete(call, fields, state)).await,
        "CreateRole" => shared.store.update(|state| create_role(call, fields, state)).await,
        "DeleteRole" => shared.store.update(|state| delete_role(call, fields, state)).await,
        "AttachRolePolicy" => shared.store.update(|state| attach(call, fields, state)).await,
        "DetachRolePolicy" => shared.store.update(|state| detach(call, fields, state)).await,
        other => Err(Fault::unknown_operation(other)),
    }
}

fn create_role(call: &Call, fields: &Fields, state: &mut State) -> Outcome {
    let name = fields.required("RoleName")?;
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if !(1..=64).contains(&name.len()) || !name.bytes().all(word) {
        let message = format!(
            "The specified value for roleName is invalid: `{name}`. It must have at most 64 characters \
             of [\\w+=,.@-]"
        );
        return Err(Fault::bad("ValidationError", message));
    }
    let trust = fields.required("AssumeRolePolicyDocument")?;
    inline::document_is_json(trust)?;
    if state.roles.contains_key(name) {
        let message = format!("Role with name {name} already exists.");
        return Err(Fault::new(StatusCode::CONFLICT, "EntityAlreadyExists", message));
    }
    let id = uuid::Uuid::new_v4().simple().to_string().to_uppercase();
    let role = Role {
        id: format!("AROA{}", id.get(..17).unwrap_or_default()),
        path: fields.get("Path").unwrap_or("/").to_owned(),
        trust: trust.to_owned(),
        description: fields.get("Description").map(str::to_owned),
        created: call.now,
        policies: Vec::new(),
        inline: BTreeMap::new(),
    };
    let result = Element::new("CreateRoleResult").child(&written(name, &role));
    state.roles.insert(name.to_owned(), role);
    ok("CreateRoleResponse", Some(result), call)
}

fn get_role(call: &Call, fields: &Fields, state: &State) -> Outcome {
    let name = fields.required("RoleName")?;
    let role = state.roles.get(name).ok_or_else(|| missing(name))?;
    ok("GetRoleResponse", Some(Element::new("GetRoleResult").child(&written(name, role))), call)
}

fn delete_role(call: &Call, fields: &Fields, state: &mut State) -> Outcome {
    let name = fields.required("RoleName")?;
    inline::none_left(state.roles.get(name).ok_or_else(|| missing(name))?)?;
    state.roles.remove(name);
    ok("DeleteRoleResponse", None, call)
}

fn attach(call: &Call, fields: &Fields, state: &mut State) -> Outcome {
    let name = fields.required("RoleName")?;
    let policy = fields.required("PolicyArn")?.to_owned();
    if !policy.starts_with("arn:") {
        return Err(Fault::bad("InvalidInput", format!("ARN {policy} is not valid.")));
    }
    let role = state.roles.get_mut(name).ok_or_else(|| missing(name))?;
    if !role.policies.contains(&policy) {
        role.policies.push(policy);
    }
    ok("AttachRolePolicyResponse", None, call)
}

fn detach(call: &Call, fields: &Fields, state: &mut State) -> Outcome {
    let name = fields.required("RoleName")?;
    let policy = fields.required("PolicyArn")?;
    let role = state.roles.get_mut(name).ok_or_else(|| missing(name))?;
    let before = role.policies.len();
    role.policies.retain(|attached| attached != policy);
    if role.policies.len() == before {
        return Err(no_such_entity(format!("Policy {policy} was not found.")));
    }
    ok("DetachRolePolicyResponse", None, call)
}

fn list_attached(call: &Call, fields: &Fields, state: &State) -> Outcome {
    let name = fields.required("RoleName")?;
    let role = state.roles.get(name).ok_or_else(|| missing(name))?;
    let mut policies = Element::new("AttachedPolicies");
    for arn in &role.policies {
        let name = arn.rsplit('/').next().unwrap_or(arn);
        policies = policies.child(&Element::new("member").text("PolicyName", name).text("PolicyArn", arn));
    }
    let result = Element::new("ListAttachedRolePoliciesResult").child(&policies).text("IsTruncated", "false");
    ok("ListAttachedRolePoliciesResponse", Some(result), call)
}

fn written(name: &str, role: &Role) -> Element {
    let created = role.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let trust = utf8_percent_encode(&role.trust, NON_ALPHANUMERIC).to_string();
    let element = Element::new("Role")
        .text("Path", &role.path)
        .text("RoleName", name)
        .text("RoleId", &role.id)
        .text("Arn", &format!("arn:aws:iam::{ACCOUNT}:role{}{name}", role.path))
        .text("CreateDate", &created)
        .text("AssumeRolePolicyDocument", &trust)
        .text("MaxSessionDuration", "3600");
    match &role.description {
        Some(description) => element.text("Description", description),
        None => element,
    }
}

fn missing(name: &str) -> Fault {
    no_such_entity(format!("The role with name {name} cannot be found."))
}

fn no_such_entity(message: String) -> Fault {
    Fault::new(StatusCode::NOT_FOUND, "NoSuchEntity", message)
}

#[expect(clippy::unnecessary_wraps, reason = "the last line of operations, which are fallible")]
fn ok(name: &'static str, result: Option<Element>, call: &Call) -> Outcome {
    Ok(reply::xml(StatusCode::OK, &response(name, result, &call.request_id)))
}

/// The answer of a query operation: its result, if it has one, and the request id.
pub(crate) fn response(name: &'static str, result: Option<Element>, request_id: &str) -> Element {
    let response = Element::new(name);
    let response = match result {
        Some(result) => response.child(&result),
        None => response,
    };
    response.child(&Element::new("ResponseMetadata").text("RequestId", request_id))
}
