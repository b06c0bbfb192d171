//! The action and the workflows, without GitHub: read by GitHub's own parser, expressions evaluated by its own engine, and
//! their steps run as its runner does, with the built binary, a local AWS and a stand-in of GitHub's API.

#![cfg(target_os = "linux")]
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may look at the world, ends when something is wrong, and says so"
)]

#[path = "action/cancelled.rs"]
mod cancelled;
#[path = "action/jobs.rs"]
mod jobs;
#[path = "action/lint.rs"]
mod lint;
#[path = "action/linted.rs"]
mod linted;
#[path = "action/runner.rs"]
mod runner;
#[path = "action/steps.rs"]
mod steps;
#[path = "support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the outer tests use the rest")]
mod support;
