//! Code that Lambda takes from S3: as a copy, and (row 19 of the behaviour table) run from the bucket itself.

use aws_sdk_lambda::types::{FunctionCode, S3ObjectStorageMode};
use aws_sdk_s3::Client;
use serde_json::json;

use super::objects::{BUCKET, client, put, ready, versioned};
use super::support::{Fixture, config, refused, zip};
use crate::model::{CodeSha256, CodeStorage};

const KEY: &str = "artifacts/one.zip";

fn stored(version: Option<&str>) -> FunctionCode {
    FunctionCode::builder()
        .s3_bucket(BUCKET)
        .s3_key(KEY)
        .set_s3_object_version(version.map(str::to_owned))
        .build()
}

fn run_from(version: Option<&str>) -> FunctionCode {
    let code = FunctionCode::builder().s3_bucket(BUCKET).s3_key(KEY);
    code.set_s3_object_version(version.map(str::to_owned))
        .s3_object_storage_mode(S3ObjectStorageMode::Reference)
        .build()
}

/// Lets Lambda do `actions` with all objects.
async fn let_lambda(s3: &Client, actions: &[&str]) {
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": { "Service": "lambda.amazonaws.com" },
        "Action": actions,
        "Resource": format!("arn:aws:s3:::{BUCKET}/*"),
    }] });
    s3.put_bucket_policy().bucket(BUCKET).policy(policy.to_string()).send().await.unwrap();
}

/// What is behind the location that `GetFunction` answers.
async fn downloaded(local: &Fixture, qualifier: Option<&str>) -> (String, Vec<u8>) {
    let location = local.get(qualifier).await.code().unwrap().location().unwrap().to_owned();
    let path = location.strip_prefix(local.server.endpoint()).unwrap().to_owned();
    let address = local.server.endpoint().strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer).await.unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let status = String::from_utf8_lossy(&answer[9..12]).into_owned();
    (status, answer.split_off(end + 4))
}

#[tokio::test]
async fn code_is_copied_from_an_object_and_can_be_downloaded() {
    let (local, s3) = ready().await;
    put(&s3, KEY, zip("one")).await;
    let created = local.create().code(stored(None)).publish(true).send().await.unwrap();
    assert_eq!(created.code_sha256(), Some(&*CodeSha256::of(&zip("one")).to_string()));
    put(&s3, KEY, zip("two")).await;
    let update = local.lambda.update_function_code().function_name("hello").s3_bucket(BUCKET).s3_key(KEY);
    let updated = update.send().await.unwrap();
    assert_eq!(updated.code_sha256(), Some(&*CodeSha256::of(&zip("two")).to_string()));
    s3.delete_object().bucket(BUCKET).key(KEY).send().await.unwrap();
    let local = local.restart(|_| {}).await;
    assert_eq!(downloaded(&local, None).await, ("200".to_owned(), zip("two")));
    assert_eq!(downloaded(&local, Some("1")).await, ("200".to_owned(), zip("one")));
    let code = local.get(None).await.code().unwrap().clone();
    assert_eq!((code.repository_type(), code.resolved_s3_object()), (Some("S3"), None));
}

#[tokio::test]
async fn an_object_that_cannot_be_taken_is_refused_in_the_words_of_aws() {
    let (local, s3) = ready().await;
    put(&s3, "text", "no zip").await;
    let code = |bucket: &str, key: &str, version: Option<&str>| {
        let code = FunctionCode::builder().s3_bucket(bucket).s3_key(key);
        code.set_s3_object_version(version.map(str::to_owned)).build()
    };
    for (code, message) in [
        (
            code(BUCKET, KEY, None),
            "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not \
             exist.",
        ),
        (
            code("nowhere", KEY, None),
            "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does \
             not exist",
        ),
        (
            code(BUCKET, "text", Some("0123")),
            "Error occurred while GetObject. S3 Error Code: NoSuchVersion. S3 Error Message: The specified version \
             does not exist.",
        ),
        (
            code(BUCKET, "text", None),
            "Could not unzip uploaded file. Please check your file, then try to upload again.",
        ),
        (FunctionCode::builder().s3_bucket(BUCKET).build(), "Please provide a source for function code."),
    ] {
        let expected = (400, "InvalidParameterValueException".to_owned(), message.to_owned());
        assert_eq!(refused(local.create().code(code).send().await), expected);
    }
    let elsewhere = aws_sdk_lambda::Client::new(&config(local.server.endpoint(), "us-west-2"));
    let create = local.create().as_input().clone().code(code(BUCKET, "text", None));
    let (_, code, message) = refused(create.send_with(&elsewhere).await);
    assert_eq!(code, "InvalidParameterValueException");
    assert_eq!(
        message,
        "Error occurred while GetObject. S3 Error Code: PermanentRedirect. S3 Error Message: The bucket is in this \
         region: eu-west-1. Please use this region to retry the request"
    );
}

