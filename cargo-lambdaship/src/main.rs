//! The `cargo-lambdaship` binary.

fn main() {}
