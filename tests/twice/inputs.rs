//! What goes into a build besides the function's own files: other crates' versions, and the toolchain.

use fs_err as fs;
use serde_json::json;

use crate::scene::{Scene, Store, cargo, clone};
use crate::support::Fixture;
use crate::support::run::program;

/// A crate of a registry, of which the workspace has copies, as `cargo vendor` makes them.
fn vendor(fixture: &Fixture, version: &str, word: &str) {
    let folder = format!("vendor/word-{version}");
    fixture.write(
        &format!("{folder}/Cargo.toml"),
        &format!("[package]\nname = \"word\"\nversion = \"{version}\"\nedition = \"2024\"\n"),
    );
    fixture.write(&format!("{folder}/src/lib.rs"), &format!("pub const WORD: &str = \"{word}\";\n"));
    let digest = if version == "1.0.0" { "0a" } else { "0b" }.repeat(32);
    let checksum = json!({ "files": {}, "package": digest });
    fixture.write(&format!("{folder}/.cargo-checksum.json"), &checksum.to_string());
}

#[test]
fn another_version_of_a_crate_is_for_those_that_use_it() {
    let scene = Scene::local();
    let fixture = scene.workspace(&["plain", "user"], Store::With);
    fixture.write(
        ".cargo/config.toml",
        "[source.crates-io]\nreplace-with = \"vendored\"\n\n[source.vendored]\ndirectory = \"vendor\"\n",
    );
    vendor(&fixture, "1.0.0", "first");
    fixture.edit("functions/user/Cargo.toml", "[dependencies]\n", "[dependencies]\nword = \"1\"\n");
    fixture.edit("functions/user/src/main.rs", "greeting {name}\"", "greeting {name} {}\", word::WORD");
    cargo(&fixture, &["generate-lockfile"]);
    vendor(&fixture, "1.0.1", "second");
    scene.deploy(&fixture);
    let locked = fs::read_to_string(fixture.root().join("Cargo.lock")).expect("it is there");

    cargo(&fixture, &["update", "word"]);
    let told = scene.deploy(&clone(&fixture));
    let user = vec!["user".to_owned()];
    assert_eq!((told.built(), told.shipped()), (user.clone(), user.clone()), "{}", told.outcome);
    assert_eq!(told.function("user")["because"], json!(["dependency word 1.0.0 -> 1.0.1"]));
    // The way back is known.
    fixture.write("Cargo.lock", &locked);
    let cold = clone(&fixture);
    let told = scene.deploy(&cold);
    assert_eq!((told.built(), told.shipped()), (Vec::new(), user), "{}", told.outcome);
    assert_eq!(told.function("user")["outcome"], "moved");
}

#[test]
fn another_toolchain_builds_everything_again() {
    let scene = Scene::local();
    let fixture = scene.workspace(&["hello", "worker"], Store::With);
    scene.deploy(&fixture);
    let wrapper = fixture.home().join("rustc");
    let script = "#!/bin/sh\nif [ \"$*\" = -vV ]; then rustc -vV | sed 's/^release: .*/release: 9.9.9/'; \
                  else exec rustc \"$@\"; fi\n";
    program(&wrapper, script);

    let cold = clone(&fixture);
    let run = || scene.run(&cold, &["deploy"]).env("RUSTC", wrapper.as_str());
    let told = scene.told_of(run(), 0);
    assert_eq!(told.built(), ["hello", "worker"], "{}", told.outcome);
    for function in ["hello", "worker"] {
        assert_eq!(told.function(function)["because"], json!(["toolchain"]));
    }
    let again = scene.told_of(run(), 0);
    assert_eq!((again.built(), again.shipped()), (Vec::new(), Vec::new()), "{}", again.outcome);

    // The same by cargo's own configuration, on another machine.
    let another = clone(&fixture);
    another.write(".cargo/config.toml", &format!("[build]\nrustc = \"{wrapper}\"\n"));
    scene.deploy(&another).did_nothing(&another);
}
