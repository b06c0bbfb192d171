//! What is over a limit or out of shape, and what it is refused with.

use std::io::Cursor;

use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::error::SdkError;
use aws_sdk_lambda::operation::get_account_settings::GetAccountSettingsError;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, ThrottleReason};
use zip::ZipWriter;

use super::support::{Fixture, SIGNED, refused, zip};
use crate::local::{ACCOUNT, Rates};

fn code(zip: Vec<u8>) -> FunctionCode {
    FunctionCode::builder().zip_file(Blob::new(zip)).build()
}

/// A zip whose directory says that its one file has this many bytes.
fn declaring(bytes: u32) -> Vec<u8> {
    let mut zip = zip("small");
    let directory = zip.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    zip[directory + 24..directory + 28].copy_from_slice(&bytes.to_le_bytes());
    zip
}

#[tokio::test]
async fn a_zip_that_is_not_one_is_refused() {
    let local = Fixture::new().await;
    let mut damaged = zip(&"one".repeat(100));
    // A byte of the content, which its checksum then contradicts.
    damaged[45] ^= 0xff;
    let empty = ZipWriter::new(Cursor::new(Vec::new())).finish().unwrap().into_inner();
    for (zip, words) in [
        (b"not a zip".to_vec(), "Could not unzip uploaded file"),
        (damaged, "Could not unzip uploaded file"),
        (empty, "non-empty zip"),
        (declaring(262_144_001), "Unzipped size must be smaller than 262144000 bytes"),
    ] {
        let (status, code, message) = refused(local.create().code(code(zip)).send().await);
        assert_eq!((status, code.as_str()), (400, "InvalidParameterValueException"), "{message}");
        assert!(message.contains(words), "{message}");
    }
    let left: Vec<_> = fs_err::read_dir(local.root.join("code")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_request_over_the_limit_is_refused_with_413() {
    let local = Fixture::new().await;
    let answer = local.request("POST /2015-03-31/functions", &[], &"x".repeat(70_167_212)).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("x-amzn-errortype: RequestEntityTooLargeException"), "{answer}");
}

#[tokio::test]
async fn an_environment_over_4_kb_is_refused_as_aws_does_with_its_values() {
    let local = Fixture::new().await;
    let environment = Environment::builder().variables("BIG", "x".repeat(4_096)).build();
    let (status, code, message) = refused(local.create().environment(environment).send().await);
    assert_eq!((status, code.as_str()), (400, "InvalidParameterValueException"));
    assert!(message.contains("exceeded the 4KB limit. String measured: {\"BIG\":\"xxx"), "{message}");
}

#[tokio::test]
async fn numbers_out_of_range_are_refused() {
    let local = Fixture::new().await;
    for request in [local.create().memory_size(64), local.create().timeout(901)] {
        let (status, code, message) = refused(request.send().await);
        assert_eq!((status, code.as_str()), (400, "ValidationException"));
        assert!(message.starts_with("1 validation error detected: "), "{message}");
    }
}

#[tokio::test]
async fn row_15_a_role_is_not_assumable_before_it_exists_nor_just_after() {
    for (delay, assumable) in [(super::support::LONG, false), (std::time::Duration::ZERO, true)] {
        let local = Fixture::with(|options| options.role_delay = delay).await;
        let arn = format!("arn:aws:iam::{ACCOUNT}:role/hello");
        let refusal = |(status, code, message): (u16, String, String)| {
            assert_eq!((status, code.as_str()), (400, "InvalidParameterValueException"));
            assert_eq!(message, "The role defined for the function cannot be assumed by Lambda.");
        };
        refusal(refused(local.create().role(&arn).send().await));
        let iam = aws_sdk_iam::Client::new(&local.config);
        let create = iam.create_role().role_name("hello").assume_role_policy_document("{}");
        create.send().await.unwrap();
        match local.create().role(&arn).send().await {
            Ok(_) => assert!(assumable),
            refused_too => {
                assert!(!assumable);
                refusal(refused(refused_too));
            }
        }
    }
}

#[tokio::test]
async fn row_16_tags_belong_to_the_function_only_and_layers_keep_their_order() {
    let local = Fixture::new().await;
    let layer = |name: &str| format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:layer:{name}:1");
    local.create().layers(layer("b")).layers(layer("a")).publish(true).send().await.unwrap();
    let read = local.configuration().await;
    let layers: Vec<_> = read.layers().iter().filter_map(|layer| layer.arn()).collect();
    assert_eq!(layers, [layer("b"), layer("a")]);
    let arn = format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:function:hello");
    let tag = |arn: &str| local.lambda.tag_resource().resource(arn).tags("team", "a").send();
    let (status, code, _) = refused(tag(&format!("{arn}:1")).await);
    assert_eq!((status, code.as_str()), (400, "InvalidParameterValueException"));
    tag(&arn).await.unwrap();
    let list = || local.lambda.list_tags().resource(&arn).send();
    assert_eq!(list().await.unwrap().tags().unwrap()["team"], "a");
    local.lambda.untag_resource().resource(&arn).tag_keys("team").send().await.unwrap();
    assert!(list().await.unwrap().tags().unwrap().is_empty());
}

#[tokio::test]
async fn reserved_concurrency_leaves_the_account_its_least() {
    let local = Fixture::new().await;
    local.create().send().await.unwrap();
    let put = |reserved| {
        let put = local.lambda.put_function_concurrency().function_name("hello");
        put.reserved_concurrent_executions(reserved).send()
    };
    assert_eq!(refused(put(901).await).0, 400);
    put(900).await.unwrap();
    let account = local.lambda.get_account_settings().send().await.unwrap();
    assert_eq!(account.account_limit().unwrap().unreserved_concurrent_executions(), Some(100));
    assert_eq!(account.account_usage().unwrap().function_count(), 1);
    assert_eq!(local.get(None).await.concurrency().unwrap().reserved_concurrent_executions(), Some(900));
    local.lambda.delete_function_concurrency().function_name("hello").send().await.unwrap();
    assert!(local.get(None).await.concurrency().is_none());
}

#[tokio::test]
async fn requests_over_the_rate_are_refused_and_counted() {
    let local = Fixture::with(|options| options.rates = Rates::Aws).await;
    let once = aws_sdk_lambda::config::Builder::new().retry_config(RetryConfig::disabled());
    let mut sent = 0;
    let (status, code, message) = loop {
        sent += 1;
        let ask = local.lambda.get_account_settings().customize().config_override(once.clone());
        if let Err(refusal) = ask.send().await {
            let SdkError::ServiceError(error) = &refusal else { panic!("{refusal:?}") };
            let GetAccountSettingsError::TooManyRequestsException(throttled) = error.err() else {
                panic!("{refusal:?}")
            };
            assert_eq!(throttled.reason(), Some(&ThrottleReason::CallerRateLimitExceeded));
            break refused::<(), _>(Err(refusal));
        }
        // 15 at once, then 15 a second: a machine that is slower than that cannot be told apart from one without rates.
        assert!(sent < 1_000);
    };
    assert_eq!((status, code.as_str(), message.as_str()), (429, "TooManyRequestsException", "Rate exceeded"));
    assert!(sent > 15);
    assert_eq!(local.server.counts()["GetAccountSettings"].requests, sent);
}

#[tokio::test]
async fn what_the_server_does_not_know_is_refused_and_never_ignored() {
    let local = Fixture::new().await;
    local.create().send().await.unwrap();
    let json = "content-type: application/x-amz-json-1.1";
    let form = "content-type: application/x-www-form-urlencoded";
    let configuration = "PUT /2015-03-31/functions/hello/configuration";
    for (line, headers, body, status, words) in [
        ("GET /2018-10-31/layers", vec![], "", "501", "GET /2018-10-31/layers"),
        ("PATCH /2015-03-31/functions/hello", vec![], "", "501", "PATCH /2015-03-31/functions/hello"),
        ("POST /", vec![json, "x-amz-target: Logs_20140328.Nope"], "{}", "501", "Nope"),
        ("POST /", vec![json, "x-amz-target: nope"], "{}", "501", "nope"),
        ("POST /", vec![form], "Action=Nope&Version=2010-05-08", "501", "Nope"),
        ("POST /", vec![form], "", "400", "MissingAction"),
        (configuration, vec![], r#"{"MemorySise":1}"#, "400", "MemorySise"),
        (configuration, vec![], "{", "400", "ValidationException"),
        (configuration, vec![], "[1]", "400", "ValidationException"),
        ("GET /2015-03-31/functions/a%20b", vec![], "", "400", "functionName"),
    ] {
        let answer = local.request(line, &headers, body).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{line} {body}\n{answer}");
        assert!(answer.contains(words), "{line} {body}\n{answer}");
        assert!(answer.contains("x-amzn-requestid"), "{line} {body}\n{answer}");
    }
}

#[tokio::test]
async fn what_a_web_page_could_send_is_refused() {
    let local = Fixture::new().await;
    for (headers, words) in [
        ("host: localhost", "Missing Authentication Token"),
        (&format!("host: example.com\r\n{SIGNED}"), "loopback interface only"),
    ] {
        let line = "GET /2015-03-31/functions HTTP/1.1";
        let answer = local.raw(&format!("{line}\r\nconnection: close\r\n{headers}\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 403") && answer.contains(words), "{answer}");
    }
}
