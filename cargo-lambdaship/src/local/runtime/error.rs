//! What keeps a function from being run at all. A function that runs and fails is an answer, not an error.

use std::io;

use camino::Utf8PathBuf;

/// Why an event could not be given to a function.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The pool was shut down before or during the invocation.
    #[error("`{lambda}` was not run to its end: the local AWS is shutting down")]
    Closed {
        /// The lambda.
        lambda: String,
    },
    /// The unpacked code is gone.
    #[error("the code of `{lambda}` is not at `{folder}`")]
    CodeMissing {
        /// The lambda.
        lambda: String,
        /// Where its code should be.
        folder: Utf8PathBuf,
    },
    /// No loopback port for the Runtime API.
    #[error("failed to open a loopback port for the runtime of `{lambda}`")]
    Listen {
        /// The lambda.
        lambda: String,
        /// Why.
        source: io::Error,
    },
    /// The log file cannot be written; the cause names it.
    #[error("failed to open the log of `{lambda}`")]
    Log {
        /// The lambda.
        lambda: String,
        /// Why, with the path.
        source: io::Error,
    },
    /// The system refuses to start the process, for a reason other than the `bootstrap` file.
    #[error("failed to start a process for `{lambda}`")]
    Start {
        /// The lambda.
        lambda: String,
        /// Why.
        source: io::Error,
    },
}

impl Error {
    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::CodeMissing { .. } => {
                Some("deploy it again with `cargo lambdaship deploy --env local`".to_owned())
            }
            Self::Closed { .. } | Self::Listen { .. } | Self::Log { .. } | Self::Start { .. } => None,
        }
    }
}
