//! What a function answers, as the HTTP response of its URL.

use std::collections::BTreeMap;

use axum::http::response::Builder;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

/// What separates the head of a streamed answer from its body.
const STREAM_DELIMITER: [u8; 8] = [0; 8];

/// Headers that belong to the connection, which the server sets itself.
const CONNECTION: [HeaderName; 3] = [header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING];

/// An answer that says which response it means.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shaped {
    status_code: u16,
    headers: Option<BTreeMap<String, Value>>,
    cookies: Option<Vec<String>>,
    body: Option<Value>,
    is_base64_encoded: Option<bool>,
}

/// The response for a function's payload. JSON with a `statusCode` is taken as a response; any other JSON is the body of
/// a 200; a failed function, or an answer that is neither, is a 502.
#[must_use]
pub fn response(payload: &[u8], function_error: Option<&str>) -> Response<Vec<u8>> {
    let translated = match function_error {
        Some(_) => None,
        None => streamed(payload).or_else(|| buffered(payload)),
    };
    translated.unwrap_or_else(internal_error)
}

/// The answer of a function that streams: a head, eight zero bytes, and the body as it is.
fn streamed(payload: &[u8]) -> Option<Response<Vec<u8>>> {
    let length = payload.windows(STREAM_DELIMITER.len()).position(|bytes| bytes == STREAM_DELIMITER)?;
    let (head, body) = payload.split_at_checked(length)?;
    let shaped: Shaped = serde_json::from_slice(head).ok()?;
    let body = body.get(STREAM_DELIMITER.len()..).unwrap_or_default().to_vec();
    build(&shaped, body)
}

fn buffered(payload: &[u8]) -> Option<Response<Vec<u8>>> {
    let value: Value = serde_json::from_slice(payload).ok()?;
    if value.get("statusCode").is_none() {
        let json = HeaderValue::from_static("application/json");
        return Response::builder().header(header::CONTENT_TYPE, json).body(payload.to_vec()).ok();
    }
    let shaped: Shaped = serde_json::from_value(value).ok()?;
    let text = match &shaped.body {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let body = match shaped.is_base64_encoded {
        Some(true) => STANDARD.decode(text).ok()?,
        _ => text.into_bytes(),
    };
    build(&shaped, body)
}

fn build(shaped: &Shaped, body: Vec<u8>) -> Option<Response<Vec<u8>>> {
    let mut response = Response::builder().status(shaped.status_code);
    for (name, value) in shaped.headers.iter().flatten() {
        let name = HeaderName::try_from(name).ok()?;
        if !CONNECTION.contains(&name) {
            response = with_header(response, name, value)?;
        }
    }
    let has_type = response.headers_ref().is_some_and(|headers| headers.contains_key(header::CONTENT_TYPE));
    if !has_type {
        response = response.header(header::CONTENT_TYPE, "application/json");
    }
    for cookie in shaped.cookies.iter().flatten() {
        response = response.header(header::SET_COOKIE, cookie);
    }
    response.body(body).ok()
}

/// Adds a header whose value is text, a number or a boolean; null is no header, and anything else no response.
fn with_header(response: Builder, name: HeaderName, value: &Value) -> Option<Builder> {
    match value {
        Value::Null => Some(response),
        Value::String(text) => Some(response.header(name, text)),
        Value::Number(_) | Value::Bool(_) => Some(response.header(name, value.to_string())),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn internal_error() -> Response<Vec<u8>> {
    let mut response = Response::new(b"Internal Server Error".to_vec());
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Status, the headers as `name: value` lines, and the body.
    fn seen(response: Response<Vec<u8>>) -> (u16, Vec<String>, String) {
        let line =
            |(name, value): (&HeaderName, &HeaderValue)| format!("{name}: {}", value.to_str().unwrap());
        let mut headers: Vec<_> = response.headers().iter().map(line).collect();
        headers.sort_unstable();
        (response.status().as_u16(), headers, String::from_utf8(response.into_body()).unwrap())
    }

    #[test]
    fn an_answer_becomes_the_response_that_it_means() {
        let json = "content-type: application/json";
        for (answer, status, headers, body) in [
            (r#"{"message":"hi"}"#, 200, vec![json], r#"{"message":"hi"}"#),
            (r#""text""#, 200, vec![json], r#""text""#),
            ("null", 200, vec![json], "null"),
            (r#"{"statusCode":204}"#, 204, vec![json], ""),
            (r#"{"statusCode":200,"body":null,"headers":null,"cookies":null}"#, 200, vec![json], ""),
            (
                r#"{"statusCode":201,"headers":{"Content-Type":"text/html","X-N":7},"body":"<p>"}"#,
                201,
                vec!["content-type: text/html", "x-n: 7"],
                "<p>",
            ),
            (
                r#"{"statusCode":200,"cookies":["a=1; Secure","b=2"],"body":"x"}"#,
                200,
                vec![json, "set-cookie: a=1; Secure", "set-cookie: b=2"],
                "x",
            ),
            (r#"{"statusCode":200,"isBase64Encoded":true,"body":"aGk="}"#, 200, vec![json], "hi"),
            (r#"{"statusCode":200,"headers":{"Content-Length":"9"},"body":"x"}"#, 200, vec![json], "x"),
            (r#"{"statusCode":200,"body":{"a":1}}"#, 200, vec![json], r#"{"a":1}"#),
            ("{\"statusCode\":418}\0\0\0\0\0\0\0\0tea", 418, vec![json], "tea"),
        ] {
            let headers = headers.into_iter().map(str::to_owned).collect();
            assert_eq!(
                seen(response(answer.as_bytes(), None)),
                (status, headers, body.to_owned()),
                "{answer}"
            );
        }
    }

    #[test]
    fn what_is_no_response_is_a_bad_gateway() {
        let (text, error) = (vec!["content-type: text/plain".to_owned()], "Internal Server Error".to_owned());
        for (answer, function_error) in [
            (r#"{"statusCode":200}"#, Some("Unhandled")),
            ("not json", None),
            ("", None),
            (r#"{"statusCode":"abc"}"#, None),
            (r#"{"statusCode":99}"#, None),
            (r#"{"statusCode":70000}"#, None),
            (r#"{"statusCode":200,"isBase64Encoded":true,"body":"?"}"#, None),
            (r#"{"statusCode":200,"headers":{"a b":"c"}}"#, None),
            (r#"{"statusCode":200,"headers":{"a":"b\nc"}}"#, None),
            (r#"{"statusCode":200,"headers":{"a":["b"]}}"#, None),
        ] {
            let seen = seen(response(answer.as_bytes(), function_error));
            assert_eq!(seen, (502, text.clone(), error.clone()), "{answer}");
        }
    }
}
