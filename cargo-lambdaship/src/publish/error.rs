//! Why a lambda was not published.

use camino::Utf8PathBuf;

use super::Done;
use crate::aws;
use crate::interruption::Interrupted;
use crate::model::{CodeSha256, Exit, LambdaName, Version};
use crate::rollout::{self, Failed};

/// Why a lambda was not published.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An AWS call failed.
    #[error(transparent)]
    Aws(#[from] aws::Error),
    /// The artifact could not be read.
    #[error("failed to read the artifact")]
    Artifact(#[from] std::io::Error),
    /// The artifact is no longer what was planned.
    #[error("failed to upload `{path}`: the file changed since it was planned")]
    ArtifactChanged {
        /// The zip.
        path: Utf8PathBuf,
    },
    /// Somebody else wrote to the lambda between two of our steps.
    #[error("failed to publish lambda `{lambda}`: somebody else changed it at the same time")]
    ChangedMeanwhile {
        /// The lambda.
        lambda: LambdaName,
    },
    /// Lambda took other bytes from the store than were put there.
    #[error("failed to update lambda `{lambda}` from {object}: what is there now has the SHA-256 {found}")]
    OtherObject {
        /// The lambda.
        lambda: LambdaName,
        /// The object.
        object: String,
        /// What Lambda found.
        found: CodeSha256,
    },
    /// The new version did not pass its smoke events.
    #[error(transparent)]
    Smoke(Failed),
    /// The alias was not brought to the new version.
    #[error(transparent)]
    Rollout(#[from] rollout::Error),
    /// A signal came, and this run left no alias between two versions.
    #[error("interrupted")]
    Interrupted,
    /// The alias was found in the middle of a rollout, and is still.
    #[error("the rollout of version {next} is still under way, with the alias between two versions")]
    StillRolling {
        /// The version that is rolled out.
        next: Version,
        /// Why the rollout was not gone on with.
        #[source]
        source: Box<Self>,
    },
}

impl From<Interrupted> for Error {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

/// A job that was not carried out to its end.
#[derive(Debug)]
pub struct Stopped {
    /// What was done before.
    pub done: Done,
    /// What stopped it.
    pub error: Error,
}

impl Error {
    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Aws(error) => error.hint(),
            Self::Artifact(_) => None,
            Self::ArtifactChanged { .. } => {
                Some("run the command again, with no other build at the same time".to_owned())
            }
            Self::OtherObject { .. } => Some(
                "nothing was published; find out who wrote to the bucket, delete the object, and run the command again"
                    .to_owned(),
            ),
            Self::ChangedMeanwhile { .. } => Some(
                "the alias is as it was; run the command again when the other deployer is done".to_owned(),
            ),
            Self::Smoke(_) => {
                Some("the alias is as it was; mend the function, or what its smoke events expect".to_owned())
            }
            Self::Rollout(error) => error.hint(),
            Self::StillRolling { .. } => Some(
                "`cargo lambdaship rollout status` shows it; run the command again to go on, or end it with \
                 `cargo lambdaship rollout abort`"
                    .to_owned(),
            ),
            Self::Interrupted => {
                Some("no alias is left between two versions; run the command again to go on".to_owned())
            }
        }
    }

    /// The same of an alias that is still in the middle of the rollout of `next`.
    #[must_use]
    pub(super) fn of_rollout(self, next: Option<Version>) -> Self {
        match next {
            Some(next) => Self::StillRolling { next, source: Box::new(self) },
            None => self,
        }
    }

    /// Replaces every one of `secrets` in what AWS said.
    #[must_use]
    pub(super) fn redacted(self, secrets: &[&str]) -> Self {
        match self {
            Self::Aws(error) => Self::Aws(error.redacted(secrets.iter().copied())),
            Self::Rollout(error) => Self::Rollout(error.redacted(secrets)),
            Self::StillRolling { next, source } => {
                Self::StillRolling { next, source: Box::new(source.redacted(secrets)) }
            }
            // The words of a smoke event are redacted when they are made, since they may be cut then.
            other @ (Self::Artifact(_)
            | Self::ArtifactChanged { .. }
            | Self::OtherObject { .. }
            | Self::ChangedMeanwhile { .. }
            | Self::Smoke(_)
            | Self::Interrupted) => other,
        }
    }

    /// The exit code that it stands for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Aws(error) if error.is_held() => Exit::Held,
            Self::OtherObject { .. } => Exit::Refused,
            Self::Aws(_) | Self::Artifact(_) | Self::ArtifactChanged { .. } | Self::Interrupted => {
                Exit::Failed
            }
            Self::ChangedMeanwhile { .. } => Exit::Held,
            Self::Smoke(_) => Exit::RolledBack,
            Self::Rollout(error) => error.exit(),
            Self::StillRolling { source, .. } => source.exit(),
        }
    }
}
