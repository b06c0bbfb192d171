//! `build` and `verify` as a user runs them: what is written where, what is refused, and how each run ends.

#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests start programs and may panic")]

#[path = "artifacts/init.rs"]
mod init;
#[cfg(unix)]
#[path = "artifacts/interrupt.rs"]
mod interrupt;
#[path = "artifacts/output.rs"]
mod output;
#[path = "artifacts/refusals.rs"]
mod refusals;
#[path = "tool/mod.rs"]
mod tool;
