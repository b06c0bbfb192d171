//! S3: objects, conditions, checksums, versions and uploads.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, ChecksumAlgorithm, ChecksumMode, ChecksumType,
    CompletedMultipartUpload, CompletedPart, CreateBucketConfiguration, Delete, ObjectIdentifier, Part,
    VersioningConfiguration,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::support::{Fixture, config, refused};

pub(super) const BUCKET: &str = "acme-store";
const MIB: usize = 1024 * 1024;

/// A client for the objects of a server.
pub(super) fn client(local: &Fixture) -> Client {
    client_in(local, "eu-west-1")
}

fn client_in(local: &Fixture, region: &str) -> Client {
    Client::new(&config(local.server.endpoint(), region))
}

/// Creates the bucket in `eu-west-1`.
pub(super) async fn bucket(s3: &Client) {
    let here =
        CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuWest1).build();
    s3.create_bucket().bucket(BUCKET).create_bucket_configuration(here).send().await.unwrap();
}

/// Lets the bucket keep versions.
pub(super) async fn versioned(s3: &Client) {
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    s3.put_bucket_versioning().bucket(BUCKET).versioning_configuration(enabled).send().await.unwrap();
}

/// Writes an object, and says its version.
pub(super) async fn put(s3: &Client, key: &str, content: impl Into<Vec<u8>>) -> Option<String> {
    let body = ByteStream::from(content.into());
    s3.put_object().bucket(BUCKET).key(key).body(body).send().await.unwrap().version_id().map(str::to_owned)
}

/// What an object holds.
pub(super) async fn read(s3: &Client, key: &str) -> Vec<u8> {
    let got = s3.get_object().bucket(BUCKET).key(key).send().await.unwrap();
    got.body.collect().await.unwrap().to_vec()
}

fn sha256(bytes: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(bytes))
}

/// A server with an empty bucket.
pub(super) async fn ready() -> (Fixture, Client) {
    let local = Fixture::new().await;
    let s3 = client(&local);
    bucket(&s3).await;
    (local, s3)
}

#[tokio::test]
async fn an_object_is_written_read_in_whole_and_in_part_and_deleted() {
    let (local, s3) = ready().await;
    let sent =
        s3.put_object().bucket(BUCKET).key("a/ü b+c.txt").body(ByteStream::from_static(b"hello world"));
    let sent = sent.content_type("text/plain").metadata("who", "me").send().await.unwrap();
    assert_eq!(sent.e_tag(), Some("\"5eb63bbbe01eeed093cb22bb8f5acdc3\""));
    assert_eq!(read(&s3, "a/ü b+c.txt").await, b"hello world");
    let get = || s3.get_object().bucket(BUCKET).key("a/ü b+c.txt");
    let part = get().range("bytes=6-8").send().await.unwrap();
    assert_eq!(part.content_range(), Some("bytes 6-8/11"));
    assert_eq!(&part.body.collect().await.unwrap().to_vec(), b"wor");
    assert_eq!(refused(get().range("bytes=11-").send().await).1, "InvalidRange");
    let head = s3.head_object().bucket(BUCKET).key("a/ü b+c.txt").send().await.unwrap();
    assert_eq!((head.content_length(), head.content_type()), (Some(11), Some("text/plain")));
    assert_eq!(head.metadata().unwrap()["who"], "me");
    assert!(head.last_modified().is_some());
    let local = local.restart(|_| {}).await;
    let s3 = client(&local);
    assert_eq!(read(&s3, "a/ü b+c.txt").await, b"hello world");
    s3.delete_object().bucket(BUCKET).key("a/ü b+c.txt").send().await.unwrap();
    s3.delete_object().bucket(BUCKET).key("a/ü b+c.txt").send().await.unwrap();
    let missing = s3.get_object().bucket(BUCKET).key("a/ü b+c.txt").send().await;
    let (status, code, message) = refused(missing);
    assert_eq!((status, code.as_str()), (404, "NoSuchKey"));
    assert_eq!(message, "The specified key does not exist.");
    assert_eq!(refused(s3.head_object().bucket(BUCKET).key("x").send().await).0, 404);
    let blobs = fs_err::read_dir(local.root.join("s3").join(BUCKET).join("blobs")).unwrap();
    assert_eq!(blobs.count(), 0);
}