#[tokio::test]
async fn a_function_is_run_from_an_object_that_lambda_may_read_in_a_bucket_with_versions() {
    let (local, s3) = ready().await;
    put(&s3, KEY, zip("one")).await;
    let create = |version: Option<&str>| local.create().code(run_from(version)).publish(true).send();
    let invalid = "InvalidParameterValueException";
    assert_eq!(refused(create(None).await).1, invalid, "without a version of the object");
    let_lambda(&s3, &["s3:GetObject", "s3:GetObjectVersion"]).await;
    assert_eq!(refused(create(Some("null")).await).1, invalid, "without versions in the bucket");
    versioned(&s3).await;
    let version = put(&s3, KEY, zip("one")).await.unwrap();
    let_lambda(&s3, &["s3:GetObject"]).await;
    let (status, code, _) = refused(create(Some(&version)).await);
    assert_eq!((status, code.as_str()), (403, "AccessDeniedException"));
    let_lambda(&s3, &["s3:GetObject", "s3:GetObjectVersion"]).await;
    create(Some(&version)).await.unwrap();
    for qualifier in [None, Some("1")] {
        let code = local.get(qualifier).await.code().unwrap().clone();
        let object = code.resolved_s3_object().unwrap();
        assert_eq!(
            (object.s3_bucket(), object.s3_key(), object.s3_object_version()),
            (Some(BUCKET), Some(KEY), Some(&*version))
        );
        assert_eq!(downloaded(&local, qualifier).await, ("200".to_owned(), zip("one")));
    }
}

#[tokio::test]
async fn a_deleted_object_breaks_invocations_and_nothing_else_says_so() {
    let (local, s3) = ready().await;
    local.server.make_bucket(BUCKET, "eu-west-1", CodeStorage::Reference).await.unwrap();
    let version = put(&s3, KEY, zip("#!/bin/sh\n")).await.unwrap();
    local.create().code(run_from(Some(&version))).publish(true).send().await.unwrap();
    // A delete marker hides the object from readers; Lambda names its version.
    s3.delete_object().bucket(BUCKET).key(KEY).send().await.unwrap();
    let dry = || local.lambda.invoke().function_name("hello").invocation_type("DryRun".into()).send();
    dry().await.unwrap();
    s3.delete_object().bucket(BUCKET).key(KEY).version_id(&version).send().await.unwrap();
    assert_eq!(refused(dry().await).0, 502);
    assert_eq!(local.configuration().await.state().unwrap().as_str(), "Active");
    assert!(local.get(Some("1")).await.code().unwrap().resolved_s3_object().is_some());
    local.publish().await;
    assert_eq!(downloaded(&local, None).await.0, "404");
}

#[tokio::test]
async fn an_update_that_does_not_say_so_goes_back_to_a_copy() {
    let (local, s3) = ready().await;
    local.server.make_bucket(BUCKET, "eu-west-1", CodeStorage::Reference).await.unwrap();
    let version = put(&s3, KEY, zip("one")).await.unwrap();
    local.create().code(run_from(Some(&version))).publish(true).send().await.unwrap();
    let update = local.lambda.update_function_code().function_name("hello").s3_bucket(BUCKET).s3_key(KEY);
    update.s3_object_version(&version).send().await.unwrap();
    assert!(local.get(None).await.code().unwrap().resolved_s3_object().is_none());
    assert!(local.get(Some("1")).await.code().unwrap().resolved_s3_object().is_some());
    s3.delete_object().bucket(BUCKET).key(KEY).version_id(&version).send().await.unwrap();
    let dry = |qualifier: &str| {
        local
            .lambda
            .invoke()
            .function_name("hello")
            .qualifier(qualifier)
            .invocation_type("DryRun".into())
            .send()
    };
    dry("$LATEST").await.unwrap();
    assert_eq!(refused(dry("1").await).0, 502);
}

#[tokio::test]
async fn a_bucket_is_made_once_and_keeps_what_was_set() {
    let local = Fixture::new().await;
    let s3 = client(&local);
    let make = |storage| local.server.make_bucket(BUCKET, "eu-west-1", storage);
    make(CodeStorage::Copy).await.unwrap();
    put(&s3, KEY, "x").await;
    make(CodeStorage::Copy).await.unwrap();
    assert!(s3.get_bucket_versioning().bucket(BUCKET).send().await.unwrap().status().is_none());
    make(CodeStorage::Reference).await.unwrap();
    assert!(s3.get_bucket_versioning().bucket(BUCKET).send().await.unwrap().status().is_some());
    s3.head_object().bucket(BUCKET).key(KEY).send().await.unwrap();
    let elsewhere = local.server.make_bucket(BUCKET, "us-west-2", CodeStorage::Copy).await.unwrap_err();
    assert!(elsewhere.message.contains(BUCKET), "{elsewhere}");
}
