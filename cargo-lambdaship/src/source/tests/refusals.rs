//! When the inputs cannot be told, and the reason that is given.

use super::scene::Scene;

type Case = (fn(&Scene), &'static str);

#[test]
fn what_cannot_be_told_is_refused_with_its_reason() {
    let cases: [Case; 11] = [
        (|s| s.remove("Cargo.lock"), "there is no Cargo.lock"),
        (|s| s.write("Cargo.lock", "version = 4\npackage = 1\n"), "Cargo.lock is not understood"),
        (
            |s| s.relock("hello 1.0.0", "hello 0.9.0"),
            "Cargo.lock is not up to date: it does not have package `hello` as it is",
        ),
        (
            |s| s.edit("hello/Cargo.toml", "[dependencies]", "[dependencies]\nnewer = \"1\""),
            "Cargo.lock is not up to date: it does not have `newer` as package `hello` needs it",
        ),
        (
            |s| s.edit("hello/Cargo.toml", "version = \"2\"", "version = \"3\""),
            "Cargo.lock is not up to date: it does not have `renamed` as package `hello` needs it",
        ),
        (
            |s| s.edit("hello/Cargo.toml", "version = \"2\"", "git = \"https://example.com/renamed\""),
            "Cargo.lock is not up to date: it does not have `renamed` as package `hello` needs it",
        ),
        (
            |s| s.package("shared", "2.0.0", ""),
            "Cargo.lock is not up to date: it has shared 1.0.0, which is in no folder that the manifests name",
        ),
        (
            |s| s.relock("renamed 2.0.0 registry", "renamed 2.0.0"),
            "Cargo.lock is not up to date: it has renamed 2.0.0, which is in no folder that the manifests name",
        ),
        (
            |s| s.write(".cargo/config.toml", "paths = [\"../x\"]"),
            "ROOT/.cargo/config.toml overrides packages (`paths`)",
        ),
        (
            |s| {
                s.write(".cargo/x.toml", "");
                s.write(".cargo/config.toml", "include = [\"x.toml\"]\n");
            },
            "ROOT/.cargo/config.toml includes other files (`include`)",
        ),
        (
            |s| s.write(".cargo/config.toml", "[build]\nrustflags = [\"-C\", \"target-cpu=native\"]\n"),
            "`target-cpu=native` is another processor on another machine",
        ),
    ];
    for (edit, expected) in cases {
        let scene = Scene::new();
        edit(&scene);
        let refusal = scene.refusal();
        assert!(refusal.starts_with(expected), "{refusal}, not {expected}");
    }
}

#[test]
fn one_function_that_cannot_be_told_leaves_the_others_alone() {
    let scene = Scene::new();
    scene.edit("hello/Cargo.toml", "[dependencies]", "[dependencies]\nnewer = \"1\"");
    let seen = scene.observe();
    assert!(seen["hello"].is_err() && seen["worker"].is_ok());
}

#[test]
fn a_pattern_that_matches_nothing_is_the_reason() {
    let mut scene = Scene::new();
    scene.include.push("absent".to_owned());
    assert_eq!(scene.refusal(), "`absent` in `include` matches no file in ROOT");
}
