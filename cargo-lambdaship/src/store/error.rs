//! What can go wrong with the store.

use camino::Utf8PathBuf;

use crate::aws;
use crate::model::{CodeSha256, Exit, StoreName};

/// Why the store could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A request failed.
    #[error(transparent)]
    Aws(#[from] aws::Error),
    /// What is kept as an artifact is another one.
    #[error("artifact {} of store `{store}` is not what its name says: its SHA-256 is {}", expected.hex(), found.hex())]
    Tampered {
        /// The store.
        store: StoreName,
        /// What it is called.
        expected: CodeSha256,
        /// What it is.
        found: CodeSha256,
    },
    /// An artifact is not there.
    #[error("artifact {} is not in store `{store}`", code.hex())]
    Missing {
        /// The store.
        store: StoreName,
        /// The artifact.
        code: CodeSha256,
    },
    /// A file is not the artifact that it was taken for.
    #[error("{zip} was changed: its SHA-256 is {} and no longer {}", found.hex(), expected.hex())]
    Changed {
        /// The file.
        zip: Utf8PathBuf,
        /// What it was.
        expected: CodeSha256,
        /// What it is.
        found: CodeSha256,
    },
    /// A file could not be read or written.
    #[error("failed to {action} {path}")]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A lock is there that this version cannot read, and so cannot know who holds it until when.
    #[error("s3://{}/{key} is no lock that this version of cargo-lambdaship can read", store.bucket())]
    Lock {
        /// The store.
        store: StoreName,
        /// The lock's whole key.
        key: String,
    },
    /// A document could not be put into JSON.
    #[error("failed to write a document for store `{store}`")]
    Json {
        /// The store.
        store: StoreName,
        /// Why.
        source: serde_json::Error,
    },
}

impl Error {
    /// The exit code that this error stands for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Aws(error) if error.is_held() => Exit::Held,
            Self::Tampered { .. } => Exit::Refused,
            Self::Aws(_)
            | Self::Missing { .. }
            | Self::Changed { .. }
            | Self::File { .. }
            | Self::Lock { .. }
            | Self::Json { .. } => Exit::Failed,
        }
    }

    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Aws(error) => error.hint(),
            Self::Tampered { store, expected, .. } => {
                let place = place(store, &super::keys::artifact(*expected));
                Some(format!(
                    "find out who wrote {place}, and delete it: the next deploy puts the right one there"
                ))
            }
            Self::Missing { .. } => Some("deploy it from its source, which puts it there".to_owned()),
            Self::Changed { .. } => Some("run the command again, and nothing else that builds".to_owned()),
            Self::Lock { store, key } => Some(format!(
                "use the newest cargo-lambdaship; or, when nobody deploys, delete it (`aws s3 rm s3://{}/{key}`)",
                store.bucket()
            )),
            Self::File { .. } | Self::Json { .. } => None,
        }
    }

    /// AWS's id of the request that failed.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Aws(error) => error.request_id(),
            _ => None,
        }
    }
}

fn place(store: &StoreName, name: &str) -> String {
    format!("s3://{}/{}", store.bucket(), store.key(name))
}
