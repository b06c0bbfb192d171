//! Answers as HTTP responses.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::Value;

use super::fault::Fault;
use super::xml::Element;

/// What an operation comes to.
pub(crate) type Outcome = Result<Response, Fault>;

const NAMESPACE: &str = "https://lambdaship.invalid/doc/";

/// A JSON answer of a REST service.
pub(crate) fn json(status: StatusCode, value: &Value) -> Response {
    with(status, "application/json", value.to_string())
}

/// 200 with `value`, as a REST service answers.
#[expect(clippy::unnecessary_wraps, reason = "the last line of operations, which are fallible")]
pub(crate) fn ok(value: &Value) -> Outcome {
    Ok(json(StatusCode::OK, value))
}

/// 200 with `value`, as an `awsJson1_1` service answers.
pub(crate) fn aws_json(status: StatusCode, value: &Value) -> Response {
    with(status, "application/x-amz-json-1.1", value.to_string())
}

/// An XML answer of a query service.
pub(crate) fn xml(status: StatusCode, document: &Element) -> Response {
    with(status, "text/xml", document.document(NAMESPACE))
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// An answer of some bytes.
pub(crate) fn with(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Sets a header; a value that no header can hold is left out.
pub(crate) fn set(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
}