#[tokio::test]
async fn buckets_have_a_region_and_must_be_made() {
    let (local, s3) = ready().await;
    let nowhere = s3.put_object().bucket("nowhere").key("k").send().await;
    let (status, code, _) = refused(nowhere);
    assert_eq!((status, code.as_str()), (404, "NoSuchBucket"));
    let again = s3.create_bucket().bucket(BUCKET).create_bucket_configuration(
        CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuWest1).build(),
    );
    assert_eq!(refused(again.send().await).1, "BucketAlreadyOwnedByYou");
    let unspecified = s3.create_bucket().bucket("other").send().await;
    assert_eq!(refused(unspecified).1, "IllegalLocationConstraintException");
    let location = s3.get_bucket_location().bucket(BUCKET).send().await.unwrap();
    assert_eq!(location.location_constraint(), Some(&BucketLocationConstraint::EuWest1));
    let head = s3.head_bucket().bucket(BUCKET).send().await.unwrap();
    assert_eq!(head.bucket_region(), Some("eu-west-1"));
    let other = client_in(&local, "us-west-2");
    let (status, code, _) = refused(other.get_object().bucket(BUCKET).key("k").send().await);
    assert_eq!((status, code.as_str()), (301, "PermanentRedirect"));
    let first = client_in(&local, "us-east-1");
    for _ in 0..2 {
        first.create_bucket().bucket("first").send().await.unwrap();
    }
    let all = s3.list_buckets().send().await.unwrap();
    let names: Vec<_> = all.buckets().iter().filter_map(|bucket| bucket.name()).collect();
    assert_eq!(names, [BUCKET, "first"]);
    put(&s3, "k", "x").await;
    let delete = || s3.delete_bucket().bucket(BUCKET).send();
    assert_eq!(refused(delete().await).1, "BucketNotEmpty");
    s3.delete_object().bucket(BUCKET).key("k").send().await.unwrap();
    delete().await.unwrap();
    assert_eq!(refused(s3.head_bucket().bucket(BUCKET).send().await).0, 404);
    assert!(!local.root.join("s3").join(BUCKET).exists());
}

#[tokio::test]
async fn a_write_happens_only_if_its_condition_holds() {
    let (_local, s3) = ready().await;
    let absent = |content: &'static [u8]| {
        s3.put_object()
            .bucket(BUCKET)
            .key("k")
            .body(ByteStream::from_static(content))
            .if_none_match("*")
            .send()
    };
    let first = absent(b"one").await.unwrap();
    let (status, code, _) = refused(absent(b"two").await);
    assert_eq!((status, code.as_str()), (412, "PreconditionFailed"));
    let same = |key: &str, etag: &str| s3.put_object().bucket(BUCKET).key(key).if_match(etag).send();
    assert_eq!(refused(same("other", first.e_tag().unwrap()).await).1, "NoSuchKey");
    let second = same("k", first.e_tag().unwrap()).await.unwrap();
    assert_eq!(refused(same("k", first.e_tag().unwrap()).await).1, "PreconditionFailed");
    let delete = |etag: &str| s3.delete_object().bucket(BUCKET).key("k").if_match(etag).send();
    assert_eq!(refused(delete(first.e_tag().unwrap()).await).1, "PreconditionFailed");
    delete(second.e_tag().unwrap()).await.unwrap();
    assert_eq!(refused(delete(second.e_tag().unwrap()).await).1, "NoSuchKey");
    absent(b"three").await.unwrap();
    let unchanged = s3.get_object().bucket(BUCKET).key("k").if_none_match("*").send().await;
    assert_eq!(refused(unchanged).0, 304);
}

