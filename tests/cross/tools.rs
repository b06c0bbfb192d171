//! Where the programs are that these tests need.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

/// Cargo's target folder of this build.
pub(crate) fn target_folder() -> &'static Utf8Path {
    Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

/// Lets `command` find zig: the one of the tests' virtual environment, or else the machine's own.
pub(crate) fn with_zig(command: &mut Command) {
    let own = target_folder().join("test-venv/bin").into_std_path_buf();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&path))).unwrap();
    let version = |program: &str, arguments: &[&str]| {
        let answer = Command::new("env").env("PATH", &path).arg(program).args(arguments).output();
        answer.is_ok_and(|answer| answer.status.success())
    };
    assert!(
        version("python3", &["-m", "ziglang", "version"]) || version("zig", &["version"]),
        "these tests build with zig: install it with `pip install ziglang`"
    );
    command.env("PATH", path);
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
