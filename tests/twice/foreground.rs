//! The same on servers that stand by themselves: a local AWS in the foreground, which counts what it is asked, and
//! MiniStack.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::scene::{Scene, Store, clone};
use crate::support::foreground::Foreground;
use crate::support::{Fixture, http};

/// How often each operation was asked for.
fn counts(port: u16) -> BTreeMap<String, u64> {
    let counts: BTreeMap<String, Value> =
        serde_json::from_str(&http::ask(port, "GET /_lambdaship/counts", "")).expect("JSON");
    let requests = |value: &Value| value["requests"].as_u64().unwrap_or_default();
    counts.iter().map(|(name, count)| (name.clone(), requests(count))).collect()
}

#[test]
fn a_local_aws_in_the_foreground_is_asked_once_for_each_function() {
    let owner = Fixture::new(&["owner"]);
    let server = Foreground::start(&owner, &[]);
    server.says("Finished local in", 1);
    let port = server.port();
    let account = cargo_lambdaship::local::ACCOUNT.to_owned();
    let scene = Scene::at(&format!("http://127.0.0.1:{port}"), account);
    let fixture = scene.workspace(&["hello", "worker"], Store::With);
    assert_eq!(scene.deploy(&fixture).with("outcome", "created"), ["hello", "worker"]);

    let cold = clone(&fixture);
    let before = counts(port);
    scene.deploy(&cold).did_nothing(&cold);
    let mut asked = counts(port);
    asked.retain(|name, count| {
        *count -= before.get(name).copied().unwrap_or_default();
        *count > 0
    });
    let expected = [("GetCallerIdentity", 1), ("GetFunction", 2), ("ListObjectsV2", 1)];
    let names = |(name, count): (String, u64)| (name.trim_start_matches("s3:").to_owned(), count);
    let asked: Vec<_> = asked.into_iter().map(names).collect();
    assert_eq!(asked, expected.map(|(name, count)| (name.to_owned(), count)));
    assert_eq!(server.end(), Some(0));
}

#[test]
fn ministack_is_told_nothing_twice_either() {
    let scene = Scene::ministack();
    let fixture = scene.workspace(&["hello", "worker"], Store::With);
    let first = scene.deploy(&fixture);
    assert_eq!((first.with("outcome", "created"), first.with("upload", "s3")), {
        let both = vec!["hello".to_owned(), "worker".to_owned()];
        (both.clone(), both)
    });
    let cold = clone(&fixture);
    let told = scene.deploy(&cold);
    told.did_nothing(&cold);
    assert_eq!((told.sent.count("GetFunction"), told.sent.lambda()), (2, 2));

    // Words, then something else.
    let path = "functions/hello/src/main.rs";
    fixture.edit(path, "const VERSION", "// Words.\nconst VERSION");
    let told = scene.deploy(&clone(&fixture));
    assert_eq!((told.built(), told.shipped()), (vec!["hello".to_owned()], Vec::new()), "{}", told.outcome);
    let cold = clone(&fixture);
    scene.deploy(&cold).did_nothing(&cold);
    fixture.set_version("hello", "2");
    let told = scene.deploy(&clone(&fixture));
    let hello = vec!["hello".to_owned()];
    assert_eq!((told.built(), told.shipped()), (hello.clone(), hello), "{}", told.outcome);
    assert_eq!(told.function("hello")["upload"], "s3");
    let cold = clone(&fixture);
    scene.deploy(&cold).did_nothing(&cold);
}
