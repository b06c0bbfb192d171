//! An HTTP request as the event of a function URL (payload format 2.0).
//!
//! The fields are those of "Invoking Lambda function URLs" in AWS' developer guide.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::http::{HeaderMap, Uri, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

/// Where requests come from: the gateway listens on the loopback only.
const SOURCE: &str = "127.0.0.1";

/// A request that was received for a function.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// The function; stands where AWS has the URL's id.
    pub function: &'a str,
    /// `GET`.
    pub method: &'a str,
    /// The path as the function sees it, still percent-encoded.
    pub path: &'a str,
    /// Gives the query.
    pub uri: &'a Uri,
    /// `HTTP/1.1`.
    pub protocol: &'a str,
    /// As received.
    pub headers: &'a HeaderMap,
    /// As received.
    pub body: &'a [u8],
    /// A UUID.
    pub request_id: &'a str,
    /// When it was received.
    pub time: Timestamp,
}

/// The event for `received`. Fields that AWS leaves out for lack of a value (`cookies`, `queryStringParameters`, `body`)
/// are left out.
#[must_use]
pub fn event(received: &Received<'_>) -> Value {
    let headers = headers(received);
    let raw_query = received.uri.query().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": received.path,
        "rawQueryString": raw_query,
        "headers": headers,
        "requestContext": request_context(received),
        "isBase64Encoded": false,
    });
    let cookies = cookies(received.headers);
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    if !raw_query.is_empty() {
        event["queryStringParameters"] = json!(query(received.uri));
    }
    if !received.body.is_empty() {
        let (body, encoded) = body(received);
        event["body"] = json!(body);
        event["isBase64Encoded"] = json!(encoded);
    }
    event
}

/// By lower-case name; several of one name are joined by commas. Cookies are a field of their own.
fn headers(received: &Received<'_>) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::new();
    for (name, value) in received.headers {
        if name != header::COOKIE {
            join(&mut headers, name.as_str(), &String::from_utf8_lossy(value.as_bytes()));
        }
    }
    headers.insert("x-forwarded-for".to_owned(), SOURCE.to_owned());
    headers.insert("x-forwarded-proto".to_owned(), "http".to_owned());
    headers
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::COOKIE).iter();
    let text: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    let cookies = text.iter().flat_map(|value| value.split(';'));
    cookies.map(|cookie| cookie.trim().to_owned()).filter(|cookie| !cookie.is_empty()).collect()
}

/// Decoded; several of one name are joined by commas. A query that is no list of pairs has none.
fn query(uri: &Uri) -> BTreeMap<String, String> {
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri).map(|query| query.0).unwrap_or_default();
    let mut parameters = BTreeMap::new();
    for (name, value) in pairs {
        join(&mut parameters, &name, &value);
    }
    parameters
}

fn join(map: &mut BTreeMap<String, String>, name: &str, value: &str) {
    map.entry(name.to_owned())
        .and_modify(|joined| {
            joined.push(',');
            joined.push_str(value);
        })
        .or_insert_with(|| value.to_owned());
}

fn request_context(received: &Received<'_>) -> Value {
    let header = |name| received.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let time = received.time.to_zoned(TimeZone::UTC);
    json!({
        "accountId": "anonymous",
        "apiId": received.function,
        "authentication": null,
        "domainName": header(header::HOST),
        "domainPrefix": received.function,
        "http": {
            "method": received.method,
            "path": percent_decode_str(received.path).decode_utf8_lossy(),
            "protocol": received.protocol,
            "sourceIp": SOURCE,
            "userAgent": header(header::USER_AGENT),
        },
        "requestId": received.request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": time.strftime("%d/%b/%Y:%H:%M:%S %z").to_string(),
        "timeEpoch": received.time.as_millisecond(),
    })
}

