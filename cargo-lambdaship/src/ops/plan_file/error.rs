//! Why a plan is not kept, or not carried out.

use camino::Utf8PathBuf;

use crate::model::{AccountId, Exit, FunctionName, Region};
use crate::plan::kept::SCHEMA;

/// Why a plan is not kept, or not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A name that no plan can be kept under.
    #[error("a plan cannot be written to `{path}`: {why}")]
    Place {
        /// The name.
        path: Utf8PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It could not be written.
    #[error("failed to write the plan `{path}`")]
    Write {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It could not be read.
    #[error("failed to read the plan `{path}`")]
    Read {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no plan.
    #[error("`{path}` is not a plan")]
    NotAPlan {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// The file is something else, or a plan of another version of this tool.
    #[error("`{path}` is {}, and only `{SCHEMA}` can be deployed", found.as_deref().map_or("no plan".to_owned(), |found| format!("`{found}`")))]
    OtherSchema {
        /// The file.
        path: Utf8PathBuf,
        /// What it says that it is.
        found: Option<String>,
    },
    /// A flag says something else than the plan.
    #[error("the plan `{path}` is of environment `{planned}`, and `{given}` was asked for")]
    OtherEnvironment {
        /// The file.
        path: Utf8PathBuf,
        /// The plan's.
        planned: String,
        /// What --env or `LAMBDASHIP_ENV` says.
        given: String,
    },
    /// The credentials belong to another account than the plan's.
    #[error("the plan `{path}` is of account {planned}, and the credentials belong to account {found}")]
    OtherAccount {
        /// The file.
        path: Utf8PathBuf,
        /// The plan's.
        planned: AccountId,
        /// The account of the credentials.
        found: AccountId,
    },
    /// The plan is of another region.
    #[error("the plan `{path}` is of region {planned}, and this run is in {found}")]
    OtherRegion {
        /// The file.
        path: Utf8PathBuf,
        /// The plan's.
        planned: Region,
        /// The region of this run.
        found: Region,
    },
    /// The plan is of another server.
    #[error("the plan `{path}` is of {planned}, and this run asks {found}")]
    OtherEndpoint {
        /// The file.
        path: Utf8PathBuf,
        /// The plan's.
        planned: String,
        /// The server of this run.
        found: String,
    },
    /// The reviewed artifact was built elsewhere, and is not to be had.
    #[error("failed to find the artifact of `{function}` that was reviewed: `{path}` is gone or another one")]
    ArtifactGone {
        /// The function.
        function: FunctionName,
        /// Where it was.
        path: Utf8PathBuf,
    },
    /// A deploy would not do what was reviewed.
    #[error("{}; nothing was written", refusal(path, *deployed))]
    Moved {
        /// The file.
        path: Utf8PathBuf,
        /// The environment.
        env: String,
        /// One line for each thing that is not as it was.
        lines: Vec<String>,
        /// Whether it is so because the plan was carried out.
        deployed: bool,
    },
    /// The file is not the one that was reviewed.
    #[error("the plan `{path}` has the SHA-256 {found}, and {expected} was reviewed")]
    OtherDigest {
        /// The file.
        path: Utf8PathBuf,
        /// What was reviewed.
        expected: String,
        /// What it is.
        found: String,
    },
    /// There was no memory for a digest.
    #[error("failed to make the digest of a function's variables")]
    Digest(#[from] argon2::Error),
}

fn refusal(path: &Utf8PathBuf, deployed: bool) -> String {
    if deployed {
        format!("what the plan `{path}` was to bring is deployed already")
    } else {
        format!("the plan `{path}` is not what would be deployed now")
    }
}

impl Error {
    /// The exit code that it stands for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Place { .. }
            | Self::Read { .. }
            | Self::NotAPlan { .. }
            | Self::OtherSchema { .. }
            | Self::OtherEnvironment { .. } => Exit::Usage,
            Self::Moved { .. } => Exit::Held,
            Self::OtherDigest { .. } => Exit::Refused,
            Self::Write { .. }
            | Self::OtherAccount { .. }
            | Self::OtherRegion { .. }
            | Self::OtherEndpoint { .. }
            | Self::ArtifactGone { .. }
            | Self::Digest(_) => Exit::Failed,
        }
    }

    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } | Self::NotAPlan { .. } => {
                Some("`cargo lambdaship plan --out FILE` writes one".to_owned())
            }
            Self::OtherSchema { .. } => {
                Some("make the plan with the same version of this tool that deploys it".to_owned())
            }
            Self::OtherEnvironment { .. } => {
                Some("leave out --env, and unset LAMBDASHIP_ENV: the plan says where it goes".to_owned())
            }
            Self::OtherAccount { planned, .. } => Some(format!("sign in to account {planned}")),
            Self::OtherRegion { planned, .. } => Some(format!("say --region {planned}, as `plan` was told")),
            Self::OtherEndpoint { .. } => Some("give the --endpoint-url that `plan` was given".to_owned()),
            Self::ArtifactGone { .. } => {
                Some("hand that file on together with the plan, or make the plan again".to_owned())
            }
            Self::OtherDigest { .. } => Some(
                "find out where it was changed on its way; make the plan again, and look at it".to_owned(),
            ),
            Self::Moved { deployed: true, .. } => Some("there is nothing left to do".to_owned()),
            Self::Moved { path, env, .. } => Some(format!(
                "make the plan again, and look at it: `cargo lambdaship plan --env {env} --out {path}`"
            )),
            Self::Place { .. } | Self::Write { .. } | Self::Digest(_) => None,
        }
    }

    /// What is told under it, one line each, besides its sources.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        if let Self::Moved { lines, .. } = self { lines } else { &[] }
    }
}
