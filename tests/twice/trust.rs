//! How far the store is believed, and what cannot be told of a source.

use serde_json::json;

use crate::scene::{Scene, Store, clone};
use crate::support::Fixture;

/// `hello` was deployed as version 1 and as version 2; its source is the first one again. Answers the hash of that source
/// and the digests of both zips, in hex.
fn there_and_back(scene: &Scene) -> (Fixture, String, [String; 2]) {
    let fixture = scene.workspace(&["hello"], Store::With);
    let first = scene.deploy(&fixture);
    let one = scene.objects("artifacts/");
    fixture.set_version("hello", "2");
    scene.deploy(&fixture);
    let two = scene.objects("artifacts/").into_iter().find(|key| !one.contains(key)).expect("another zip");
    fixture.set_version("hello", "1");
    let source = first.function("hello")["source_hash"].as_str().expect("a hash").to_owned();
    let hex = |key: &str| key.trim_start_matches("artifacts/sha256/").trim_end_matches(".zip").to_owned();
    (fixture, source, [hex(&one[0]), hex(&two)])
}

/// The base64 of a digest in hex, in Python.
const BASE64: &str =
    "import base64, json\ncode = lambda hex: base64.b64encode(bytes.fromhex(hex)).decode()\n";

#[test]
fn a_skip_that_is_honest_is_confirmed_by_a_build() {
    let scene = Scene::local();
    let fixture = scene.workspace(&["hello", "worker"], Store::With);
    scene.deploy(&fixture);
    let told = scene.told(&clone(&fixture), &["deploy", "--verify-skip"], 0);
    assert_eq!((told.shipped(), told.lambda_writes()), (Vec::new(), Vec::new()), "{}", told.outcome);
    assert!(told.outcome.stderr.contains("Building"), "{}", told.outcome);
}

#[test]
fn a_build_that_is_another_one_each_time_is_found_out() {
    let scene = Scene::local();
    let fixture = scene.workspace(&["hello", "worker"], Store::With);
    fixture.write(
        "functions/hello/build.rs",
        "fn main() {\n    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);\n    \
         println!(\"cargo::rerun-if-changed=build.rs\");\n    \
         println!(\"cargo::rustc-env=MADE_AT={}\", now.unwrap().as_nanos());\n}\n",
    );
    fixture.edit(
        "functions/hello/src/main.rs",
        "greeting {name}\"",
        "greeting {name} {}\", env!(\"MADE_AT\")",
    );
    scene.deploy(&fixture);
    let cold = clone(&fixture);
    scene.deploy(&cold).did_nothing(&cold);
    let caught = scene.run(&cold, &["deploy", "--verify-skip"]).output().exited(4);
    assert!(caught.last_words().contains("`hello`"), "{caught}");
    assert!(caught.stderr.contains("not reproducible"), "{caught}");
}

#[test]
fn a_record_that_names_another_artifact_is_found_out() {
    let scene = Scene::local();
    let (fixture, source, [one, two]) = there_and_back(&scene);
    scene.s3(&format!(
        "{BASE64}key = 'sources/{source}.json'\n\
         text = s3.get_object(Bucket=bucket, Key=key)['Body'].read().decode()\n\
         assert code('{one}') in text or '{one}' in text, text\n\
         text = text.replace(code('{one}'), code('{two}')).replace('{one}', '{two}')\n\
         s3.put_object(Bucket=bucket, Key=key, Body=text.encode())"
    ));
    let cold = clone(&fixture);
    let caught = scene.told(&cold, &["plan", "--verify-skip"], 4);
    let words = &caught.outcome.stderr;
    assert!(words.contains(&one[..8]) && words.contains(&two[..8]), "{words}");
    assert!(words.contains(&source[..8]), "{words}");
    let caught = scene.run(&clone(&fixture), &["deploy", "--verify-skip"]).output().exited(4);
    assert!(caught.stderr.contains("hint: "), "{caught}");
}

#[test]
fn an_artifact_that_is_not_what_its_name_says_is_never_published() {
    // What S3 was told of its digest is the truth about other bytes, or nothing at all.
    for (checksum, builds) in [(", ChecksumAlgorithm='SHA256'", true), ("", false)] {
        let scene = Scene::local();
        let fixture = scene.workspace(&["hello"], Store::With);
        let first = scene.deploy(&fixture);
        let key = scene.objects("artifacts/").remove(0);
        scene.s3(&format!(
            "key = '{key}'\nbody = s3.get_object(Bucket=bucket, Key=key)['Body'].read() + b'harm'\n\
             s3.put_object(Bucket=bucket, Key=key, Body=body{checksum})"
        ));
        // The same source is to become another lambda.
        scene.configure(&fixture, Store::With, "name = \"{function}-other\"\n");
        for _ in 0..2 {
            let refused = scene.told(&clone(&fixture), &["deploy"], 4);
            let words = &refused.outcome.stderr;
            assert!(words.contains(&key) && words.contains("hint: "), "{words}");
            assert!(words.contains("find out who wrote"), "{words}");
            assert_eq!(refused.built().is_empty(), !builds, "{words}");
            let published = ["PublishVersion", "CreateAlias", "UpdateAlias"].map(|it| refused.sent.count(it));
            assert_eq!(published, [0; 3], "{words}");
        }
        // What the hint says is the way out.
        scene.s3(&format!("s3.delete_object(Bucket=bucket, Key='{key}')"));
        let mended = scene.deploy(&clone(&fixture));
        assert_eq!((mended.built(), mended.shipped()), (vec!["hello".to_owned()], vec!["hello".to_owned()]));
        assert_eq!(mended.function("hello")["code_sha256"], first.function("hello")["code_sha256"]);
        assert_eq!(mended.objects("PUT", "artifacts/"), 1);
    }
}

#[test]
fn what_cannot_be_hashed_is_built_each_time_and_says_why() {
    let scene = Scene::local();
    let fixture = scene.workspace(&["hello"], Store::With);
    fixture.write(".cargo/config.toml", "paths = []\n");
    let told = scene.told(&fixture, &["deploy", "-v"], 0);
    assert_eq!(told.fields("hello", ["source_hash", "outcome"]), [json!(null), json!("created")]);
    let why = "hello in any case: ";
    assert!(told.outcome.stderr.contains(why), "{}", told.outcome);
    assert!(told.outcome.stderr.contains("overrides packages (`paths`)"), "{}", told.outcome);
    let again = scene.deploy(&clone(&fixture));
    assert_eq!((again.built(), again.shipped()), (vec!["hello".to_owned()], Vec::new()));
    assert!(!again.outcome.stderr.contains(why), "{}", again.outcome);
    assert_eq!(scene.objects("sources/"), [""; 0]);
    let table = scene.run(&fixture, &["deploy"]).output().exited(0);
    assert!(table.stdout.contains("unchanged (same code)"), "{table}");
}
