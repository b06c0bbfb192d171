//! Zips: put, found, fetched, listed and deleted.

use cargo_lambdaship::model::CodeSha256;
use cargo_lambdaship::store::{Error, Sizes, Stored, keys};
use fs_err as fs;

use super::scene::{PART, Scene, WHOLE, bytes, on_each, run};
use crate::support::wait_until;

/// Where an artifact is. Whether the server vouches for its digest is not the same for all of them.
fn told(stored: &Stored) -> (&str, &str, Option<&str>, u64) {
    (&stored.bucket, &stored.key, stored.version.as_deref(), stored.size)
}

#[test]
fn what_is_put_comes_back_and_goes_up_once() {
    on_each(|scene| async move {
        for (name, size, parts) in
            [("empty", 0, 0), ("small", 1000, 0), ("whole", WHOLE, 0), ("large", WHOLE + 1, 3)]
        {
            let (zip, code) = scene.zip(name, size);
            assert_eq!(scene.store.artifact(code).await.expect("an answer"), None);
            let first = scene.store.put(&zip, code).await.expect("it is put");
            let again = scene.store.put(&zip, code).await.expect("it is there");
            assert_eq!((first.sent, again.sent), (size as u64, 0), "{} {name}", scene.server);
            assert_eq!(told(&first.stored), told(&again.stored));
            assert_eq!(first.stored.size, size as u64);
            assert_eq!(first.stored.key, scene.store.name().key(&keys::artifact(code)));
            assert_eq!(first.stored.version, None);

            let out = scene.path("there/and/back.zip");
            assert_eq!(scene.store.fetch(code, &out).await.expect("it is fetched"), size as u64);
            assert_eq!(CodeSha256::of(&bytes(&out)), code);
            let report = scene.proxy.report();
            assert_eq!(report.count("UploadPart"), parts, "{name}");
            assert_eq!(report.count("PutObject"), usize::from(parts == 0), "{name}");
            scene.assert_valid();
            scene.proxy.reset();
        }
    });
}

#[test]
fn parts_are_of_the_size_that_suits_s3() {
    let scene = Scene::on_ministack();
    let Sizes { whole, part } = Sizes::default();
    let (zip, code) = scene.zip("large.zip", usize::try_from(whole).expect("small") + 1);
    run(async {
        let store = scene.store.clone().sending(Sizes::default());
        assert_eq!(store.put(&zip, code).await.expect("it is put").sent, whole + 1);
        assert_eq!(store.fetch(code, &scene.path("back.zip")).await.expect("it is fetched"), whole + 1);
    });
    let report = scene.proxy.report();
    assert_eq!(report.count("UploadPart") as u64, (whole + 1).div_ceil(part));
    scene.assert_valid();
}

#[test]
fn the_version_of_an_object_is_told() {
    on_each(|scene| async move {
        scene.raw(
            "PUT",
            "?versioning",
            &["content-type: application/xml"],
            "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
        );
        for size in [10, WHOLE + 1] {
            let (zip, code) = scene.zip("a.zip", size);
            let put = scene.store.put(&zip, code).await.expect("it is put");
            assert!(put.stored.version.is_some(), "{} {size}", scene.server);
            let there = scene.store.artifact(code).await.expect("an answer").expect("it is there");
            assert_eq!(told(&there), told(&put.stored));
        }
    });
}

#[test]
fn of_two_that_put_the_same_one_is_first_and_both_are_served() {
    on_each(|scene| async move {
        for (size, end) in [(1000, "PutObject"), (WHOLE + 1, "CompleteMultipartUpload")] {
            let (zip, code) = scene.zip("a.zip", size);
            // The first to come is not the first to be served.
            scene.proxy.fault(end, "delay:1000");
            let (one, other) = tokio::join!(scene.store.put(&zip, code), scene.store.put(&zip, code));
            let (one, other) = (one.expect("it is put").stored, other.expect("it is put").stored);
            assert_eq!(told(&one), told(&other));
            // An upload in parts can be completed twice.
            let written = scene.answered(end, 200);
            assert!(written == 1 || (size > WHOLE && written > 0), "{} {size}: {written}", scene.server);
            assert!(scene.store.artifact(code).await.expect("an answer").is_some());
            scene.assert_valid();
            scene.proxy.reset();
        }
    });
}