#[tokio::test]
async fn of_writers_at_once_exactly_one_wins() {
    let (_local, s3) = ready().await;
    for round in 0..10 {
        let key = format!("locks/{round}");
        let writers = (0..8).map(|writer| {
            let body = ByteStream::from(format!("{writer}").into_bytes());
            s3.put_object().bucket(BUCKET).key(&key).if_none_match("*").body(body).send()
        });
        let ended = futures::future::join_all(writers).await;
        let winner = ended.iter().position(Result::is_ok).unwrap();
        assert_eq!(ended.iter().filter(|ended| ended.is_ok()).count(), 1);
        assert_eq!(read(&s3, &key).await, format!("{winner}").into_bytes());
        for lost in ended.into_iter().filter(Result::is_err) {
            let (status, code, _) = refused(lost);
            assert!(
                [(412, "PreconditionFailed"), (409, "ConditionalRequestConflict")]
                    .contains(&(status, &*code))
            );
        }
    }
}

#[tokio::test]
async fn a_change_during_a_conditional_write_is_a_conflict() {
    let (local, s3) = ready().await;
    // It says how long its body is, and sends the rest of it only later.
    let address = local.server.endpoint().strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "PUT /{BUCKET}/k HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nif-none-match: *\r\ncontent-length: 2\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=AK/20261121/eu-west-1/s3/aws4_request\r\n\r\n1"
    );
    tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await.unwrap();
    while local.server.counts().get("PutObject").is_none_or(|count| count.requests == 0) {
        tokio::task::yield_now().await;
    }
    // The first request checked its condition once its temporary file is there.
    let blobs = local.root.join("s3").join(BUCKET).join("blobs");
    while fs_err::read_dir(&blobs).unwrap().count() == 0 {
        tokio::task::yield_now().await;
    }
    put(&s3, "k", "other").await;
    tokio::io::AsyncWriteExt::write_all(&mut stream, b"2").await.unwrap();
    let mut answer = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 409 ") && answer.contains("<Code>ConditionalRequestConflict</Code>"),
        "{answer}"
    );
    assert_eq!(read(&s3, "k").await, b"other");
}

#[tokio::test]
async fn bytes_are_held_against_the_checksum_that_was_given() {
    let (_local, s3) = ready().await;
    let put = |sum: String| {
        s3.put_object()
            .bucket(BUCKET)
            .key("k")
            .body(ByteStream::from_static(b"hello"))
            .checksum_sha256(sum)
            .send()
    };
    let (status, code, _) = refused(put(sha256(b"other")).await);
    assert_eq!((status, code.as_str()), (400, "BadDigest"));
    assert_eq!(refused(s3.head_object().bucket(BUCKET).key("k").send().await).0, 404);
    let sent = put(sha256(b"hello")).await.unwrap();
    assert_eq!(sent.checksum_sha256(), Some(&*sha256(b"hello")));
    let head =
        s3.head_object().bucket(BUCKET).key("k").checksum_mode(ChecksumMode::Enabled).send().await.unwrap();
    assert_eq!(head.checksum_sha256(), Some(&*sha256(b"hello")));
    assert_eq!(head.checksum_type(), Some(&ChecksumType::FullObject));
    for algorithm in [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256,
    ] {
        let body = ByteStream::from_static(b"hello");
        let put = s3.put_object().bucket(BUCKET).key("k").body(body).checksum_algorithm(algorithm);
        put.send().await.unwrap();
        // The SDK holds the answer against the checksum in it.
        assert_eq!(read(&s3, "k").await, b"hello");
    }
    let wrong = s3.put_object().bucket(BUCKET).key("k").content_md5("AAAAAAAAAAAAAAAAAAAAAA==");
    let wrong = wrong.body(ByteStream::from_static(b"hello")).send().await;
    assert_eq!(refused(wrong).1, "BadDigest");
}

