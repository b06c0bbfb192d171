//! Rollouts under load: the built binary moves the alias of a real function in steps, on a local AWS that routes, counts
//! and judges, while somebody calls it all the time.
//!
//! A version's behaviour is a matter of its variables (`fixtures/load.rs`), so each new one costs no build.

#![cfg(target_os = "linux")]
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may look at the world, ends when something is wrong, and says so"
)]

#[path = "load/alarms.rs"]
mod alarms;
#[path = "load/bad.rs"]
mod bad;
#[path = "load/calls.rs"]
mod calls;
#[path = "load/dead_man.rs"]
mod dead_man;
#[path = "load/good.rs"]
mod good;
#[path = "load/quiet.rs"]
mod quiet;
#[path = "load/shown.rs"]
mod shown;
#[path = "load/stage.rs"]
mod stage;
#[path = "support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the outer tests use the rest")]
mod support;
#[path = "load/verbs.rs"]
mod verbs;
