//! The exit codes.

use serde::Serialize;

/// How the process ends. The numbers are part of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "u8")]
#[repr(u8)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// Failed.
    Failed = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// The plan has changes (`--detailed-exit-code`).
    Changes = 3,
    /// A check did not pass.
    Refused = 4,
    /// Held by another deployer: try again.
    Held = 6,
    /// The build failed.
    Build = 101,
}

impl From<Exit> for u8 {
    fn from(exit: Exit) -> Self {
        exit as Self
    }
}
