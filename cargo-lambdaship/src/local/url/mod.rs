//! Function URLs: HTTP in, the event of a function URL to the function, its answer out as HTTP.
//!
//! A function is named by the host, `http://<function>.localhost:PORT/path`, or else by the first part of the path,
//! `http://127.0.0.1:PORT/<function>/path`. The function sees the same event either way. How a function is run is the
//! caller's affair.

mod answer;
mod event;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{Response, StatusCode, header};
use axum::response::IntoResponse;
use uuid::Uuid;

pub use self::answer::response;
pub use self::event::{Received, event};
use crate::context;
use crate::local::body;

/// The largest body that a function URL takes: 6 MB.
const LARGEST_BODY: usize = 6 * 1024 * 1024;

/// Why a function was not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status, such as 404 when there is no such function.
    pub status: u16,
    /// What the one who called is told, as plain text.
    pub message: String,
}

/// A router that answers every request by `invoke(function, payload)`, which gives the function's payload and its
/// `FunctionError`.
pub fn gateway<F, R>(invoke: F) -> Router
where
    F: Fn(String, Vec<u8>) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Result<(Vec<u8>, Option<String>), Refusal>> + Send + 'static,
{
    Router::new().fallback(async move |request: Request| {
        serve(request, invoke).await.unwrap_or_else(|refusal| {
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_GATEWAY);
            (status, format!("{}\n", refusal.message)).into_response()
        })
    })
}

async fn serve<F, R>(request: Request, invoke: F) -> Result<Response<Body>, Refusal>
where
    F: FnOnce(String, Vec<u8>) -> R,
    R: Future<Output = Result<(Vec<u8>, Option<String>), Refusal>>,
{
    let (parts, body) = request.into_parts();
    let (function, path) = route(host(&parts), parts.uri.path())?;
    let body = read(body).await?;
    let received = Received {
        function: &function,
        method: parts.method.as_str(),
        path: &path,
        uri: &parts.uri,
        protocol: &format!("{:?}", parts.version),
        headers: &parts.headers,
        body: &body,
        request_id: &Uuid::new_v4().to_string(),
        time: context::now(),
    };
    let payload = event(&received).to_string().into_bytes();
    let (payload, function_error) = invoke(function, payload).await?;
    Ok(response(&payload, function_error.as_deref()).map(Body::from))
}

/// The function that a request is for, and the path that the function sees.
fn route(host: &str, path: &str) -> Result<(String, String), Refusal> {
    let host = host.rsplit_once(':').map_or(host, |(name, _port)| name);
    if let Some(function) = host.strip_suffix(".localhost").filter(|function| !function.is_empty()) {
        return Ok((function.to_owned(), path.to_owned()));
    }
    let trimmed = path.trim_start_matches('/');
    let (function, rest) = trimmed.split_once('/').unwrap_or((trimmed, ""));
    if function.is_empty() {
        let message = "no function is named: ask for /<function>/".to_owned();
        return Err(Refusal { status: StatusCode::NOT_FOUND.as_u16(), message });
    }
    Ok((function.to_owned(), format!("/{rest}")))
}

fn host(parts: &Parts) -> &str {
    let of_header = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    of_header.or_else(|| parts.uri.authority().map(Authority::as_str)).unwrap_or_default()
}

async fn read(body: Body) -> Result<Vec<u8>, Refusal> {
    let refusal = |status: StatusCode, message: String| Refusal { status: status.as_u16(), message };
    let read = body::read(body, LARGEST_BODY).await;
    read.map_err(|_| refusal(StatusCode::BAD_REQUEST, "the body ended early".to_owned()))?.ok_or_else(|| {
        refusal(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is over {LARGEST_BODY} bytes"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_names_the_function_or_else_the_path_does() {
        for (host, path, function, seen) in [
            ("hello.localhost:9000", "/a/b", "hello", "/a/b"),
            ("hello.localhost", "/", "hello", "/"),
            ("hello.localhost:9000", "/worker/a", "hello", "/worker/a"),
            ("127.0.0.1:9000", "/hello/a/b", "hello", "/a/b"),
            ("127.0.0.1:9000", "/hello/", "hello", "/"),
            ("127.0.0.1:9000", "/hello", "hello", "/"),
            ("localhost:9000", "/hello/a%20b", "hello", "/a%20b"),
            ("[::1]:9000", "/hello//a", "hello", "//a"),
            ("", "/hello/a", "hello", "/a"),
        ] {
            assert_eq!(route(host, path), Ok((function.to_owned(), seen.to_owned())), "{host} {path}");
        }
        assert_eq!(route("localhost:9000", "/").map_err(|refusal| refusal.status), Err(404));
    }
}
