//! The cargo workspace, and the functions in it.
//!
//! In: cargo's own flags, and `cargo metadata --no-deps` (no network, no resolution of dependencies). Out: [`Workspace`]
//! and the functions that a command works on. It must not read the configuration.

mod discover;
mod error;
mod select;
#[cfg(test)]
pub(crate) mod testing;

use camino::{Utf8Path, Utf8PathBuf};

pub use discover::{discover, metadata};
pub use error::Error;
pub use select::{Selection, select};

use crate::model::FunctionName;

/// The flags that are cargo's own, as they were given.
#[derive(Debug, Clone, Default)]
pub struct CargoOptions {
    /// `--manifest-path`.
    pub manifest_path: Option<Utf8PathBuf>,
    /// `--profile`; `release` when it was not given.
    pub profile: Option<String>,
    /// `--features`, `--all-features` and `--no-default-features`.
    pub features: Features,
    /// `--locked`, `--offline` and `--frozen`, as cargo takes them.
    pub lock_flags: Vec<String>,
    /// `--target-dir`.
    pub target_directory: Option<Utf8PathBuf>,
    /// `-j`.
    pub jobs: Option<String>,
}

/// Which features of the selected packages are built.
#[derive(Debug, Clone, Default)]
pub struct Features {
    /// `--features`.
    pub named: Vec<String>,
    /// `--all-features`.
    pub all: bool,
    /// `--no-default-features`.
    pub no_default: bool,
}

/// A cargo workspace.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// The folder of the root manifest.
    pub root: Utf8PathBuf,
    /// Cargo's target folder.
    pub target_directory: Utf8PathBuf,
    /// Every binary whose package depends on `lambda_runtime` or `lambda_http`, by name.
    pub functions: Vec<Function>,
    /// Every package of the workspace, those without a function too.
    pub members: Vec<Member>,
}

/// A package of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its version, also where its manifest takes that from the root's.
    pub version: String,
    /// Its `Cargo.toml`.
    pub manifest_path: Utf8PathBuf,
}

impl Member {
    /// The folder of the package.
    #[must_use]
    pub fn root(&self) -> &Utf8Path {
        self.manifest_path.parent().unwrap_or(Utf8Path::new(""))
    }
}

/// A function: a binary of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// The binary's name.
    pub name: FunctionName,
    /// The package's name.
    pub package: String,
    /// The package's `Cargo.toml`.
    pub manifest_path: Utf8PathBuf,
}

impl Function {
    /// The folder of the package.
    #[must_use]
    pub fn package_root(&self) -> &Utf8Path {
        self.manifest_path.parent().unwrap_or(Utf8Path::new(""))
    }
}
