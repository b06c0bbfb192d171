//! From one environment to the next: promotion, several regions, locks of two runs at once, the store behind them and what
//! is deleted from it. The built binary against servers that speak AWS.

#![cfg(target_os = "linux")]
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may look at the world, ends when something is wrong, and says so"
)]

#[path = "delivery/acceptance.rs"]
mod acceptance;
#[path = "delivery/held.rs"]
mod held;
#[path = "delivery/moved.rs"]
mod moved;
#[path = "delivery/owner.rs"]
mod owner;
#[path = "delivery/promotion.rs"]
mod promotion;
#[path = "delivery/pruned.rs"]
mod pruned;
#[path = "delivery/reference.rs"]
mod reference;
#[path = "delivery/regions.rs"]
mod regions;
#[path = "delivery/scene.rs"]
mod scene;
#[path = "support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the outer tests use the rest")]
mod support;
