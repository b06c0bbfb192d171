//! From a request to its operation: Lambda by path, JSON services by `X-Amz-Target`, query services by `Action`.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Form, FromRequest, Request, State as Injected};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::json;

use super::call::{Answering, Call, answered, on};
use super::fault::{Fault, Protocol};
use super::reply::{self, Outcome};
use super::server::Shared;
use super::{iam, lambda, logs, secrets, ssm, sts};

/// All that the server answers.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .merge(lambda::router())
        .route("/", post(by_header))
        .route("/_lambdaship/counts", get(counts))
        .route("/_lambdaship/instance", get(instance))
        .fallback(on("Unknown", unknown))
        .method_not_allowed_fallback(on("Unknown", unknown))
        .with_state(shared)
}

async fn counts(Injected(shared): Injected<Arc<Shared>>) -> Response {
    reply::json(StatusCode::OK, &json!(shared.counts.snapshot()))
}

/// Tells whoever found the endpoint file that this is the server that wrote it.
async fn instance(Injected(shared): Injected<Arc<Shared>>) -> String {
    shared.instance.clone()
}

async fn unknown(call: Call) -> Outcome {
    Err(Fault::unknown_operation(format!("at {}", call.route())))
}

fn by_header(call: Call) -> Answering {
    Box::pin(async move {
        match call.header("x-amz-target").map(str::to_owned) {
            Some(target) => by_target(&target, call).await,
            None => by_action(call).await,
        }
    })
}

/// An `awsJson1_1` request; its target is `Service.Operation`.
async fn by_target(target: &str, call: Call) -> Response {
    let (service, operation) = target.split_once('.').unwrap_or(("", target));
    call.shared.counts.add(operation, call.body.len());
    let outcome = match service {
        "Logs_20140328" => logs::answer(operation, &call).await,
        "AmazonSSM" => ssm::answer(operation, &call).await,
        "secretsmanager" => secrets::answer(operation, &call).await,
        _ => Err(Fault::unknown_operation(target)),
    };
    answered(outcome, Protocol::AwsJson, &call.request_id)
}

/// A query request; its form names the action.
async fn by_action(call: Call) -> Response {
    let mut request = Request::new(Body::from(call.body.clone()));
    *request.method_mut() = axum::http::Method::POST;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let fields = match Form::from_request(request, &()).await {
        Ok(Form(fields)) => Fields(fields),
        Err(error) => {
            let fault = Fault::bad("MalformedInput", error.body_text());
            return answered(Err(fault), Protocol::Query, &call.request_id);
        }
    };
    let action = fields.get("Action").unwrap_or("").to_owned();
    call.shared.counts.add(if action.is_empty() { "Unknown" } else { &action }, call.body.len());
    let outcome = match action.as_str() {
        "" => Err(Fault::bad("MissingAction", "the request names neither an action nor a target")),
        "GetCallerIdentity" => sts::get_caller_identity(&call),
        _ => iam::answer(&action, &call, &fields).await,
    };
    answered(outcome, Protocol::Query, &call.request_id)
}

/// The fields of a query request.
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A field that must be there.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Fault> {
        self.get(name).ok_or_else(|| Fault::bad("ValidationError", format!("{name} must not be null")))
    }
}