#[tokio::test]
async fn a_streamed_body_comes_with_its_checksum_behind_it() {
    let (local, s3) = ready().await;
    let file = local.root.join("body");
    let content: Vec<u8> = (0..3 * MIB).map(|at| u8::try_from(at % 251).unwrap()).collect();
    fs_err::write(&file, &content).unwrap();
    let body = ByteStream::from_path(&file).await.unwrap();
    let put =
        s3.put_object().bucket(BUCKET).key("k").body(body).checksum_algorithm(ChecksumAlgorithm::Sha256);
    let sent = put.send().await.unwrap();
    assert_eq!(sent.checksum_sha256(), Some(&*sha256(&content)));
    assert_eq!(read(&s3, "k").await, content);
}

#[tokio::test]
async fn versions_are_kept_hidden_and_removed() {
    let (_local, s3) = ready().await;
    assert_eq!(put(&s3, "k", "zero").await, None);
    versioned(&s3).await;
    let (first, second) = (put(&s3, "k", "one").await.unwrap(), put(&s3, "k", "two").await.unwrap());
    assert_ne!(first, second);
    let get = |version: &str| s3.get_object().bucket(BUCKET).key("k").version_id(version).send();
    let body = |got: aws_sdk_s3::operation::get_object::GetObjectOutput| async move {
        got.body.collect().await.unwrap().to_vec()
    };
    assert_eq!(body(get(&first).await.unwrap()).await, b"one");
    assert_eq!(body(get("null").await.unwrap()).await, b"zero");
    let hidden = s3.delete_object().bucket(BUCKET).key("k").send().await.unwrap();
    assert_eq!(hidden.delete_marker(), Some(true));
    assert_eq!(refused(s3.get_object().bucket(BUCKET).key("k").send().await).1, "NoSuchKey");
    let marker = hidden.version_id().unwrap();
    assert_eq!(refused(get(marker).await).1, "MethodNotAllowed");
    let list = s3.list_object_versions().bucket(BUCKET).send().await.unwrap();
    let ids: Vec<_> = list.versions().iter().filter_map(|version| version.version_id()).collect();
    assert_eq!(ids, [&*second, &*first, "null"]);
    assert_eq!(list.delete_markers()[0].version_id(), Some(marker));
    assert_eq!(list.delete_markers()[0].is_latest(), Some(true));
    let delete = |version: &str| s3.delete_object().bucket(BUCKET).key("k").version_id(version).send();
    assert_eq!(delete(marker).await.unwrap().delete_marker(), Some(true));
    assert_eq!(read(&s3, "k").await, b"two");
    delete(&second).await.unwrap();
    assert_eq!(read(&s3, "k").await, b"one");
    assert_eq!(refused(get(&second).await).1, "NoSuchVersion");
    assert_eq!(refused(s3.delete_bucket().bucket(BUCKET).send().await).1, "BucketNotEmpty");
}

