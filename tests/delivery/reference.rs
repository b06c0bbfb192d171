//! `code-storage = "reference"`: lambdas that run from the store's bucket.

use serde_json::{Value, json};

use crate::scene::{Place, Scene};

const BUCKET: &str = "delivery-reference";
const VERSIONED: &str = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                         <Status>Enabled</Status></VersioningConfiguration>";

fn scene() -> (Scene, Place) {
    let scene = Scene::on_local(&["hello"]);
    configure(&scene, 256);
    let place = scene.place("eu-west-1");
    place.bucket(BUCKET);
    let policy = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": { "Service": "lambda.amazonaws.com" },
        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
        "Resource": format!("arn:aws:s3:::{BUCKET}/artifacts/*"),
    }] });
    place.put(&format!("{BUCKET}?policy"), &policy.to_string());
    (scene, place)
}

fn configure(scene: &Scene, memory: u32) {
    scene.configure(&format!(
        "[env.staging]\nstore = \"{BUCKET}\"\ncode-storage = \"reference\"\nmemory = {memory}\n"
    ));
}

/// What the alias' version runs from.
fn runs_from(place: &Place) -> Value {
    place.lambda("hello-staging?Qualifier=live")["Code"]["ResolvedS3Object"].clone()
}

#[test]
fn a_lambda_runs_from_the_bucket_and_stays_there() {
    let (scene, place) = scene();
    place.put(&format!("{BUCKET}?versioning"), VERSIONED);
    scene.ends("deploy --env staging", 0);
    let first = runs_from(&place);
    let key = place.keys(BUCKET, "artifacts/").concat();
    assert_eq!((&first["S3Bucket"], &first["S3Key"]), (&json!(BUCKET), &json!(key)));
    assert!(first["S3ObjectVersion"].is_string(), "{first}");

    configure(&scene, 512);
    let (report, _, sent) = scene.report("deploy --env staging", 0);
    assert_eq!(report["functions"][0]["version"], json!({ "from": 1, "to": 2 }));
    assert_eq!(sent.count("UpdateFunctionCode"), 0);
    assert_eq!(runs_from(&place), first);

    scene.fixture.set_version("hello", "2");
    scene.ends("deploy --env staging", 0);
    let second = runs_from(&place);
    assert!(second["S3ObjectVersion"].is_string() && second["S3Key"] != first["S3Key"], "{second}");
    // The code is the first one again, and still no copy.
    scene.fixture.set_version("hello", "1");
    configure(&scene, 1024);
    let (report, _, _) = scene.report("deploy --env staging", 0);
    assert_eq!((&report["functions"][0]["version"]["to"], &report["uploaded_bytes"]), (&json!(4), &json!(0)));
    assert_eq!(runs_from(&place), first);
    let (report, _, sent) = scene.report("deploy --env staging", 0);
    assert_eq!((&report["result"], sent.writes().len()), (&json!("unchanged"), 0));
}

#[test]
fn a_bucket_that_keeps_no_versions_is_refused_in_plain_words() {
    let (scene, place) = scene();
    let refused = scene.ends("deploy --env staging", 1);
    let words = refused.last_words();
    assert!(words.contains(BUCKET) && words.contains("version"), "{refused}");
    assert!(words.contains("hint: "), "{refused}");
    assert_eq!(place.lambda("hello-staging"), json!(null));
    // The way out that it names is one.
    place.put(&format!("{BUCKET}?versioning"), VERSIONED);
    scene.ends("deploy --env staging", 1);
    place.delete(&format!("{BUCKET}/{}", place.keys(BUCKET, "artifacts/").concat()));
    scene.ends("deploy --env staging", 0);
    assert!(runs_from(&place)["S3ObjectVersion"].is_string());
}
