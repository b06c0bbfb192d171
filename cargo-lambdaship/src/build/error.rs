//! Why functions could not be built.

use camino::Utf8PathBuf;

use crate::model::Glibc;

/// A failure to build.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Cargo ran and failed; it has said why on stderr. The exit code of this is 101.
    #[error("failed to build {functions}")]
    Failed {
        /// The names of the functions of that run.
        functions: String,
    },
    /// A program could not be started, or its answer could not be read.
    #[error("failed to run `{program}`")]
    Run {
        /// The program.
        program: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// `rustc` answered a question about itself with an error.
    #[error("`rustc {question}` failed: {answer}")]
    Rustc {
        /// The arguments.
        question: String,
        /// What it wrote to stderr.
        answer: String,
    },
    /// Cargo's configuration files could not be read.
    #[error("failed to read cargo's configuration")]
    Config(#[from] cargo_config2::Error),
    /// A manifest or configuration file could not be read.
    #[error("failed to read the profiles of the workspace")]
    Read(#[from] std::io::Error),
    /// A manifest or configuration file is not TOML.
    #[error("failed to parse {path}")]
    Parse {
        /// The file.
        path: Utf8PathBuf,
        /// Where and why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// The toolchain has no standard library for the target.
    #[error("the Rust toolchain has no standard library for {target}")]
    TargetMissing {
        /// The target.
        target: String,
    },
    /// Zig is needed, and is not there.
    #[error("zig was not found, which building {functions} for {target} needs")]
    ZigMissing {
        /// The names of the functions.
        functions: String,
        /// The target.
        target: String,
    },
    /// Plain cargo's result does not run on Lambda, and zig is not there.
    #[error(
        "{function} needs glibc {needs}, its target allows {limit}, and zig was not found to build it for that"
    )]
    GlibcTooNew {
        /// The function.
        function: String,
        /// What the result needs.
        needs: Glibc,
        /// What the target allows.
        limit: Glibc,
    },
    /// Zig was found and could not be set up as the linker.
    #[error("failed to set zig up as the linker for {target}")]
    Zig {
        /// The target.
        target: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// `cross` was asked for, and is not there.
    #[error("`cross` was not found")]
    CrossMissing,
    /// Cargo succeeded without making the binary.
    #[error("cargo built no binary `{function}` in package `{package}`")]
    NoBinary {
        /// The function.
        function: String,
        /// Its package.
        package: String,
    },
    /// The result could not be read.
    #[error("failed to inspect what was built")]
    Inspect(#[from] crate::package::Error),
}

impl Error {
    /// The next step.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::TargetMissing { target } => Some(format!("run `rustup target add {target}`")),
            Self::ZigMissing { .. } | Self::GlibcTooNew { .. } => Some(
                "run `pip install ziglang`, or put `zig` on the PATH; a linker configured for the target in \
                 `.cargo/config.toml` serves as well"
                    .to_owned(),
            ),
            Self::CrossMissing => Some("run `cargo install cross`, or build with `--builder zig`".to_owned()),
            Self::NoBinary { function, .. } => {
                Some(format!("check the features that the binary `{function}` requires"))
            }
            Self::Run { program, .. } => Some(format!("check that `{program}` is installed and on the PATH")),
            Self::Inspect(error) => error.hint(),
            Self::Failed { .. }
            | Self::Rustc { .. }
            | Self::Config(_)
            | Self::Read(_)
            | Self::Parse { .. }
            | Self::Zig { .. } => None,
        }
    }
}
