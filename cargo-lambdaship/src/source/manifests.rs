//! Reading manifests: those of members, and of packages elsewhere with the workspaces that these belong to.

use camino::Utf8Path;
use toml::Table;

use super::manifest::{self, Manifest, NEEDED, Root};
use crate::workspace::Workspace;

/// The workspace whose members are known.
pub(super) struct Home<'a> {
    pub(super) workspace: &'a Workspace,
    /// Its root manifest.
    pub(super) root: &'a Table,
}

/// The manifest in `folder`, with what it takes from the root of its workspace; none when it is not understood, which cargo
/// says when it builds.
pub(super) fn load(folder: &Utf8Path, home: &Home<'_>) -> Option<Manifest> {
    let table = parse(folder)?;
    if home.workspace.members.iter().any(|member| member.root() == folder) {
        let root = Root { folder: &home.workspace.root, table: home.root };
        return Manifest::read(folder, &table, Some(&root), manifest::kinds_of_members(home.root));
    }
    if !manifest::needs_root(&table, NEEDED) {
        return Manifest::read(folder, &table, None, NEEDED);
    }
    // It belongs to another workspace.
    let named = table.get("package").and_then(|package| package.get("workspace")?.as_str());
    let (folder_of_root, root) = match named {
        Some(named) => {
            let folder = manifest::join(folder, named);
            let root = parse(&folder)?;
            (folder, root)
        }
        None => folder.ancestors().find_map(|above| {
            let table = parse(above).filter(|table| table.contains_key("workspace"))?;
            Some((above.to_owned(), table))
        })?,
    };
    let root = Root { folder: &folder_of_root, table: &root };
    let mut manifest = Manifest::read(folder, &table, Some(&root), NEEDED)?;
    for (part, _) in &mut manifest.inherited {
        *part = format!("{} {part}", manifest.name);
    }
    Some(manifest)
}

fn parse(folder: &Utf8Path) -> Option<Table> {
    fs_err::read_to_string(folder.join("Cargo.toml")).ok()?.parse().ok()
}
