//! Failures that a test asks for.

use aws_sdk_lambda::error::SdkError;

use super::support::{Fixture, LONG, PATIENCE, SHORT, refused};
use crate::context;
use crate::local::{Failure, Injection};

fn failing(operation: &str, failure: Failure) -> Injection {
    Injection { operation: operation.to_owned(), failure, after: 0, times: 1 }
}

const INJECT: &str = "POST /_lambdaship/injections";

#[tokio::test]
async fn a_lost_answer_is_a_500_for_what_was_done() {
    let local = Fixture::new().await;
    for (failure, name, done) in [(Failure::Lost, "lost", true), (Failure::Internal, "internal", false)] {
        local.server.inject(failing("CreateFunction", failure));
        // The client tries once more, and then finds what it did the first time.
        let again = local.create().function_name(name).send().await;
        if done {
            assert_eq!(refused(again).0, 409);
        } else {
            again.unwrap();
        }
    }
    assert_eq!(local.server.counts()["CreateFunction"].requests, 4);
}

#[tokio::test]
async fn an_injection_is_taken_over_http_and_a_misspelt_one_is_refused() {
    let local = Fixture::new().await;
    let inject = |body: &'static str| local.request(INJECT, &[], body);
    let body = r#"{"operation":"GetAccountSettings","failure":"throttled","times":9}"#;
    assert!(inject(body).await.starts_with("HTTP/1.1 204"));
    let (status, code, _) = refused(local.lambda.get_account_settings().send().await);
    assert_eq!((status, code.as_str()), (429, "TooManyRequestsException"));
    assert!(
        inject(r#"{"operation":"GetAccountSettings","failure":"trottled"}"#)
            .await
            .starts_with("HTTP/1.1 400")
    );
}

#[tokio::test]
async fn a_dropped_connection_carries_no_answer_and_only_a_refused_one_leaves_nothing_done() {
    let local = Fixture::new().await;
    local.create().publish(true).send().await.unwrap();
    for (failure, alias, done) in [("dropped", "a", true), ("refused", "b", false)] {
        let injection = format!(r#"{{"operation":"CreateAlias","failure":"{failure}"}}"#);
        assert!(local.request(INJECT, &[], &injection).await.starts_with("HTTP/1.1 204"));
        let body = format!(r#"{{"Name":"{alias}","FunctionVersion":"1"}}"#);
        let line = "POST /2015-03-31/functions/hello/aliases";
        assert_eq!(local.request(line, &[], &body).await, "", "{failure}");
        let get = local.lambda.get_alias().function_name("hello").name(alias).send().await;
        assert_eq!(get.is_ok(), done, "{failure}");
    }
}

#[tokio::test]
async fn a_client_sees_a_broken_connection_and_may_try_again() {
    let local = Fixture::new().await;
    local.create().send().await.unwrap();
    for failure in [Failure::Dropped, Failure::Refused] {
        local.server.inject(failing("GetFunction", failure));
        // The client's own retry is answered.
        local.get(None).await;
        local.server.inject(Injection { times: 9, ..failing("GetFunction", failure) });
        let error = local.lambda.get_function().function_name("hello").send().await.unwrap_err();
        assert!(matches!(error, SdkError::DispatchFailure(_)), "{error:?}");
        local.server.clear_injections();
        local.get(None).await;
    }
}

#[tokio::test]
async fn a_delayed_answer_is_the_usual_one_later() {
    let local = Fixture::new().await;
    local.create().send().await.unwrap();
    local.server.inject(failing("GetFunction", Failure::Delayed(SHORT)));
    let begun = context::instant();
    local.get(None).await;
    assert!(context::instant().duration_since(begun) >= SHORT);
    // The work does not wait for the answer.
    local.server.inject(failing("PublishVersion", Failure::Delayed(LONG)));
    let publish = local.lambda.publish_version().function_name("hello").send();
    let published = async {
        while local.server.invoker().functions()[0].last_version == 0 {
            tokio::task::yield_now().await;
        }
    };
    let published = tokio::time::timeout(PATIENCE, published);
    tokio::select! {
        answer = publish => panic!("{answer:?}"),
        published = published => published.unwrap(),
    }
}

#[tokio::test]
async fn a_request_that_stalls_was_done_or_not_and_one_that_is_held_goes_on() {
    let local = Fixture::new().await;
    local.create().send().await.unwrap();
    for (failure, done) in [(Failure::Hang, 0), (Failure::Silent, 1)] {
        local.server.inject(failing("PublishVersion", failure));
        let publish = local.lambda.publish_version().function_name("hello").send();
        tokio::select! {
            answer = publish => panic!("{answer:?}"),
            () = local.server.stalled() => {}
        }
        assert_eq!(local.server.invoker().functions()[0].last_version, done, "{failure:?}");
    }
    local.server.inject(failing("DeleteFunction", Failure::Held));
    let delete = local.lambda.delete_function().function_name("hello").send();
    let meanwhile = async {
        local.server.stalled().await;
        assert_eq!(local.server.invoker().functions().len(), 1, "nothing is done before it is released");
        local.server.release();
    };
    let (deleted, ()) = tokio::join!(delete, meanwhile);
    deleted.unwrap();
    assert!(local.server.invoker().functions().is_empty());
}

#[tokio::test]
async fn a_run_can_be_ended_at_each_of_its_requests() {
    let local = Fixture::new().await;
    local.create().publish(true).send().await.unwrap();
    let run = || async {
        local.get(None).await;
        local.lambda.list_aliases().function_name("hello").send().await.is_ok()
            && aws_sdk_sts::Client::new(&local.config).get_caller_identity().send().await.is_ok()
    };
    let before = local.server.requests().len();
    assert!(run().await);
    let requests = local.server.requests();
    assert_eq!(requests[before..], ["GetFunction", "ListAliases", "GetCallerIdentity"]);
    for after in [1, 2] {
        let failure = Failure::Refused;
        local.server.inject(Injection { after, times: 9, ..failing(Injection::EVERY, failure) });
        assert!(!run().await, "{after}");
        local.server.clear_injections();
    }
    let answer = local.request("GET /_lambdaship/requests", &[], "").await;
    assert!(
        answer.contains(r#"["CreateFunction","GetFunction","ListAliases","GetCallerIdentity","#),
        "{answer}"
    );
}
