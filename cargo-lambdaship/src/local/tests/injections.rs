//! Failures that a test asks for.

use super::support::{Fixture, refused};
use crate::local::{Failure, Injection};

fn failing(operation: &str, failure: Failure) -> Injection {
    Injection { operation: operation.to_owned(), failure, after: 0, times: 1 }
}

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
    let inject = |body: &'static str| local.request("POST /_lambdaship/injections", &[], body);
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
