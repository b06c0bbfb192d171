//! What a build was seen to read.
//!
//! In: what a run of cargo compiled, and the inputs that are hashed. Out: [`Also`], the files and environment variables
//! that the build read beyond them. It is the same for a build that compiled nothing, because all was fresh. It must not
//! read what it names, and must not change anything.

mod find;
mod parse;
mod parts;
#[cfg(test)]
mod tests;
mod variables;

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::also::{self, FOLDER};
use super::paths::{normal, relative};
use super::{Also, Inputs};
use crate::build::{Built, CompiledUnit};
use crate::context::{Context, cargo_home};
use crate::workspace::Workspace;
use parts::Parts;

/// Why it cannot be told what a build read. Such a build has no source hash: the next one runs again, as cargo sees fit.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// There is no record of what rustc read.
    #[error("cargo kept no record of what it read for {of}")]
    Missing {
        /// What was compiled.
        of: Utf8PathBuf,
    },
    /// A file cannot be read.
    #[error("failed to read {path}")]
    Read {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is not in the form that it should be in.
    #[error("{path} is not in a form that is understood")]
    Form {
        /// The file.
        path: Utf8PathBuf,
    },
    /// A file that the build depends on is not there, so cargo builds again each time.
    #[error("the build depends on {path}, which is not there")]
    Gone {
        /// The file.
        path: Utf8PathBuf,
    },
    /// A folder has too many files.
    #[error("the build depends on all of {path}, which is too much to be hashed")]
    TooMany {
        /// The folder.
        path: Utf8PathBuf,
    },
}

/// What the build of `built` read, and `inputs` do not cover with `file PACKAGE/path`, `also PATH` or `variable NAME`. A folder
/// that the build depends on as a whole ends with `/`; [`also::digest`] is for both. The manifest of a package is among them when its
/// build script may have read any file there: see `also::is_searched`.
///
/// # Errors
/// When it cannot be told.
pub fn outside(
    context: &Context,
    built: &Built,
    workspace: &Workspace,
    inputs: &Inputs,
) -> Result<Also, Unreadable> {
    let info = find::of_executable(&built.binary)?;
    let base = base(&built.binary, &info.made);
    let read: BTreeSet<Utf8PathBuf> = info.files.iter().map(|file| normal(&base.join(file))).collect();
    // Of cargo's target folders, only what this very run made: what somebody else puts there is a source like any other.
    let mut elsewhere: Vec<Utf8PathBuf> =
        built.compiled.scripts.iter().map(|script| script.out_dir.clone()).collect();
    elsewhere.extend(built.compiled.units.iter().flat_map(|unit| unit.files.clone()));
    if let Some(home) = cargo_home(&context.environment) {
        elsewhere.extend(["registry", "git"].map(|folder| home.join(folder)));
    }
    if built.builder == "cross" {
        // The target folder, cargo's home and the toolchain, in its container.
        elsewhere.extend(["/target", "/cargo", "/rust"].map(Utf8PathBuf::from));
    }
    let known = inputs.names().collect();
    let look = Look { built, workspace, known, read, elsewhere, packages: packages(built)? };
    let parts = Parts::of(&look)?;
    Ok(Also {
        files: look.files(&parts.read(&workspace.root), &parts.searched())?,
        variables: look.new_variables(parts.variables()),
    })
}

/// What cargo's paths are relative to, when its configuration has `build.dep-info-basedir`.
fn base(executable: &Utf8Path, made: &str) -> Utf8PathBuf {
    let base = executable.as_str().strip_suffix(made).unwrap_or_default();
    Utf8PathBuf::from(base)
}

