//! What can go wrong with the configuration.

use camino::Utf8PathBuf;

use super::problem::Problems;
use crate::model::EnvName;
use crate::suggest::did_you_mean;

/// Why the configuration could not be loaded or resolved.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file that was asked for does not exist.
    #[error("there is no configuration file {path}")]
    Missing {
        /// The file.
        path: Utf8PathBuf,
    },
    /// The file is a link to one that does not exist.
    #[error("{path} is a link to {target}, which does not exist")]
    Dangling {
        /// The link.
        path: Utf8PathBuf,
        /// What it holds.
        target: String,
    },
    /// The file cannot be read.
    #[error("could not read the configuration")]
    Read(#[from] std::io::Error),
    /// The content is wrong; every problem is listed.
    #[error(transparent)]
    Problems(#[from] Box<Problems>),
    /// An environment that the configuration does not have.
    #[error("there is no environment `{env}` in {file}")]
    UnknownEnvironment {
        /// What was asked for.
        env: EnvName,
        /// The file that would have it.
        file: String,
        /// The environments that there are.
        known: Vec<String>,
    },
    /// `init` found a configuration that it would have to overwrite.
    #[error("{path} already exists")]
    Exists {
        /// The file.
        path: Utf8PathBuf,
    },
    /// `init` could not write.
    #[error("could not write {path}")]
    Write {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl Error {
    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { .. } => Some("`cargo lambdaship init` writes one".to_owned()),
            Self::Dangling { .. } => {
                Some("correct the link, or remove it to go without a configuration".to_owned())
            }
            Self::UnknownEnvironment { env, file, known } => {
                let known: Vec<_> = known.iter().map(String::as_str).collect();
                let known = did_you_mean(env.as_str(), "environments", &known);
                let or = if known.ends_with('?') { " Or" } else { ";" };
                Some(format!("{known}{or} add one with a section `[env.{env}]` in {file}"))
            }
            Self::Exists { .. } => Some("`--force` overwrites it".to_owned()),
            Self::Read(_) | Self::Problems(_) | Self::Write { .. } => None,
        }
    }
}
