//! The Python environment under the target folder that holds what `tests/requirements.txt` pins.
//!
//! It is made by whichever test comes first, in this process or another, and again when the requirements change.

use std::process::Command;
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::{target_folder, tests_folder};

/// What is said where it cannot be made.
const NO_PYTHON: &str = "the tests run stand-ins of AWS in a virtual environment: install python3 with its venv module \
                         (Debian: apt-get install python3-venv)";

/// The environment's Python.
pub(crate) fn python() -> &'static Utf8Path {
    static PYTHON: OnceLock<Utf8PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| ensure(&folder(), &tests_folder().join("requirements.txt")))
}

/// The environment's folder.
pub(crate) fn folder() -> Utf8PathBuf {
    target_folder().join("test-venv")
}

/// A Python program of `tests/`, ready to be given arguments.
pub(crate) fn script(path: &str) -> Command {
    let mut command = Command::new(python());
    command.arg(tests_folder().join(path));
    // The sources are not the place for compiled files.
    command.env("PYTHONPYCACHEPREFIX", target_folder().join("test-pycache"));
    // Clients that are told where to go are not to be led elsewhere.
    for (name, _) in std::env::vars_os() {
        let upper = name.to_string_lossy().to_ascii_uppercase();
        if upper.starts_with("AWS_") || upper.ends_with("_PROXY") {
            command.env_remove(name);
        }
    }
    command
}

/// Makes the environment at `folder` unless one with the same requirements and of the same Python is there; answers its
/// Python. A folder that was kept may be of a Python that is gone.
pub(crate) fn ensure(folder: &Utf8Path, requirements: &Utf8Path) -> Utf8PathBuf {
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let system = if cfg!(windows) { "python" } else { "python3" };
    let version = finish(Command::new(system).arg("--version"), NO_PYTHON);
    let wanted = fs::read_to_string(requirements).expect("the requirements can be read");
    let stamp = folder.join("requirements.txt");
    let lock = fs::File::create(folder.with_extension("lock")).expect("the lock file can be made");
    lock.file().lock().expect("the lock can be taken");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) && is_of(folder, &version) {
        return python;
    }
    if folder.exists() {
        fs::remove_dir_all(folder).expect("the outdated environment can be removed");
    }
    finish(Command::new(system).args(["-m", "venv"]).arg(folder), NO_PYTHON);
    finish(
        // Compiling everything at once costs more than the few modules that are ever imported.
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"])
            .arg("--requirement")
            .arg(requirements),
        "the stand-ins of AWS could not be installed: the first run needs the Python package index",
    );
    fs::write(stamp, wanted).expect("the stamp can be written");
    python
}

/// Whether the environment was made of the Python that calls itself `version`, such as `Python 3.13.5`, or of one with which it
/// shares its packages.
fn is_of(folder: &Utf8Path, version: &str) -> bool {
    let text = fs::read_to_string(folder.join("pyvenv.cfg")).unwrap_or_default();
    let made = text.lines().find_map(|line| line.strip_prefix("version = "));
    let minor = |version: &str| version.trim().rsplit_once('.').map(|(minor, _)| minor.to_owned());
    made.is_some_and(|made| minor(&format!("Python {made}")) == minor(version))
}

/// What `command` says; fails the test with `advice` unless it succeeds.
fn finish(command: &mut Command, advice: &str) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{advice}\n{command:?}: {error}"));
    let [said, told] = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{advice}\n{command:?}\n{said}{told}");
    said
}
