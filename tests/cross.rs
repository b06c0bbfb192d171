//! Building for another machine with zig, and running the result: the example for arm64, answering under qemu.
//!
//! Needs zig (`pip install ziglang`), qemu's user-mode emulator and arm64's C library (Debian: `qemu-user-static`,
//! `libc6-arm64-cross`). Whatever is missing fails the tests, with the way to get it.

#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests start programs and may panic")]

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
