//! Invoke: which version, which code, what the caller hears of it, and what CloudWatch counts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::configuration::pending;
use super::reference::{LATEST, Reference, configuration};
use super::{aliases, code, wire};
use crate::context;
use crate::local::DEFAULT_REGION;
use crate::local::call::Call;
use crate::local::cloudwatch::{Ended, Sample};
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
    let chosen = choose(&call.shared.store.read(), &reference, &call.region, Call::draw())?;
    let run = Run { shared: Arc::clone(&call.shared), reference, chosen };
    let version = run.chosen.version.clone();
    let target = target(&call.shared, &run.reference, &version, &call.region);
    let target = if kind == "DryRun" { target? } else { run.admitted(target)? };
    let event = event(&call)?;
    let mut response = match kind.as_str() {
        "DryRun" => reply::empty(StatusCode::NO_CONTENT),
        "Event" => {
            limit(&call, MAX_ASYNCHRONOUS)?;
            // Nobody waits for the answer; the function's log tells how it went.
            tokio::spawn(async move { run.invoke(&target, event).await });
            reply::empty(StatusCode::ACCEPTED)
        }
        "RequestResponse" => {
            limit(&call, MAX_SYNCHRONOUS)?;
            let answer = run.invoke(&target, event).await?;
            respond(answer, call.header("x-amz-log-type") == Some("Tail"))
        }
        other => return Err(Fault::invalid(format!("Invalid InvocationType: {other}"))),
    };
    reply::set(&mut response, "x-amz-executed-version", &version);
    Ok(response)
}

/// Invokes without HTTP in between, as function URLs and the command line do.
pub(crate) async fn invoke_directly(
    shared: &Arc<Shared>,
    lambda: &str,
    qualifier: Option<&str>,
    payload: Vec<u8>,
) -> Result<Invoked, Fault> {
    let reference = Reference::parse(lambda, qualifier)?;
    let chosen = choose(&shared.store.read(), &reference, DEFAULT_REGION, Call::draw())?;
    let run = Run { shared: Arc::clone(shared), reference, chosen };
    let target = target(shared, &run.reference, &run.chosen.version, DEFAULT_REGION);
    let target = run.admitted(target)?;
    let request_id = uuid::Uuid::new_v4().to_string();
    let event = Event { payload, request_id, client_context: None };
    let answer = run.invoke(&target, event).await?;
    Ok(Invoked { version: run.chosen.version, answer })
}

/// An invocation that CloudWatch counts.
struct Run {
    shared: Arc<Shared>,
    reference: Reference,
    chosen: Chosen,
}

impl Run {
    /// Counts a throttle, if `target` was refused for one.
    fn admitted(&self, target: Result<Target, Fault>) -> Result<Target, Fault> {
        if target.as_ref().is_err_and(|fault| fault.status == StatusCode::TOO_MANY_REQUESTS) {
            self.count(context::now(), Ended::Throttled, Duration::ZERO);
        }
        target
    }

    async fn invoke(&self, target: &Target, event: Event) -> Result<Answer, Fault> {
        let at = context::now();
        let answer = self.shared.pool.invoke(target, event).await;
        // Where no function ran, nothing is counted: the fault is the service's.
        let answer = answer.map_err(|error| Fault::internal(&error))?;
        let outcome = if answer.function_error.is_some() { Ended::Failed } else { Ended::Succeeded };
        self.count(at, outcome, answer.duration);
        Ok(answer)
    }

    fn count(&self, at: Timestamp, outcome: Ended, duration: Duration) {
        let ran = self.chosen.weighted && outcome != Ended::Throttled;
        self.shared.metrics.record(&Sample {
            lambda: self.reference.name.clone(),
            qualifier: self.reference.qualifier.clone(),
            executed_version: ran.then(|| self.chosen.version.clone()),
            at,
            outcome,
            duration_ms: duration.as_secs_f64() * 1_000.0,
        });
    }
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

/// The version that serves a request.
struct Chosen {
    version: String,
    /// Chosen by an alias with routing weights.
    weighted: bool,
}

fn choose(state: &State, reference: &Reference, region: &str, draw: f64) -> Result<Chosen, Fault> {
    let function = reference.function(state, region)?;
    let asked = reference.qualifier.as_deref().unwrap_or(LATEST);
    let Some(alias) = function.aliases.get(asked) else {
        return Ok(Chosen { version: asked.to_owned(), weighted: false });
    };
    let weights = alias.weights(context::now());
    let version = aliases::route(&alias.version, &weights, draw).to_owned();
    Ok(Chosen { version, weighted: !weights.is_empty() })
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
    code::runnable(shared, &found.code, &reference.name)?;
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
