//! The Python environment under the target folder that holds what `tests/requirements.txt` pins.
//!
//! It is made by whichever test comes first, in this process or another, and again when the requirements change.

use std::process::Command;
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::{target_folder, tests_folder};

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
    // What a program of the tests asks is on this machine; a developer's proxy is for what installs packages.
    for name in ["ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command
}

/// Makes the environment at `folder` unless one with the same requirements is there; answers its Python.
pub(crate) fn ensure(folder: &Utf8Path, requirements: &Utf8Path) -> Utf8PathBuf {
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let wanted = fs::read_to_string(requirements).expect("the requirements can be read");
    let stamp = folder.join("requirements.txt");
    let lock = fs::File::create(folder.with_extension("lock")).expect("the lock file can be made");
    lock.file().lock().expect("the lock can be taken");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return python;
    }
    if folder.exists() {
        fs::remove_dir_all(folder).expect("the outdated environment can be removed");
    }
    let system = if cfg!(windows) { "python" } else { "python3" };
    finish(
        Command::new(system).args(["-m", "venv"]).arg(folder),
        "the tests run stand-ins of AWS in a virtual environment: install python3 with its venv module \
         (Debian: apt-get install python3-venv)",
    );
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

fn finish(command: &mut Command, advice: &str) {
    match command.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => panic!("{advice}\n{command:?}\n{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => panic!("{advice}\n{command:?}: {error}"),
    }
}
