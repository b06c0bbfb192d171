//! What a process sees of the Runtime API, and what of it ends up in the log.

use std::time::Duration;

use cargo_lambdaship::console::{Console, Verbosity};
use cargo_lambdaship::local::runtime::Limits;
use cargo_lambdaship::model::Secret;

use crate::support::{REQUEST_ID, Stage, event, eventually, tail, text};

#[tokio::test]
async fn an_event_comes_with_its_headers() {
    let stage = Stage::new();
    let target = stage.script(r#"next; respond "$(cat headers.$$)"; next"#);
    let mut event = event("{}");
    event.client_context = Some("{\"custom\":\n{}}".into());
    let before = jiff::Timestamp::now().as_millisecond();
    let answer = stage.pool.invoke(&target, event).await.unwrap();
    let after = jiff::Timestamp::now().as_millisecond();
    let headers = text(&answer);
    let header = |name: &str| {
        let line = headers.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("{name} is not in {headers}")).trim().to_owned()
    };
    assert_eq!(header("lambda-runtime-aws-request-id"), REQUEST_ID);
    assert_eq!(header("lambda-runtime-invoked-function-arn"), target.function_arn);
    assert_eq!(header("lambda-runtime-client-context"), r#"{"custom": {}}"#);
    assert!(header("lambda-runtime-trace-id").ends_with(";Sampled=0"), "{headers}");
    let deadline: i64 = header("lambda-runtime-deadline-ms").parse().unwrap();
    let timeout = i64::try_from(target.timeout.as_millis()).unwrap();
    let moments = before + timeout..=after + timeout;
    assert!(
        moments.contains(&deadline),
        "{deadline} is not the timeout after the event was given: {moments:?}"
    );
}

#[tokio::test]
async fn a_process_sees_lambdas_environment_and_not_the_developers() {
    let stage = Stage::new();
    let mut target = stage.script(r#"next; respond "$(env; pwd -P)"; next"#);
    target.variables.insert("STAGE".into(), Secret::new("staging"));
    let seen = text(&stage.invoke(&target, "{}").await);
    let has = |line: &str| seen.lines().any(|seen| seen == line);
    for line in
        ["STAGE=staging", "AWS_LAMBDA_FUNCTION_NAME=hello-local", "TZ=:UTC", "AWS_ACCESS_KEY_ID=local"]
    {
        assert!(has(line), "{line} is not in {seen}");
    }
    assert!(has(target.code.canonicalize_utf8().unwrap().as_str()), "the working directory is not in {seen}");
    for name in ["CARGO_MANIFEST_DIR", "HOME", "USER"] {
        assert!(!seen.lines().any(|line| line.starts_with(&format!("{name}="))), "{name} is in {seen}");
    }
}

#[tokio::test]
async fn any_bytes_are_an_answer_also_in_chunks() {
    let stage = Stage::new();
    let target = stage.script(
        r#"next; respond "not json"; next
        printf 'in chunks' | curl -sS -H 'Transfer-Encoding: chunked' --data-binary @- "$api/invocation/$id/response"
        next; respond ''; next"#,
    );
    for expected in ["not json", "in chunks", ""] {
        let answer = stage.invoke(&target, "{}").await;
        assert_eq!((text(&answer).as_str(), answer.function_error), (expected, None));
    }
}

#[tokio::test]
async fn calls_with_a_wrong_id_or_out_of_order_are_refused() {
    let stage = Stage::new();
    let target = stage.script(
        r#"echo early $(post invocation/none/response x)
        next
        echo wrong $(post invocation/none/response x) $(cat body.$$)
        echo late $(post init/error x)
        echo impatient $(curl -sS -o body.$$ -w '%{http_code}' "$api/invocation/next") $(cat body.$$)
        echo good $(post invocation/$id/response x) $(cat body.$$)
        echo again $(post invocation/$id/response x)
        echo unknown $(post invocation/$id/other x)
        next"#,
    );
    let answer = stage.invoke(&target, "{}").await;
    assert_eq!(text(&answer), "x");
    let order = "State transition is not allowed";
    let impatient = format!(
        r#"{{"errorMessage":"State transition from Running to Ready failed for runtime. Error: {order}","errorType":"InvalidStateTransition"}}"#
    );
    let expected = [
        "early 400".to_owned(),
        format!("START RequestId: {REQUEST_ID} Version: 7"),
        r#"wrong 400 {"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}"#.to_owned(),
        "late 403".to_owned(),
        format!("impatient 403 {impatient}"),
        r#"good 202 {"status":"OK"}"#.to_owned(),
        "again 403".to_owned(),
        "unknown 404".to_owned(),
    ];
    // The last calls come after the answer, and so perhaps after the invocation's own log.
    eventually("the last call", || stage.log().contains(&expected[7])).await;
    let platform = |line: &String| line.starts_with("END") || line.starts_with("REPORT");
    assert_eq!(stage.log().into_iter().filter(|line| !platform(line)).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn what_a_process_writes_is_logged_between_start_and_end() {
    let stage = Stage::new();
    let target = stage.script(
        r#"echo starting
        while next; do echo "out $event"; echo "err $event" >&2; printf 'no newline'; respond x; done"#,
    );
    for payload in ["1", "2"] {
        let answer = stage.invoke(&target, payload).await;
        assert!(tail(&answer).contains(&format!("err {payload}\n")), "{}", tail(&answer));
    }
    let log = stage.log();
    // The two streams are separate pipes: only the order within each is certain.
    let position = |text: &str, after: usize| {
        let found = log.iter().skip(after).position(|line| line.starts_with(text));
        after + found.unwrap_or_else(|| panic!("no {text:?} after line {after} of {log:#?}"))
    };
    let mut end = 0;
    assert_eq!(position("starting", 0), 0);
    for payload in ["1", "2"] {
        let start = position("START", end);
        let out = position(&format!("out {payload}"), start);
        let err = position(&format!("err {payload}"), start);
        let partial = position("no newline", out);
        end = position("END", start);
        assert!(out < end && err < end && partial < end, "{log:#?}");
        assert_eq!(position("REPORT", end), end + 1);
    }
    assert_eq!(log.len(), end + 2, "{log:#?}");
}

#[tokio::test]
async fn the_tail_is_the_last_four_kilobytes() {
    let stage = Stage::new();
    let target = stage.script("next; seq 100000 104999; respond x; next");
    let answer = stage.invoke(&target, "{}").await;
    assert_eq!(answer.log_tail.len(), 4096);
    assert!(tail(&answer).contains("\n104999\nEND RequestId: "), "{}", tail(&answer));
    assert_eq!(stage.log().len(), 5000 + 3);
}

#[tokio::test]
async fn the_log_is_shown_live_with_the_lambdas_name() {
    let (console, out, err) = Console::buffered(Verbosity::Normal);
    let stage = Stage::with_mirror(Limits::default(), Some(console));
    let target = stage.script("echo starting; next; respond x; next");
    stage.invoke(&target, "{}").await;
    let shown = err.text();
    assert!(shown.starts_with("hello-local | starting\nhello-local | START RequestId: "), "{shown}");
    assert_eq!(out.text(), "");
}

#[tokio::test]
async fn endless_output_does_not_hold_up_the_answer() {
    let stage = Stage::new();
    let target = stage.script("yes & next; respond x; next");
    let answer = tokio::time::timeout(Duration::from_mins(3), stage.invoke(&target, "{}")).await.unwrap();
    assert_eq!(text(&answer), "x");
}
