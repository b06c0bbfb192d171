//! Invoke: which version, which code, and what the caller hears of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::configuration::pending;
use super::reference::{LATEST, Reference, configuration};
use super::{aliases, wire};
use crate::context;
use crate::local::DEFAULT_REGION;
use crate::local::call::Call;
use crate::local::fault::Fault;
use crate::local::reply::{self, Outcome};
use crate::local::runtime::{Answer, Event, Target};
use crate::local::server::Shared;
use crate::local::state::State;
use crate::model::Secret;

/// The largest event that a caller waits for the answer to.
const MAX_SYNCHRONOUS: usize = 6_291_456;
/// The largest event that is only queued.
const MAX_ASYNCHRONOUS: usize = 1_048_576;

/// What came of an invocation.
#[derive(Debug, Clone)]
pub struct Invoked {
    /// The version that ran: `$LATEST` or a number.
    pub version: String,
    /// The function's answer, or the error that it failed with.
    pub answer: Answer,
}

/// `Invoke`.
pub(crate) async fn invoke(call: Call) -> Outcome {
    let kind = call.header("x-amz-invocation-type").unwrap_or("RequestResponse").to_owned();
    let reference = Reference::of(&call)?;
    let version = choose(&call.shared.store.read(), &reference, &call.region, Call::draw())?;
    let target = target(&call.shared, &reference, &version, &call.region)?;
    let event = event(&call)?;
    let mut response = match kind.as_str() {
        "DryRun" => reply::empty(StatusCode::NO_CONTENT),
        "Event" => {
            limit(&call, MAX_ASYNCHRONOUS)?;
            let shared = Arc::clone(&call.shared);
            // Nobody waits for the answer; the function's log tells how it went.
            tokio::spawn(async move { shared.pool.invoke(&target, event).await });
            reply::empty(StatusCode::ACCEPTED)
        }
        "RequestResponse" => {
            limit(&call, MAX_SYNCHRONOUS)?;
            let answer = call.shared.pool.invoke(&target, event).await;
            let answer = answer.map_err(|error| Fault::internal(&error))?;
            respond(answer, call.header("x-amz-log-type") == Some("Tail"))
        }
        other => return Err(Fault::invalid(format!("Invalid InvocationType: {other}"))),
    };
    reply::set(&mut response, "x-amz-executed-version", &version);
    Ok(response)
}

/// Invokes without HTTP in between, as function URLs and the command line do.
pub(crate) async fn invoke_directly(
    shared: &Shared,
    lambda: &str,
    qualifier: Option<&str>,
    payload: Vec<u8>,
) -> Result<Invoked, Fault> {
    let reference = Reference::parse(lambda, qualifier)?;
    let version = choose(&shared.store.read(), &reference, DEFAULT_REGION, Call::draw())?;
    let target = target(shared, &reference, &version, DEFAULT_REGION)?;
    let request_id = uuid::Uuid::new_v4().to_string();
    let event = Event { payload, request_id, client_context: None };
    let answer = shared.pool.invoke(&target, event).await.map_err(|error| Fault::internal(&error))?;
    Ok(Invoked { version, answer })
}

fn respond(answer: Answer, tail: bool) -> Response {
    let mut response = reply::with(StatusCode::OK, "application/json", answer.payload);
    if let Some(error) = &answer.function_error {
        reply::set(&mut response, "x-amz-function-error", error);
    }
    if tail {
        reply::set(&mut response, "x-amz-log-result", &STANDARD.encode(&answer.log_tail));
    }
    response
}

fn event(call: &Call) -> Result<Event, Fault> {
    let payload = if call.body.is_empty() { b"{}".to_vec() } else { call.body.clone() };
    if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(&payload) {
        let message = format!("Could not parse request body into json: {error}");
        return Err(Fault::bad("InvalidRequestContentException", message));
    }
    let client_context = call.header("x-amz-client-context").map(|text| {
        let decoded = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        decoded.ok_or_else(|| {
            Fault::bad(
                "InvalidRequestContentException",
                "Client context must be a valid Base64-encoded JSON object.",
            )
        })
    });
    Ok(Event { payload, request_id: call.request_id.clone(), client_context: client_context.transpose()? })
}

fn limit(call: &Call, most: usize) -> Result<(), Fault> {
    if call.body.len() <= most {
        return Ok(());
    }
    let message =
        format!("{} byte payload is too large for the invocation type (limit {most} bytes)", call.body.len());
    Err(Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", message))
}

/// The version that serves this request.
fn choose(state: &State, reference: &Reference, region: &str, draw: f64) -> Result<String, Fault> {
    let function = reference.function(state, region)?;
    let asked = reference.qualifier.as_deref().unwrap_or(LATEST);
    let Some(alias) = function.aliases.get(asked) else { return Ok(asked.to_owned()) };
    Ok(aliases::route(&alias.version, &alias.weights, draw).to_owned())
}

/// What the runtime needs to run `version`.
fn target(shared: &Shared, reference: &Reference, version: &str, region: &str) -> Result<Target, Fault> {
    let state = shared.store.read();
    let function = reference.function(&state, region)?;
    let found = configuration(function, version).ok_or_else(|| reference.missing(region))?;
    let now = context::now();
    let creating = found.transition.kind == crate::local::state::Kind::Creation;
    if creating && !found.transition.is_settled(now) {
        return Err(pending());
    }
    if function.reserved_concurrency == Some(0) {
        return Err(Fault::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", "Rate Exceeded."));
    }
    let settings = &found.settings;
    let variables: BTreeMap<String, Secret> =
        settings.variables.0.iter().map(|(name, value)| (name.clone(), Secret::new(value))).collect();
    Ok(Target {
        lambda: reference.name.clone(),
        version: version.to_owned(),
        function_arn: reference.arn(region),
        code: shared.store.code.folder(&found.code.sha256),
        code_key: found.identity(),
        region: region.to_owned(),
        memory: settings.memory_size,
        timeout: Duration::from_secs(settings.timeout.into()),
        variables,
        log_group: wire::log_group(&reference.name, settings),
        tracing: settings.tracing_mode == "Active",
    })
}
