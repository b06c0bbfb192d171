//! The built binary, in a workspace that needs no registry: one function over a runtime that is only a name.

use std::process::{Command, Output, Stdio};

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

/// A workspace with functions; it is gone when this is dropped.
pub(crate) struct Folder {
    _guard: TempDir,
    pub(crate) root: Utf8PathBuf,
}

impl Folder {
    /// A workspace with one function for each name, whose `main.rs` is `source`.
    pub(crate) fn new(functions: &[&str], source: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::try_from(folder.path().canonicalize().unwrap()).unwrap();
        let folder = Self { _guard: folder, root };
        folder
            .write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"f/*\", \"lambda_runtime\"]\n");
        folder.write("lambda_runtime/Cargo.toml", manifest("lambda_runtime"));
        folder.write("lambda_runtime/src/lib.rs", "");
        for function in functions {
            let manifest = manifest(function);
            let rest = "[features]\nloud = []\n[dependencies]\nlambda_runtime = { path = \"../../lambda_runtime\" }\n";
            folder.write(&format!("f/{function}/Cargo.toml"), format!("{manifest}{rest}"));
            folder.write(&format!("f/{function}/src/main.rs"), source);
        }
        folder
    }

    /// Writes a file of the workspace, and answers its path.
    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> Utf8PathBuf {
        let path = self.root.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(&path, bytes).unwrap();
        path
    }

    /// The binary with these arguments, which are separated by spaces.
    pub(crate) fn run(&self, arguments: &str) -> Outcome {
        lambdaship(&self.root, arguments).output().unwrap().into()
    }

    /// `text` without the place of the workspace.
    pub(crate) fn placeless(&self, text: &str) -> String {
        text.replace(self.root.as_str(), "ROOT")
    }
}

fn manifest(name: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n")
}

/// The binary in `folder` with these arguments, which are separated by spaces; nothing of the developer's own settings.
pub(crate) fn lambdaship(folder: &Utf8Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-lambdaship"));
    command.current_dir(folder).arg("lambdaship").args(arguments.split(' ')).stdin(Stdio::null());
    let set = std::env::vars_os().map(|(name, _)| name);
    for name in set.filter(|name| name.to_str().is_some_and(is_of_somebodys_own)) {
        command.env_remove(name);
    }
    command
}

/// Whether a variable says how the tool or cargo is to behave, or that a pipeline is what runs the tests.
fn is_of_somebodys_own(name: &str) -> bool {
    const BEGIN: [&str; 10] = [
        "ACTIONS_",
        "AWS_",
        "CARGO_BUILD_",
        "CARGO_ENCODED_",
        "CARGO_PROFILE_",
        "CARGO_TERM_",
        "GITHUB_",
        "INPUT_",
        "LAMBDASHIP_",
        "RUNNER_",
    ];
    const NAMES: [&str; 7] =
        ["CARGO_TARGET_DIR", "CI", "CLICOLOR", "CLICOLOR_FORCE", "NO_COLOR", "RUSTC_WRAPPER", "RUSTFLAGS"];
    name != "CARGO_BUILD_JOBS" && (NAMES.contains(&name) || BEGIN.iter().any(|begin| name.starts_with(begin)))
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Outcome {
    /// Fails the test unless the run exited with `code`.
    pub(crate) fn exited(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }
}
