//! The verbs. Each is one file, and reads like the straight line of ARCHITECTURE.md.
//!
//! In: a request that `cli` made of flags. Out: a value that `report` renders, or an [`Error`](crate::error::Error).

mod alarms;
pub mod artifacts;
pub mod build;
pub mod ci;
pub mod deploy;
pub mod doctor;
pub mod drift;
pub mod gate;
mod guard;
pub mod history;
pub mod init;
pub mod invoke;
mod ledger;
mod line;
pub mod local;
pub mod locks;
pub mod logs;
pub mod matrix;
pub mod observe;
pub mod plan;
pub mod plan_file;
pub mod promote;
pub mod prune;
pub mod report;
pub mod rollback;
pub mod rollout;
pub mod rollout_flags;
pub mod session;
mod ship;
pub mod status;
pub mod supply;
pub mod verify;

#[cfg(test)]
mod tests;
