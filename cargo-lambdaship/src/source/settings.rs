//! The inputs that are no files and no packages: toolchain, flags, profile, cargo's configuration, and variables.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use toml::{Table, Value};

use super::manifest::{self, canonical, table_text};
use super::{Rules, Unhashable};
use crate::build;
use crate::package;

/// What cargo or compilers read from the environment, by the beginning of the name.
const READ: [&str; 7] = [
    "CARGO_PROFILE_",
    "CARGO_UNSTABLE_",
    "CARGO_INCREMENTAL",
    "CARGO_BUILD_INCREMENTAL",
    "RUSTC_BOOTSTRAP",
    "CFLAGS",
    "CXXFLAGS",
];

/// Inputs by name, each with its content.
pub(super) type Settings = BTreeMap<String, String>;

/// Cargo's configuration files, as one.
pub(super) struct Configuration {
    merged: Table,
    /// The folders of patches, each with its package's name.
    pub(super) patched: Vec<(String, Utf8PathBuf)>,
}

impl Configuration {
    /// Reads the files that hold in the workspace.
    pub(super) fn load(rules: &Rules<'_>) -> Result<Self, Unhashable> {
        let files = build::config_files(&rules.workspace.root, &rules.context.environment);
        let files = files.map_err(|error| Unhashable::from_error(&error))?;
        let mut configuration = Self { merged: Table::new(), patched: Vec::new() };
        for (file, table) in files {
            for (key, what) in [("paths", "overrides packages"), ("include", "includes other files")] {
                if table.contains_key(key) {
                    return Err(Unhashable::new(format!("{file} {what} (`{key}`)")));
                }
            }
            // Paths in a file are relative to the folder that `.cargo` is in.
            let folder = file.parent().and_then(Utf8Path::parent).unwrap_or(&rules.workspace.root);
            configuration.patched.extend(manifest::patched(&table, folder));
            merge(&mut configuration.merged, table);
        }
        Ok(configuration)
    }

    /// The inputs of every function.
    pub(super) fn of_all(&self, rules: &Rules<'_>, root: &Table) -> Settings {
        let mut settings = Settings::new();
        let mut add = |name: &str, content: String| drop(settings.insert(name.to_owned(), content));
        add("packaging", package::FORMAT.to_string());
        add("toolchain", rules.toolchain.version().join("\n"));
        let profile = rules.cargo.profile.as_deref().unwrap_or("release");
        add("profile", profile.to_owned());
        let layers = [root.clone(), self.merged.clone()];
        add("flag profile", build::profile_defaults(profile, &layers, &rules.context.environment).join("\n"));
        add("flag features", features(rules));
        for key in ["profile", "patch", "replace", "cargo-features"] {
            if let Some(value) = root.get(key) {
                add(&format!("manifest {key}"), canonical(value));
            }
        }
        add("manifest resolver", resolver(root));
        for key in ["profile", "patch", "unstable"] {
            if let Some(value) = self.merged.get(key) {
                add(&format!("config {key}"), canonical(value));
            }
        }
        for key in ["incremental", "rustc-workspace-wrapper"] {
            if let Some(value) = self.merged.get("build").and_then(|build| build.get(key)) {
                add(&format!("config build.{key}"), canonical(value));
            }
        }
        let variables: BTreeMap<&str, &str> = rules.context.environment.iter().collect();
        for (name, value) in &variables {
            if READ.iter().any(|read| name.starts_with(read)) || is_compilers(name) {
                add(&format!("variable {name}"), (*value).to_owned());
            }
        }
        for (name, value) in self.merged.get("env").and_then(Value::as_table).into_iter().flatten() {
            let is_forced = value.get("force").and_then(Value::as_bool).unwrap_or_default();
            let own = variables.get(name.as_str()).filter(|_| !is_forced);
            let content = own.map_or_else(|| canonical(value), |own| format!("={own}"));
            add(&format!("config env.{name}"), content);
        }
        settings
    }

    /// The inputs of functions that are built for `target`.
    pub(super) fn of_target(&self, rules: &Rules<'_>, target: &str) -> Result<Settings, Unhashable> {
        let triple = target.split('.').next().unwrap_or(target);
        let unreadable = |error: build::Error| Unhashable::from_error(&error);
        let flags = rules.toolchain.rustflags(triple).map_err(unreadable)?;
        let linker = rules.toolchain.linker(triple).map_err(unreadable)?;
        let root = rules.workspace.root.as_str();
        // Where the workspace is on this machine does not matter.
        let mut settings = Settings::from([
            ("target".to_owned(), target.to_owned()),
            ("flag rustflags".to_owned(), flags.join("\n").replace(root, "/workspace")),
        ]);
        if let Some(linker) = linker {
            let linker = linker.to_string_lossy().replace(root, "/workspace");
            settings.insert("flag linker".to_owned(), linker);
        }
        let of_target = self.merged.get("target").and_then(|targets| targets.get(triple)?.as_table());
        // Of its other tables, each stands in for a build script.
        let scripts: Table = of_target
            .into_iter()
            .flatten()
            .filter(|(_, value)| value.is_table())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        if !scripts.is_empty() {
            settings.insert("config target".to_owned(), table_text(&scripts));
        }
        Ok(settings)
    }
}

/// C's flags for one target, as the crate `cc` reads them.
fn is_compilers(name: &str) -> bool {
    matches!(name, "TARGET_CFLAGS" | "TARGET_CXXFLAGS")
}

/// Adds `low` under `high`, as cargo does it: a value that is stated is kept, and lists are joined.
fn merge(high: &mut Table, low: Table) {
    for (key, value) in low {
        match (high.get_mut(&key), value) {
            (Some(Value::Table(high)), Value::Table(low)) => merge(high, low),
            (Some(Value::Array(high)), Value::Array(low)) => drop(high.splice(0..0, low)),
            (Some(_), _) => {}
            (None, value) => drop(high.insert(key, value)),
        }
    }
}

fn features(rules: &Rules<'_>) -> String {
    let features = &rules.cargo.features;
    let named =
        features.named.iter().flat_map(|named| named.split([',', ' '])).filter(|name| !name.is_empty());
    let mut named: Vec<&str> = named.collect();
    named.sort_unstable();
    named.dedup();
    format!("{} all={} no-default={}", named.join(","), features.all, features.no_default)
}

/// What the root manifest says of the resolver; without a word, it follows from the edition.
fn resolver(root: &Table) -> String {
    let stated = ["workspace", "package"].iter().find_map(|table| root.get(*table)?.get("resolver"));
    let edition = || {
        let own = root.get("package")?.get("edition")?;
        if own.is_str() { Some(own) } else { root.get("workspace")?.get("package")?.get("edition") }
    };
    stated.or_else(edition).map(canonical).unwrap_or_default()
}
