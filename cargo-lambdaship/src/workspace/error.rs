//! What can go wrong between a manifest and a list of functions.

use crate::suggest::did_you_mean;

/// Why the workspace or the selected functions could not be determined.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Cargo could not be started.
    #[error("could not start cargo (`{program}`)")]
    Start {
        /// The program that was tried.
        program: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Cargo refused to describe the workspace; the message is cargo's own.
    #[error("cargo could not read the workspace: {message}")]
    Cargo {
        /// Cargo's message, without its leading `error:`.
        message: String,
    },
    /// Cargo answered in a form that is not understood.
    #[error("the answer of `cargo metadata` is not understood")]
    Answer(#[from] cargo_metadata::Error),
    /// A binary without a usable name.
    #[error("package `{package}` has a binary that cannot be a function")]
    Name {
        /// The package.
        package: String,
        /// The rule that does not hold.
        #[source]
        source: crate::model::InvalidName,
    },
    /// Two packages with a binary of the same name.
    #[error("packages `{first}` and `{second}` both have a binary `{binary}`")]
    SameName {
        /// The binary.
        binary: String,
        /// The one package.
        first: String,
        /// The other.
        second: String,
    },
    /// `-f` with a name that no function has.
    #[error("there is no function `{name}` in the workspace")]
    UnknownFunction {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// `-p` with a package that has no function.
    #[error("there is no function in a package `{name}`")]
    UnknownPackage {
        /// What was asked for.
        name: String,
        /// The packages that have functions.
        known: Vec<String>,
    },
    /// The workspace has no function at all.
    #[error("the workspace has no function")]
    NoFunctions,
}

impl Error {
    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Start { .. } => Some("install Rust from https://rustup.rs".to_owned()),
            Self::SameName { .. } => {
                Some("rename one of them with `name` in its `[[bin]]` section of Cargo.toml".to_owned())
            }
            Self::UnknownFunction { name, known } => Some(mean(name, "functions", known)),
            Self::UnknownPackage { name, known } => Some(mean(name, "packages with functions", known)),
            Self::NoFunctions => Some(
                "a function is a binary of a package that depends on `lambda_runtime` or `lambda_http`"
                    .to_owned(),
            ),
            Self::Cargo { message } if message.contains("could not find `Cargo.toml`") => {
                Some("run this inside a cargo workspace, or give `--manifest-path`".to_owned())
            }
            Self::Cargo { .. } | Self::Answer(_) | Self::Name { .. } => None,
        }
    }
}

fn mean(name: &str, what: &str, known: &[String]) -> String {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    did_you_mean(name, what, &known)
}
