//! What manifests say of each other: a package's path dependencies, and what the root's concerns.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use toml::{Table, Value};

use crate::build;
use crate::context::Environment;
use crate::source::manifest::{self, Manifest};
use crate::source::manifests::{self, Home};
use crate::workspace::Workspace;

/// How a dependency is named that is taken over from the root.
const COMMON: &str = "workspace.dependencies.";

/// The folders of packages, and which of the root's dependencies they take over.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    pub(super) folders: BTreeSet<Utf8PathBuf>,
    pub(super) inherited: BTreeSet<String>,
}

/// Reads manifests, each once.
pub(super) struct Manifests<'a> {
    workspace: &'a Workspace,
    root: Table,
    /// The folders that take the place of other packages.
    patched: Vec<Utf8PathBuf>,
    read: BTreeMap<Utf8PathBuf, Option<Manifest>>,
}

impl<'a> Manifests<'a> {
    pub(super) fn new(workspace: &'a Workspace) -> Self {
        let folder = &workspace.root;
        let parse = || fs::read_to_string(folder.join("Cargo.toml")).ok()?.parse().ok();
        let root: Table = parse().unwrap_or_default();
        let mut patched = manifest::patched(&root, folder);
        // The user's own configuration is in no repository.
        for (file, table) in build::config_files(folder, &Environment::default()).unwrap_or_default() {
            let folder = file.parent().and_then(Utf8Path::parent).unwrap_or(folder);
            patched.extend(manifest::patched(&table, folder));
        }
        let patched = patched.into_iter().map(|(_, folder)| folder).collect();
        Self { workspace, root, patched, read: BTreeMap::new() }
    }

    /// The package in `folder`, with all its dependencies that have a path, and so on, and all that are patched in.
    pub(super) fn reach(&mut self, folder: &Utf8Path) -> Reach {
        let mut reach = Reach::default();
        let mut open: Vec<Utf8PathBuf> = self.patched.iter().cloned().chain([folder.to_owned()]).collect();
        while let Some(folder) = open.pop() {
            if !reach.folders.insert(folder.clone()) {
                continue;
            }
            let home = Home { workspace: self.workspace, root: &self.root };
            let manifest =
                self.read.entry(folder).or_insert_with_key(|folder| manifests::load(folder, &home));
            let Some(manifest) = manifest else { continue };
            open.extend(manifest.declared.iter().filter_map(|declared| declared.folder.clone()));
            let common = manifest.inherited.iter().filter_map(|(part, _)| part.strip_prefix(COMMON));
            reach.inherited.extend(common.map(str::to_owned));
        }
        reach
    }
}

/// What a change of the root manifest concerns.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RootChange {
    /// Every function.
    All,
    /// Those that take over one of these dependencies.
    Dependencies(BTreeSet<String>),
}

/// Compares the root manifest's texts by what a build takes from them.
pub(super) fn root_change(before: Option<&str>, now: Option<&str>) -> RootChange {
    let parse = |text: Option<&str>| text?.parse::<Table>().ok();
    let (Some(before), Some(now)) = (parse(before), parse(now)) else { return RootChange::All };
    let own = |table: &Table, key: &str| table.get("workspace").and_then(|own| own.get(key)).cloned();
    let whole = ["profile", "patch", "replace", "cargo-features"];
    let parts = ["resolver", "package", "lints"];
    if whole.iter().any(|key| before.get(*key) != now.get(*key))
        || parts.iter().any(|key| own(&before, key) != own(&now, key))
    {
        return RootChange::All;
    }
    let common = |table| match own(table, "dependencies") {
        Some(Value::Table(common)) => common,
        _ => Table::new(),
    };
    let (before, now) = (common(&before), common(&now));
    let names = before.keys().chain(now.keys());
    RootChange::Dependencies(names.filter(|name| before.get(*name) != now.get(*name)).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::{Member, testing};

    #[test]
    fn a_package_reaches_its_path_dependencies_and_what_is_patched() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        for (package, text) in [
            (
                "",
                "[workspace]\nresolver = \"3\"\n[workspace.dependencies]\ncommon = { path = \"common\" }\nserde = \"1\"\n\
                 [patch.crates-io]\nlog = { path = \"patched/log\" }\n",
            ),
            (
                "hello",
                "[package]\nname = \"hello\"\n[dependencies]\nserde.workspace = true\none = { path = \"../one\" }\n\
                 [build-dependencies]\ntwo = { path = \"../two\" }\n[dev-dependencies]\nthree = { path = \"../three\" }\n\
                 [target.'cfg(unix)'.dependencies]\nfour = { path = \"../four\" }\n",
            ),
            (
                "one",
                "[package]\nname = \"one\"\n[dependencies]\ncommon = { workspace = true }\nhello = { path = \"../hello\" }\n",
            ),
        ] {
            fs::create_dir_all(root.join(package)).unwrap();
            fs::write(root.join(package).join("Cargo.toml"), text).unwrap();
        }
        fs::create_dir(root.join(".cargo")).unwrap();
        let config = "[patch.crates-io]\nitoa = { path = \"patched/itoa\" }\n";
        fs::write(root.join(".cargo/config.toml"), config).unwrap();
        let member = |name: &&str| Member {
            name: (*name).to_owned(),
            version: "0.0.0".to_owned(),
            manifest_path: root.join(name).join("Cargo.toml"),
        };
        let members = ["hello", "one"].iter().map(member).collect();
        let workspace = Workspace { root: root.to_owned(), members, ..testing::workspace(&[]) };
        let reach = Manifests::new(&workspace).reach(&root.join("hello"));
        let folders: Vec<&str> =
            reach.folders.iter().map(|folder| folder.strip_prefix(root).unwrap().as_str()).collect();
        assert_eq!(folders, ["common", "four", "hello", "one", "patched/itoa", "patched/log", "two"]);
        assert_eq!(reach.inherited.iter().collect::<Vec<_>>(), ["common", "serde"]);
    }

    #[test]
    fn the_root_manifest_concerns_all_or_those_that_inherit() {
        let before = "[workspace]\nmembers = [\"a\"]\nresolver = \"3\"\n[workspace.dependencies]\nserde = \"1\"\n\
                      log = \"0.4\"\n[profile.release]\nlto = true\n";
        for (from, to, expected) in [
            ("[\"a\"]", "[\"a\", \"b\"]", Some(&[][..])),
            ("resolver", "# x\nresolver", Some(&[])),
            ("serde = \"1\"", "serde = { version = \"1\", features = [\"rc\"] }", Some(&["serde"])),
            ("log = \"0.4\"", "", Some(&["log"])),
            ("log = ", "new = \"1\"\nlog = ", Some(&["new"])),
            ("lto = true", "lto = false", None),
            ("\"3\"", "\"2\"", None),
            ("[profile.release]", "[patch.crates-io]\n[profile.release]", None),
            ("[workspace]", "[workspace", None),
        ] {
            let now = before.replace(from, to);
            assert_ne!(now, before, "{from}");
            let change = root_change(Some(before), Some(&now));
            let expected = match expected {
                Some(names) => {
                    RootChange::Dependencies(names.iter().map(|name: &&str| (*name).to_owned()).collect())
                }
                None => RootChange::All,
            };
            assert_eq!(change, expected, "{from} -> {to}");
        }
        assert_eq!(root_change(None, Some(before)), RootChange::All);
    }
}
