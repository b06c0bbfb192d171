//! What of a manifest goes into a build, besides the file itself: what it depends on, and what it takes from the root
//! of its workspace. Pure: in are parsed files.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use cargo_metadata::semver::VersionReq;
use toml::{Table, Value};

/// Which tables of dependencies count.
pub(super) type Kinds = &'static [&'static str];

/// Those that a build needs.
pub(super) const NEEDED: Kinds = &["dependencies", "build-dependencies", "build_dependencies"];

/// Those for tests too.
pub(super) const ALL: Kinds =
    &["dependencies", "build-dependencies", "build_dependencies", "dev-dependencies", "dev_dependencies"];

/// A package's manifest.
pub(super) struct Manifest {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) declared: Vec<Declared>,
    /// The parts of the workspace's root that it takes over, by name, as [`canonical`] text.
    pub(super) inherited: Vec<(String, String)>,
}

/// A dependency as a manifest declares it.
pub(super) struct Declared {
    /// The package's own name, whatever it is called here.
    pub(super) name: String,
    pub(super) folder: Option<Utf8PathBuf>,
    pub(super) requirement: Option<VersionReq>,
    pub(super) is_git: bool,
    pub(super) is_optional: bool,
}

/// A manifest with `[workspace]`, and its folder.
pub(super) struct Root<'a> {
    pub(super) folder: &'a Utf8Path,
    pub(super) table: &'a Table,
}

impl Manifest {
    /// Reads the manifest in `folder`, with its dependencies of `kinds`. None when it is not a package's, or takes over what
    /// `root` has not.
    pub(super) fn read(
        folder: &Utf8Path,
        table: &Table,
        root: Option<&Root<'_>>,
        kinds: Kinds,
    ) -> Option<Self> {
        let package = table.get("package").or_else(|| table.get("project"))?.as_table()?;
        let mut manifest = Self {
            name: package.get("name")?.as_str()?.to_owned(),
            version: "0.0.0".to_owned(),
            declared: Vec::new(),
            inherited: Vec::new(),
        };
        for (key, value) in package {
            let value = if inherits(value) {
                let value = part(root, &["package", key])?;
                manifest.inherited.push((format!("workspace.package.{key}"), canonical(value)));
                value
            } else {
                value
            };
            if key == "version" {
                value.as_str()?.clone_into(&mut manifest.version);
            }
        }
        if table.get("lints").is_some_and(inherits) {
            let lints = part(root, &["lints"])?;
            manifest.inherited.push(("workspace.lints".to_owned(), canonical(lints)));
        }
        for (key, value) in dependencies(table, kinds) {
            manifest.declare(folder, key, value, root)?;
        }
        Some(manifest)
    }

    fn declare(
        &mut self,
        folder: &Utf8Path,
        key: &str,
        value: &Value,
        root: Option<&Root<'_>>,
    ) -> Option<()> {
        let is_optional = value.get("optional").and_then(Value::as_bool).unwrap_or_default();
        let (folder, value) = if inherits(value) {
            let value = part(root, &["dependencies", key])?;
            self.inherited.push((format!("workspace.dependencies.{key}"), canonical(value)));
            (root?.folder, value)
        } else {
            (folder, value)
        };
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        self.declared.push(Declared {
            name: text("package").unwrap_or(key).to_owned(),
            folder: text("path").map(|path| join(folder, path)),
            requirement: value.as_str().or_else(|| text("version")).and_then(|text| text.parse().ok()),
            is_git: text("git").is_some(),
            is_optional,
        });
        Some(())
    }
}

/// Whether a manifest's `table` takes anything from the root of its workspace.
pub(super) fn needs_root(table: &Table, kinds: Kinds) -> bool {
    let package = table.get("package").and_then(Value::as_table);
    package.is_some_and(|package| package.values().any(inherits))
        || table.get("lints").is_some_and(inherits)
        || dependencies(table, kinds).any(|(_, value)| inherits(value))
}

fn dependencies(table: &Table, kinds: Kinds) -> impl Iterator<Item = (&str, &Value)> {
    let targets = table.get("target").and_then(Value::as_table).into_iter();
    let targets = targets.flat_map(Table::values).filter_map(Value::as_table);
    let groups = std::iter::once(table).chain(targets);
    let kinds = groups.flat_map(move |group| kinds.iter().filter_map(|kind| group.get(*kind)?.as_table()));
    kinds.flat_map(|kind| kind.iter().map(|(key, value)| (key.as_str(), value)))
}

/// What the root manifest says of the resolver; without a word, it follows from the edition.
pub(super) fn resolver(root: &Table) -> Option<&Value> {
    let stated = ["workspace", "package"].iter().find_map(|table| root.get(*table)?.get("resolver"));
    let edition = || {
        let own = root.get("package")?.get("edition")?;
        if own.is_str() { Some(own) } else { root.get("workspace")?.get("package")?.get("edition") }
    };
    stated.or_else(edition)
}

/// The dependencies that decide what a member of the workspace `root` is built from: by the oldest resolver, those for tests
/// turn on features of the others.
pub(super) fn kinds_of_members(root: &Table) -> Kinds {
    match resolver(root).and_then(Value::as_str) {
        None | Some("1" | "2015" | "2018") => ALL,
        Some(_) => NEEDED,
    }
}

fn inherits(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool).unwrap_or_default()
}

fn part<'a>(root: Option<&Root<'a>>, path: &[&str]) -> Option<&'a Value> {
    let workspace = root?.table.get("workspace")?;
    path.iter().try_fold(workspace, |value, key| value.get(key))
}

/// The folders that the `patch` and `replace` tables of `table` name, each with the package that is to be found there.
pub(super) fn patched(table: &Table, folder: &Utf8Path) -> Vec<(String, Utf8PathBuf)> {
    let sources = table.get("patch").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let replaced = table.get("replace").into_iter();
    let entries = sources.chain(replaced).filter_map(Value::as_table).flatten();
    let read = |(key, value): (&String, &Value)| {
        let path = value.get("path")?.as_str()?;
        let own = key.split([':', '@']).next().unwrap_or(key);
        let name = value.get("package").and_then(Value::as_str).unwrap_or(own);
        Some((name.to_owned(), join(folder, path)))
    };
    entries.filter_map(read).collect()
}

/// `path` as seen from `folder`, without any `..` in it, as cargo takes it: links are not asked.
pub(super) fn join(folder: &Utf8Path, path: &str) -> Utf8PathBuf {
    let mut joined = Utf8PathBuf::new();
    for component in folder.join(path).components() {
        match component {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir => {
                joined.pop();
            }
            other => joined.push(other),
        }
    }
    joined
}

/// A text of `value` that comments, spaces and the order of keys do not change.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Table(table) => table_text(table),
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

/// [`canonical`] of a table.
pub(super) fn table_text(table: &Table) -> String {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    let entries: Vec<_> =
        entries.into_iter().map(|(key, value)| format!("{key:?}={}", canonical(value))).collect();
    format!("{{{}}}", entries.join(","))
}
