//! When processes start, are used again, and end.

use std::time::Duration;

use cargo_lambdaship::local::runtime::{Error, Limits};

use crate::support::{Stage, event, eventually, is_alive, text};

/// Answers each event with the number of its process.
const NUMBER: &str = r#"while next; do respond "$$"; done"#;

#[tokio::test]
async fn events_at_the_same_time_get_processes_of_their_own_which_are_used_again() {
    let stage = Stage::new();
    let target = stage.script(
        r#"while next; do
            touch "in.$$"
            until [ $(ls in.* | wc -l) = 2 ]; do sleep 0.01; done
            respond "$$"
        done"#,
    );
    let (first, second) = tokio::join!(stage.invoke(&target, "{}"), stage.invoke(&target, "{}"));
    assert!(first.cold && second.cold);
    assert_ne!(text(&first), text(&second));
    let third = stage.invoke(&target, "{}").await;
    assert!(!third.cold);
    assert!([text(&first), text(&second)].contains(&text(&third)));
}

#[tokio::test]
async fn new_code_gets_a_new_process_and_the_old_one_ends() {
    let stage = Stage::new();
    let mut target = stage.script(NUMBER);
    let old = text(&stage.invoke(&target, "{}").await);
    target.code_key = "2".into();
    let new = stage.invoke(&target, "{}").await;
    assert!(new.cold);
    assert_ne!(text(&new), old);
    eventually("the old process ends", || !is_alive(&old)).await;
    assert!(is_alive(&text(&new)));
}

#[tokio::test]
async fn versions_have_processes_of_their_own() {
    let stage = Stage::new();
    let mut target = stage.script(NUMBER);
    let seventh = text(&stage.invoke(&target, "{}").await);
    target.version = "8".into();
    assert!(stage.invoke(&target, "{}").await.cold);
    target.version = "7".into();
    assert_eq!(text(&stage.invoke(&target, "{}").await), seventh);
}

#[tokio::test]
async fn a_process_that_ends_after_its_answer_is_replaced() {
    let stage = Stage::new();
    let target = stage.script("next; respond bye; exit 0");
    for _ in 0..2 {
        let answer = stage.invoke(&target, "{}").await;
        assert_eq!((text(&answer).as_str(), answer.function_error, answer.cold), ("bye", None, true));
    }
}

#[tokio::test]
async fn a_process_that_still_works_after_its_answer_is_not_given_the_next_event() {
    let stage = Stage::with_limits(Limits::default());
    let target = stage
        .script(r#"next; respond "$$"; until [ -e done ]; do sleep 0.01; done; next; respond "$$"; next"#);
    let first = text(&stage.invoke(&target, "{}").await);
    let second = stage.invoke(&target, "{}").await;
    assert!(second.cold);
    assert_ne!(text(&second), first);
    assert!(is_alive(&first));
}

#[tokio::test]
async fn an_idle_process_ends_after_a_while() {
    let stage = Stage::with_limits(Limits { idle: Duration::from_millis(50), ..Limits::default() });
    let target = stage.script(NUMBER);
    let id = text(&stage.invoke(&target, "{}").await);
    eventually("the idle process ends", || !is_alive(&id)).await;
    assert!(stage.invoke(&target, "{}").await.cold);
}

#[tokio::test]
async fn shutting_down_ends_idle_processes_and_those_at_work() {
    let stage = Stage::new();
    let mut idle = stage.script(
        r#"while next; do [ "$event" = hang ] && { echo $$ > hanging; sleep 1000; }; respond "$$"; done"#,
    );
    idle.version = "1".into();
    let first = text(&stage.invoke(&idle, "{}").await);

    let mut busy = idle.clone();
    busy.version = "2".into();
    let (pool, hanging) = (stage.pool.clone(), busy.code.join("hanging"));
    let invocation = tokio::spawn(async move { pool.invoke(&busy, event("hang")).await });
    eventually("the event is in hand", || {
        std::fs::read_to_string(&hanging).is_ok_and(|id| id.ends_with('\n'))
    })
    .await;
    let second = std::fs::read_to_string(&hanging).unwrap();

    stage.pool.shutdown().await;
    assert!(matches!(invocation.await.unwrap(), Err(Error::Closed { .. })));
    for id in [first, second] {
        eventually("the process ends", || !is_alive(&id)).await;
    }
    let refused = stage.try_invoke(&idle, "{}").await.unwrap_err();
    assert_eq!(refused.to_string(), "`hello-local` was not run to its end: the local AWS is shutting down");
}

#[tokio::test]
async fn processes_end_with_the_last_handle_of_their_pool() {
    let stage = Stage::new();
    let target = stage.script(NUMBER);
    let id = text(&stage.invoke(&target, "{}").await);
    let pool = stage.pool.clone();
    drop(stage);
    assert!(is_alive(&id));
    drop(pool);
    eventually("the process ends", || !is_alive(&id)).await;
}

#[tokio::test]
async fn a_bootstrap_that_is_still_being_written_is_waited_for() {
    let stage = Stage::new();
    let target = stage.script(NUMBER);
    let writing = std::fs::OpenOptions::new().append(true).open(target.code.join("bootstrap")).unwrap();
    let invocation = stage.invoke(&target, "{}");
    tokio::pin!(invocation);
    let early = tokio::time::timeout(Duration::from_millis(50), &mut invocation).await;
    assert!(early.is_err(), "an open program file cannot be started: {early:?}");
    drop(writing);
    assert_eq!(invocation.await.function_error, None);
}
