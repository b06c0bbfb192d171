//! The identity of a whole workspace: what checks of it depend on.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use toml::Table;

use super::contents::Contents;
use super::graph::{Graph, Places};
use super::listing::{self, Listed, Outside};
use super::lock::Lock;
use super::{Inputs, Unhashable, manifest, paths};
use crate::build::Toolchain;
use crate::workspace::{Member, Workspace};

/// Every file under the workspace's root that git tracks or does not ignore, the files of the packages elsewhere that it
/// depends on by their paths, and the toolchain. The same files have the same hash on any machine and in any folder.
///
/// The file `except` is left out.
///
/// # Errors
/// When files cannot be listed or read.
pub fn whole(
    workspace: &Workspace,
    toolchain: &Toolchain,
    except: Option<&Utf8Path>,
) -> Result<Inputs, Unhashable> {
    let outside = Outside { root: &workspace.root, target: &workspace.target_directory };
    let left_out = except.map(|path| paths::relative(&workspace.root, &paths::normal(path)));
    let mut files: Vec<(String, Utf8PathBuf)> = listing::list_all(&outside)?
        .into_iter()
        .filter(|file| left_out.as_ref() != Some(&file.name))
        .map(|file| (format!("file {}", file.name), file.path))
        .collect();
    let folders = elsewhere(workspace)?;
    for (folder, listed) in listing::list(&folders, &outside) {
        let name = paths::relative(&workspace.root, &folder);
        files.extend(
            listed?.into_iter().map(|Listed { name: file, path }| (format!("outside {name}/{file}"), path)),
        );
    }
    let contents = Contents::read(files.iter().map(|(_, path)| path.clone()).collect());
    let mut inputs = Inputs::default();
    // So that no function's source has the same hash.
    inputs.add("workspace", b"");
    inputs.add("toolchain", toolchain.version().join("\n").as_bytes());
    for (name, path) in files {
        inputs.add_known(name, contents.get(&path)?);
    }
    Ok(inputs)
}

/// The folders of packages that are not below the root. Without a lock file none are known.
fn elsewhere(workspace: &Workspace) -> Result<BTreeSet<Utf8PathBuf>, Unhashable> {
    let root = fs_err::read_to_string(workspace.root.join("Cargo.toml"))?;
    let root: Table = root.parse().map_err(|_| Unhashable::new("the root manifest is not understood"))?;
    let Ok(lock) = fs_err::read_to_string(workspace.root.join("Cargo.lock")) else {
        return Ok(BTreeSet::new());
    };
    let patched = manifest::patched(&root, &workspace.root);
    let starts: BTreeSet<&Utf8Path> = workspace.members.iter().map(Member::root).collect();
    let graph = Graph::load(Lock::parse(&lock)?, &Places { workspace, root: &root, patched }, &starts);
    let mut folders = graph.folders();
    folders.retain(|folder| !folder.starts_with(&workspace.root));
    Ok(folders)
}