#[test]
fn an_upload_that_was_killed_is_gone_on_with() {
    on_each(|scene| async move {
        let (zip, code) = scene.zip("a.zip", 4 * PART + 5);
        let scene = std::sync::Arc::new(scene);
        // The fifth part waits for its turn until one of the others is through.
        scene.proxy.faults(
            &serde_json::json!({ "operation": "UploadPart", "nth": 4, "count": null, "action": "hang" }),
        );
        let killed = tokio::spawn({
            let (scene, zip) = (std::sync::Arc::clone(&scene), zip.clone());
            async move { scene.store.put(&zip, code).await.map(drop).map_err(drop) }
        });
        let there = tokio::task::spawn_blocking({
            let scene = std::sync::Arc::clone(&scene);
            move || wait_until("three parts", || (scene.answered("UploadPart", 200) == 3).then_some(()))
        });
        there.await.expect("they come");
        killed.abort();
        let _ = killed.await;
        assert_eq!(scene.store.artifact(code).await.expect("an answer"), None);
        scene.proxy.reset();

        let put = scene.store.put(&zip, code).await.expect("it is gone on with");
        let report = scene.proxy.report();
        let sent = report.count("UploadPart");
        // moto's list of parts is none that an SDK can read: there it is begun again.
        let missing = if scene.server == "moto" { 5 } else { 2 };
        let begun = report.count("CreateMultipartUpload");
        assert_eq!((sent, begun), (missing, usize::from(missing == 5)), "{}", scene.server);
        if missing == 2 {
            assert!(
                [PART + 5, 2 * PART].contains(&usize::try_from(put.sent).expect("small")),
                "{}",
                put.sent
            );
        }
        scene.store.fetch(code, &scene.path("back.zip")).await.expect("it is whole");
        scene.assert_valid();
    });
}

#[test]
fn an_upload_that_somebody_gave_up_is_begun_again() {
    on_each(|scene| async move {
        let (zip, code) = scene.zip("a.zip", 2 * PART + 5);
        let gone = "error:404:NoSuchUpload:The specified upload does not exist.";
        for operation in ["UploadPart", "CompleteMultipartUpload"] {
            scene.proxy.fault(operation, gone);
        }
        let put = scene.store.put(&zip, code).await.expect("it is put");
        assert_eq!(put.stored.size, 2 * PART as u64 + 5);
        scene.store.fetch(code, &scene.path("back.zip")).await.expect("it is whole");
    });
}

#[test]
fn an_upload_that_met_another_one_is_begun_anew() {
    on_each(|scene| async move {
        let (zip, code) = scene.zip("a.zip", 2 * PART + 5);
        let conflict = "error:409:ConditionalRequestConflict:A conflicting operation occurred.";
        scene.proxy.fault("CompleteMultipartUpload", conflict);
        scene.store.put(&zip, code).await.expect("it is put");
        let report = scene.proxy.report();
        let counts =
            ["AbortMultipartUpload", "CreateMultipartUpload", "UploadPart"].map(|name| report.count(name));
        assert_eq!(counts, [1, 2, 6], "{}", scene.server);
        scene.store.fetch(code, &scene.path("back.zip")).await.expect("it is whole");
    });
}

#[test]
fn who_may_not_list_uploads_begins_one() {
    on_each(|scene| async move {
        let (zip, code) = scene.zip("a.zip", WHOLE + 1);
        for operation in ["ListMultipartUploads", "ListParts"] {
            scene.proxy.fault_always(operation, "error:403:AccessDenied:Access Denied");
        }
        let put = scene.store.put(&zip, code).await.expect("it is put");
        assert_eq!(put.sent, WHOLE as u64 + 1);
    });
}

