//! Why a local AWS could not be started.

use std::io;

use camino::Utf8PathBuf;

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
    #[error("failed to listen on 127.0.0.1:{port}")]
    Listen {
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
            Self::Listen { port, .. } if *port != 0 => Some("choose another port".to_owned()),
            Self::Root { .. } | Self::Listen { .. } => None,
        }
    }
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}
