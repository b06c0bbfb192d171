//! Starting other programs, in this file only.

use std::ffi::OsStr;

/// A program to run to its end.
#[must_use]
pub fn command(program: impl AsRef<OsStr>) -> std::process::Command {
    #[expect(clippy::disallowed_methods, reason = "the one place that starts programs")]
    std::process::Command::new(program)
}

/// A program to run beside other work; it is killed when its handle is dropped.
#[must_use]
pub fn background(program: impl AsRef<OsStr>) -> tokio::process::Command {
    let mut command = tokio::process::Command::from(command(program));
    command.kill_on_drop(true);
    command
}
