//! The verdict on a smoke event: a pure function of what was expected and what came back.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::aws::{Answer, redact};
use crate::model::Expect;

/// The longest value that a phrase quotes, in characters.
const QUOTED: usize = 200;

/// What is not as expected, each as a phrase; nothing when the answer is as it has to be. None of `secrets` is in them.
///
/// Status and body are those of an answer with a `statusCode`, as HTTP gateways take it; any other answer is itself the
/// body. The text of a body is read as JSON where something else than text is expected.
#[must_use]
pub fn problems(expect: &Expect, answer: &Answer, took: Duration, secrets: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    match (&answer.function_error, expect.function_error) {
        // What it should have answered says nothing about an error object.
        (Some(kind), false) => found.push(format!("failed with a function error ({kind})")),
        (None, true) => found.push("did not fail, and has to".to_owned()),
        (Some(_), true) | (None, false) => found.extend(of_answer(expect, &answer.payload, secrets)),
    }
    if let Some(within) = expect.within.filter(|within| took > *within) {
        found.push(format!("took {}, more than {}", seconds(took), seconds(within)));
    }
    found
}

/// `text` as a report quotes it: without any of `secrets`, and cut when it is longer than `length` characters.
#[must_use]
pub fn quoted(text: &str, length: usize, secrets: &[&str]) -> String {
    // Cut last: half a secret would not be found.
    let shown = redact(text, secrets.iter().copied());
    if shown.chars().count() <= length {
        return shown;
    }
    format!("{}…", shown.chars().take(length).collect::<String>())
}

fn of_answer(expect: &Expect, payload: &[u8], secrets: &[&str]) -> Vec<String> {
    if expect.status.is_none() && expect.body.is_none() && expect.pointers.is_empty() {
        return Vec::new();
    }
    let Ok(answer) = serde_json::from_slice::<Value>(payload) else {
        let text = quoted(&String::from_utf8_lossy(payload), QUOTED, secrets);
        return vec![format!("answered `{text}`, which is not JSON")];
    };
    let show = |value: &Value| quoted(&value.to_string(), QUOTED, secrets);
    let answered = answer.get("statusCode");
    let mut found = Vec::new();
    if let Some(status) = expect.status {
        match answered {
            None => found.push(format!("answered without a statusCode, not {status}")),
            Some(other) if same(other, &status.into()) => {}
            Some(other) => found.push(format!("answered status {}, not {status}", show(other))),
        }
    }
    let body = if answered.is_some() { body(&answer) } else { answer.clone() };
    let parts = if answered.is_some() { read(&body) } else { body.clone() };
    if let Some(expected) = &expect.body {
        let compared = if expected.is_string() { &body } else { &parts };
        if !same(compared, expected) {
            found.push(format!("answered {}, not {}", show(&body), show(expected)));
        }
    }
    for (pointer, expected) in &expect.pointers {
        match parts.pointer(pointer) {
            None => found.push(format!("`{pointer}` is missing, not {}", show(expected))),
            Some(part) if same(part, expected) => {}
            Some(part) => found.push(format!("`{pointer}` is {}, not {}", show(part), show(expected))),
        }
    }
    found
}

/// The body of an HTTP answer; one that is not there is null.
fn body(answer: &Value) -> Value {
    let body = answer.get("body").cloned().unwrap_or_default();
    if answer.get("isBase64Encoded") != Some(&Value::Bool(true)) {
        return body;
    }
    let bytes = body.as_str().and_then(|text| STANDARD.decode(text).ok());
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).map_or(body, Value::String)
}

/// What a body says: the JSON in its text, or, when there is none, itself.
fn read(body: &Value) -> Value {
    let json = body.as_str().and_then(|text| serde_json::from_str(text).ok());
    json.unwrap_or_else(|| body.clone())
}

/// Equal as JSON means it: 1 is 1.0.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (one, other) => one == other,
    }
}

