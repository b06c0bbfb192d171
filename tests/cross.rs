//! Building for another machine with zig, and running the result: the example for arm64, answering under qemu.
//!
//! Zig comes from the tests' virtual environment. Qemu's user-mode emulator and arm64's C library do not (Debian:
//! `qemu-user-static`, `libc6-arm64-cross`): where they are missing, the tests fail with the way to get them.

#![cfg(target_os = "linux")]
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "tests start programs and may panic"
)]

#[path = "cross/answers.rs"]
mod answers;
#[path = "cross/glibc.rs"]
mod glibc;
#[path = "runtime/support.rs"]
#[expect(dead_code, reason = "the other tests of the runtime use the rest")]
mod support;
#[path = "tool/mod.rs"]
#[expect(dead_code, reason = "the tests of artifacts use the rest")]
mod tool;
#[path = "cross/tools.rs"]
mod tools;
#[path = "support/venv.rs"]
#[expect(dead_code, reason = "the outer tests run Python programs in it")]
mod venv;

use tools::{target_folder, tests_folder};
