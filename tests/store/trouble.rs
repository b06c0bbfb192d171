//! What S3 and the way to it can do to a request.

use std::io::{Read, Write};
use std::net::TcpListener;

use cargo_lambdaship::model::CodeSha256;
use cargo_lambdaship::store::Error;

use super::scene::{WHOLE, bytes, on_each, run, store_at};

#[test]
fn a_bucket_that_is_not_there_is_said() {
    on_each(|scene| async move {
        let store = store_at(scene.proxy.endpoint(), "nobodys-bucket-at-all").await;
        let (zip, code) = scene.zip("a.zip", 10);
        let errors = [
            store.put(&zip, code).await.map(drop).expect_err("no bucket"),
            store.fetch(code, &scene.path("out.zip")).await.map(drop).expect_err("no bucket"),
            store.artifacts().await.map(drop).expect_err("no bucket"),
        ];
        for error in errors {
            let hint = error.hint().unwrap_or_default();
            assert!(
                hint.contains("aws s3 mb s3://nobodys-bucket-at-all"),
                "{}: {error}: {hint}",
                scene.server
            );
            assert_eq!(error.exit() as u8, 1);
        }
    });
}

#[test]
fn what_is_not_allowed_is_said_with_what_to_allow() {
    on_each(|scene| async move {
        let (zip, code) = scene.zip("a.zip", 10);
        // What a HEAD is refused for, it does not say.
        for operation in ["HeadObject", "PutObject"] {
            scene.proxy.fault_always(operation, "error:403:AccessDenied:Access Denied");
            let error = scene.store.put(&zip, code).await.expect_err("it is refused");
            assert!(error.hint().is_some_and(|hint| hint.contains("s3:PutObject")), "{operation} {error}");
            scene.proxy.reset();
        }
    });
}

#[test]
fn lost_answers_throttles_and_races_are_no_failures() {
    on_each(|scene| async move {
        let conflict = "error:409:ConditionalRequestConflict:A conflicting operation occurred.";
        for size in [10, WHOLE + 1] {
            for harm in ["drop-after", "drop", "throttle", "status:500", conflict] {
                for operation in ["PutObject", "UploadPart", "CompleteMultipartUpload"] {
                    if harm == conflict && operation == "UploadPart" {
                        continue;
                    }
                    scene.proxy.fault(operation, harm);
                }
                let (zip, code) = scene.zip("a.zip", size);
                let put = scene.store.put(&zip, code).await;
                let put =
                    put.unwrap_or_else(|error| panic!("{} {harm}: {error} {:?}", scene.server, error.hint()));
                assert_eq!(put.stored.size, size as u64);
                scene.store.fetch(code, &scene.path("out.zip")).await.expect("it is whole");
                scene.proxy.reset();
            }
        }
    });
}

/// Answers each request with one of `answers`, as it is, and closes; answers what it was asked.
fn serve(answers: Vec<Vec<u8>>) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let serving = std::thread::spawn(move || {
        let answered = answers.into_iter().map(|answer| {
            let (mut stream, _) = listener.accept().expect("a connection");
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).expect("a request") == 1 {
                head.push(byte[0]);
            }
            stream.write_all(&answer).expect("it listens");
            String::from_utf8_lossy(&head).to_lowercase()
        });
        answered.collect()
    });
    (endpoint, serving)
}

#[test]
fn a_download_that_breaks_goes_on_where_it_broke() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = camino::Utf8PathBuf::try_from(folder.path().join("out.zip")).expect("UTF-8");
    let answer = |status: &str, length: usize, body: &str| {
        format!("HTTP/1.1 {status}\r\netag: \"one\"\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
            .into_bytes()
    };
    let (endpoint, serving) = serve(vec![
        answer("200 OK", 10, "01234"),
        answer("206 Partial Content", 5, "5"),
        answer("206 Partial Content", 4, "6789"),
    ]);
    let code = CodeSha256::of(b"0123456789");
    let size =
        run(async { store_at(endpoint, "bucket").await.fetch(code, &out).await }).expect("it is whole");
    assert_eq!((size, bytes(&out)), (10, b"0123456789".to_vec()));
    let asked = serving.join().expect("it served");
    for (request, range) in asked[1..].iter().zip(["bytes=5-", "bytes=6-"]) {
        assert!(request.contains(&format!("range: {range}")), "{request}");
        assert!(request.contains("if-match: \"one\""), "{request}");
    }
}

#[test]
fn a_download_that_breaks_again_and_again_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = camino::Utf8PathBuf::try_from(folder.path().join("out.zip")).expect("UTF-8");
    let broken =
        b"HTTP/1.1 200 OK\r\netag: \"one\"\r\ncontent-length: 10\r\nconnection: close\r\n\r\n".to_vec();
    let (endpoint, serving) = serve(vec![broken; 3]);
    let error = run(async { store_at(endpoint, "bucket").await.fetch(CodeSha256::of(b"x"), &out).await });
    assert!(matches!(error, Err(Error::Aws(_))), "{error:?}");
    assert_eq!(serving.join().expect("it served").len(), 3);
    assert_eq!(fs_err::read_dir(folder.path()).expect("a folder").count(), 0);
}
