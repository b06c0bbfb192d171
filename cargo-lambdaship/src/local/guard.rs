//! Keeping web pages out. A page in the user's browser can send requests to a loopback port, and here a request can
//! create a function and run it; so only what a page cannot send is taken.

use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::fault::Fault;
use super::{reply, sts};

/// Refuses requests to any host but this one: a page whose host name was made to point here sends that name.
pub(crate) async fn loopback_only(request: Request, next: Next) -> Response {
    let host = request.headers().get("host").and_then(|host| host.to_str().ok()).unwrap_or("");
    if is_loopback(host) {
        return next.run(request).await;
    }
    reply::json(
        StatusCode::FORBIDDEN,
        &serde_json::json!({ "message": "this server answers on the loopback interface only" }),
    )
}

/// Refuses requests that are not signed, as AWS does. The signature itself is not checked: a page of another origin
/// cannot send this header, and who else is on this machine needs no permission.
pub(crate) fn signed(headers: &HeaderMap) -> Result<(), Fault> {
    let authorization = headers.get("authorization").and_then(|value| value.to_str().ok());
    if authorization.is_some_and(|value| value.starts_with("AWS4-")) {
        return Ok(());
    }
    Err(Fault::new(
        StatusCode::FORBIDDEN,
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    ))
}

/// Whether it is the one request that AWS takes from somebody without credentials: it gives some to who has a token, and
/// changes nothing.
pub(crate) fn needs_no_signature(parts: &Parts, body: &[u8]) -> bool {
    let begin = format!("Action={}&", sts::UNSIGNED);
    parts.method == Method::POST
        && parts.uri.path() == "/"
        && !parts.headers.contains_key("x-amz-target")
        && body.starts_with(begin.as_bytes())
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "127.0.0.1" | "localhost" | "[::1]") || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for (host, answered) in [
            ("127.0.0.1:4566", true),
            ("localhost", true),
            ("[::1]:80", true),
            ("hello.localhost:80", true),
            ("example.com:4566", false),
            ("localhost.example.com", false),
            ("", false),
        ] {
            assert_eq!(is_loopback(host), answered, "{host}");
        }
    }
}
