//! The action and the workflows, without GitHub: read by GitHub's own parser, expressions evaluated by its own engine, and
//! their steps run as its runner does, with the built binary, a local AWS and a stand-in of GitHub's API.

#![cfg(target_os = "linux")]
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may look at the world, ends when something is wrong, and says so"
)]

#[path = "action/bundle.rs"]
mod bundle;
#[path = "action/canaries.rs"]
mod canaries;
#[path = "action/cancelled.rs"]
mod cancelled;
#[path = "rollouts/counter.rs"]
#[expect(dead_code, reason = "the tests of rollouts use the rest")]
mod counter;
#[path = "action/deploys.rs"]
mod deploys;
#[path = "action/hostile.rs"]
mod hostile;
#[path = "action/hub.rs"]
mod hub;
#[path = "action/jobs.rs"]
mod jobs;
#[path = "action/lint.rs"]
mod lint;
#[path = "action/linted.rs"]
mod linted;
#[path = "action/pull_requests.rs"]
mod pull_requests;
#[path = "action/reviewed.rs"]
mod reviewed;
#[path = "action/runner.rs"]
mod runner;
#[path = "action/shop.rs"]
mod shop;
#[path = "action/steps.rs"]
mod steps;
#[path = "support/mod.rs"]
#[expect(dead_code, reason = "the outer tests use the rest")]
mod support;
#[path = "action/templates.rs"]
mod templates;
