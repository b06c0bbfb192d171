//! Functions that fail, each in its own way, and what the caller is told.

use std::time::Duration;

use cargo_lambdaship::local::runtime::{Error, Limits};

use crate::support::{REQUEST_ID, Stage, assert_failed, eventually, is_alive, tail, text};

fn message(error: &str) -> String {
    format!("RequestId: {REQUEST_ID} Error: {error}")
}

#[tokio::test]
async fn a_process_that_ends_while_initialising() {
    let stage = Stage::new();
    let target = stage.script("echo no database >&2; exit 3");
    let answer = stage.invoke(&target, "{}").await;
    assert_failed(&answer, "Runtime.ExitError", &message("Runtime exited with error: exit status 3"));
    let tail = tail(&answer);
    assert!(tail.starts_with("no database\nINIT_REPORT Init Duration: "), "{tail}");
    assert!(tail.contains("\tPhase: init\tStatus: error\tError Type: Runtime.ExitError\n"), "{tail}");
}

#[tokio::test]
async fn a_process_that_ends_with_an_event_in_hand() {
    let stage = Stage::new();
    for (end, why) in [
        ("exit 1", "Runtime exited with error: exit status 1"),
        ("kill -KILL $$", "Runtime exited with error: signal: killed"),
        ("exit 0", "Runtime exited without providing a reason"),
    ] {
        let target = stage.script(&format!("next; echo last words; {end}"));
        let answer = stage.invoke(&target, "{}").await;
        assert_failed(&answer, "Runtime.ExitError", &message(why));
        assert!(tail(&answer).contains("last words\n"), "{}", tail(&answer));
    }
}

#[tokio::test]
async fn a_function_that_hangs_is_killed_with_all_it_started() {
    let stage = Stage::new();
    // What is looked at is there before the time is measured.
    let mut target = stage.script("sleep 1000 & echo $! > child; echo $$ > self; next; wait");
    target.timeout = Duration::from_secs(1);
    let answer = stage.invoke(&target, "{}").await;
    assert_failed(&answer, "Sandbox.Timedout", &message("Task timed out after 1.00 seconds"));
    assert!(tail(&answer).ends_with("\tStatus: timeout\n"), "{}", tail(&answer));
    for file in ["self", "child"] {
        let id = std::fs::read_to_string(target.code.join(file)).unwrap();
        eventually("the process is killed", || !is_alive(&id)).await;
    }
}

#[tokio::test]
async fn an_error_that_the_function_reports_is_passed_on() {
    let stage = Stage::new();
    let target = stage.script(r#"while next; do post "invocation/$id/error" "$event"; done"#);
    for cold in [true, false] {
        let answer = stage.invoke(&target, r#"{"errorType":"Mine","errorMessage":"no"}"#).await;
        assert_eq!(text(&answer), r#"{"errorType":"Mine","errorMessage":"no"}"#);
        assert_eq!(answer.function_error.as_deref(), Some("Unhandled"));
        assert_eq!(answer.cold, cold, "the process lives on");
    }
}

#[tokio::test]
async fn an_error_that_the_runtime_reports_while_initialising_is_passed_on() {
    let stage = Stage::new();
    let target = stage.script(r#"post init/error '{"errorType":"Config"}'; sleep 1000"#);
    let answer = stage.invoke(&target, "{}").await;
    assert_eq!(text(&answer), r#"{"errorType":"Config"}"#);
    assert_eq!(answer.function_error.as_deref(), Some("Unhandled"));
}

#[tokio::test]
async fn an_answer_over_six_megabytes_is_refused_and_the_process_lives_on() {
    let stage = Stage::new();
    let target = stage.script(
        r#"while next; do
            head -c "$event" /dev/zero | tr '\0' x > answer
            curl -sS -w '%{http_code}' --data-binary @answer "$api/invocation/$id/response"
        done"#,
    );
    let answer = stage.invoke(&target, "6291557").await;
    assert_failed(
        &answer,
        "Function.ResponseSizeTooLarge",
        "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    );
    assert!(tail(&answer).contains("413"), "{}", tail(&answer));
    let answer = stage.invoke(&target, "6291556").await;
    assert_eq!((answer.payload.len(), answer.cold), (6_291_556, false));
}

#[tokio::test]
async fn a_bootstrap_that_cannot_be_started() {
    let stage = Stage::new();
    let bootstrap = stage.code().join("bootstrap");
    let foreign: &[u8] = b"\x7fELF\x02\x01\x01 of another machine";
    for (content, mode, why) in [
        (None, 0, format!("Couldn't find valid bootstrap(s): [{bootstrap}]")),
        (Some(&b"#!/bin/sh\n"[..]), 0o644, format!("fork/exec {bootstrap}: permission denied")),
        (Some(foreign), 0o755, format!("fork/exec {bootstrap}: exec format error")),
        (
            Some(b"#!/no/such/shell\n"),
            0o755,
            format!("fork/exec {bootstrap}: its interpreter is not on this machine"),
        ),
    ] {
        if let Some(content) = content {
            stage.bootstrap(content, mode);
        }
        let answer = stage.invoke(&stage.target(), "{}").await;
        assert_failed(&answer, "Runtime.InvalidEntrypoint", &message(&why));
        assert!(tail(&answer).contains(&why), "{}", tail(&answer));
    }
}

#[tokio::test]
async fn code_that_is_gone_is_an_error_with_a_way_out() {
    let stage = Stage::new();
    let mut target = stage.target();
    target.code.push("gone");
    let error = stage.try_invoke(&target, "{}").await.unwrap_err();
    assert!(matches!(error, Error::CodeMissing { .. }), "{error}");
    assert_eq!(error.to_string(), format!("the code of `hello-local` is not at `{}`", target.code));
    assert!(error.hint().is_some());
}

#[tokio::test]
async fn a_slow_initialisation_is_done_again_within_the_functions_timeout() {
    let stage = Stage::with_limits(Limits { init: Duration::from_secs(3), ..Limits::default() });
    let mut target = stage.script("[ -e slow ] || { : > slow; sleep 1000; }; next; respond done; next");
    let answer = stage.invoke(&target, "{}").await;
    assert_eq!((text(&answer).as_str(), answer.cold), ("done", true));
    assert!(tail(&answer).contains("\tPhase: init\tStatus: timeout\n"), "{}", tail(&answer));

    target.code_key = "2".into();
    target.timeout = Duration::from_millis(500);
    stage.script("sleep 1000");
    let answer = stage.invoke(&target, "{}").await;
    assert_failed(&answer, "Sandbox.Timedout", &message("Task timed out after 0.50 seconds"));
}
