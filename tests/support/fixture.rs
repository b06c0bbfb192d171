//! Cargo workspaces to deploy, in a temporary folder outside the repository.

use std::io::Write;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use tempfile::TempDir;

use super::{run, tests_folder};

/// A workspace whose members are functions. Each is `tests/fixtures/function.rs` over the stub runtime, so it builds in
/// a second without a registry and really answers, wherever the Runtime API is spoken.
pub(crate) struct Fixture {
    folder: TempDir,
}

impl Fixture {
    /// A workspace with one package and binary for each name, and without a `lambdaship.toml`.
    pub(crate) fn new(functions: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("lambdaship-").tempdir().expect("a temporary folder");
        let fixture = Self { folder };
        fixture.write(
            "Cargo.toml",
            // A release that is quick to build; the user's own profile is not overruled.
            "[workspace]\nresolver = \"3\"\nmembers = [\"functions/*\", \"lambda_runtime\"]\n\n\
             [profile.release]\nopt-level = 0\nlto = \"off\"\ncodegen-units = 16\nstrip = true\n",
        );
        fixture.write(".gitignore", "target/\n");
        fs::create_dir_all(fixture.home()).expect("the home can be made");
        for path in ["lambda_runtime/Cargo.toml", "lambda_runtime/src/lib.rs"] {
            fixture.write(path, &sources(path));
        }
        for function in functions {
            fixture.add(function);
        }
        fixture
    }

    /// Adds the function `name`.
    pub(crate) fn add(&self, name: &str) {
        self.write(&format!("functions/{name}/Cargo.toml"), &manifest(name));
        self.write(&format!("functions/{name}/src/main.rs"), &sources("function.rs"));
    }

    /// Adds one package `package` with a function for each name, which are quicker to build than packages.
    pub(crate) fn add_together(&self, package: &str, functions: &[String]) {
        self.write(&format!("functions/{package}/Cargo.toml"), &manifest(package));
        for function in functions {
            self.write(&format!("functions/{package}/src/bin/{function}.rs"), &sources("function.rs"));
        }
    }

    /// The workspace's root, without symbolic links.
    pub(crate) fn root(&self) -> Utf8PathBuf {
        let root = self.folder.path().canonicalize().expect("the folder exists");
        Utf8PathBuf::try_from(root.join("workspace")).expect("temporary folders have UTF-8 names")
    }

    /// The user's home, empty and beside the workspace.
    pub(crate) fn home(&self) -> Utf8PathBuf {
        self.root().with_file_name("home")
    }

    /// Writes a file of the workspace.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("its folder can be made");
        fs::write(path, text).expect("it can be written");
    }

    /// Replaces `from`, which must be there, by `to` in a file of the workspace. Whoever watches sees one change, and never a
    /// part of a text.
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let path = self.root().join(path);
        let text = fs::read_to_string(&path).expect("it can be read");
        assert!(text.contains(from), "{path} does not contain {from}");
        let new = self.home().join("edited");
        fs::write(&new, text.replace(from, to)).expect("it can be written");
        fs::rename(new, path).expect("it can take the place of the file");
    }

    /// Writes `lambdaship.toml`.
    pub(crate) fn configure(&self, text: &str) {
        self.write("lambdaship.toml", text);
    }

    /// Changes the code of `function` so that it answers `version` from now on.
    pub(crate) fn set_version(&self, function: &str, version: &str) {
        let path = format!("functions/{function}/src/main.rs");
        let text = fs::read_to_string(self.root().join(&path)).expect("it can be read");
        let old = text.lines().find(|line| line.starts_with("const VERSION")).expect("the constant is there");
        self.edit(&path, old, &format!("const VERSION: &str = \"{version}\";"));
    }

    /// Builds `function` with plain cargo, without the tool under test, and packs it as Lambda takes it.
    pub(crate) fn zip(&self, function: &str) -> Utf8PathBuf {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let mut cargo = Command::new(env!("CARGO"));
        run::clean(&mut cargo, self);
        let output = cargo.args(["build", "--quiet", "--offline", "--package", function]).output();
        let output = output.expect("cargo starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let binary = fs::read(self.root().join("target/debug").join(function)).expect("cargo made it");
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = self.root().join("target").join(format!("{function}-{number}.zip"));
        pack(&path, &binary);
        path
    }
}

fn pack(path: &Utf8Path, binary: &[u8]) {
    let mut zip = zip::ZipWriter::new(fs::File::create(path).expect("the zip can be made"));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    zip.start_file("bootstrap", options).expect("an entry can be begun");
    zip.write_all(binary).expect("it can be written");
    zip.finish().expect("the zip can be ended");
}

fn manifest(package: &str) -> String {
    format!(
        "[package]\nname = \"{package}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nlambda_runtime = {{ path = \"../../lambda_runtime\" }}\n"
    )
}

fn sources(path: &str) -> String {
    fs::read_to_string(tests_folder().join("fixtures").join(path)).expect("the fixture can be read")
}
