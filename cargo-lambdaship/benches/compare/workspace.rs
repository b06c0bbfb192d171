//! Workspaces to deploy: many small functions, each a package, in a git repository of their own.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use tempfile::TempDir;

use crate::cloud::{REGION, ROLE, STORE};
use crate::{tests_folder, tools};

/// One profile for both tools, which each have defaults of their own.
const PROFILE: &str = "[profile.release]\nopt-level = 1\nlto = \"off\"\ncodegen-units = 1\nstrip = \"symbols\"\n\
                       panic = \"abort\"\nincremental = false\n";

/// What Lambda would have to be to run what is built for this machine: nobody has to cross-compile.
const ARCH: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };

/// What the function of `examples/hello` needs.
const REAL_NEEDS: &str = "lambda_runtime = \"1\"\nserde = { version = \"1\", features = [\"derive\"] }\n\
                          serde_json = \"1\"\ntokio = { version = \"1\", features = [\"macros\", \"rt\"] }\n";

/// The name of the large file in each package.
const PAYLOAD: &str = "payload.bin";

/// A workspace in a temporary folder outside of the repository, whose settings for cargo would count as its own.
pub(crate) struct Workspace {
    folder: TempDir,
    functions: usize,
}

impl Workspace {
    /// A workspace of so many functions over the stub runtime of the tests, so that they build quickly and offline.
    pub(crate) fn new(functions: usize) -> Self {
        let workspace = Self { folder: folder(), functions };
        workspace.write("Cargo.toml", &root("\"functions/*\", \"lambda_runtime\""));
        for path in ["lambda_runtime/Cargo.toml", "lambda_runtime/src/lib.rs"] {
            workspace.write(path, &fixture(path));
        }
        for name in workspace.names() {
            let needs = "lambda_runtime = { path = \"../../lambda_runtime\" }\n";
            workspace.write(&format!("functions/{name}/Cargo.toml"), &manifest(&name, needs));
            workspace.set_version(&name, 1);
        }
        // Without it in the commit, the first build of each clone would change its own source.
        workspace.run(env!("CARGO"), &["generate-lockfile", "--offline", "--quiet"]);
        workspace.begin();
        workspace
    }

    /// A workspace of so many functions over AWS's own runtime, as everybody has them: the function of `examples/hello`,
    /// with the versions of this repository's `Cargo.lock`.
    pub(crate) fn real(functions: usize) -> Self {
        let workspace = Self { folder: folder(), functions };
        workspace.write("Cargo.toml", &root("\"functions/*\""));
        let code = of_repository("examples/hello/src/main.rs");
        for name in workspace.names() {
            workspace.write(&format!("functions/{name}/Cargo.toml"), &manifest(&name, REAL_NEEDS));
            workspace.write(
                &format!("functions/{name}/src/main.rs"),
                &code.replace("\"world\"", &format!("\"{name}\"")),
            );
        }
        // Cargo takes out of it what these functions do not need.
        workspace.write("Cargo.lock", &of_repository("Cargo.lock"));
        workspace.run(env!("CARGO"), &["metadata", "--format-version", "1", "--quiet"]);
        workspace.begin();
        workspace
    }

    /// Configures and commits it.
    fn begin(&self) {
        self.write(".gitignore", "target/\n");
        self.configure(&[]);
        self.git(&["init", "--quiet"]);
        self.commit();
    }

    /// The names of its functions.
    pub(crate) fn names(&self) -> Vec<String> {
        (1..=self.functions).map(|number| format!("f{number:03}")).collect()
    }

    /// Its root.
    pub(crate) fn root(&self) -> Utf8PathBuf {
        let folder = self.folder.path().canonicalize().expect("the folder exists");
        Utf8PathBuf::try_from(folder).expect("temporary folders have UTF-8 names").join("workspace")
    }

    /// Beside it, the home of its user.
    pub(crate) fn home(&self) -> Utf8PathBuf {
        self.root().with_file_name("home")
    }

    /// What a colleague, or a job of a CI, has: the commit, and nothing that was built.
    pub(crate) fn clone_cold(&self) -> Self {
        let clone = Self { folder: folder(), functions: self.functions };
        self.git(&["clone", "--quiet", "--no-hardlinks", ".", clone.root().as_str()]);
        clone
    }

    /// Writes the code of `function`, which is no other function's. No two versions are the same.
    pub(crate) fn set_version(&self, function: &str, version: usize) {
        let (old, new) =
            ("const VERSION: &str = \"1\"", format!("const VERSION: &str = \"{function} {version}\""));
        let code = fixture("function.rs").replace(old, &new);
        self.write(&format!("functions/{function}/src/main.rs"), &code);
    }

    /// Writes `lambdaship.toml`.
    pub(crate) fn configure(&self, more: &[More]) {
        let has = |wanted: More| more.contains(&wanted);
        let include = if has(More::Payload) { format!("include = [\"{PAYLOAD}\"]\n") } else { String::new() };
        let store = if has(More::Store) { format!("store = \"{STORE}\"\n") } else { String::new() };
        let function = format!("[function]\narch = \"{ARCH}\"\nrole = \"{ROLE}\"\n{include}");
        let environments =
            ["bench", "other"].map(|env| format!("\n[env.{env}]\nregion = \"{REGION}\"\n{store}"));
        self.write("lambdaship.toml", &format!("{function}{}", environments.concat()));
    }

    /// Gives each function a file of so many bytes that no compressor can make fewer. It is the same file for all: what
    /// makes their zips differ is their code.
    pub(crate) fn add_payload(&self, size: usize) {
        let mut bytes = vec![0; size];
        fastrand::Rng::with_seed(1).fill(&mut bytes);
        let payload = self.root().join(PAYLOAD);
        fs::write(&payload, bytes).expect("it can be written");
        for name in self.names() {
            let link = self.root().join("functions").join(name).join(PAYLOAD);
            fs::hard_link(&payload, link).expect("it can have another name");
        }
    }

    /// Commits all there is.
    pub(crate) fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&[
            "-c",
            "user.name=bench",
            "-c",
            "user.email=bench@localhost",
            "commit",
            // Of many functions only those few may be new that the other tool deploys: nothing at all, then.
            "--allow-empty",
            "--quiet",
            "-m",
            "All",
        ]);
    }

    fn git(&self, arguments: &[&str]) {
        self.run("git", arguments);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(program);
        tools::clean(&mut command, self);
        tools::finish(command.args(arguments));
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("its folder can be made");
        fs::write(path, text).expect("it can be written");
    }
}

/// What a configuration has beside what all have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum More {
    /// An S3 bucket.
    Store,
    /// A large file in each artifact.
    Payload,
}

fn folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("lambdaship-bench-").tempdir().expect("a temporary folder");
    let path = Utf8Path::from_path(folder.path()).expect("temporary folders have UTF-8 names");
    for name in ["workspace", "home"] {
        fs::create_dir(path.join(name)).expect("a folder can be made");
    }
    folder
}

fn root(members: &str) -> String {
    format!("[workspace]\nresolver = \"3\"\nmembers = [{members}]\n\n{PROFILE}")
}

fn manifest(package: &str, needs: &str) -> String {
    format!(
        "[package]\nname = \"{package}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{needs}"
    )
}

fn of_repository(path: &str) -> String {
    let file = tests_folder().with_file_name(path);
    fs::read_to_string(file).expect("the repository has it")
}

fn fixture(path: &str) -> String {
    fs::read_to_string(tests_folder().join("fixtures").join(path)).expect("the fixture can be read")
}