#[tokio::test]
async fn keys_are_listed_in_pages_and_by_folder() {
    let (_local, s3) = ready().await;
    versioned(&s3).await;
    for key in ["a", "b/1", "b/2", "b/3", "c d/4", "e"] {
        put(&s3, key, "x").await;
    }
    s3.delete_object().bucket(BUCKET).key("e").send().await.unwrap();
    let list = || s3.list_objects_v2().bucket(BUCKET);
    let mut pages = list().max_keys(2).into_paginator().send();
    let mut keys = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        assert!(page.contents().len() <= 2);
        keys.extend(page.contents().iter().filter_map(|object| object.key().map(str::to_owned)));
    }
    assert_eq!(keys, ["a", "b/1", "b/2", "b/3", "c d/4"]);
    let top = list().delimiter("/").send().await.unwrap();
    let folders: Vec<_> = top.common_prefixes().iter().filter_map(|prefix| prefix.prefix()).collect();
    assert_eq!((folders, top.key_count()), (vec!["b/", "c d/"], Some(3)));
    let below = list().prefix("b/").start_after("b/1").send().await.unwrap();
    assert_eq!(below.contents().iter().filter_map(|object| object.key()).collect::<Vec<_>>(), ["b/2", "b/3"]);
    let mut versions = s3.list_object_versions().bucket(BUCKET).max_keys(2).send().await.unwrap();
    let mut seen = Vec::new();
    loop {
        seen.extend(versions.versions().iter().filter_map(|version| version.key().map(str::to_owned)));
        seen.extend(
            versions.delete_markers().iter().filter_map(|marker| marker.key().map(|key| format!("-{key}"))),
        );
        if versions.is_truncated() != Some(true) {
            break;
        }
        let next = s3.list_object_versions().bucket(BUCKET).max_keys(2);
        let next = next.set_key_marker(versions.next_key_marker().map(str::to_owned));
        let next = next.set_version_id_marker(versions.next_version_id_marker().map(str::to_owned));
        versions = next.send().await.unwrap();
    }
    assert_eq!(seen, ["a", "b/1", "b/2", "b/3", "c d/4", "-e", "e"]);
}