/// `2s`, `2.304s`.
fn seconds(duration: Duration) -> String {
    let text = format!("{:.3}", duration.as_secs_f64());
    format!("{}s", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(payload: &str) -> Answer {
        Answer {
            payload: payload.as_bytes().to_vec(),
            function_error: None,
            version: None,
            log_tail: String::new(),
        }
    }

    fn found(expect: &Expect, payload: &str) -> Vec<String> {
        problems(expect, &answer(payload), Duration::from_millis(10), &[])
    }

    fn body_is(value: Value) -> Expect {
        Expect { body: Some(value), ..Expect::default() }
    }

    fn part_is(pointer: &str, value: Value) -> Expect {
        Expect { pointers: [(pointer.to_owned(), value)].into(), ..Expect::default() }
    }

    #[test]
    fn an_answer_as_expected_has_no_problem() {
        let status = Expect { status: Some(200), ..Expect::default() };
        for (expect, payload) in [
            (Expect::default(), "not JSON at all"),
            (Expect::default(), ""),
            (status.clone(), r#"{"statusCode":200}"#),
            (body_is(json!("pong")), r#""pong""#),
            (body_is(json!({ "ok": true })), r#"{"ok":true}"#),
            (body_is(json!({ "n": [1] })), r#"{"n":[1.0]}"#),
            (body_is(json!("pong")), r#"{"statusCode":200,"body":"pong"}"#),
            (body_is(json!("7")), r#"{"statusCode":200,"body":"7"}"#),
            (body_is(json!(7)), r#"{"statusCode":200,"body":"7"}"#),
            (body_is(json!({ "ok": true })), r#"{"statusCode":200,"body":"{\"ok\":true}"}"#),
            (body_is(json!("pong")), r#"{"statusCode":200,"body":"cG9uZw==","isBase64Encoded":true}"#),
            (body_is(Value::Null), r#"{"statusCode":204}"#),
            (part_is("/ok", json!(true)), r#"{"ok":true,"more":1}"#),
            (part_is("/list/1", json!("b")), r#"{"list":["a","b"]}"#),
            (part_is("/ok", json!(true)), r#"{"statusCode":200,"body":"{\"ok\":true}"}"#),
        ] {
            assert_eq!(found(&expect, payload), Vec::<String>::new(), "{expect:?} {payload}");
        }
    }

    #[test]
    fn each_problem_is_a_phrase_with_what_came_and_what_had_to() {
        let status = Expect { status: Some(200), ..Expect::default() };
        for (expect, payload, problem) in [
            (status.clone(), r#"{"statusCode":500}"#, "answered status 500, not 200"),
            (status.clone(), r#"{"ok":true}"#, "answered without a statusCode, not 200"),
            (status, "<html>", "answered `<html>`, which is not JSON"),
            (body_is(json!("pong")), r#""nope""#, r#"answered "nope", not "pong""#),
            (body_is(json!("7")), "7", r#"answered 7, not "7""#),
            (body_is(json!(7)), r#""7""#, r#"answered "7", not 7"#),
            (body_is(json!(7)), r#"{"statusCode":200,"body":"x"}"#, r#"answered "x", not 7"#),
            (part_is("/ok", json!(true)), r#"{"ok":false}"#, "`/ok` is false, not true"),
            (part_is("/ok", json!(true)), "{}", "`/ok` is missing, not true"),
        ] {
            assert_eq!(found(&expect, payload), [problem], "{expect:?} {payload}");
        }
    }

    #[test]
    fn a_function_error_is_a_problem_unless_it_is_what_is_expected() {
        let mut failed = answer(r#"{"errorType":"Oops"}"#);
        failed.function_error = Some("Unhandled".to_owned());
        let took = Duration::from_millis(2304);
        let slow = Expect { within: Some(Duration::from_secs(2)), ..body_is(json!("pong")) };
        assert_eq!(
            problems(&slow, &failed, took, &[]),
            ["failed with a function error (Unhandled)", "took 2.304s, more than 2s"]
        );
        let wanted = Expect { function_error: true, ..part_is("/errorType", json!("Oops")) };
        assert_eq!(problems(&wanted, &failed, took, &[]), Vec::<String>::new());
        assert_eq!(problems(&wanted, &answer("1"), took, &[]), ["did not fail, and has to"]);
    }

    #[test]
    fn a_long_answer_is_cut_and_no_secret_is_shown_not_even_half_of_it() {
        let payload = format!("\"{}hunter2hunter2\"", "x".repeat(QUOTED - 6));
        let phrases =
            problems(&body_is(json!("pong")), &answer(&payload), Duration::ZERO, &["hunter2hunter2"]);
        assert_eq!(phrases, [format!("answered \"{}…\", not \"pong\"", "x".repeat(QUOTED - 6))]);
        let payload = format!("\"{}\"", "ü".repeat(300));
        let phrases = problems(&body_is(json!("pong")), &answer(&payload), Duration::ZERO, &[]);
        assert_eq!(phrases, [format!("answered \"{}…, not \"pong\"", "ü".repeat(QUOTED - 1))]);
    }
}
