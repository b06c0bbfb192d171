//! What manifests say of each other: a package's path dependencies, and what the root's concerns.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use toml::{Table, Value};

use crate::source::paths::normal;

const KINDS: [&str; 2] = ["dependencies", "build-dependencies"];

/// The folders of packages, and which of the root's dependencies they take over.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reach {
    pub(super) folders: BTreeSet<Utf8PathBuf>,
    pub(super) inherited: BTreeSet<String>,
}

/// Reads manifests, each once.
pub(super) struct Manifests {
    root: Utf8PathBuf,
    workspace: Table,
    read: BTreeMap<Utf8PathBuf, Option<Table>>,
}

impl Manifests {
    pub(super) fn new(root: &Utf8Path) -> Self {
        let mut new = Self { root: root.to_owned(), workspace: Table::new(), read: BTreeMap::new() };
        new.workspace = new.manifest(root).unwrap_or_default();
        new
    }

    /// The package in `folder`, with all its dependencies that have a path, and so on, and all that are patched in.
    pub(super) fn reach(&mut self, folder: &Utf8Path) -> Reach {
        let mut reach = Reach::default();
        let root = self.root.clone();
        let patches = tables(self.workspace.get("patch")).flat_map(|patch| paths(patch, &root));
        let mut open: Vec<Utf8PathBuf> = patches.chain([folder.to_owned()]).collect();
        while let Some(folder) = open.pop() {
            if !reach.folders.insert(folder.clone()) {
                continue;
            }
            let Some(manifest) = self.manifest(&folder) else { continue };
            for dependencies in dependencies(&manifest) {
                open.extend(paths(dependencies, &folder));
                for name in inherited(dependencies) {
                    let common =
                        self.workspace.get("workspace").and_then(|own| own.get("dependencies")?.get(name));
                    open.extend(common.and_then(|common| path(common, &root)));
                    reach.inherited.insert(name.clone());
                }
            }
        }
        reach
    }

    /// What cannot be read is no manifest: cargo says so when it builds.
    fn manifest(&mut self, folder: &Utf8Path) -> Option<Table> {
        let read = || fs::read_to_string(folder.join("Cargo.toml")).ok()?.parse().ok();
        self.read.entry(folder.to_owned()).or_insert_with(read).clone()
    }
}

/// A package's tables of dependencies that go into its build, those for one target only among them.
fn dependencies(manifest: &Table) -> impl Iterator<Item = &Table> {
    let targets = tables(manifest.get("target"));
    let all = std::iter::once(manifest).chain(targets);
    all.flat_map(|table| KINDS.iter().filter_map(|kind| table.get(*kind)?.as_table()))
}

fn tables(value: Option<&Value>) -> impl Iterator<Item = &Table> {
    value.and_then(Value::as_table).into_iter().flatten().filter_map(|(_, value)| value.as_table())
}

fn paths(dependencies: &Table, folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    dependencies.values().filter_map(|dependency| path(dependency, folder)).collect()
}

fn path(dependency: &Value, folder: &Utf8Path) -> Option<Utf8PathBuf> {
    Some(normal(&folder.join(dependency.get("path")?.as_str()?)))
}

fn inherited(dependencies: &Table) -> impl Iterator<Item = &String> {
    let from_root = |dependency: &Value| dependency.get("workspace").and_then(Value::as_bool) == Some(true);
    dependencies.iter().filter(move |(_, dependency)| from_root(dependency)).map(|(name, _)| name)
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

    #[test]
    fn a_package_reaches_its_path_dependencies_and_what_is_patched() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        for (package, text) in [
            (
                "",
                "[workspace.dependencies]\ncommon = { path = \"common\" }\nserde = \"1\"\n\
                 [patch.crates-io]\nlog = { path = \"patched/log\" }\n",
            ),
            (
                "hello",
                "[dependencies]\nserde.workspace = true\none = { path = \"../one\" }\n\
                 [build-dependencies]\ntwo = { path = \"../two\" }\n[dev-dependencies]\nthree = { path = \"../three\" }\n\
                 [target.'cfg(unix)'.dependencies]\nfour = { path = \"../four\" }\n",
            ),
            ("one", "[dependencies]\ncommon = { workspace = true }\nhello = { path = \"../hello\" }\n"),
        ] {
            fs::create_dir_all(root.join(package)).unwrap();
            fs::write(root.join(package).join("Cargo.toml"), text).unwrap();
        }
        let reach = Manifests::new(root).reach(&root.join("hello"));
        let folders: Vec<&str> =
            reach.folders.iter().map(|folder| folder.strip_prefix(root).unwrap().as_str()).collect();
        assert_eq!(folders, ["common", "four", "hello", "one", "patched/log", "two"]);
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
