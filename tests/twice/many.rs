//! Twenty functions, and what one edit does to them.

use std::collections::BTreeSet;

use serde_json::json;

use crate::scene::{Scene, Store, cargo, clone, commit};
use crate::support::Fixture;

/// How many functions there are.
const COUNT: usize = 20;

fn names() -> Vec<String> {
    (1..=COUNT).map(|number| format!("f{number:02}")).collect()
}

/// Lets `functions` use a package of their own beside the runtime.
fn share(fixture: &Fixture, functions: &[&str]) {
    fixture.edit("Cargo.toml", "\"lambda_runtime\"]", "\"lambda_runtime\", \"shared\"]");
    fixture.write(
        "shared/Cargo.toml",
        "[package]\nname = \"shared\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    fixture.write("shared/src/lib.rs", "pub const WORD: &str = \"first\";\n");
    for function in functions {
        let path = format!("functions/{function}");
        fixture.edit(
            &format!("{path}/Cargo.toml"),
            "[dependencies]\n",
            "[dependencies]\nshared = { path = \"../../shared\" }\n",
        );
        let main = format!("{path}/src/main.rs");
        fixture.edit(
            &main,
            "println!(\"greeting {name}\");",
            "println!(\"greeting {name} {}\", shared::WORD);",
        );
    }
}

#[test]
fn twenty_functions_are_built_and_sent_once() {
    let scene = Scene::local();
    let all = names();
    let fixture = scene.workspace(&all.iter().map(String::as_str).collect::<Vec<_>>(), Store::With);
    share(&fixture, &["f05", "f06"]);
    cargo(&fixture, &["generate-lockfile"]);
    commit(&fixture);

    let first = scene.deploy(&fixture);
    assert_eq!((first.built(), first.with("outcome", "created")), (all.clone(), all.clone()));
    assert_eq!((first.with("origin", "built"), first.with("upload", "s3")), (all.clone(), all.clone()));
    let sizes = |field: &str| -> u64 {
        let functions = first.report["functions"].as_array().expect("functions").iter();
        functions.map(|function| function[field].as_u64().expect("a number")).sum()
    };
    assert_eq!(
        (sizes("uploaded_bytes"), first.report["uploaded_bytes"].clone()),
        (sizes("size"), json!(sizes("size")))
    );
    assert_eq!(first.sent.count("CreateFunction"), COUNT);
    let distinct: BTreeSet<_> =
        all.iter().map(|name| first.function(name)["source_hash"].to_string()).collect();
    assert_eq!(distinct.len(), COUNT, "each source has a hash of its own");

    // Another folder, in which nothing was ever built.
    let cold = clone(&fixture);
    let again = scene.deploy(&cold);
    again.did_nothing(&cold);
    assert_eq!(again.with("origin", "served"), all);
    for name in &all {
        let [source, code] = again.fields(name, ["source_hash", "code_sha256"]);
        assert_eq!([source, code], first.fields(name, ["source_hash", "code_sha256"]), "{name}");
    }
    assert_eq!(again.sent.count("GetFunction"), COUNT);
    assert_eq!(again.sent.lambda(), COUNT, "{:?}", again.sent.order());
    let s3: Vec<_> = again.sent.order().into_iter().filter(|it| it.starts_with("s3.")).collect();
    assert_eq!(s3, ["s3.ListObjectsV2"]);
    let table = scene.run(&cold, &["deploy"]).output().exited(0);
    assert_eq!(table.stdout.matches("unchanged (same source)").count(), COUNT, "{table}");
    assert!(table.stderr.contains("20 unchanged"), "{table}");
    let markdown = scene.run(&cold, &["deploy", "--format", "markdown"]).output().exited(0);
    assert_eq!(markdown.stdout.matches("unchanged (same source)").count(), COUNT, "{markdown}");

    a_comment(&scene, &fixture);
    a_change(&scene, &fixture);
    a_shared_package(&scene, &fixture);
}

/// Words that the compiler does not see: one build, and the same bytes.
fn a_comment(scene: &Scene, fixture: &Fixture) {
    let path = "functions/f03/src/main.rs";
    let text = fs_err::read_to_string(fixture.root().join(path)).expect("it can be read");
    fixture.write(path, &format!("{text}// Nothing but words.\n"));
    let cold = clone(fixture);
    let told = scene.deploy(&cold);
    assert_eq!(told.built(), ["f03"], "{}", told.outcome);
    assert_eq!((told.shipped(), told.lambda_writes()), (Vec::new(), Vec::new()), "{}", told.outcome);
    assert_eq!((told.objects("PUT", "artifacts/"), told.objects("PUT", "sources/")), (0, 1));
    assert_eq!(told.report["uploaded_bytes"], json!(0));
    assert_eq!(told.fields("f03", ["origin", "because"]), [json!("built"), json!(["file f03/src/main.rs"])]);

    // Whoever comes next knows it.
    let another = clone(fixture);
    let told = scene.deploy(&another);
    told.did_nothing(&another);
    assert_eq!(told.sent.count("GetFunction"), COUNT);
    assert_eq!(told.sent.lambda(), COUNT, "{:?}", told.sent.order());
    let plan = scene.run(&another, &["plan"]).output().exited(0);
    assert_eq!(plan.stdout.matches("unchanged (same").count(), COUNT, "{plan}");
    let warm = scene.run(&cold, &["deploy"]).output().exited(0);
    assert!(!warm.stderr.contains("Building"), "{warm}");
}

/// Code that does something else: one build, one zip, one version.
fn a_change(scene: &Scene, fixture: &Fixture) {
    fixture.set_version("f04", "2");
    let cold = clone(fixture);
    let planned = scene.told(&cold, &["plan"], 0);
    assert_eq!((planned.built(), planned.shipped()), (vec!["f04".to_owned()], vec!["f04".to_owned()]));
    let because = json!(["file f04/src/main.rs"]);
    assert_eq!(planned.function("f04")["because"], because);
    // The same reason when the build of the plan is used.
    let planned = scene.told(&cold, &["plan"], 0);
    assert_eq!(planned.fields("f04", ["origin", "because"]), [json!("kept"), because.clone()]);

    let cold = clone(fixture);
    let told = scene.deploy(&cold);
    assert_eq!(
        (told.built(), told.with("outcome", "updated")),
        (vec!["f04".to_owned()], vec!["f04".to_owned()])
    );
    assert_eq!(told.shipped(), ["f04"]);
    let [origin, reason, upload, sent, size] =
        told.fields("f04", ["origin", "because", "upload", "uploaded_bytes", "size"]);
    assert_eq!((origin, reason, upload, sent), (json!("built"), because, json!("s3"), size));
    let writes = ["lambda.UpdateFunctionCode", "lambda.PublishVersion", "lambda.UpdateAlias"];
    assert_eq!(told.lambda_writes(), writes);
    assert_eq!(told.objects("PUT", "artifacts/"), 1);
    let another = clone(fixture);
    scene.deploy(&another).did_nothing(&another);
}

/// What two functions are built from: these two.
fn a_shared_package(scene: &Scene, fixture: &Fixture) {
    fixture.edit("shared/src/lib.rs", "first", "second");
    let told = scene.deploy(&clone(fixture));
    let both = vec!["f05".to_owned(), "f06".to_owned()];
    assert_eq!((told.built(), told.shipped()), (both.clone(), both), "{}", told.outcome);
    assert_eq!(told.function("f06")["because"], json!(["file shared/src/lib.rs"]));
}
