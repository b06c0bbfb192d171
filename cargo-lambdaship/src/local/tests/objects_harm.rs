//! S3 when things go wrong: failures on request, kills, clients that go away, too many requests, URLs that expire.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;

use super::objects::{BUCKET, client, put, read, ready};
use super::support::{config, refused};
use crate::local::{Failure, Injection, Rates};

#[tokio::test]
async fn requests_are_counted_and_fail_on_request() {
    let (local, s3) = ready().await;
    let fail = |failure| {
        local.server.inject(Injection { operation: "PutObject".to_owned(), failure, after: 0, times: 1 });
    };
    let once = aws_sdk_s3::config::Builder::from(&config(local.server.endpoint(), "eu-west-1"));
    let once =
        Client::from_conf(once.retry_config(aws_sdk_s3::config::retry::RetryConfig::disabled()).build());
    let put = |content: &'static [u8]| {
        once.put_object().bucket(BUCKET).key("k").body(ByteStream::from_static(content)).send()
    };
    fail(Failure::Throttled);
    let (status, code, _) = refused(put(b"one").await);
    assert_eq!((status, code.as_str()), (503, "SlowDown"));
    fail(Failure::Internal);
    assert_eq!(refused(put(b"two").await).1, "InternalError");
    assert_eq!(refused(s3.head_object().bucket(BUCKET).key("k").send().await).0, 404);
    fail(Failure::Lost);
    assert_eq!(refused(put(b"three").await).1, "InternalError");
    assert_eq!(read(&s3, "k").await, b"three");
    fail(Failure::Dropped);
    assert!(put(b"four").await.is_err());
    assert_eq!(read(&s3, "k").await, b"four");
    fail(Failure::Refused);
    assert!(put(b"five").await.is_err());
    assert_eq!(read(&s3, "k").await, b"four");
    fail(Failure::Hang);
    tokio::select! {
        _ = put(b"six") => panic!("it was answered"),
        () = local.server.stalled() => {}
    }
    let counted = local.server.counts()["PutObject"];
    assert_eq!(counted.requests, 6);
    assert_eq!(local.server.requests().iter().filter(|one| *one == "GetObject").count(), 3);
}

#[test]
fn too_many_requests_for_a_prefix_are_slowed_down() {
    let limiter = crate::local::rates::Limiter::new(Rates::Aws);
    assert!((0..3_500).all(|_| limiter.admit_object(false, "b/p")));
    assert!((0..10_000).any(|_| !limiter.admit_object(false, "b/p")));
    assert!(limiter.admit_object(false, "b/q") && limiter.admit_object(true, "b/p"));
}

#[tokio::test]
async fn what_was_not_finished_is_gone_after_a_kill() {
    let (local, s3) = ready().await;
    put(&s3, "k", "whole").await;
    let blobs = local.root.join("s3").join(BUCKET).join("blobs");
    // A body that was on its way, bytes that no version came to name, and settings that were being written.
    for file in
        [blobs.join(".new-abc"), blobs.join("0123"), blobs.join("../keys/.new-x"), blobs.join("../.new-y")]
    {
        fs_err::write(file, "half").unwrap();
    }
    fs_err::create_dir_all(local.root.join("s3/half-made/keys")).unwrap();
    let local = local.restart(|_| {}).await;
    let s3 = client(&local);
    assert_eq!(read(&s3, "k").await, b"whole");
    assert_eq!(fs_err::read_dir(&blobs).unwrap().count(), 1);
    assert_eq!(fs_err::read_dir(blobs.join("../keys")).unwrap().count(), 1);
    assert_eq!(s3.list_buckets().send().await.unwrap().buckets().len(), 1);
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_nothing() {
    let (local, s3) = ready().await;
    let address = local.server.endpoint().strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "PUT /{BUCKET}/k HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=AK/20261121/eu-west-1/s3/aws4_request\r\n\r\nhalf"
    );
    tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await.unwrap();
    let blobs = local.root.join("s3").join(BUCKET).join("blobs");
    while fs_err::read_dir(&blobs).unwrap().count() == 0 {
        tokio::task::yield_now().await;
    }
    drop(stream);
    while fs_err::read_dir(&blobs).unwrap().count() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(refused(s3.head_object().bucket(BUCKET).key("k").send().await).0, 404);
}

#[tokio::test]
async fn a_presigned_url_works_until_it_expires() {
    let (server, s3) = ready().await;
    let local = &server;
    put(&s3, "k", "hello").await;
    let presigned = |seconds| {
        let expires =
            aws_sdk_s3::presigning::PresigningConfig::expires_in(std::time::Duration::from_secs(seconds));
        s3.get_object().bucket(BUCKET).key("k").presigned(expires.unwrap())
    };
    let url = presigned(60).await.unwrap().uri().to_owned();
    let path = url.split_once("//").unwrap().1.split_once('/').unwrap().1;
    let get = |path: String| async move {
        local.raw(&format!("GET /{path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")).await
    };
    let answer = get(path.to_owned()).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("hello"), "{answer}");
    let old = path.replace("X-Amz-Date=2", "X-Amz-Date=1");
    let answer = get(old).await;
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("Request has expired"), "{answer}");
}
