//! Runs real processes behind the local Runtime API: the example's binary, and scripts that misbehave.

#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests start programs and may panic")]

#[path = "runtime/example.rs"]
mod example;
#[cfg(unix)]
#[path = "runtime/failures.rs"]
mod failures;
#[path = "runtime/gateway.rs"]
mod gateway;
#[cfg(unix)]
#[path = "runtime/lifecycle.rs"]
mod lifecycle;
#[cfg(unix)]
#[path = "runtime/protocol.rs"]
mod protocol;
#[path = "runtime/support.rs"]
mod support;
