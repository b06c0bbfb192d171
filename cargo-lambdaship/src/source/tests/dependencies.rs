//! Which packages count.

use super::scene::Scene;

#[test]
fn the_lock_file_counts_as_far_as_a_function_reaches() {
    let mut scene = Scene::new();
    for (what, from, to, hello, worker) in [
        ("the same again", "version = 4", "version = 4", "", ""),
        ("only one uses it", "renamed 2.0.0", "renamed 2.1.0", "dependency renamed 2.0.0 -> 2.1.0", ""),
        ("another checksum", "one 1.0.0 registry", "one 1.0.0 registry 1", "dependency one 1.0.0", ""),
        ("another revision", "dup 2.0.0 git", "dup 2.0.0 git 1", "", "dependency dup 2.0.0"),
        ("for tests", "tester 1.0.0", "tester 1.1.0", "", ""),
        ("below one for tests", "test-deep 1.0.0", "test-deep 1.1.0", "", ""),
        (
            "both reach it",
            "\ndeep 1.0.0 registry",
            "\ndeep 1.0.0 registry 1",
            "dependency deep 1.0.0",
            "dependency deep 1.0.0",
        ),
        (
            "one more, below",
            "one 1.0.0 registry = deep",
            "one 1.0.0 registry = deep test-deep",
            "new dependency test-deep 1.0.0",
            "",
        ),
    ] {
        scene.relock("version = 4", "version = 4");
        let (hello_is, worker_is) = scene.after(|scene| scene.relock(from, to));
        assert_eq!((hello_is.as_str(), worker_is.as_str()), (hello, worker), "{what}");
    }
}

#[test]
fn one_of_two_versions_of_a_package_is_updated() {
    let mut scene = Scene::new();
    let edited = scene.after(|s| s.lock_more(&[("dup_1.0.0", "dup_1.2.0"), ("dup 1.0.0", "dup 1.2.0")], ""));
    assert_eq!(edited, (String::new(), "dependency dup 1.0.0 -> 1.2.0".to_owned()));
}

#[test]
fn a_patch_is_a_folder() {
    for patch in ["Cargo.toml", ".cargo/config.toml"] {
        let mut scene = Scene::new();
        scene.package("../patched/deep", "1.0.0", "");
        let (hello, worker) = scene.after(|scene| {
            let old = fs_err::read_to_string(scene.root.join(patch)).unwrap_or_default();
            let entry = "deep = { path = \"../patched/deep\" }";
            scene.write(patch, &format!("{old}\n[patch.crates-io]\n{entry}\n"));
            scene.relock("\ndeep 1.0.0 registry", "\ndeep 1.0.0");
        });
        assert!(hello.contains("new file deep/src/lib.rs"), "{patch}: {hello}");
        assert!(worker.contains("removed dependency deep 1.0.0"), "{patch}: {worker}");
        let edited = scene.after(|s| s.write("../patched/deep/src/lib.rs", "//"));
        let expected = "file deep/src/lib.rs".to_owned();
        assert_eq!(edited, (expected.clone(), expected), "{patch}");
    }
}

#[test]
fn a_folder_below_a_folder_is_found() {
    let mut scene = Scene::new();
    scene.package("../outside/below", "0.3.0", "");
    scene.package(
        "../outside/above",
        "0.2.0",
        "[dependencies]\nbelow = { path = \"../below\" }\nabsent = { version = \"1\", optional = true }\n\
         [dev-dependencies]\nunseen = { path = \"../unseen\" }\n",
    );
    scene.edit(
        "worker/Cargo.toml",
        "[dependencies]\n",
        "[dependencies]\nabove = { path = \"../../outside/above\" }\n",
    );
    scene.lock_more(&[("dup_2.0.0", "dup_2.0.0 above")], "above 0.2.0 = below\nbelow 0.3.0 =\n");
    let edited = scene.after(|s| s.write("../outside/below/src/lib.rs", "//"));
    assert_eq!(edited, (String::new(), "file below/src/lib.rs".to_owned()));
}

#[test]
fn two_folders_of_one_name_are_told_apart() {
    let mut scene = Scene::new();
    scene.package("old/same", "0.1.0", "");
    scene.package("new/same", "0.2.0", "");
    scene.edit("Cargo.toml", "\"vendor\"", "\"vendor\", \"old\", \"new\"");
    scene.edit(
        "worker/Cargo.toml",
        "[dependencies]\n",
        "[dependencies]\nsame = { path = \"../new/same\" }\nold = { package = \"same\", path = \"../old/same\" }\n",
    );
    scene.lock_more(&[("dup_2.0.0", "dup_2.0.0 same_0.1.0 same_0.2.0")], "same 0.1.0 =\nsame 0.2.0 =\n");
    for (folder, expected) in [("old", "file same@0.1.0/src/lib.rs"), ("new", "file same@0.2.0/src/lib.rs")] {
        let edited = scene.after(|s| s.write(&format!("{folder}/same/src/lib.rs"), "//"));
        assert_eq!(edited, (String::new(), expected.to_owned()));
    }
}

#[test]
fn by_the_oldest_resolver_what_is_for_tests_turns_on_features_of_the_rest() {
    for (resolver, expected) in [("1", "dependency tester 1.0.0 -> 1.1.0"), ("2", ""), ("3", "")] {
        let mut scene = Scene::new();
        scene.edit("Cargo.toml", "resolver = \"3\"", &format!("resolver = \"{resolver}\""));
        let (hello, worker) = scene.after(|scene| scene.relock("tester 1.0.0", "tester 1.1.0"));
        assert_eq!((hello.as_str(), worker.as_str()), (expected, ""), "{resolver}");
    }
}
