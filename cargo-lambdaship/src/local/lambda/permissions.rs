//! Resource policies, one statement at a time. They are kept and not enforced.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::reference::{LATEST, Reference, configuration};
use crate::local::call::Call;
use crate::local::fault::Fault;
use crate::local::reply::{self, Outcome};
use crate::local::state::{Function, State, revision_id};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AddPermission {
    statement_id: String,
    action: String,
    principal: String,
    source_arn: Option<String>,
    source_account: Option<String>,
    event_source_token: Option<String>,
    function_url_auth_type: Option<String>,
    #[serde(rename = "PrincipalOrgID")]
    principal_org_id: Option<String>,
    invoked_via_function_url: Option<bool>,
    revision_id: Option<String>,
}

/// `AddPermission`.
pub(crate) fn add(call: &Call, state: &mut State) -> Outcome {
    let reference = Reference::of(call)?;
    let request: AddPermission = call.json()?;
    let function = reference.function_mut(state, &call.region)?;
    let key = key(call, function, &reference, request.revision_id.as_deref())?;
    let statements = &mut function.policies.entry(key).or_default().statements;
    if statements.iter().any(|statement| statement["Sid"] == request.statement_id.as_str()) {
        return Err(Fault::conflict(format!(
            "The statement id ({}) provided already exists. Please provide a new statement id, or \
             remove the existing statement.",
            request.statement_id
        )));
    }
    let statement = statement(&request, &reference.arn(&call.region));
    statements.push(statement.clone());
    touch(call, function, &reference);
    Ok(reply::json(StatusCode::CREATED, &json!({ "Statement": statement.to_string() })))
}

/// `RemovePermission`.
pub(crate) fn remove(call: &Call, state: &mut State) -> Outcome {
    let reference = Reference::of(call)?;
    let function = reference.function_mut(state, &call.region)?;
    let key = key(call, function, &reference, call.query("RevisionId"))?;
    let id = call.path("statement");
    let statements = &mut function.policies.entry(key.clone()).or_default().statements;
    let before = statements.len();
    statements.retain(|statement| statement["Sid"] != id);
    if statements.len() == before {
        return Err(Fault::not_found(format!("Statement {id} is not found in resource policy.")));
    }
    if statements.is_empty() {
        function.policies.remove(&key);
    }
    touch(call, function, &reference);
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// `GetPolicy`.
pub(crate) fn get(call: &Call, state: &State) -> Outcome {
    let reference = Reference::of(call)?;
    let function = reference.function(state, &call.region)?;
    let key = key(call, function, &reference, None)?;
    let policy = function.policies.get(&key);
    let policy = policy.ok_or_else(|| Fault::not_found("The resource you requested does not exist."))?;
    let revision = revision(call, function, &key);
    reply::ok(&json!({ "Policy": policy.document(), "RevisionId": revision }))
}

/// The key of the policy that the request is about, after its revision id was checked.
pub(crate) fn key(
    call: &Call,
    function: &Function,
    reference: &Reference,
    expected: Option<&str>,
) -> Result<String, Fault> {
    let key = match reference.qualifier.as_deref() {
        None => "",
        Some(LATEST) => {
            return Err(Fault::invalid("We currently do not support adding policies for $LATEST."));
        }
        Some(qualifier) => qualifier,
    };
    reference.resolve(function, &call.region)?;
    if expected.is_some_and(|expected| expected != revision(call, function, key)) {
        return Err(Fault::precondition());
    }
    Ok(key.to_owned())
}

/// The revision id of what the policy is attached to.
pub(crate) fn revision(call: &Call, function: &Function, key: &str) -> String {
    if let Some(alias) = function.aliases.get(key) {
        return alias.revision.clone();
    }
    let found = configuration(function, key).unwrap_or(&function.latest);
    found.transition.revision(call.now).to_owned()
}

/// A new revision id for what the policy is attached to.
pub(crate) fn touch(call: &Call, function: &mut Function, reference: &Reference) {
    let key = reference.qualifier.as_deref().unwrap_or("");
    if let Some(alias) = function.aliases.get_mut(key) {
        alias.revision = revision_id();
        return;
    }
    let version = key.parse().ok().and_then(|number: u64| function.versions.get_mut(&number));
    let found = version.map_or(&mut function.latest, |version| &mut version.configuration);
    found.transition.touch(call.now);
}

fn statement(request: &AddPermission, arn: &str) -> Value {
    let mut principal = json!(request.principal);
    if request.principal.ends_with(".amazonaws.com") {
        principal = json!({ "Service": request.principal });
    } else if request.principal != "*" {
        principal = json!({ "AWS": request.principal });
    }
    let mut statement = json!({
        "Sid": request.statement_id,
        "Effect": "Allow",
        "Principal": principal,
        "Action": request.action,
        "Resource": arn,
    });
    let conditions = [
        ("ArnLike", "AWS:SourceArn", request.source_arn.as_deref()),
        ("StringEquals", "AWS:SourceAccount", request.source_account.as_deref()),
        ("StringEquals", "lambda:EventSourceToken", request.event_source_token.as_deref()),
        ("StringEquals", "lambda:FunctionUrlAuthType", request.function_url_auth_type.as_deref()),
        ("StringEquals", "aws:PrincipalOrgID", request.principal_org_id.as_deref()),
        (
            "Bool",
            "lambda:InvokedViaFunctionUrl",
            request.invoked_via_function_url.map(|via| if via { "true" } else { "false" }),
        ),
    ];
    for (operator, name, value) in conditions {
        if let Some(value) = value {
            statement["Condition"][operator][name] = json!(value);
        }
    }
    statement
}
