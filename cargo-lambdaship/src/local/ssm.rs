//! Systems Manager's parameters. A `SecureString` is kept as any other: the state file is closed to other users.

use std::sync::Arc;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ACCOUNT;
use super::call::Call;
use super::fault::Fault;
use super::reply::{self, Outcome};
use super::state::{Parameter, State};

/// Answers `operation`.
pub(crate) async fn answer(operation: &str, call: &Call) -> Outcome {
    let shared = Arc::clone(&call.shared);
    match operation {
        "GetParameter" => get_one(call, &shared.store.read()),
        "GetParameters" => get_many(call, &shared.store.read()),
        "PutParameter" => shared.store.update(|state| put(call, state)).await,
        other => Err(Fault::unknown_operation(other)),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetOne {
    name: String,
    #[serde(default)]
    with_decryption: bool,
}

fn get_one(call: &Call, state: &State) -> Outcome {
    let request: GetOne = call.json()?;
    let found = state.parameters.get(&request.name);
    let found = found
        .ok_or_else(|| Fault::bad("ParameterNotFound", format!("Parameter {} not found.", request.name)))?;
    let parameter = written(call, &request.name, found, request.with_decryption);
    Ok(reply::aws_json(StatusCode::OK, &json!({ "Parameter": parameter })))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetMany {
    names: Vec<String>,
    #[serde(default)]
    with_decryption: bool,
}

fn get_many(call: &Call, state: &State) -> Outcome {
    let request: GetMany = call.json()?;
    if !(1..=10).contains(&request.names.len()) {
        return Err(Fault::validation("names must have 1 to 10 members"));
    }
    let (known, unknown): (Vec<&String>, Vec<&String>) =
        request.names.iter().partition(|name| state.parameters.contains_key(*name));
    let found = known.iter().filter_map(|name| Some((*name, state.parameters.get(*name)?)));
    let found: Vec<Value> =
        found.map(|(name, parameter)| written(call, name, parameter, request.with_decryption)).collect();
    let mut answer = json!({ "Parameters": found });
    // The service's model has no empty list of invalid ones.
    if !unknown.is_empty() {
        answer["InvalidParameters"] = json!(unknown);
    }
    Ok(reply::aws_json(StatusCode::OK, &answer))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Put {
    name: String,
    value: String,
    r#type: Option<String>,
    #[serde(default)]
    overwrite: bool,
}

fn put(call: &Call, state: &mut State) -> Outcome {
    let request: Put = call.json()?;
    let version = match state.parameters.get(&request.name) {
        Some(_) if !request.overwrite => {
            return Err(Fault::bad(
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option in the \
                 request to true.",
            ));
        }
        Some(parameter) => parameter.version + 1,
        None => 1,
    };
    let kind = request.r#type.unwrap_or_else(|| "String".to_owned());
    if !["String", "StringList", "SecureString"].contains(&kind.as_str()) {
        return Err(Fault::validation(format!("`{kind}` is not a type of parameter")));
    }
    let parameter = Parameter { kind, value: request.value, version, modified: call.now };
    state.parameters.insert(request.name, parameter);
    Ok(reply::aws_json(StatusCode::OK, &json!({ "Version": version, "Tier": "Standard" })))
}

/// A secure parameter that is not decrypted is shown as what stands in for ciphertext.
fn written(call: &Call, name: &str, parameter: &Parameter, decrypted: bool) -> Value {
    let hidden = parameter.kind == "SecureString" && !decrypted;
    let value = if hidden { "AQICAHlocalciphertext" } else { &parameter.value };
    let slash = if name.starts_with('/') { "" } else { "/" };
    json!({
        "Name": name,
        "Type": parameter.kind,
        "Value": value,
        "Version": parameter.version,
        "LastModifiedDate": seconds(parameter.modified),
        "ARN": format!("arn:aws:ssm:{}:{ACCOUNT}:parameter{slash}{name}", call.region),
        "DataType": "text",
    })
}

/// A time as `awsJson1_1` writes it.
pub(crate) fn seconds(time: jiff::Timestamp) -> Value {
    json!(time.as_second())
}