/// The user's packages by name and folder.
fn packages(built: &Built) -> Result<Vec<(String, Utf8PathBuf)>, Unreadable> {
    let manifests: BTreeSet<&Utf8PathBuf> =
        built.compiled.units.iter().filter(|unit| unit.local).map(|unit| &unit.manifest_path).collect();
    let package = |path: &Utf8PathBuf| {
        let failed = |source| Unreadable::Read { path: path.clone(), source };
        let manifest = fs::read_to_string(path).map_err(failed)?.parse::<toml::Table>().ok();
        let name = manifest.as_ref().and_then(|manifest| manifest.get("package")?.get("name")?.as_str());
        let name = name.ok_or_else(|| Unreadable::Form { path: path.clone() })?;
        Ok((name.to_owned(), path.parent().unwrap_or(path).to_owned()))
    };
    manifests.into_iter().map(package).collect()
}

struct Look<'a> {
    built: &'a Built,
    workspace: &'a Workspace,
    /// The names of the inputs.
    known: BTreeSet<&'a str>,
    /// The files and folders that cargo names.
    read: BTreeSet<Utf8PathBuf>,
    /// Folders whose files are no sources.
    elsewhere: Vec<Utf8PathBuf>,
    packages: Vec<(String, Utf8PathBuf)>,
}

impl Look<'_> {
    /// The names of those of `more`, and of what cargo names, that are no inputs yet; and of the manifests in `searched`, until
    /// it is known that their packages are.
    fn files(
        &self,
        more: &BTreeSet<Utf8PathBuf>,
        searched: &BTreeSet<&Utf8Path>,
    ) -> Result<Vec<String>, Unreadable> {
        let searched = searched.iter().map(|manifest| relative(&self.workspace.root, manifest));
        let is_new = |name: &String| !self.known.contains(format!("also {name}").as_str());
        let mut files: BTreeSet<String> = searched.filter(is_new).collect();
        for path in self.read.union(more) {
            if path.is_relative() {
                return Err(Unreadable::Form { path: path.clone() });
            }
            if self.is_elsewhere(path) || self.is_known(path) {
                continue;
            }
            let name = relative(&self.workspace.root, path);
            if !path.is_dir() {
                if !path.exists() {
                    return Err(Unreadable::Gone { path: path.clone() });
                }
                files.insert(name);
            } else if !self.known.contains(format!("also {name}{FOLDER}").as_str()) && !self.covers(path)? {
                files.insert(name + FOLDER);
            }
        }
        Ok(files.into_iter().collect())
    }

    fn is_elsewhere(&self, path: &Utf8Path) -> bool {
        let in_toolchain = path.as_str().replace('\\', "/").contains("/lib/rustlib/");
        in_toolchain || self.elsewhere.iter().any(|folder| path.starts_with(folder))
    }

    fn is_known(&self, path: &Utf8Path) -> bool {
        let inside = |(package, root): &(String, Utf8PathBuf)| {
            let inside = path.strip_prefix(root).ok()?.as_str().replace('\\', "/");
            Some(format!("file {package}/{inside}"))
        };
        let also = format!("also {}", relative(&self.workspace.root, path));
        let mut names = self.packages.iter().filter_map(inside).chain([also]);
        names.any(|name| self.known.contains(name.as_str()))
    }

    /// Whether the rules cover all files in `folder`, and new ones as well: it is in a package.
    fn covers(&self, folder: &Utf8Path) -> Result<bool, Unreadable> {
        let failed = |source| Unreadable::Read { path: folder.to_owned(), source };
        let files = also::files(folder).map_err(failed)?;
        let files = files.ok_or_else(|| Unreadable::TooMany { path: folder.to_owned() })?;
        let in_package = self.packages.iter().any(|(_, root)| folder.starts_with(root));
        Ok(in_package && files.iter().all(|file| self.is_elsewhere(file) || self.is_known(file)))
    }

    fn new_variables(&self, asked: BTreeSet<String>) -> Vec<String> {
        let new = |name: &String| !self.known.contains(format!("variable {name}").as_str());
        asked.into_iter().filter(new).collect()
    }

    /// Whether `unit` goes into this executable. Those of registries are not told apart: all of the run's count.
    fn is_part(&self, unit: &CompiledUnit) -> bool {
        match &unit.executable {
            Some(executable) => *executable == self.built.binary,
            None => !unit.local || self.read.contains(&normal(&unit.source)),
        }
    }
}
