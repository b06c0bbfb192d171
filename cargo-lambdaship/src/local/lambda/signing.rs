//! The code signing configuration of a function. It is kept and not enforced: nothing is signed here.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::reference::{Reference, shape};
use crate::local::call::Call;
use crate::local::reply::{self, Outcome};
use crate::local::state::State;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Put {
    code_signing_config_arn: String,
}

/// `PutFunctionCodeSigningConfig`.
pub(crate) fn put(call: &Call, state: &mut State) -> Outcome {
    let reference = Reference::of(call)?.unqualified()?;
    let Put { code_signing_config_arn: arn } = call.json()?;
    if !arn.starts_with("arn:") || !arn.contains(":code-signing-config:csc-") {
        return Err(shape(
            "codeSigningConfigArn",
            &arn,
            "arn:(aws[a-zA-Z-]*)?:lambda:…:code-signing-config:csc-[a-z0-9]{17}",
        ));
    }
    reference.function_mut(state, &call.region)?.code_signing = Some(arn.clone());
    reply::ok(&json!({ "CodeSigningConfigArn": arn, "FunctionName": reference.name }))
}

/// `GetFunctionCodeSigningConfig`; the ARN is empty where there is none, as both members are required by the model.
pub(crate) fn get(call: &Call, state: &State) -> Outcome {
    let reference = Reference::of(call)?.unqualified()?;
    let arn = reference.function(state, &call.region)?.code_signing.as_deref().unwrap_or("");
    reply::ok(&json!({ "CodeSigningConfigArn": arn, "FunctionName": reference.name }))
}

/// `DeleteFunctionCodeSigningConfig`.
pub(crate) fn delete(call: &Call, state: &mut State) -> Outcome {
    let reference = Reference::of(call)?.unqualified()?;
    reference.function_mut(state, &call.region)?.code_signing = None;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
