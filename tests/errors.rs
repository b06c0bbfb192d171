//! What a user reads when something is wrong: the exact text, the exit code, and a world that the next run can use.

mod artifacts;
mod case;
mod config;
mod connection;
mod disk;
pub(crate) mod elf;
#[cfg(unix)]
mod interruption;
mod invoke;
mod races;
mod roles;
mod rollout;
mod usage;