/// The body, and whether it is base64: anything that does not say that it is text, or is not UTF-8.
fn body(received: &Received<'_>) -> (String, bool) {
    let kind = received.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    match std::str::from_utf8(received.body) {
        Ok(text) if kind.is_some_and(is_text) => (text.to_owned(), false),
        _ => (STANDARD.encode(received.body), true),
    }
}

fn is_text(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (main, sub) = kind.split_once('/').unwrap_or((&kind, ""));
    let structured = ["json", "xml", "javascript"];
    main == "text"
        || main == "application" && structured.contains(&sub.rsplit('+').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn translate(path_and_query: &str, headers: &[(&'static str, &'static str)], body: &[u8]) -> Value {
        let uri: Uri = path_and_query.parse().unwrap();
        let headers = headers.iter();
        let headers: HeaderMap =
            headers.map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_static(v))).collect();
        event(&Received {
            function: "hello",
            method: "POST",
            path: uri.path(),
            uri: &uri,
            protocol: "HTTP/1.1",
            headers: &headers,
            body,
            request_id: "8f5c",
            time: Timestamp::from_millisecond(1_583_348_638_390).unwrap(),
        })
    }

    #[test]
    fn a_request_becomes_an_event_with_all_fields() {
        let headers = [
            ("host", "hello.localhost:9000"),
            ("user-agent", "curl/8"),
            ("content-type", "text/plain"),
            ("x-many", "1"),
            ("x-many", "2"),
            ("cookie", "a=1; b=2"),
        ];
        let event = translate("/my%20path?p=1&p=2&q=a%20b+c&flag", &headers, b"hi");
        let expected = json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": "/my%20path",
            "rawQueryString": "p=1&p=2&q=a%20b+c&flag",
            "cookies": ["a=1", "b=2"],
            "headers": {
                "host": "hello.localhost:9000",
                "user-agent": "curl/8",
                "content-type": "text/plain",
                "x-many": "1,2",
                "x-forwarded-for": "127.0.0.1",
                "x-forwarded-proto": "http",
            },
            "queryStringParameters": { "p": "1,2", "q": "a b c", "flag": "" },
            "requestContext": {
                "accountId": "anonymous",
                "apiId": "hello",
                "authentication": null,
                "domainName": "hello.localhost:9000",
                "domainPrefix": "hello",
                "http": {
                    "method": "POST",
                    "path": "/my path",
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": "curl/8",
                },
                "requestId": "8f5c",
                "routeKey": "$default",
                "stage": "$default",
                "time": "04/Mar/2020:19:03:58 +0000",
                "timeEpoch": 1_583_348_638_390_i64,
            },
            "body": "hi",
            "isBase64Encoded": false,
        });
        assert_eq!(event, expected);
    }

    #[test]
    fn what_the_request_does_not_have_is_left_out() {
        let event = translate("/", &[], b"");
        for field in ["cookies", "queryStringParameters", "body"] {
            assert_eq!(event.get(field), None, "{field}");
        }
        assert_eq!((&event["rawQueryString"], &event["isBase64Encoded"]), (&json!(""), &json!(false)));
    }

    #[test]
    fn a_body_that_is_not_text_is_base64() {
        for (content_type, body, expected, encoded) in [
            ("application/json", &b"{}"[..], "{}", false),
            ("application/json; charset=utf-8", b"{}", "{}", false),
            ("application/problem+json", b"{}", "{}", false),
            ("image/svg+xml", b"{}", "e30=", true),
            ("Application/XML", b"{}", "{}", false),
            ("text/html", b"{}", "{}", false),
            ("text/html", b"\xff", "/w==", true),
            ("application/x-www-form-urlencoded", b"{}", "e30=", true),
            ("application/octet-stream", b"{}", "e30=", true),
        ] {
            let event = translate("/", &[("content-type", content_type)], body);
            assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!(expected), &json!(encoded)));
        }
        assert_eq!(translate("/", &[], b"{}")["isBase64Encoded"], json!(true), "no content type");
    }
}
