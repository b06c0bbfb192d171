//! What the identity of a whole workspace is made of.

use camino::Utf8PathBuf;
use fs_err as fs;
use tempfile::TempDir;

use crate::build::Toolchain;
use crate::process;
use crate::source::{Checkout, Inputs, Unhashable, whole, words, written};
use crate::workspace::testing::context;
use crate::workspace::{CargoOptions, discover};

/// A package at the root, in a folder of its own.
struct Scene {
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
}

impl Scene {
    fn new() -> Self {
        let scene = Self { folder: tempfile::tempdir().unwrap(), environment: Vec::new() };
        scene.write("app/Cargo.toml", "[package]\nname = \"app\"\nversion = \"1.0.0\"\nedition = \"2024\"\n");
        scene.write("app/src/main.rs", "fn main() {}\n");
        scene.write("app/.gitignore", "ignored\nCargo.lock\n.cargo\n");
        scene.write("app/Cargo.lock", "version = 4\n");
        scene
    }

    fn around(&self) -> Utf8PathBuf {
        Utf8PathBuf::try_from(self.folder.path().canonicalize().unwrap()).unwrap()
    }

    fn root(&self) -> Utf8PathBuf {
        self.around().join("app")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.around().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn git(&self, arguments: &[&str]) {
        let done = process::command("git").current_dir(self.root()).args(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn look(&self) -> Result<Inputs, Unhashable> {
        let home = ("CARGO_HOME", self.around().join("cargo-home").into_string());
        let mut context = context(&self.root());
        let set = context.environment.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let own = self.environment.iter().cloned().chain([home]);
        let all: Vec<(String, String)> =
            set.chain(own.map(|(name, value)| (name.to_owned(), value))).collect();
        context.environment = all.into_iter().collect();
        let cargo = CargoOptions { lock_flags: vec!["--offline".to_owned()], ..CargoOptions::default() };
        let workspace = discover(&context, &cargo).unwrap();
        let toolchain = Toolchain::load(&context, &workspace.root).unwrap();
        whole(&Checkout { context: &context, workspace: &workspace, toolchain: &toolchain, cargo: &cargo })
    }

    /// What is different after `edit`.
    fn after(&self, edit: impl FnOnce(&Self)) -> String {
        let before = self.look().unwrap();
        edit(self);
        let after = self.look().unwrap();
        words(&after.since(&before), 9).join(", ")
    }
}

fn library(name: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n[workspace]\n")
}

#[test]
fn a_tag_of_caches_hides_only_what_nobody_keeps() {
    let scene = Scene::new();
    scene.git(&["init", "--quiet"]);
    scene.write("app/src/sub/mod.rs", "");
    scene.git(&["add", "."]);
    for tag in ["app/CACHEDIR.TAG", "app/src/CACHEDIR.TAG"] {
        scene.write(tag, "Signature: 8a477f597d28d172789f06886806bc55");
    }
    let broken = |text: &'static str| move |scene: &Scene| scene.write("app/src/main.rs", text);
    assert_eq!(scene.after(broken("fn main() { no }")), "file src/main.rs");
    let cache = |scene: &Scene| {
        scene.write("app/out/CACHEDIR.TAG", "");
        scene.write("app/out/x", "");
    };
    assert_eq!(scene.after(cache), "");
}

#[test]
fn what_decides_checks_counts_wherever_it_is() {
    let mut scene = Scene::new();
    scene.git(&["init", "--quiet"]);
    for (path, text) in [
        ("app/Cargo.lock", "version = 4\n\n"),
        ("app/.cargo/config.toml", "[build]\nrustflags = [\"--cap-lints=allow\"]\n"),
        (".cargo/config.toml", "[build]\nrustflags = [\"--cap-lints=allow\"]\n"),
        ("cargo-home/config.toml", "[build]\nrustflags = [\"--cap-lints=allow\"]\n"),
        ("rustfmt.toml", "disable_all_formatting = true\n"),
        (".clippy.toml", "msrv = \"1.0\"\n"),
        ("deny.toml", "[licenses]\n"),
    ] {
        assert_ne!(scene.after(|scene| scene.write(path, text)), "", "{path}");
    }
    for path in ["app/ignored", "other.toml"] {
        assert_eq!(scene.after(|scene| scene.write(path, "x")), "", "{path}");
    }
    let token = |scene: &Scene| {
        let config = "[build]\nrustflags = [\"--cap-lints=allow\"]\n[registry]\ntoken = \"x\"\n";
        scene.write("cargo-home/config.toml", config);
    };
    assert_eq!(scene.after(token), "");
    scene.write("lints/clippy.toml", "");
    scene.environment.push(("CLIPPY_CONF_DIR", "../lints".to_owned()));
    assert_ne!(scene.after(|scene| scene.write("lints/clippy.toml", "msrv = \"1.0\"\n")), "");
}

#[test]
fn packages_elsewhere_count_also_those_for_tests_and_in_the_place_of_others() {
    let scene = Scene::new();
    let dependencies = "[package]\nname = \"app\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\
                        [dev-dependencies]\ntools = { path = \"../tools\" }\n";
    scene.write("app/Cargo.toml", dependencies);
    scene.write("tools/Cargo.toml", &(library("tools") + "[dependencies]\ndeep = { path = \"../deep\" }\n"));
    scene.write(".cargo/config.toml", "[patch.crates-io]\npatched = { path = \"patched\" }\n");
    for name in ["deep", "patched"] {
        scene.write(&format!("{name}/Cargo.toml"), &library(name));
    }
    for name in ["tools", "deep", "patched"] {
        let path = format!("{name}/src/lib.rs");
        scene.write(&path, "");
        assert_eq!(
            scene.after(|scene| scene.write(&path, "// x")),
            format!("outside ../{name}/src/lib.rs"),
            "{name}"
        );
    }
}

#[test]
fn what_cannot_be_told_is_said() {
    type Case = (&'static str, fn(&Scene), &'static str);
    let cases: [Case; 4] = [
        (
            "no folder",
            |s| s.write("app/Cargo.toml", &(library("app") + "[patch.crates-io]\nx = { path = \"x\" }\n")),
            "x",
        ),
        ("overrides", |s| s.write(".cargo/config.toml", "paths = [\"x\"]\n"), "overrides packages"),
        ("git that refuses", |s| fs::create_dir(s.root().join(".git")).unwrap(), "git does not say"),
        (
            "an ignored package",
            |s| {
                s.git(&["init", "--quiet"]);
                s.write("app/.gitignore", "vendor\n");
                s.write(
                    "app/Cargo.toml",
                    &(library("app") + "[dependencies]\nv = { path = \"vendor/v\" }\n"),
                );
                s.write(
                    "app/vendor/v/Cargo.toml",
                    "[package]\nname = \"v\"\nversion = \"1.0.0\"\nedition = \"2024\"\n",
                );
                s.write("app/vendor/v/src/lib.rs", "");
            },
            "git ignores the package in ",
        ),
    ];
    for (what, edit, expected) in cases {
        let scene = Scene::new();
        edit(&scene);
        let reason = scene.look().unwrap_err().to_string();
        assert!(reason.contains(expected), "{what}: {reason}");
    }
}

#[test]
fn a_report_counts_once_it_is_not_as_it_was_written() {
    let scene = Scene::new();
    scene.git(&["init", "--quiet"]);
    let target = scene.root().join("target");
    let report = |scene: &Scene| {
        scene.write("app/.gitignore", "target\n");
        scene.write("app/report.xml", "<a/>");
    };
    scene.write("app/.gitignore", "target\n");
    let path = scene.root().join("report.xml");
    let reported = |scene: &Scene| {
        report(scene);
        written::remember(&target, std::slice::from_ref(&path)).unwrap();
    };
    assert_eq!(scene.after(reported), "");
    assert_eq!(scene.after(|scene| scene.write("app/report.xml", "<b/>")), "new file report.xml");
    scene.write("app/report.xml", "<a/>");
    scene.git(&["add", "."]);
    assert!(scene.look().unwrap().names().any(|name| name == "file report.xml"));
}
