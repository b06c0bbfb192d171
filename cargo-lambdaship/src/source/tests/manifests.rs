//! Which parts of manifests count.

use super::scene::Scene;

#[test]
fn the_root_manifest_counts_by_its_parts() {
    let mut scene = Scene::new();
    let both = |part: &str| (part.to_owned(), part.to_owned());
    let hello = |part: &str| (part.to_owned(), String::new());
    let none = <(String, String)>::default();
    for (what, from, to, expected) in [
        ("a comment", "[workspace]", "# words\n[workspace]", none.clone()),
        ("spaces", "opt-level = 3", "opt-level  =  3", none.clone()),
        ("another order", "license = \"MIT\"\n", "", none.clone()),
        ("what nobody takes", "description = \"x\"", "description = \"y\"", none.clone()),
        ("a dependency that nobody takes", "two = \"1\"", "two = \"1.0\"", none.clone()),
        ("a profile", "opt-level = 3", "opt-level = 2", both("manifest profile")),
        ("the resolver", "resolver = \"3\"", "resolver = \"2\"", both("manifest resolver")),
        (
            "a dependency that one takes",
            "one = \"1\"",
            "one = \"1.0\"",
            hello("manifest workspace.dependencies.one"),
        ),
    ] {
        let edited = scene.after(|scene| {
            // Spaces were taken away by the case before.
            if what == "a profile" {
                scene.edit("Cargo.toml", "opt-level  =  3", to);
            } else {
                scene.edit("Cargo.toml", from, to);
            }
        });
        assert_eq!(edited, expected, "{what}");
    }
}

#[test]
fn a_new_member_is_nobodys_business() {
    let mut scene = Scene::new();
    let edited = scene.after(|scene| {
        scene.edit("Cargo.toml", "\"shared\"", "\"shared\", \"more\"");
        scene.package("more", "1.0.0", "");
        scene.lock_more(&[], "more 1.0.0 =\n");
    });
    assert_eq!(edited, Default::default());
}

#[test]
fn a_version_that_is_taken_from_the_root_counts() {
    let mut scene = Scene::new();
    let edited = scene.after(|scene| {
        scene.edit("Cargo.toml", "version = \"1.0.0\"", "version = \"1.0.1\"");
        scene.relock("hello 1.0.0", "hello 1.0.1");
    });
    assert_eq!(edited, ("manifest workspace.package.version".to_owned(), String::new()));
}

#[test]
fn lints_that_are_taken_from_the_root_count() {
    let mut scene = Scene::new();
    scene.edit("worker/Cargo.toml", "[dependencies]", "[lints]\nworkspace = true\n\n[dependencies]");
    scene.edit(
        "Cargo.toml",
        "[profile.release]",
        "[workspace.lints.rust]\nunused = \"warn\"\n\n[profile.release]",
    );
    let edited = scene.after(|scene| scene.edit("Cargo.toml", "unused = \"warn\"", "unused = \"deny\""));
    assert_eq!(edited, (String::new(), "manifest workspace.lints".to_owned()));
}

#[test]
fn a_package_at_the_root_does_not_count_its_workspace() {
    let mut scene = Scene::new();
    scene.edit(
        "Cargo.toml",
        "[workspace]",
        "[package]\nname = \"top\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         lambda_runtime = { path = \"vendor/lambda_runtime\" }\n\n[workspace]",
    );
    scene.write("src/main.rs", "fn main() {}\n");
    scene.lock_more(&[], "top 1.0.0 = lambda_runtime\n");
    let before = scene.inputs("top");
    scene.edit("Cargo.toml", "\"shared\"", "\"shared\", \"more\"");
    scene.package("more", "1.0.0", "");
    scene.lock_more(&[], "top 1.0.0 = lambda_runtime\nmore 1.0.0 =\n");
    assert_eq!(scene.inputs("top").since(&before), []);
    scene.edit("Cargo.toml", "edition = \"2024\"", "edition = \"2021\"");
    let words = crate::source::words(&scene.inputs("top").since(&before), 9);
    assert_eq!(words, ["manifest top/Cargo.toml"]);
    let edited = scene.after(|scene| scene.write("src/main.rs", "fn main() { }\n"));
    assert_eq!(edited, Default::default());
}

#[test]
fn a_folder_of_another_workspace_takes_from_that() {
    let mut scene = Scene::new();
    let root = "[workspace]\nmembers = [\"far\"]\n[workspace.package]\nversion = \"0.5.0\"\n";
    scene.write("../other/Cargo.toml", root);
    scene.write(
        "../other/far/Cargo.toml",
        "[package]\nname = \"far\"\nversion.workspace = true\nedition = \"2024\"\n",
    );
    scene.write("../other/far/src/lib.rs", "");
    scene.edit(
        "worker/Cargo.toml",
        "[dependencies]\n",
        "[dependencies]\nfar = { path = \"../../other/far\" }\n",
    );
    scene.lock_more(&[("dup_2.0.0", "dup_2.0.0 far")], "far 0.5.0 =\n");
    let edited = scene.after(|scene| {
        scene.write("../other/Cargo.toml", &root.replace("0.5.0", "0.6.0"));
        scene.lock_more(&[("dup_2.0.0", "dup_2.0.0 far")], "far 0.6.0 =\n");
    });
    assert_eq!(edited, (String::new(), "manifest far workspace.package.version".to_owned()));
}
