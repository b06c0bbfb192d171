//! Which files count.

use fs_err as fs;

use super::scene::Scene;
use crate::source::written;

type Case = (&'static str, fn(&Scene), &'static str, &'static str);

/// Edits, one after the other, and what is different after each: for `hello`, and for `worker`.
const EDITS: [Case; 16] = [
    ("nothing", |_| {}, "", ""),
    ("a source", |s| s.write("hello/src/main.rs", "fn main() { }\n"), "file hello/src/main.rs", ""),
    (
        "the ends of its lines",
        |s| s.write("hello/src/main.rs", "fn main() { }\r\n"),
        "file hello/src/main.rs",
        "",
    ),
    ("a new file", |s| s.write("hello/src/new.rs", ""), "new file hello/src/new.rs", ""),
    ("it is gone", |s| s.remove("hello/src/new.rs"), "removed file hello/src/new.rs", ""),
    ("a build script", |s| s.write("worker/build.rs", "fn main() {}"), "", "new file worker/build.rs"),
    ("a member", |s| s.write("shared/src/lib.rs", "//"), "file shared/src/lib.rs", ""),
    (
        "a folder that is no member",
        |s| s.write("vendor/lambda_runtime/src/lib.rs", "//"),
        "file lambda_runtime/src/lib.rs",
        "file lambda_runtime/src/lib.rs",
    ),
    ("a package inside of another", |s| s.package("hello/inner", "1.0.0", "[workspace]\n"), "", ""),
    ("its source", |s| s.write("hello/inner/src/lib.rs", "// x"), "", ""),
    ("what is ignored", |s| s.write("hello/skipped/x", ""), "", ""),
    ("what a package ignores", |s| s.write("hello/own", ""), "", ""),
    ("a target folder", |s| s.write("target/release/x", ""), "", ""),
    (
        "a target folder of the package",
        |s| {
            s.write("hello/out/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55");
            s.write("hello/out/x", "");
        },
        "",
        "",
    ),
    ("the root's other files", |s| s.write("lambdaship.toml", "[function]\n"), "", ""),
    ("what nobody names", |s| s.write("README.md", "x"), "", ""),
];

fn check(scene: &mut Scene) {
    scene.write(".gitignore", "skipped\n");
    scene.write("hello/.gitignore", "/own\n");
    for (what, edit, hello, worker) in EDITS {
        let (hello_is, worker_is) = scene.after(|scene| edit(scene));
        assert_eq!((hello_is.as_str(), worker_is.as_str()), (hello, worker), "{what}");
    }
}

#[test]
fn the_files_that_git_does_not_ignore_count() {
    let mut scene = Scene::new();
    scene.git(&["init", "--quiet"]);
    check(&mut scene);
}

#[test]
fn without_git_it_is_the_same() {
    check(&mut Scene::new());
}

#[test]
fn a_folder_and_git_make_no_difference() {
    let (one, two) = (Scene::named("one"), Scene::named("another/and/deeper"));
    two.git(&["init", "--quiet"]);
    two.git(&["add", "."]);
    // Rules of the machine, and those above the workspace, are none of its own.
    two.write(".git/info/exclude", "main.rs\n");
    fs::write(one.around().join(".gitignore"), "main.rs\n").unwrap();
    for function in ["hello", "worker"] {
        assert_eq!(two.inputs(function).since(&one.inputs(function)), [], "{function}");
    }
}

#[test]
fn a_workspace_inside_of_a_repository_heeds_the_rules_above() {
    let mut scene = Scene::named("repository/services");
    let above = scene.around().to_owned();
    fs::write(above.join(".gitignore"), "services/hello/generated\n").unwrap();
    scene.write(
        "../library/Cargo.toml",
        "[package]\nname = \"library\"\nversion = \"1.0.0\"\nedition = \"2024\"\n",
    );
    scene.write("../library/src/lib.rs", "");
    scene.edit(
        "hello/Cargo.toml",
        "[dependencies]\n",
        "[dependencies]\nlibrary = { path = \"../../library\" }\n",
    );
    scene.lock_more(&[("renamed tester", "renamed tester library")], "library 1.0.0 =\n");
    let bare = scene.inputs("hello");
    scene.git(&["-C", "..", "init", "--quiet"]);
    assert_eq!(scene.inputs("hello").since(&bare), []);
    assert_eq!(scene.after(|s| s.write("hello/generated/x", "")), Default::default());
    let (hello, worker) = scene.after(|s| s.write("../library/src/lib.rs", "//"));
    assert_eq!((hello.as_str(), worker.as_str()), ("file library/src/lib.rs", ""));
}

#[test]
fn what_git_tracks_counts_even_if_it_is_ignored() {
    let mut scene = Scene::new();
    scene.write(".gitignore", "generated.rs\n");
    scene.write("hello/src/generated.rs", "");
    scene.git(&["init", "--quiet"]);
    scene.git(&["add", "--force", "."]);
    let edited = scene.after(|s| s.write("hello/src/generated.rs", "//"));
    assert_eq!(edited, ("file hello/src/generated.rs".to_owned(), String::new()));
    // It is in the index still.
    let gone = scene.after(|s| s.remove("hello/src/generated.rs"));
    assert_eq!(gone, ("removed file hello/src/generated.rs".to_owned(), String::new()));
}

#[test]
fn the_repository_of_a_submodule_belongs_to_the_package() {
    let mut scene = Scene::new();
    scene.git(&["init", "--quiet"]);
    scene.write("hello/c/code.c", "");
    scene.git(&["-C", "hello/c", "init", "--quiet"]);
    let edited = scene.after(|s| s.write("hello/c/code.c", "int x;"));
    assert_eq!(edited, ("file hello/c/code.c".to_owned(), String::new()));
}

#[cfg(unix)]
#[test]
fn links_are_what_they_lead_to() {
    use std::os::unix::fs::symlink;
    for git in [true, false] {
        let mut scene = Scene::new();
        if git {
            scene.git(&["init", "--quiet"]);
        }
        scene.write("files/a.txt", "a");
        scene.write("files/deep/b.txt", "b");
        symlink("../files/a.txt", scene.root.join("hello/a")).unwrap();
        symlink("../files/deep", scene.root.join("hello/deep")).unwrap();
        symlink("../files/later", scene.root.join("hello/later")).unwrap();
        for (path, text, expected) in [
            ("files/a.txt", "A", "file hello/a"),
            ("files/deep/b.txt", "B", "file hello/deep/b.txt"),
            ("files/later", "now", "file hello/later"),
            ("files/other", "", ""),
        ] {
            let (hello, worker) = scene.after(|scene| scene.write(path, text));
            assert_eq!((hello.as_str(), worker.as_str()), (expected, ""), "{path}");
        }
        let led_elsewhere = scene.after(|scene| {
            scene.remove("files/later");
            scene.remove("hello/later");
            symlink("../files/nowhere", scene.root.join("hello/later")).unwrap();
        });
        assert_eq!(led_elsewhere.0, "file hello/later");
        symlink("..", scene.root.join("hello/around")).unwrap();
        assert!(scene.refusal().contains("hello/around"), "{}", scene.refusal());
        assert!(scene.observe()["worker"].is_ok());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_unicode_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    for git in [true, false] {
        let scene = Scene::new();
        if git {
            scene.git(&["init", "--quiet"]);
        }
        let name = std::ffi::OsStr::from_bytes(b"\xff.txt");
        fs::write(scene.root.join("hello").as_std_path().join(name), "").unwrap();
        assert_eq!(scene.refusal(), "the name of ROOT/hello/\u{fffd}.txt is not Unicode");
        assert!(scene.observe()["worker"].is_ok());
    }
}

#[test]
fn what_this_tool_wrote_is_no_source_as_long_as_it_is_what_it_wrote() {
    for git in [true, false] {
        let mut scene = Scene::new();
        scene.write(".gitignore", "target\n");
        if git {
            scene.git(&["init", "--quiet"]);
        }
        let (plan, target) = (scene.root.join("hello/plan.json"), scene.root.join("target"));
        let write = |scene: &mut Scene, text: &str| {
            scene.write("hello/plan.json", text);
            written::remember(&target, std::slice::from_ref(&plan)).unwrap();
        };
        assert_eq!(scene.after(|scene| write(scene, "{}")), Default::default());
        assert_eq!(scene.after(|scene| write(scene, "{ }")), Default::default());
        let edited = scene.after(|scene| scene.write("hello/plan.json", "{  }"));
        assert_eq!(edited.0, "new file hello/plan.json");
        if git {
            scene.after(|scene| write(scene, "{}"));
            let tracked = scene.after(|scene| scene.git(&["add", "."]));
            assert_eq!(tracked.0, "new file hello/plan.json");
        }
    }
}

#[test]
fn what_this_tool_wrote_is_source_where_a_build_script_reads_all_of_the_package() {
    for (also, expected) in [
        (&[][..], ["", "", ""]),
        (&["worker/Cargo.toml"], ["", "", ""]),
        (&["hello/data/"], ["", "", ""]),
        (
            &["hello/Cargo.toml"],
            [
                "new file hello/assets/inner.zip",
                "file hello/assets/inner.zip",
                "removed file hello/assets/inner.zip",
            ],
        ),
    ] {
        let mut scene = Scene::new();
        scene.write(".gitignore", "target\n");
        scene.write("hello/data/a.txt", "");
        scene.git(&["init", "--quiet"]);
        scene.also.files = also.iter().map(|file| (*file).to_owned()).collect();
        let (zip, target) = (scene.root.join("hello/assets/inner.zip"), scene.root.join("target"));
        let write = |scene: &mut Scene, text: &str| {
            scene.write("hello/assets/inner.zip", text);
            written::remember(&target, std::slice::from_ref(&zip)).unwrap();
        };
        let first = scene.after(|scene| write(scene, "one")).0;
        let again = scene.after(|scene| write(scene, "other")).0;
        let gone = scene.after(|scene| scene.remove("hello/assets/inner.zip")).0;
        assert_eq!([first.as_str(), &again, &gone], expected, "{also:?}");
    }
}

#[test]
fn of_many_files_that_were_written_those_that_git_tracks_are_sources() {
    let mut scene = Scene::new();
    scene.write(".gitignore", "target\n");
    scene.git(&["init", "--quiet"]);
    let names: Vec<String> = (0..250).map(|number| format!("hello/out/{number}.json")).collect();
    let (paths, target): (Vec<_>, _) =
        (names.iter().map(|name| scene.root.join(name)).collect(), scene.root.join("target"));
    let written = scene.after(|scene| {
        for name in &names {
            scene.write(name, "{}");
        }
        written::remember(&target, &paths).unwrap();
    });
    assert_eq!(written, Default::default());
    let tracked = scene.after(|scene| scene.git(&["add", "--force", "hello/out/249.json"]));
    assert_eq!(tracked.0, "new file hello/out/249.json");
}

#[test]
fn sources_count_in_cargos_target_folder_too() {
    for git in [true, false] {
        for target in [".", "hello", ".."] {
            let mut scene = Scene::new();
            if git {
                scene.git(&["init", "--quiet"]);
            }
            scene.cargo.target_directory = Some(scene.root.join(target));
            let edited = scene.after(|s| s.write("hello/src/main.rs", "fn main() { }\n"));
            assert_eq!(edited, ("file hello/src/main.rs".to_owned(), String::new()), "{target}");
        }
    }
}
