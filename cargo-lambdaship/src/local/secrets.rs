//! Secrets Manager's secrets, as text. They are kept in the state file, which is closed to other users.

use std::sync::Arc;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::ACCOUNT;
use super::call::Call;
use super::fault::Fault;
use super::reply::{self, Outcome};
use super::ssm::seconds;
use super::state::{KeptSecret, State};

/// Answers `operation`.
pub(crate) async fn answer(operation: &str, call: &Call) -> Outcome {
    let shared = Arc::clone(&call.shared);
    match operation {
        "GetSecretValue" => get(call, &shared.store.read()),
        "CreateSecret" => shared.store.update(|state| create(call, state)).await,
        "PutSecretValue" => shared.store.update(|state| put(call, state)).await,
        other => Err(Fault::unknown_operation(other)),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Get {
    secret_id: String,
    version_id: Option<String>,
    version_stage: Option<String>,
}

fn get(call: &Call, state: &State) -> Outcome {
    let request: Get = call.json()?;
    let (name, secret) = find(call, state, &request.secret_id).ok_or_else(missing)?;
    let current = request.version_id.is_none_or(|id| id == secret.version)
        && request.version_stage.is_none_or(|stage| stage == "AWSCURRENT");
    let value = secret.value.as_deref().filter(|_| current).ok_or_else(missing)?;
    Ok(reply::aws_json(
        StatusCode::OK,
        &json!({
            "ARN": arn(call, name, secret),
            "Name": name,
            "VersionId": secret.version,
            "SecretString": value,
            "VersionStages": ["AWSCURRENT"],
            "CreatedDate": seconds(secret.created),
        }),
    ))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Create {
    name: String,
    client_request_token: Option<String>,
    secret_string: Option<String>,
    #[serde(rename = "Description")]
    _description: Option<String>,
}

fn create(call: &Call, state: &mut State) -> Outcome {
    let request: Create = call.json()?;
    if state.secrets.contains_key(&request.name) {
        let message = format!("The operation failed because the secret {} already exists.", request.name);
        return Err(Fault::bad("ResourceExistsException", message));
    }
    let random = uuid::Uuid::new_v4().simple().to_string();
    let secret = KeptSecret {
        value: request.secret_string,
        version: request.client_request_token.unwrap_or_else(new_version),
        suffix: random.get(..6).unwrap_or_default().to_owned(),
        created: call.now,
    };
    let arn = arn(call, &request.name, &secret);
    let answer = json!({ "ARN": arn, "Name": request.name, "VersionId": secret.version });
    state.secrets.insert(request.name, secret);
    Ok(reply::aws_json(StatusCode::OK, &answer))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Put {
    secret_id: String,
    client_request_token: Option<String>,
    secret_string: String,
}

fn put(call: &Call, state: &mut State) -> Outcome {
    let request: Put = call.json()?;
    let name = find(call, state, &request.secret_id).ok_or_else(missing)?.0.to_owned();
    let secret = state.secrets.get_mut(&name).ok_or_else(missing)?;
    secret.value = Some(request.secret_string);
    secret.version = request.client_request_token.unwrap_or_else(new_version);
    let answer = json!({
        "ARN": arn(call, &name, secret),
        "Name": name,
        "VersionId": secret.version,
        "VersionStages": ["AWSCURRENT"],
    });
    Ok(reply::aws_json(StatusCode::OK, &answer))
}

/// The secret with this name or ARN.
fn find<'a>(call: &Call, state: &'a State, id: &str) -> Option<(&'a str, &'a KeptSecret)> {
    let mut secrets = state.secrets.iter().map(|(name, secret)| (name.as_str(), secret));
    secrets.find(|(name, secret)| *name == id || arn(call, name, secret) == id)
}

fn arn(call: &Call, name: &str, secret: &KeptSecret) -> String {
    format!("arn:aws:secretsmanager:{}:{ACCOUNT}:secret:{name}-{}", call.region, secret.suffix)
}

fn missing() -> Fault {
    Fault::bad("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

fn new_version() -> String {
    uuid::Uuid::new_v4().to_string()
}
