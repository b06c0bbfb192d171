//! Why a job did not succeed, in one word for programs. Pure.

use std::fmt;

use crate::aws::{self, Kind};
use crate::error::Error;
use crate::model::Exit;
use crate::{publish, store};

/// Why a job did not succeed: the output `failure-reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// Inputs, configuration or command are wrong.
    Usage,
    /// A gate did not pass.
    Gates,
    /// Cargo did not build.
    Build,
    /// An artifact, or a promise of the configuration, does not hold.
    Refused,
    /// The plan is not there, not the one that was reviewed, or not what would be deployed now.
    Plan,
    /// A new version was not as it has to be, and its alias went back.
    RolledBack,
    /// Another deployer is at work.
    Held,
    /// An alias could be brought neither forth nor back: somebody has to act now.
    Stuck,
    /// There are no AWS credentials, or they are not accepted.
    Credentials,
    /// The credentials may not do what has to be done.
    AccessDenied,
    /// The credentials belong to another account.
    WrongAccount,
    /// There is something to do, and `fail-on` says that this fails the job.
    Changes,
    /// Functions drifted, and `fail-on` says that this fails the job.
    Drift,
    /// The run was cancelled.
    Cancelled,
    /// Anything else.
    Failed,
}

impl Reason {
    /// Its word.
    #[must_use]
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Gates => "gates",
            Self::Build => "build",
            Self::Refused => "refused",
            Self::Plan => "plan",
            Self::RolledBack => "rolled-back",
            Self::Held => "held",
            Self::Stuck => "stuck",
            Self::Credentials => "credentials",
            Self::AccessDenied => "access-denied",
            Self::WrongAccount => "wrong-account",
            Self::Changes => "changes",
            Self::Drift => "drift",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }

    /// What an error stands for.
    #[must_use]
    pub(super) fn of(error: &Error) -> Self {
        match error {
            Error::WrongAccount { .. } | Error::ForbiddenAccount { .. } => Self::WrongAccount,
            Error::Interrupted | Error::FunctionInterrupted { .. } => Self::Cancelled,
            Error::PlanFile(_) => Self::Plan,
            Error::Oidc(_) => Self::Credentials,
            Error::GatesMissing { .. } => Self::Gates,
            Error::Aws(error)
            | Error::Publish(publish::Error::Aws(error))
            | Error::Store(store::Error::Aws(error)) => Self::of_aws(error),
            Error::Config(_)
            | Error::Network(_)
            | Error::Workspace(_)
            | Error::Changed(_)
            | Error::Build(_)
            | Error::Package(_)
            | Error::Stamp(_)
            | Error::Store(_)
            | Error::Publish(_)
            | Error::Smoke(_)
            | Error::Rollout(_)
            | Error::StaleSkip { .. }
            | Error::NotServed { .. }
            | Error::NeverServed { .. }
            | Error::Local(_)
            | Error::GitHub(_)
            | Error::Watch(_)
            | Error::Init(_)
            | Error::Usage { .. }
            | Error::Function { .. }
            | Error::Event(_)
            | Error::FunctionError { .. }
            | Error::Write(_) => Self::of_exit(error.exit()),
        }
    }

    /// What an exit code stands for. Without an error it is a failure that nobody expects.
    #[must_use]
    pub(super) fn of_exit(exit: Exit) -> Self {
        match exit {
            Exit::Usage => Self::Usage,
            Exit::Changes => Self::Changes,
            Exit::Refused => Self::Refused,
            Exit::RolledBack => Self::RolledBack,
            Exit::Held => Self::Held,
            Exit::Stuck => Self::Stuck,
            Exit::Build => Self::Build,
            Exit::Done | Exit::Failed => Self::Failed,
        }
    }

    fn of_aws(error: &aws::Error) -> Self {
        match error.kind() {
            Kind::NoCredentials | Kind::BadCredentials => Self::Credentials,
            Kind::AccessDenied => Self::AccessDenied,
            Kind::Conflict | Kind::Precondition => Self::Held,
            Kind::NoRegion => Self::Usage,
            Kind::NotFound
            | Kind::Throttled
            | Kind::Invalid
            | Kind::TooLarge
            | Kind::Timeout
            | Kind::Unreachable
            | Kind::Server
            | Kind::Unexpected => Self::Failed,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
