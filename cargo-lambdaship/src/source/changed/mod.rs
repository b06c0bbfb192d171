//! Which functions are not what they were in a commit.
//!
//! In: the workspace, the configuration, git's answers. Out: the functions whose build or configuration may differ between the
//! commit and the working tree, what is not committed included: rather one too many than one too few. A package of which git
//! knows nothing may have changed. Files outside of the functions' packages and path dependencies are not seen. It must not build,
//! and must not change the repository.

mod configuration;
mod git;
mod manifests;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::slice;
use crate::config::{Config, EnvironmentConfig};
use crate::model::FunctionName;
use crate::workspace::{Function, Workspace};
use git::Repository;
use manifests::{Manifests, Reach, RootChange, root_change};

/// Why it cannot be told what has changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Git could not be started.
    #[error("could not start git, which knows what has changed")]
    Start(#[source] std::io::Error),
    /// The workspace is in no repository.
    #[error("{root} is not in a git repository that can be read: {answer}")]
    NoRepository {
        /// The workspace.
        root: Utf8PathBuf,
        /// What git says.
        answer: String,
    },
    /// There is no such commit.
    #[error("git knows no commit `{reference}` here")]
    Unknown {
        /// What was asked for.
        reference: String,
    },
    /// Git refused.
    #[error("git could not tell what has changed: {answer}")]
    Git {
        /// What git says.
        answer: String,
    },
}

impl Error {
    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Start(_) | Self::NoRepository { .. } => {
                Some("leave out `--changed-since` to take all functions".to_owned())
            }
            Self::Unknown { reference } if !reference.is_empty() && reference.bytes().all(|byte| byte == b'0') => Some(
                "this is how GitHub says that a new branch has nothing before it: leave out `--changed-since` then"
                    .to_owned(),
            ),
            Self::Unknown { .. } => Some(
                "a shallow clone has the newest commits only: `git fetch --unshallow`, or `fetch-depth: 0` for \
                 actions/checkout"
                    .to_owned(),
            ),
            Self::Git { .. } => None,
        }
    }
}

/// What is compared with a commit.
pub struct Now<'a> {
    /// The workspace.
    pub workspace: &'a Workspace,
    /// The configuration.
    pub config: &'a Config,
    /// The configuration's file.
    pub config_path: &'a Utf8Path,
    /// The environment that it was resolved for.
    pub environment: &'a EnvironmentConfig,
}

/// The functions of the workspace that may differ from what they were in the commit `reference`.
///
/// # Errors
/// When git cannot tell, or does not know the commit.
pub fn since(now: &Now<'_>, reference: &str) -> Result<BTreeSet<FunctionName>, Error> {
    let workspace = now.workspace;
    let repository = Repository::open(&workspace.root, reference)?;
    let changed = repository.changed()?;
    let all = || Ok(workspace.functions.iter().map(|function| function.name.clone()).collect());
    if changed.iter().any(|path| concerns_all(path, &workspace.root)) {
        return all();
    }
    let manifest = workspace.root.join("Cargo.toml");
    let dependencies = if changed.contains(&manifest) {
        let text = fs::read_to_string(&manifest).ok();
        match root_change(repository.text(&manifest)?.as_deref(), text.as_deref()) {
            RootChange::All => return all(),
            RootChange::Dependencies(names) => names,
        }
    } else {
        BTreeSet::new()
    };
    let mut found = configuration::differs(now, &repository, &changed)?;
    found.extend(locked_otherwise(workspace, &repository)?);
    let mut manifests = Manifests::new(workspace);
    let reaches: Vec<(&Function, Reach)> = workspace
        .functions
        .iter()
        .map(|function| (function, manifests.reach(function.package_root())))
        .collect();
    let folders: BTreeSet<&Utf8Path> =
        reaches.iter().flat_map(|(_, reach)| &reach.folders).map(Utf8PathBuf::as_path).collect();
    let is_untold = repository.untold()?;
    let untold = folders.iter().copied().filter(|folder| is_untold(&folder.join("Cargo.toml")));
    // These two were looked into.
    let seen = [workspace.root.join("Cargo.lock"), now.config_path.to_owned()];
    let others = changed.iter().filter(|path| !seen.contains(path));
    let owners: Vec<&Utf8Path> = others.flat_map(|path| owners(path, &folders)).chain(untold).collect();
    for (function, reach) in &reaches {
        let owned = owners.iter().any(|owner| reach.folders.contains(*owner));
        if owned || !reach.inherited.is_disjoint(&dependencies) {
            found.insert(function.name.clone());
        }
    }
    Ok(found)
}

/// Whether a change of `path` concerns every build in the workspace: cargo's configuration and the choice of the toolchain,
/// here or in a folder above.
fn concerns_all(path: &Utf8Path, root: &Utf8Path) -> bool {
    let above = |folder: Option<&Utf8Path>| folder.is_some_and(|folder| root.starts_with(folder));
    let folder = path.parent();
    match path.file_name() {
        Some("rust-toolchain" | "rust-toolchain.toml") => above(folder),
        Some("config" | "config.toml") => {
            folder.is_some_and(|folder| folder.file_name() == Some(".cargo") && above(folder.parent()))
        }
        _ => false,
    }
}

/// The packages' folders that a change of `path` concerns: the innermost one that it is in, and all those in it, as a
/// repository in the repository is one path for git.
fn owners<'a>(path: &Utf8Path, folders: &BTreeSet<&'a Utf8Path>) -> Vec<&'a Utf8Path> {
    let outer = folders.iter().filter(|folder| path.starts_with(folder));
    let innermost = outer.max_by_key(|folder| folder.components().count());
    let inside = folders.iter().filter(|folder| folder.starts_with(path));
    inside.chain(innermost).copied().collect()
}

fn locked_otherwise(workspace: &Workspace, repository: &Repository) -> Result<Vec<FunctionName>, Error> {
    let path = workspace.root.join("Cargo.lock");
    let (before, now) = (repository.text(&path)?, fs::read_to_string(&path).ok());
    let packages = workspace.functions.iter().map(|function| function.package.as_str());
    let found = slice::differing(packages, before.as_deref(), now.as_deref());
    let differs = |function: &&Function| found.contains(function.package.as_str());
    Ok(workspace.functions.iter().filter(differs).map(|function| function.name.clone()).collect())
}
