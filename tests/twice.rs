//! Nothing twice: what is served, kept or stored already is neither built nor sent again, from any folder, and never where
//! anything that goes into a build is not as it was.
//!
//! The built binary runs on real crates. A clone is a copy in another folder with git and without cargo's target folder.

#![cfg(target_os = "linux")]
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may look at the world, ends when something is wrong, and says so"
)]

#[path = "twice/foreground.rs"]
mod foreground;
#[path = "twice/inputs.rs"]
mod inputs;
#[path = "twice/many.rs"]
mod many;
#[path = "twice/reads.rs"]
mod reads;
#[path = "twice/scene.rs"]
mod scene;
#[path = "support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the outer tests use the rest")]
mod support;
#[path = "twice/trust.rs"]
mod trust;
