//! The same source, built in two folders at two times, gives the same zip, byte for byte.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use camino::{Utf8Path, Utf8PathBuf};
use cargo_lambdaship::build::{self, Built, Platform, Request, Toolchain, Unit};
use cargo_lambdaship::console::{Buffer, Console, Verbosity};
use cargo_lambdaship::context::Context;
use cargo_lambdaship::model::{BuilderChoice, FunctionName};
use cargo_lambdaship::package;
use cargo_lambdaship::workspace::{CargoOptions, Function, Workspace};

/// A workspace without dependencies whose code shows where it was compiled, wherever the compiler lets it: in a panic's
/// place, in a library outside of the package, and in what a build script writes.
const SOURCES: [(&str, &str); 7] = [
    ("Cargo.toml", "[workspace]\nmembers = [\"hello\", \"shared\"]\nresolver = \"3\"\n"),
    (
        "hello/Cargo.toml",
        "[package]\nname = \"hello\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nshared = { path = \"../shared\" }\n",
    ),
    ("hello/build.rs", include_str!("fixtures/reproducible/build.rs")),
    ("hello/src/main.rs", include_str!("fixtures/reproducible/main.rs")),
    ("hello/data/greeting.txt", "hello\n"),
    ("shared/Cargo.toml", "[package]\nname = \"shared\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
    ("shared/src/lib.rs", include_str!("fixtures/reproducible/shared.rs")),
];

struct Folder {
    _guard: tempfile::TempDir,
    workspace: Workspace,
    context: Context,
    stderr: Buffer,
}

impl Folder {
    fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap().join(name);
        for (path, text) in SOURCES {
            fs_err::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs_err::write(root.join(path), text).unwrap();
        }
        let (console, _stdout, stderr) = Console::buffered(Verbosity::Quiet);
        let context = Context { directory: root.clone(), ..Context::from_process(console).unwrap() };
        let function = Function {
            name: FunctionName::new("hello").unwrap(),
            package: "hello".to_owned(),
            manifest_path: root.join("hello/Cargo.toml"),
        };
        let target_directory = root.join("target");
        let workspace = Workspace { target_directory, root, functions: vec![function], members: Vec::new() };
        Self { _guard: folder, workspace, context, stderr }
    }

    fn build(&self) -> Result<Vec<Built>, build::Error> {
        self.build_for(&Platform::Host, BuilderChoice::Auto)
    }

    fn build_for(&self, platform: &Platform, builder: BuilderChoice) -> Result<Vec<Built>, build::Error> {
        let toolchain = Toolchain::load(&self.context, &self.workspace.root)?;
        let units = self.workspace.functions.iter();
        let units =
            units.map(|function| Unit { function: function.clone(), platform: platform.clone() }).collect();
        let options = CargoOptions::default();
        let request = Request { workspace: &self.workspace, cargo: &options, builder, units };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(build::build(&self.context, &request, &toolchain))
    }

    fn pack(&self) -> Utf8PathBuf {
        let built = self.build().unwrap();
        let [hello] = built.as_slice() else { panic!("{built:?}") };
        let root = self.workspace.root.join("hello");
        let includes = package::collect_includes(&root, &["data".to_owned()]).unwrap();
        let out = package::path(&self.workspace.target_directory, &hello.function);
        package::pack(&hello.function, &hello.binary, &includes, &out).unwrap().path
    }
}

#[test]
fn two_folders_give_the_same_zip() {
    let (one, two) = (Folder::new("one"), Folder::new("another/and/deeper"));
    let (first, second) = (fs_err::read(one.pack()).unwrap(), fs_err::read(two.pack()).unwrap());
    let binary = fs_err::read(&one.build().unwrap()[0].binary).unwrap();
    for folder in [one.workspace.root.as_str(), env!("CARGO_MANIFEST_DIR")] {
        let shows = binary.windows(folder.len()).any(|bytes| bytes == folder.as_bytes());
        assert!(!shows, "the binary names the folder {folder}");
    }
    assert!(first == second, "the zips differ: {} and {} bytes", first.len(), second.len());
    assert_eq!(one.stderr.text(), "");
}

#[test]
fn a_package_that_does_not_compile_is_a_failed_build() {
    let folder = Folder::new("broken");
    fs_err::write(folder.workspace.root.join("hello/src/main.rs"), "fn main() { nothing }").unwrap();
    let error = folder.build().unwrap_err();
    assert!(matches!(error, build::Error::Failed { .. }), "{error}");
    assert_eq!(error.to_string(), "failed to build hello");
}

#[test]
fn a_target_that_the_toolchain_lacks_is_named_with_the_way_to_get_it() {
    let folder = Folder::new("target");
    let platform = Platform::Target("sparc64-unknown-linux-gnu".parse().unwrap());
    let error = folder.build_for(&platform, BuilderChoice::Cargo).unwrap_err();
    assert_eq!(error.to_string(), "the Rust toolchain has no standard library for sparc64-unknown-linux-gnu");
    assert_eq!(error.hint().as_deref(), Some("run `rustup target add sparc64-unknown-linux-gnu`"));
}
