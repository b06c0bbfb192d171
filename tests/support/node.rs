//! The Node packages under the target folder that `tests/github/package-lock.json` pins, and GitHub's description cut down.
//!
//! Made by whichever test comes first, in this process or another, and again when what they are made of changes.

use std::process::Command;
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::{target_folder, tests_folder};

/// The folder with `node_modules` and `github.json`.
pub(crate) fn folder() -> &'static Utf8Path {
    static FOLDER: OnceLock<Utf8PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| ensure(target_folder().join("test-node"), &tests_folder().join("github")))
}

fn ensure(folder: Utf8PathBuf, sources: &Utf8Path) -> Utf8PathBuf {
    let read = |name: &str| fs::read_to_string(sources.join(name)).expect("the sources can be read");
    let wanted = read("package-lock.json") + &read("describe.mjs");
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
        fs::copy(sources.join(name), folder.join(name)).expect("the manifests can be copied");
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    finish(
        // Nothing of the packages runs while they are installed.
        Command::new(npm)
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(&folder),
    );
    finish(
        Command::new("node").arg(sources.join("describe.mjs")).arg(&folder).arg(folder.join("github.json")),
    );
    // The whole descriptions are 400 MB, and one of them was needed once.
    fs::remove_dir_all(folder.join("node_modules/@octokit/openapi"))
        .expect("the descriptions can be removed");
    fs::write(stamp, wanted).expect("the stamp can be written");
    folder
}

fn finish(command: &mut Command) {
    let advice = "the tests hold GitHub's stand-in against GitHub's description with Node packages: install Node 18.20 or \
                  later with npm (Debian: apt-get install nodejs npm); the first run needs the package registry of npm";
    match command.output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => panic!("{advice}\n{command:?}\n{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => panic!("{advice}\n{command:?}: {error}"),
    }
}
