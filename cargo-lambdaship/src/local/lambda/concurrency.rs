//! Reserved concurrency, and the account that it is taken from.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::reference::Reference;
use crate::local::call::Call;
use crate::local::fault::Fault;
use crate::local::reply::{self, Outcome};
use crate::local::state::State;

const ACCOUNT_CONCURRENCY: u32 = 1_000;
const LEAST_UNRESERVED: u32 = 100;
const TOTAL_CODE_SIZE: u64 = 80_530_636_800;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Put {
    reserved_concurrent_executions: u32,
}

/// `PutFunctionConcurrency`.
pub(crate) fn put(call: &Call, state: &mut State) -> Outcome {
    let reference = Reference::of(call)?.unqualified()?;
    let Put { reserved_concurrent_executions: reserved } = call.json()?;
    reference.function_mut(state, &call.region)?.reserved_concurrency = Some(reserved);
    if unreserved(state) < LEAST_UNRESERVED {
        return Err(Fault::invalid(format!(
            "Specified ReservedConcurrentExecutions for function decreases account's \
             UnreservedConcurrentExecution below its minimum value of [{LEAST_UNRESERVED}]."
        )));
    }
    reply::ok(&json!({ "ReservedConcurrentExecutions": reserved }))
}

/// `GetFunctionConcurrency`.
pub(crate) fn get(call: &Call, state: &State) -> Outcome {
    let reference = Reference::of(call)?.unqualified()?;
    reply::ok(&match reference.function(state, &call.region)?.reserved_concurrency {
        Some(reserved) => json!({ "ReservedConcurrentExecutions": reserved }),
        None => json!({}),
    })
}

/// `DeleteFunctionConcurrency`.
pub(crate) fn delete(call: &Call, state: &mut State) -> Outcome {
    let reference = Reference::of(call)?.unqualified()?;
    reference.function_mut(state, &call.region)?.reserved_concurrency = None;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// `GetAccountSettings`.
pub(crate) fn account(_call: &Call, state: &State) -> Outcome {
    let sizes = state.functions.values().flat_map(|function| {
        let versions = function.versions.values().map(|version| version.configuration.code.size);
        versions.chain([function.latest.code.size])
    });
    reply::ok(&json!({
        "AccountLimit": {
            "TotalCodeSize": TOTAL_CODE_SIZE,
            "CodeSizeUnzipped": 262_144_000,
            "CodeSizeZipped": 52_428_800,
            "ConcurrentExecutions": ACCOUNT_CONCURRENCY,
            "UnreservedConcurrentExecutions": unreserved(state),
        },
        "AccountUsage": { "TotalCodeSize": sizes.sum::<u64>(), "FunctionCount": state.functions.len() },
    }))
}

fn unreserved(state: &State) -> u32 {
    let reserved = state.functions.values().filter_map(|function| function.reserved_concurrency);
    ACCOUNT_CONCURRENCY.saturating_sub(reserved.fold(0, u32::saturating_add))
}