#[test]
fn a_file_that_was_changed_is_not_put() {
    on_each(|scene| async move {
        for size in [10, WHOLE + 1] {
            let (zip, _) = scene.zip("a.zip", size);
            let other = CodeSha256::of(b"other");
            let error = scene.store.put(&zip, other).await.expect_err("it is another one");
            assert!(matches!(error, Error::Changed { .. }), "{error}");
            let missing = scene.store.put(&scene.path("missing.zip"), other).await;
            assert!(matches!(missing, Err(Error::File { .. })), "{missing:?}");
        }
        assert_eq!(scene.proxy.report().writes(), ["s3.HeadObject"; 4]);
    });
}

#[test]
fn what_is_not_what_its_name_says_is_refused() {
    on_each(|scene| async move {
        let code = CodeSha256::of(b"good");
        scene.plant(&keys::artifact(code), "evil");
        let out = scene.path("out.zip");
        fs::write(&out, "before").expect("it can be written");
        let error = scene.store.fetch(code, &out).await.expect_err("it is another one");
        assert!(matches!(error, Error::Tampered { .. }), "{error}");
        assert_eq!((error.exit() as u8, bytes(&out)), (4, b"before".to_vec()));
        assert_eq!(scene.files(), ["out.zip"]);

        let sha256 = format!("x-amz-checksum-sha256: {}", CodeSha256::of(b"evil"));
        let path = format!("/{}", scene.store.name().key(&keys::artifact(code)));
        scene.raw("PUT", &path, &[&sha256, "x-amz-sdk-checksum-algorithm: SHA256"], "evil");
        let error = scene.store.artifact(code).await.expect_err("S3 knows better");
        assert!(matches!(error, Error::Tampered { .. }), "{error}");
        assert!(error.to_string().contains(&code.hex()), "{error}");
    });
}

#[test]
fn what_is_not_there_cannot_be_fetched() {
    on_each(|scene| async move {
        let error = scene.store.fetch(CodeSha256::of(b"none"), &scene.path("out.zip")).await;
        assert!(matches!(error, Err(Error::Missing { .. })), "{error:?}");
        assert_eq!(scene.files(), [""; 0]);
    });
}

#[test]
fn artifacts_are_listed_and_deleted_as_they_were_listed() {
    on_each(|scene| async move {
        let mut codes = Vec::new();
        for name in ["a", "b"] {
            let (zip, code) = scene.zip(name, 100);
            scene.store.put(&zip, code).await.expect("it is put");
            codes.push(code.hex());
        }
        codes.sort();
        for other in ["artifacts/sha256/readme.txt", "artifacts/other.zip", "sources/a.json"] {
            scene.plant(other, "{}");
        }
        let listed = scene.store.artifacts().await.expect("a list");
        let names: Vec<_> = listed.iter().map(|artifact| artifact.code.hex()).collect();
        assert_eq!(names, codes, "{}", scene.server);
        assert!(listed.iter().all(|artifact| artifact.size == 100 && artifact.modified.is_some()));

        scene.plant(&keys::artifact(listed[1].code), "written since");
        assert!(scene.store.delete_artifact(&listed[0]).await.expect("an answer"));
        assert!(!scene.store.delete_artifact(&listed[1]).await.expect("an answer"));
        let left = scene.store.artifacts().await.expect("a list");
        assert_eq!(left.iter().map(|artifact| artifact.code.hex()).collect::<Vec<_>>(), codes[1..]);
        scene.assert_valid();
    });
}

#[test]
fn a_list_has_any_number_of_pages() {
    // One server is enough for so many.
    let scene = Scene::on_ministack();
    run(async {
        let codes: Vec<_> = (0..1001_u32).map(|number| CodeSha256::of(&number.to_le_bytes())).collect();
        for code in &codes {
            scene.plant(&keys::artifact(*code), "");
        }
        assert_eq!(scene.store.artifacts().await.expect("a list").len(), 1001);
        assert_eq!(scene.proxy.report().count("ListObjectsV2"), 2);
    });
}
