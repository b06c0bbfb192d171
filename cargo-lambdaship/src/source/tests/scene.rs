//! A workspace to edit and observe.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use tempfile::TempDir;

use crate::build::Toolchain;
use crate::process;
use crate::source::{Also, Inputs, Rules, Subject, Unhashable, observe, words};
use crate::workspace::testing::context;
use crate::workspace::{CargoOptions, discover};

/// The functions `hello` and `worker`. Both are made of `lambda_runtime`; `hello` of the member `shared` and the crates
/// `one` and `renamed` besides, and of `tester` in its tests; `worker` of two versions of `dup`, one of them for its
/// build script, and through it of `deep`.
pub(super) const ROOT: &str = "[workspace]
resolver = \"3\"
exclude = [\"vendor\"]
members = [\"hello\", \"worker\", \"shared\"]

[workspace.package]
version = \"1.0.0\"
license = \"MIT\"
description = \"x\"

[workspace.dependencies]
one = \"1\"
two = \"1\"

[profile.release]
opt-level = 3
";

const HELLO: &str = "[package]
name = \"hello\"
version.workspace = true
edition = \"2024\"

[dependencies]
lambda_runtime = { path = \"../vendor/lambda_runtime\" }
shared = { path = \"../shared\" }
one.workspace = true
other-name = { package = \"renamed\", version = \"2\" }

[dev-dependencies]
tester = \"1\"
";

const WORKER: &str = "[package]
name = \"worker\"
version = \"1.0.0\"
edition = \"2024\"

[dependencies]
lambda_runtime = { path = \"../vendor/lambda_runtime\" }

[target.'cfg(windows)'.dependencies]
dup = \"1\"

[build-dependencies]
dup2 = { package = \"dup\", version = \"2\" }
";

const LOCK: &str = "version = 4

hello 1.0.0 = lambda_runtime shared one renamed tester
worker 1.0.0 = lambda_runtime dup_1.0.0 dup_2.0.0
shared 1.0.0 =
lambda_runtime 0.1.0 =
one 1.0.0 registry = deep
renamed 2.0.0 registry =
tester 1.0.0 registry = test-deep
test-deep 1.0.0 registry =
dup 1.0.0 registry =
dup 2.0.0 git = deep
deep 1.0.0 registry =
";

pub(super) struct Scene {
    folder: TempDir,
    pub(super) root: Utf8PathBuf,
    pub(super) environment: Vec<(&'static str, String)>,
    pub(super) cargo: CargoOptions,
    pub(super) declared: Vec<String>,
    pub(super) include: Vec<String>,
    pub(super) also: Also,
    pub(super) target: &'static str,
    pub(super) builder: &'static str,
}

impl Scene {
    pub(super) fn new() -> Self {
        Self::named("workspace")
    }

    /// In a folder of this name.
    pub(super) fn named(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::try_from(folder.path().canonicalize().unwrap()).unwrap();
        let root = Utf8PathBuf::from(root.as_str().trim_start_matches(r"\\?\")).join(name);
        let scene = Self {
            folder,
            root,
            environment: Vec::new(),
            cargo: CargoOptions::default(),
            declared: Vec::new(),
            include: Vec::new(),
            also: Also::default(),
            target: "aarch64-unknown-linux-gnu.2.34",
            builder: "zig",
        };
        scene.write("Cargo.toml", ROOT);
        scene.write("hello/Cargo.toml", HELLO);
        scene.write("worker/Cargo.toml", WORKER);
        for package in ["hello", "worker"] {
            scene.write(&format!("{package}/src/main.rs"), "fn main() {}\n");
        }
        scene.package("shared", "1.0.0", "");
        scene.package("vendor/lambda_runtime", "0.1.0", "");
        scene.lock(LOCK);
        scene
    }

    /// Writes a library, whose name is the last part of `folder`.
    pub(super) fn package(&self, folder: &str, version: &str, rest: &str) {
        let name = Utf8Path::new(folder).file_name().unwrap();
        let manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n{rest}");
        self.write(&format!("{folder}/Cargo.toml"), &manifest);
        self.write(&format!("{folder}/src/lib.rs"), "");
    }

    /// Writes a file below the root.
    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces `from`, which must be there.
    pub(super) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.root.join(path)).unwrap();
        assert!(text.contains(from), "{path} has no {from}: {text}");
        self.write(path, &text.replacen(from, to, 1));
    }

    pub(super) fn remove(&self, path: &str) {
        fs::remove_file(self.root.join(path)).unwrap();
    }

    /// Writes `Cargo.lock` out of lines of a package's name, version and source, and after `=` its dependencies.
    pub(super) fn lock(&self, lines: &str) {
        self.write("Cargo.lock", &lock(lines));
    }

    /// Writes the usual `Cargo.lock` with `from` replaced by `to`.
    pub(super) fn relock(&self, from: &str, to: &str) {
        assert!(LOCK.contains(from), "{from}");
        self.lock(&LOCK.replace(from, to));
    }

    /// The usual `Cargo.lock`, with more lines.
    pub(super) fn lock_more(&self, edits: &[(&str, &str)], more: &str) {
        let edited = edits.iter().fold(LOCK.to_owned(), |text, (from, to)| text.replacen(from, to, 1));
        self.lock(&format!("{edited}{more}"));
    }

    pub(super) fn git(&self, arguments: &[&str]) {
        let output = process::command("git").arg("-C").arg(&self.root).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The inputs of `hello` and `worker`.
    pub(super) fn observe(&self) -> BTreeMap<String, Result<Inputs, Unhashable>> {
        let mut context = context(&self.root);
        context.environment = self.environment.iter().map(|(name, value)| (*name, value.clone())).collect();
        let offline = CargoOptions { lock_flags: vec!["--offline".to_owned()], ..self.cargo.clone() };
        let workspace = discover(&context, &offline).unwrap();
        let toolchain = Toolchain::load(&context, &self.root).unwrap();
        let rules = Rules {
            context: &context,
            workspace: &workspace,
            cargo: &self.cargo,
            toolchain: &toolchain,
            declared: &self.declared,
        };
        let subject = |function| Subject {
            function,
            target: self.target.to_owned(),
            builder: self.builder,
            include_root: &self.root,
            include: &self.include,
            also: &self.also,
        };
        let subjects: Vec<_> = workspace.functions.iter().map(subject).collect();
        let names = workspace.functions.iter().map(|function| function.name.to_string());
        names.zip(observe(&rules, &subjects)).collect()
    }

    /// The inputs of one function.
    pub(super) fn inputs(&self, function: &str) -> Inputs {
        self.observe()[function].clone().unwrap()
    }

    /// Why the inputs of `hello` cannot be told.
    pub(super) fn refusal(&self) -> String {
        let reason = self.observe()["hello"].clone().unwrap_err().to_string();
        reason.replace(self.root.as_str(), "ROOT").replace('\\', "/")
    }

    /// What is different after `edit`: of `hello`, and of `worker`.
    pub(super) fn after(&mut self, edit: impl FnOnce(&mut Self)) -> (String, String) {
        let before = self.observe();
        edit(self);
        let after = self.observe();
        let told = |function: &str| {
            let [before, after] = [&before, &after].map(|seen| seen[function].as_ref().unwrap());
            let differences = after.since(before);
            assert_eq!(differences.is_empty(), after.hash() == before.hash());
            words(&differences, 9).join(", ")
        };
        (told("hello"), told("worker"))
    }

    /// The folder around the workspace.
    pub(super) fn around(&self) -> &Utf8Path {
        assert!(self.folder.path().exists());
        self.root.parent().unwrap()
    }
}

fn lock(lines: &str) -> String {
    let line = |line: &str| match line.split_once(" =").filter(|(package, _)| *package != "version") {
        Some((package, dependencies)) => locked(package, dependencies),
        None => format!("{line}\n"),
    };
    lines.lines().map(line).collect()
}

/// An underscore stands before a version, where a package has several.
fn locked(package: &str, dependencies: &str) -> String {
    let words: Vec<&str> = package.split(' ').collect();
    let (name, version, mark) = (words[0], words[1], words.get(3).unwrap_or(&"0"));
    let source = match words.get(2) {
        Some(&"registry") => {
            let checksum = mark.repeat(64);
            let index = "registry+https://github.com/rust-lang/crates.io-index";
            format!("source = \"{index}\"\nchecksum = \"{checksum}\"\n")
        }
        Some(_) => format!("source = \"git+https://example.com/{name}#{}\"\n", mark.repeat(40)),
        None => String::new(),
    };
    let dependency = |name: &str| match name.rsplit_once('_') {
        Some((name, version)) if version.starts_with(|c: char| c.is_ascii_digit()) => {
            format!("\"{name} {version}\"")
        }
        _ => format!("\"{name}\""),
    };
    let dependencies: Vec<_> = dependencies.split_whitespace().map(dependency).collect();
    let dependencies = dependencies.join(", ");
    format!(
        "\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{source}dependencies = [{dependencies}]\n"
    )
}
