//! The outer ring: the built binary on real crates against servers that speak AWS, and the proofs of what these tests
//! stand on.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may look at the world, ends when something is wrong, and says so"
)]

mod accounts;
mod boto3;
mod ci;
mod comment;
mod completions;
#[cfg(unix)]
mod crash;
mod drift;
mod errors;
mod fixtures;
mod foreground;
mod gates;
mod github;
#[cfg(unix)]
mod harm;
mod life;
mod locks;
mod many;
mod mending;
mod network;
mod pipelines;
mod plans;
mod proxy;
mod rollback;
mod rollouts;
mod secrets;
mod selection;
mod settings;
mod smoke;
mod stand_ins;
mod store;
mod support;
mod versions;