#[tokio::test]
async fn many_objects_are_deleted_at_once() {
    let (_local, s3) = ready().await;
    put(&s3, "a", "x").await;
    put(&s3, "b", "x").await;
    let one = |key: &str, etag: Option<&str>| {
        ObjectIdentifier::builder().key(key).set_e_tag(etag.map(str::to_owned)).build().unwrap()
    };
    let objects = [one("a", None), one("b", Some("\"other\"")), one("c", None)];
    let delete = Delete::builder().set_objects(Some(objects.to_vec())).build().unwrap();
    let gone = s3.delete_objects().bucket(BUCKET).delete(delete).send().await.unwrap();
    assert_eq!(gone.deleted().iter().filter_map(|one| one.key()).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(gone.errors()[0].code(), Some("PreconditionFailed"));
    assert_eq!(read(&s3, "b").await, b"x");
}

/// Uploads `parts`, and says how the completion is to name them.
async fn upload(s3: &Client, key: &str, parts: &[Vec<u8>]) -> (String, CompletedMultipartUpload) {
    let begun =
        s3.create_multipart_upload().bucket(BUCKET).key(key).checksum_algorithm(ChecksumAlgorithm::Sha256);
    let begun = begun.send().await.unwrap();
    let id = begun.upload_id().unwrap().to_owned();
    let mut named = Vec::new();
    for (number, part) in (1..).zip(parts) {
        let body = ByteStream::from(part.clone());
        let sent = s3.upload_part().bucket(BUCKET).key(key).upload_id(&id).part_number(number).body(body);
        let sent = sent.checksum_algorithm(ChecksumAlgorithm::Sha256).send().await.unwrap();
        named.push(
            CompletedPart::builder()
                .part_number(number)
                .set_e_tag(sent.e_tag().map(str::to_owned))
                .set_checksum_sha256(sent.checksum_sha256().map(str::to_owned))
                .build(),
        );
    }
    (id, CompletedMultipartUpload::builder().set_parts(Some(named)).build())
}

#[tokio::test]
async fn an_upload_in_parts_becomes_an_object_once_it_is_completed() {
    let (local, s3) = ready().await;
    let parts = [vec![1; 5 * MIB], vec![2; 5 * MIB], vec![3; 7]];
    let (id, named) = upload(&s3, "big", &parts).await;
    let local = local.restart(|_| {}).await;
    let s3 = client(&local);
    assert_eq!(refused(s3.head_object().bucket(BUCKET).key("big").send().await).0, 404);
    let listed = s3.list_parts().bucket(BUCKET).key("big").upload_id(&id).send().await.unwrap();
    assert_eq!(listed.parts().iter().filter_map(Part::size).sum::<i64>(), 10 * 1024 * 1024 + 7);
    let under_way = s3.list_multipart_uploads().bucket(BUCKET).send().await.unwrap();
    assert_eq!(under_way.uploads()[0].upload_id(), Some(&*id));
    let complete = |named: &CompletedMultipartUpload| {
        let complete = s3.complete_multipart_upload().bucket(BUCKET).key("big").upload_id(&id);
        complete.multipart_upload(named.clone()).if_none_match("*").send()
    };
    let done = complete(&named).await.unwrap();
    let composite: Vec<u8> = parts.iter().flat_map(|part| Sha256::digest(part).to_vec()).collect();
    assert_eq!(done.checksum_sha256(), Some(&*format!("{}-3", sha256(&composite))));
    assert!(done.e_tag().unwrap().ends_with("-3\""));
    assert_eq!(read(&s3, "big").await, parts.concat());
    assert_eq!(refused(complete(&named).await).1, "NoSuchUpload");
    let blobs = fs_err::read_dir(local.root.join("s3").join(BUCKET).join("blobs")).unwrap();
    assert_eq!(blobs.count(), 1, "the parts' files are gone");
}

#[tokio::test]
async fn an_upload_is_refused_for_small_parts_a_condition_and_after_its_end() {
    let (local, s3) = ready().await;
    let (id, named) = upload(&s3, "k", &[vec![1; 10], vec![2; 10]]).await;
    let complete = |id: &str, named: CompletedMultipartUpload| {
        let complete = s3.complete_multipart_upload().bucket(BUCKET).key("k").upload_id(id);
        complete.multipart_upload(named).if_none_match("*").send()
    };
    assert_eq!(refused(complete(&id, named).await).1, "EntityTooSmall");
    s3.abort_multipart_upload().bucket(BUCKET).key("k").upload_id(&id).send().await.unwrap();
    let again = s3.abort_multipart_upload().bucket(BUCKET).key("k").upload_id(&id).send().await;
    assert_eq!(refused(again).1, "NoSuchUpload");
    put(&s3, "k", "there").await;
    let (id, named) = upload(&s3, "k", &[vec![1; 10]]).await;
    assert_eq!(refused(complete(&id, named).await).1, "PreconditionFailed");
    assert_eq!(read(&s3, "k").await, b"there");
    drop(local);
}

#[tokio::test]
async fn an_object_is_copied() {
    let (_local, s3) = ready().await;
    let sent = s3.put_object().bucket(BUCKET).key("a b").metadata("who", "me");
    sent.body(ByteStream::from_static(b"hello")).send().await.unwrap();
    let copy = |to: &str| s3.copy_object().bucket(BUCKET).key(to).copy_source(format!("{BUCKET}/a%20b"));
    let copied = copy("c").send().await.unwrap();
    assert_eq!(copied.copy_object_result().unwrap().e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    assert_eq!(read(&s3, "c").await, b"hello");
    let head = s3.head_object().bucket(BUCKET).key("c").send().await.unwrap();
    assert_eq!(head.metadata().unwrap()["who"], "me");
    assert_eq!(refused(copy("c").if_none_match("*").send().await).1, "PreconditionFailed");
    assert_eq!(refused(copy("a b").send().await).1, "InvalidRequest");
}

#[tokio::test]
async fn what_is_not_honoured_is_refused() {
    let (_local, s3) = ready().await;
    let tagged = s3.put_object().bucket(BUCKET).key("k").tagging("a=b").send().await;
    let (status, code, message) = refused(tagged);
    assert_eq!((status, code.as_str()), (501, "NotImplemented"));
    assert!(message.contains("tagging"), "{message}");
    let acl = s3.get_bucket_acl().bucket(BUCKET).send().await;
    assert_eq!(acl.unwrap_err().into_service_error().code(), Some("NotImplemented"));
}
