//! Why an alias does not serve what it was to serve.

use super::Failed;
use crate::aws;
use crate::model::{AliasName, Exit, LambdaName, Version};

/// Why an alias does not serve what it was to serve.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An AWS call failed, and the alias is as it was.
    #[error(transparent)]
    Aws(#[from] aws::Error),
    /// The new version was taken back, for its health or its smoke events.
    #[error("version {next} of lambda `{lambda}` was rolled back: {reason}")]
    TakenBack {
        /// The lambda.
        lambda: LambdaName,
        /// The version that serves nothing any more.
        next: Version,
        /// Why.
        reason: String,
        /// The smoke events that say so.
        #[source]
        smoke: Option<Box<Failed>>,
    },
    /// The rollout could not go on, and the new version was taken back.
    #[error("the rollout of version {next} of lambda `{lambda}` was broken off")]
    BrokenOff {
        /// The lambda.
        lambda: LambdaName,
        /// The version that serves nothing any more.
        next: Version,
        /// Why.
        #[source]
        source: Box<aws::Error>,
    },
    /// A signal came to one who only looked after the rollout: it goes on.
    #[error("interrupted: the rollout of version {next} of lambda `{lambda}` is still under way")]
    Left {
        /// The lambda.
        lambda: LambdaName,
        /// The version that is rolled out.
        next: Version,
    },
    /// A signal ended the rollout, and the new version was taken back.
    #[error("interrupted: version {next} of lambda `{lambda}` was rolled back")]
    Interrupted {
        /// The lambda.
        lambda: LambdaName,
        /// The version that serves nothing any more.
        next: Version,
    },
    /// The rollout stands still, with the traffic split.
    #[error("alias `{alias}` of lambda `{lambda}` is held at {percent} % of version {next}: {reason}")]
    Held {
        /// The lambda.
        lambda: LambdaName,
        /// The alias.
        alias: AliasName,
        /// The share of the new version.
        percent: String,
        /// The new version.
        next: Version,
        /// Why.
        reason: String,
    },
    /// Somebody else moved the alias; it is as they left it.
    #[error("somebody else moved alias `{alias}` of lambda `{lambda}`, and it is left as it is: {now}")]
    Moved {
        /// The lambda.
        lambda: LambdaName,
        /// The alias.
        alias: AliasName,
        /// Where it is.
        now: String,
    },
    /// The traffic is split, and it could not be undone.
    #[error("version {next} of lambda `{lambda}` still has traffic, and could not be rolled back: {reason}")]
    Stuck {
        /// The lambda.
        lambda: LambdaName,
        /// The version that has traffic.
        next: Version,
        /// Why it was to be rolled back.
        reason: String,
        /// The command that does it.
        command: String,
        /// Why it could not be.
        #[source]
        source: Box<aws::Error>,
    },
}

impl Error {
    /// Replaces every one of `secrets` in what AWS said.
    #[must_use]
    pub fn redacted(self, secrets: &[&str]) -> Self {
        let clean = |reason: &str| aws::redact(reason, secrets.iter().copied());
        match self {
            Self::Aws(error) => Self::Aws(error.redacted(secrets.iter().copied())),
            Self::TakenBack { lambda, next, reason, smoke } => {
                // The words of smoke events are redacted when they are made.
                Self::TakenBack { lambda, next, reason: clean(&reason), smoke }
            }
            Self::BrokenOff { lambda, next, source } => {
                let source = Box::new(source.redacted(secrets.iter().copied()));
                Self::BrokenOff { lambda, next, source }
            }
            Self::Held { lambda, alias, percent, next, reason } => {
                Self::Held { lambda, alias, percent, next, reason: clean(&reason) }
            }
            Self::Stuck { lambda, next, reason, command, source } => {
                let source = Box::new(source.redacted(secrets.iter().copied()));
                Self::Stuck { lambda, next, reason: clean(&reason), command, source }
            }
            Self::Moved { lambda, alias, now } => Self::Moved { lambda, alias, now: clean(&now) },
            other @ (Self::Interrupted { .. } | Self::Left { .. }) => other,
        }
    }

    /// The exit code that it stands for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Aws(error) if error.is_held() => Exit::Held,
            Self::Aws(_) | Self::BrokenOff { .. } | Self::Interrupted { .. } | Self::Left { .. } => {
                Exit::Failed
            }
            Self::TakenBack { .. } => Exit::RolledBack,
            Self::Held { .. } | Self::Moved { .. } => Exit::Held,
            Self::Stuck { .. } => Exit::Stuck,
        }
    }

    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Aws(error) => error.hint(),
            Self::TakenBack { .. } => Some("the old version serves everything again".to_owned()),
            Self::BrokenOff { .. } => {
                Some("the old version serves everything; run the command again to begin anew".to_owned())
            }
            Self::Left { .. } => {
                Some("`cargo lambdaship rollout status` shows it; the next tick goes on".to_owned())
            }
            Self::Interrupted { .. } => {
                Some("the old version serves everything again; run the command again to begin anew".to_owned())
            }
            Self::Held { .. } => Some(
                "`cargo lambdaship rollout promote` gives the new version everything, `cargo lambdaship rollout abort` the \
                 old one; `cargo lambdaship rollout resume` judges the step once more"
                    .to_owned(),
            ),
            Self::Moved { .. } => Some("`cargo lambdaship status` says where it is".to_owned()),
            Self::Stuck { command, .. } => Some(format!("act now: `{command}`")),
        }
    }
}
