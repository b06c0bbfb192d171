//! From a request to its operation: S3 by its signature; Lambda, Scheduler and CloudWatch's RPC by path, JSON services by `X-Amz-Target`,
//! query services by `Action`.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Form, FromRequest, Request, State as Injected};
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::json;

use super::call::Call;
use super::fault::{Fault, Protocol};
use super::handler::{Answering, answered, on, perform};
use super::injection::Injection;
use super::reply::{self, Outcome};
use super::server::Shared;
use super::{cloudwatch, guard, iam, lambda, logs, s3, scheduler, secrets, ssm, sts};

/// All that the server answers.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let front = s3::Front::new(&shared);
    Router::new()
        .merge(lambda::router())
        .merge(cloudwatch::router())
        .merge(scheduler::router())
        .route("/", post(by_header))
        .route("/_lambdaship/counts", get(counts))
        .route("/_lambdaship/requests", get(requests))
        .route("/_lambdaship/instance", get(instance))
        .route("/_lambdaship/injections", post(inject))
        .fallback(on("Unknown", unknown))
        .method_not_allowed_fallback(on("Unknown", unknown))
        .layer(axum::middleware::from_fn_with_state(front, s3::divert))
        .layer(axum::middleware::from_fn(guard::loopback_only))
        .with_state(shared)
}

async fn counts(Injected(shared): Injected<Arc<Shared>>) -> Response {
    reply::json(StatusCode::OK, &json!(shared.counts.snapshot()))
}

/// The operations that were asked for, in the order of arrival.
async fn requests(Injected(shared): Injected<Arc<Shared>>) -> Response {
    reply::json(StatusCode::OK, &json!(shared.counts.log()))
}

/// Takes an [`Injection`] as JSON.
async fn inject(call: Call) -> Response {
    let taken = call.json::<Injection>().map(|injection| {
        call.shared.injections.add(injection);
        reply::empty(StatusCode::NO_CONTENT)
    });
    answered(taken, Protocol::RestJson, &call.request_id)
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
            Some(target) => by_target(target, call).await,
            None => by_action(call).await,
        }
    })
}

/// An AWS JSON request; its target is `Service.Operation`.
async fn by_target(target: String, call: Call) -> Response {
    let operation = target.split_once('.').map_or(target.as_str(), |(_, operation)| operation).to_owned();
    if target.split_once('.').is_some_and(|(service, _)| service == cloudwatch::SERVICE) {
        return cloudwatch::by_target(operation, call).await;
    }
    perform(operation.clone(), Protocol::AwsJson, call, |call| async move {
        match target.split_once('.').map(|(service, _)| service) {
            Some("Logs_20140328") => logs::answer(&operation, &call).await,
            Some("AmazonSSM") => ssm::answer(&operation, &call).await,
            Some("secretsmanager") => secrets::answer(&operation, &call).await,
            _ => Err(Fault::unknown_operation(target)),
        }
    })
    .await
}

/// A query request; its form names the action.
async fn by_action(call: Call) -> Response {
    let mut request = Request::new(Body::from(call.body.clone()));
    *request.method_mut() = Method::POST;
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers_mut().insert(CONTENT_TYPE, form);
    let fields = match Form::from_request(request, &()).await {
        Ok(Form(fields)) => Fields(fields),
        Err(error) => {
            let fault = Fault::bad("MalformedInput", error.body_text());
            return answered(Err(fault), Protocol::Query, &call.request_id);
        }
    };
    let action = fields.get("Action").unwrap_or("Unknown").to_owned();
    perform(action.clone(), Protocol::Query, call, |call| async move {
        match action.as_str() {
            "Unknown" => Err(Fault::bad("MissingAction", "the request names neither an action nor a target")),
            "GetCallerIdentity" => sts::get_caller_identity(&call),
            sts::UNSIGNED => sts::assume_role_with_web_identity(&call, &fields),
            _ => iam::answer(&action, &call, &fields).await,
        }
    })
    .await
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
