//! The identity of a whole workspace: what checks of it depend on.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use toml::Table;

use super::contents::Contents;
use super::listing::{self, Listed, Outside};
use super::manifest::{self, Manifest, NEEDED, table_text};
use super::{Inputs, Unhashable, paths, written};
use crate::build::{self, Toolchain};
use crate::context::{Context, cargo_home};
use crate::workspace::{self, CargoOptions, Member, Workspace};

/// The files by which programs that check are told what to do. They count in the folders above packages too.
const TOLD: [&str; 9] = [
    "rustfmt.toml",
    ".rustfmt.toml",
    "clippy.toml",
    ".clippy.toml",
    "deny.toml",
    ".deny.toml",
    ".cargo/deny.toml",
    ".config/nextest.toml",
    "rust-toolchain.toml",
];

/// What of cargo's configuration decides no check, and may be a secret.
const NOT_CHECKED: [&str; 6] = ["registry", "registries", "net", "http", "term", "cargo-new"];

/// What checks are run on.
#[derive(Clone, Copy)]
pub struct Checkout<'a> {
    /// The outside world: the environment.
    pub context: &'a Context,
    /// The workspace.
    pub workspace: &'a Workspace,
    /// The toolchain that compiles.
    pub toolchain: &'a Toolchain,
    /// Cargo's flags.
    pub cargo: &'a CargoOptions,
}

/// Every file under the workspace's root that git tracks or does not ignore, `Cargo.lock`, the files of the packages elsewhere
/// that it depends on by their paths, cargo's configuration, that of the programs that check, and the toolchain. The same files
/// have the same hash on any machine and in any folder.
///
/// What this tool left here, and is still as it wrote it, is left out: see [`written`].
///
/// # Errors
/// When files cannot be listed or read, or it cannot be told which ones count.
pub fn whole(checkout: &Checkout<'_>) -> Result<Inputs, Unhashable> {
    let workspace = checkout.workspace;
    let outside = Outside { root: &workspace.root, target: &workspace.target_directory };
    let configuration = configuration(checkout)?;
    let packages = packages(checkout, &configuration)?;
    let mut files: BTreeMap<String, Utf8PathBuf> = listing::list_all(&outside, &packages)?
        .into_iter()
        .map(|file| (format!("file {}", file.name), file.path))
        .collect();
    let elsewhere: BTreeSet<Utf8PathBuf> =
        packages.iter().filter(|folder| !folder.starts_with(&workspace.root)).cloned().collect();
    for (folder, listed) in listing::list(&elsewhere, &outside) {
        let name = paths::relative(&workspace.root, &folder);
        files.extend(
            listed?.into_iter().map(|Listed { name: file, path }| (format!("outside {name}/{file}"), path)),
        );
    }
    files.extend(told(checkout, &packages));
    let contents = Contents::read(files.values().cloned().collect());
    let written = written::unchanged(&workspace.target_directory, &contents);
    files.retain(|_, file| !written.contains(file));
    let mut inputs = Inputs::default();
    // So that no function's source has the same hash.
    inputs.add("workspace", b"");
    inputs.add("toolchain", checkout.toolchain.version().join("\n").as_bytes());
    for Configured { name, table, .. } in configuration {
        let checked = table.into_iter().filter(|(key, _)| !NOT_CHECKED.contains(&key.as_str())).collect();
        inputs.add(format!("config {name}"), table_text(&checked).as_bytes());
    }
    for (name, path) in files {
        inputs.add_known(name, contents.get(&path)?);
    }
    Ok(inputs)
}

/// A file of cargo's configuration.
struct Configured {
    name: String,
    /// The folder that paths in it are relative to.
    folder: Utf8PathBuf,
    table: Table,
}

/// The files of cargo's configuration that hold in the workspace, also those above its root and the user's own.
fn configuration(checkout: &Checkout<'_>) -> Result<Vec<Configured>, Unhashable> {
    let root = &checkout.workspace.root;
    let environment = &checkout.context.environment;
    let home = cargo_home(environment);
    let files = build::config_files(root, environment).map_err(|error| Unhashable::from_error(&error))?;
    let configured = |(file, table): (Utf8PathBuf, Table)| {
        for (key, what) in [("paths", "overrides packages"), ("include", "includes other files")] {
            if table.contains_key(key) {
                return Err(Unhashable::new(format!("{file} {what} (`{key}`)")));
            }
        }
        let name = match home.as_ref().and_then(|home| file.strip_prefix(home).ok()) {
            // Wherever that is.
            Some(inside) => format!("home {inside}"),
            None => paths::relative(root, &file),
        };
        let folder = file.parent().and_then(Utf8Path::parent).unwrap_or(root).to_owned();
        Ok(Configured { name, folder, table })
    };
    files.into_iter().map(configured).collect()
}

