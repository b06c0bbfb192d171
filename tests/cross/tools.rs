//! Where the programs are that these tests need.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use crate::venv;

/// Cargo's target folder of this build.
pub(crate) fn target_folder() -> &'static Utf8Path {
    Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

/// The folder `tests/` of the repository.
pub(crate) fn tests_folder() -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("tests")
}

/// Lets `command` find the zig of the tests' virtual environment.
pub(crate) fn with_zig(command: &mut Command) {
    let programs = venv::python().parent().unwrap().to_owned().into_std_path_buf();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(programs).chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(folders).unwrap());
}

/// A shell script's line that runs the arm64 executable `program`.
pub(crate) fn emulated(program: &str) -> String {
    let folders: Vec<_> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let names = ["qemu-aarch64-static", "qemu-aarch64"];
    let places = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let qemu = places.into_iter().find(|place| place.is_file());
    let qemu = qemu.map(|place| Utf8PathBuf::try_from(place).unwrap());
    let roots = ["/usr/aarch64-linux-gnu", "/"].map(Utf8Path::new);
    let root = roots.into_iter().find(|root| root.join("lib/ld-linux-aarch64.so.1").exists());
    match (qemu, root) {
        (Some(qemu), Some(root)) => format!("exec {qemu} -L {root} {program}"),
        (None, _) => {
            panic!("these tests run arm64 code: install qemu's user-mode emulator (Debian: qemu-user-static)")
        }
        (_, None) => panic!("these tests run arm64 code: install its C library (Debian: libc6-arm64-cross)"),
    }
}
