//! Workspaces for tests: written into a temporary folder, with stand-ins for the Lambda runtimes, so that cargo needs
//! no network.

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use tempfile::TempDir;

use super::{CargoOptions, Error, Function, Workspace, discover};
use crate::console::{Console, Verbosity};
use crate::context::{Context, instant};
use crate::model::FunctionName;

/// A workspace on disk; it is gone when this is dropped.
pub(crate) struct Fixture {
    _directory: TempDir,
    pub(crate) root: Utf8PathBuf,
}

impl Fixture {
    /// A workspace of `members`, each with its name and the rest of its manifest after `[package]`'s first lines.
    /// Every member has `src/main.rs`.
    pub(crate) fn new(members: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::try_from(directory.path().canonicalize().unwrap()).unwrap();
        // Cargo's paths have no Windows verbatim prefix.
        let root = Utf8PathBuf::from(root.as_str().trim_start_matches(r"\\?\"));
        let fixture = Self { _directory: directory, root };
        for runtime in ["lambda_runtime", "lambda_http"] {
            fixture.write(&format!("vendor/{runtime}/Cargo.toml"), &manifest(runtime, ""));
            fixture.write(&format!("vendor/{runtime}/src/lib.rs"), "");
        }
        let names: Vec<String> = members.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let workspace = "[workspace]\nresolver = \"3\"\nexclude = [\"vendor\"]\nmembers = ";
        fixture.write("Cargo.toml", &format!("{workspace}[{}]\n", names.join(", ")));
        for (name, rest) in members {
            fixture.write(&format!("{name}/Cargo.toml"), &manifest(name, rest));
            fixture.write(&format!("{name}/src/main.rs"), "fn main() {}\n");
        }
        fixture
    }

    /// Writes a file below the root.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A context whose working directory is the root.
    pub(crate) fn context(&self) -> Context {
        context(&self.root)
    }

    /// Discovers the functions.
    pub(crate) fn discover(&self) -> Result<Workspace, Error> {
        let options = CargoOptions { lock_flags: vec!["--offline".to_owned()], ..CargoOptions::default() };
        discover(&self.context(), &options)
    }
}

/// The dependency on the stand-in for `lambda_runtime`, for a member's manifest.
pub(crate) const RUNTIME: &str = "[dependencies]\nlambda_runtime = { path = \"../vendor/lambda_runtime\" }\n";

fn manifest(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}")
}

/// A quiet context in `directory`.
pub(crate) fn context(directory: &Utf8Path) -> Context {
    Context {
        console: Console::buffered(Verbosity::Quiet).0,
        environment: std::iter::empty::<(&str, &str)>().collect(),
        directory: directory.to_owned(),
        begun: instant(),
    }
}

/// A workspace with these functions, each in a package of its own, that is not on disk.
pub(crate) fn workspace(functions: &[&str]) -> Workspace {
    let function = |name: &&str| Function {
        name: FunctionName::new(*name).unwrap(),
        package: (*name).to_owned(),
        manifest_path: Utf8PathBuf::from(format!("/workspace/{name}/Cargo.toml")),
    };
    Workspace {
        root: "/workspace".into(),
        target_directory: "/workspace/target".into(),
        functions: functions.iter().map(function).collect(),
        members: Vec::new(),
    }
}