/// The folders of all packages that are no registry's and no repository's: the members, what they depend on by paths (for
/// their tests too), and what takes the place of other packages.
fn packages(
    checkout: &Checkout<'_>,
    configuration: &[Configured],
) -> Result<BTreeSet<Utf8PathBuf>, Unhashable> {
    let workspace = checkout.workspace;
    let root = fs_err::read_to_string(workspace.root.join("Cargo.toml"))?;
    let root: Table = root.parse().map_err(|_| Unhashable::new("the root manifest is not understood"))?;
    let mut folders: BTreeSet<Utf8PathBuf> =
        workspace.members.iter().map(Member::root).map(Utf8Path::to_owned).collect();
    let mut queue: Vec<Utf8PathBuf> = Vec::new();
    let patches = std::iter::once((&root, &workspace.root))
        .chain(configuration.iter().map(|configured| (&configured.table, &configured.folder)));
    for (table, folder) in patches {
        queue.extend(manifest::patched(table, folder).into_iter().map(|(_, folder)| folder));
    }
    // Cargo knows them all, also those for tests, which only members have.
    queue.extend(dependencies(checkout, &workspace.root, |_| true)?);
    while let Some(folder) = queue.pop() {
        if folders.insert(folder.clone()) {
            queue.extend(needed(checkout, &folder)?);
        }
    }
    Ok(folders)
}

/// The folders that the package in `folder` depends on, which is no member.
fn needed(checkout: &Checkout<'_>, folder: &Utf8Path) -> Result<Vec<Utf8PathBuf>, Unhashable> {
    let unclear = || Unhashable::new(format!("{folder}/Cargo.toml is not understood"));
    let table: Table = fs_err::read_to_string(folder.join("Cargo.toml"))?.parse().map_err(|_| unclear())?;
    if !manifest::needs_root(&table, NEEDED) {
        let manifest = Manifest::read(folder, &table, None, NEEDED).ok_or_else(unclear)?;
        return Ok(manifest.declared.into_iter().filter_map(|declared| declared.folder).collect());
    }
    // Some of it is said in another workspace's root.
    let here = listing::real(folder);
    dependencies(checkout, folder, |manifest| manifest.parent().map(listing::real).as_ref() == Some(&here))
}

/// The folders that packages depend on which cargo knows in `folder`, of those whose manifests are `wanted`.
fn dependencies(
    checkout: &Checkout<'_>,
    folder: &Utf8Path,
    wanted: impl Fn(&Utf8Path) -> bool,
) -> Result<Vec<Utf8PathBuf>, Unhashable> {
    let cargo = CargoOptions {
        manifest_path: Some(folder.join("Cargo.toml")),
        lock_flags: checkout.cargo.lock_flags.clone(),
        ..CargoOptions::default()
    };
    let metadata = workspace::metadata(checkout.context, &cargo);
    let metadata = metadata.map_err(|error| Unhashable::from_error(&error))?;
    let packages = metadata.packages.into_iter().filter(|package| wanted(&package.manifest_path));
    let paths = packages.flat_map(|package| package.dependencies).filter_map(|dependency| dependency.path);
    Ok(paths.map(|path| paths::normal(&path)).collect())
}

/// The files by which programs that check are told what to do, wherever they look for them, whether git ignores them or not.
fn told(checkout: &Checkout<'_>, packages: &BTreeSet<Utf8PathBuf>) -> Vec<(String, Utf8PathBuf)> {
    let root = &checkout.workspace.root;
    let environment = &checkout.context.environment;
    let mut folders: BTreeMap<&Utf8Path, String> = BTreeMap::new();
    for folder in packages.iter().chain([root]).flat_map(|folder| folder.ancestors()) {
        folders.entry(folder).or_insert_with(|| paths::relative(root, folder));
    }
    let configured = environment.get("CLIPPY_CONF_DIR").map(|folder| root.join(folder));
    if let Some(folder) = &configured {
        folders.insert(folder, "CLIPPY_CONF_DIR".to_owned());
    }
    let home = environment.get("HOME").or_else(|| environment.get("USERPROFILE")).map(Utf8PathBuf::from);
    let config = environment.get("XDG_CONFIG_HOME").map(Utf8PathBuf::from);
    let config = config.or_else(|| home.as_ref().map(|home| home.join(".config")));
    let config = config.map(|config| config.join("rustfmt"));
    for (folder, name) in [(&home, "~"), (&config, "~ rustfmt")] {
        if let Some(folder) = folder {
            folders.insert(folder, name.to_owned());
        }
    }
    let mut files = Vec::new();
    for (folder, name) in folders {
        let here = TOLD.iter().map(|file| (format!("told {name}/{file}"), folder.join(file)));
        files.extend(here.filter(|(_, path)| path.is_file()));
    }
    files
}
