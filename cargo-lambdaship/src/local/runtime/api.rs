//! The Lambda Runtime API (2018-06-01) for one process, on a loopback port of its own.
//!
//! In: the event that the process is to work on. Out: what the process posts. Which calls are allowed when is decided
//! in [`super::exchange`].

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinSet;

use super::exchange::{Phase, Refusal};
use super::failure::{Failure, LARGEST_ANSWER};
use crate::local::body;

/// An event as the process receives it.
pub(super) struct Delivery {
    pub(super) request_id: String,
    /// Unix time in milliseconds.
    pub(super) deadline: i64,
    pub(super) function_arn: String,
    pub(super) trace_id: String,
    pub(super) client_context: Option<String>,
    pub(super) payload: Vec<u8>,
}

/// What a process posts: its answer, or its failure.
pub(super) type Posted = Result<Vec<u8>, Failure>;

/// The Runtime API of one process. Dropping it refuses every further call.
pub(super) struct Server {
    address: SocketAddr,
    session: Arc<Session>,
    deliveries: mpsc::Sender<Delivery>,
    posted: mpsc::Receiver<Posted>,
    /// Stops listening when it is dropped.
    _task: JoinSet<()>,
}

struct Session {
    phase: watch::Sender<Phase>,
    deliveries: Mutex<mpsc::Receiver<Delivery>>,
    posted: mpsc::Sender<Posted>,
}

impl Server {
    /// Listens on a free loopback port.
    pub(super) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (deliveries, waiting) = mpsc::channel(1);
        let (posting, posted) = mpsc::channel(1);
        let phase = watch::Sender::new(Phase::default());
        let session = Arc::new(Session { phase, deliveries: Mutex::new(waiting), posted: posting });
        let router = router(Arc::clone(&session));
        let mut task = JoinSet::new();
        task.spawn(async move {
            // Serving never ends by itself; a failed connection is the process' to notice.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, session, deliveries, posted, _task: task })
    }

    /// `host:port`, for `AWS_LAMBDA_RUNTIME_API`.
    pub(super) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Whether the process waits for an event.
    pub(super) fn is_waiting(&self) -> bool {
        *self.session.phase.borrow() == Phase::Waiting
    }

    /// Returns when the process waits for an event.
    pub(super) fn waiting(&self) -> impl Future<Output = ()> + use<> {
        let mut phase = self.session.phase.subscribe();
        async move {
            // The sender lives as long as the process is looked after.
            let _ = phase.wait_for(|phase| *phase == Phase::Waiting).await;
        }
    }

    /// Gives the process its next event.
    pub(super) async fn deliver(&self, delivery: Delivery) {
        // The receiver lives as long as `self`.
        let _ = self.deliveries.send(delivery).await;
    }

    /// What the process posts next.
    pub(super) async fn posted(&mut self) -> Posted {
        match self.posted.recv().await {
            Some(posted) => posted,
            // The session holds a sender, so that the channel never closes before `self` ends.
            None => std::future::pending().await,
        }
    }
}

impl Session {
    fn step(&self, step: impl FnOnce(&mut Phase) -> Result<(), Refusal>) -> Result<(), Refusal> {
        let mut result = Ok(());
        self.phase.send_modify(|phase| result = step(phase));
        result
    }

    async fn post(&self, posted: Posted) -> Response {
        if self.posted.send(posted).await.is_err() {
            return StatusCode::GONE.into_response();
        }
        json_response(StatusCode::ACCEPTED, &json!({ "status": "OK" }))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match self {
            Self::RequestId => StatusCode::BAD_REQUEST,
            Self::Order { .. } => StatusCode::FORBIDDEN,
        };
        let (kind, message) = self.describe();
        json_response(status, &json!({ "errorType": kind, "errorMessage": message }))
    }
}

fn json_response(status: StatusCode, body: &Value) -> Response {
    (status, [("content-type", "application/json")], body.to_string()).into_response()
}

fn router(session: Arc<Session>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .with_state(session)
}

async fn next(State(session): State<Arc<Session>>) -> Response {
    if let Err(refusal) = session.step(Phase::ask) {
        return refusal.into_response();
    }
    let Some(delivery) = session.deliveries.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    session.phase.send_modify(|phase| phase.work(&delivery.request_id));
    (headers(&delivery), delivery.payload).into_response()
}

fn headers(delivery: &Delivery) -> HeaderMap {
    let deadline = delivery.deadline.to_string();
    let context = delivery.client_context.as_ref().map(|context| one_line(context));
    let values = [
        ("lambda-runtime-aws-request-id", Some(&delivery.request_id)),
        ("lambda-runtime-deadline-ms", Some(&deadline)),
        ("lambda-runtime-invoked-function-arn", Some(&delivery.function_arn)),
        ("lambda-runtime-trace-id", Some(&delivery.trace_id)),
        ("lambda-runtime-client-context", context.as_ref()),
    ];
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    for (name, value) in values {
        if let Some(value) = value.and_then(|value| HeaderValue::from_bytes(value.as_bytes()).ok()) {
            headers.insert(name, value);
        }
    }
    headers
}

/// JSON text as one line: a control character in it is white space between tokens.
fn one_line(json: &str) -> String {
    json.replace(|c: char| c.is_ascii_control(), " ")
}

async fn response(State(session): State<Arc<Session>>, Path(id): Path<String>, body: Body) -> Response {
    let Ok(read) = body::read(body, LARGEST_ANSWER).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if let Err(refusal) = session.step(|phase| phase.answer(&id, "InvocationResponse")) {
        return refusal.into_response();
    }
    if let Some(answer) = read {
        return session.post(Ok(answer)).await;
    }
    session.post(Err(Failure::TooLarge)).await;
    let message = format!("Exceeded maximum allowed payload size ({LARGEST_ANSWER} bytes).");
    let body = json!({ "errorType": "RequestEntityTooLarge", "errorMessage": message });
    json_response(StatusCode::PAYLOAD_TOO_LARGE, &body)
}

async fn error(State(session): State<Arc<Session>>, Path(id): Path<String>, body: Body) -> Response {
    let Ok(read) = body::read(body, LARGEST_ANSWER).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match session.step(|phase| phase.answer(&id, "InvocationErrorResponse")) {
        Ok(()) => session.post(Err(read.map_or(Failure::TooLarge, Failure::Reported))).await,
        Err(refusal) => refusal.into_response(),
    }
}

async fn init_error(State(session): State<Arc<Session>>, body: Body) -> Response {
    let Ok(read) = body::read(body, LARGEST_ANSWER).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match session.step(Phase::fail) {
        Ok(()) => session.post(Err(read.map_or(Failure::TooLarge, Failure::Reported))).await,
        Err(refusal) => refusal.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_context_fits_into_a_header() {
        let delivery = Delivery {
            request_id: "7".to_owned(),
            deadline: 1_700_000_000_000,
            function_arn: "arn".to_owned(),
            trace_id: "Root=1".to_owned(),
            client_context: Some("{\n  \"custom\": \"ü\"\n}".to_owned()),
            payload: Vec::new(),
        };
        let headers = headers(&delivery);
        assert_eq!(headers["lambda-runtime-client-context"].as_bytes(), "{   \"custom\": \"ü\" }".as_bytes());
        assert_eq!(headers["lambda-runtime-deadline-ms"], "1700000000000");
    }
}
