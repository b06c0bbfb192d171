//! The exit codes.

use serde::{Deserialize, Serialize};

/// How the process ends. The numbers are part of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
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
    /// Rolled back: a version was not as it has to be.
    RolledBack = 5,
    /// Held by another deployer: try again.
    Held = 6,
    /// A rollback could not be completed: act now.
    Stuck = 7,
    /// The build failed.
    Build = 101,
}

impl Exit {
    /// What a run ends with that ended one part as `self` and another as `other`. The numbers say nothing about it:
    /// "try again" must not hide a failure that trying again does not mend.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        if other.weight() > self.weight() { other } else { self }
    }

    fn weight(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Changes => 1,
            Self::Held => 2,
            Self::Usage => 3,
            Self::Failed => 4,
            Self::Refused => 5,
            Self::RolledBack => 6,
            Self::Build => 7,
            Self::Stuck => 8,
        }
    }
}

/// A number that no command ends with.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not one of the exit codes")]
pub struct UnknownExit(u8);

impl TryFrom<u8> for Exit {
    type Error = UnknownExit;

    fn try_from(code: u8) -> Result<Self, UnknownExit> {
        let all = [
            Self::Done,
            Self::Failed,
            Self::Usage,
            Self::Changes,
            Self::Refused,
            Self::RolledBack,
            Self::Held,
            Self::Stuck,
            Self::Build,
        ];
        all.into_iter().find(|exit| *exit as u8 == code).ok_or(UnknownExit(code))
    }
}

impl From<Exit> for u8 {
    fn from(exit: Exit) -> Self {
        exit as Self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_of_two_ends_is_the_one_that_trying_again_does_not_mend() {
        let rising = [
            Exit::Done,
            Exit::Changes,
            Exit::Held,
            Exit::Usage,
            Exit::Failed,
            Exit::Refused,
            Exit::RolledBack,
            Exit::Build,
            Exit::Stuck,
        ];
        for (index, less) in rising.into_iter().enumerate() {
            for more in rising.into_iter().skip(index) {
                assert_eq!((less.worse(more), more.worse(less)), (more, more), "{less:?} {more:?}");
            }
        }
    }
}
