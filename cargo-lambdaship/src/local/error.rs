//! Why a local AWS could not be started, or a function could not be run.

use std::io;

use camino::Utf8PathBuf;

use super::fault::Fault;
use super::state;

/// Why a local AWS could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process owns the root.
    #[error("the local AWS in `{root}` is held by {}", holder(*.pid))]
    Held {
        /// The folder that both want.
        root: Utf8PathBuf,
        /// The process that owns it, where it said so.
        pid: Option<u32>,
    },
    /// A server runs for this root already, in the foreground.
    #[error("the local AWS in `{root}` runs already, at {endpoint}")]
    Running {
        /// The folder that both want.
        root: Utf8PathBuf,
        /// Where the other listens.
        endpoint: String,
        /// The process that it runs in.
        pid: u32,
    },
    /// A file of the root could not be read or written; the cause names it.
    #[error("failed to open the local AWS in `{root}`")]
    Root {
        /// The folder.
        root: Utf8PathBuf,
        /// What failed.
        #[source]
        source: io::Error,
    },
    /// The kept state cannot be used.
    #[error("failed to load the state of the local AWS")]
    State(#[from] state::Error),
    /// The port is taken or not allowed.
    #[error("failed to listen on 127.0.0.1:{port} for AWS")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What failed.
        #[source]
        source: io::Error,
    },
    /// The port of the function URLs is taken or not allowed.
    #[error("failed to listen on 127.0.0.1:{port} for function URLs")]
    ListenUrls {
        /// The port that was asked for.
        port: u16,
        /// What failed.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Held { .. } => Some("wait for the other run to end, then try again".to_owned()),
            Self::State(error) => Some(error.hint()),
            Self::Running { pid, .. } => {
                Some(format!("use that one (every command with `--env local` does), or end process {pid}"))
            }
            Self::Listen { port: 0, .. } | Self::ListenUrls { port: 0, .. } | Self::Root { .. } => None,
            Self::Listen { .. } => Some(another("--port")),
            Self::ListenUrls { .. } => Some(another("--url-port")),
        }
    }
}

/// Why a function was not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// The HTTP status that Invoke would answer with.
    pub status: u16,
    /// The code of the error, such as `ResourceNotFoundException`.
    pub code: &'static str,
    /// What is wrong, in a sentence.
    pub message: String,
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self { status: fault.status.as_u16(), code: fault.code, message: fault.message }
    }
}

fn another(flag: &str) -> String {
    format!("choose another with `{flag} PORT`; `{flag} 0` takes any that is free")
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}
