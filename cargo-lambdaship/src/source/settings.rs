//! The inputs that are no files and no packages: toolchain, flags, profile, cargo's configuration, and variables.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::inputs::digest_of;
use super::manifest::{self, canonical, table_text};
use super::{Rules, Unhashable, paths};
use crate::build;
use crate::package;

/// What cargo or compilers read from the environment, by the beginning of the name.
const READ: [&str; 10] = [
    "CARGO_PROFILE_",
    "CARGO_UNSTABLE_",
    "CARGO_INCREMENTAL",
    "CARGO_BUILD_INCREMENTAL",
    "RUSTC_BOOTSTRAP",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
    "CROSS_",
    "CFLAGS",
    "CXXFLAGS",
];

/// Where the environment names a program that stands between cargo and rustc, the stronger word first.
const WRAPPER: [&str; 2] = ["RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER"];

/// Such programs that give what rustc would give.
const CACHES: [&str; 5] = ["sccache", "ccache", "cachepot", "buildcache", "kache"];

/// Inputs by name, each with its content.
pub(super) type Settings = BTreeMap<String, String>;

/// Cargo's configuration files, as one.
pub(super) struct Configuration {
    merged: Table,
    /// The folders of patches, each with its package's name.
    pub(super) patched: Vec<(String, Utf8PathBuf)>,
    /// The values of those variables of `[env]` that are places on this machine.
    pub(super) places: BTreeMap<String, Utf8PathBuf>,
}

impl Configuration {
    /// Reads the files that hold in the workspace.
    pub(super) fn load(rules: &Rules<'_>) -> Result<Self, Unhashable> {
        let files = build::config_files(&rules.workspace.root, &rules.context.environment);
        let files = files.map_err(|error| Unhashable::from_error(&error))?;
        let mut configuration = Self { merged: Table::new(), patched: Vec::new(), places: BTreeMap::new() };
        for (file, table) in files {
            for (key, what) in [("paths", "overrides packages"), ("include", "includes other files")] {
                if table.contains_key(key) {
                    return Err(Unhashable::new(format!("{file} {what} (`{key}`)")));
                }
            }
            // Paths in a file are relative to the folder that `.cargo` is in.
            let folder = file.parent().and_then(Utf8Path::parent).unwrap_or(&rules.workspace.root);
            configuration.patched.extend(manifest::patched(&table, folder));
            for (name, value) in variables(&table) {
                let is_first = configuration.variable(name).is_none();
                if is_first && let Some(path) = relative(value) {
                    configuration.places.insert(name.clone(), manifest::join(folder, path));
                }
            }
            merge(&mut configuration.merged, table);
        }
        configuration.places.retain(|name, _| {
            let is_forced =
                configuration.merged.get("env").and_then(|env| env.get(name)).is_some_and(is_forced);
            is_forced || rules.context.environment.get(name).is_none()
        });
        Ok(configuration)
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.merged.get("env")?.get(name)
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
        add("manifest resolver", manifest::resolver(root).map(canonical).unwrap_or_default());
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
        if let Some(wrapper) = self.wrapper(&variables) {
            add("flag rustc-wrapper", wrapper.replace(rules.workspace.root.as_str(), "/workspace"));
        }
        for (name, value) in self::variables(&self.merged) {
            let own = variables.get(name.as_str()).filter(|_| !is_forced(value));
            let content = own.map_or_else(|| canonical(value), |own| format!("={own}"));
            add(&format!("config env.{name}"), content);
        }
        settings
    }

    /// The program that stands between cargo and rustc, unless it is one that only keeps what rustc made.
    fn wrapper(&self, variables: &BTreeMap<&str, &str>) -> Option<String> {
        let stated = WRAPPER.iter().find_map(|name| variables.get(name)).map(|value| (*value).to_owned());
        let configured = || Some(self.merged.get("build")?.get("rustc-wrapper")?.as_str()?.to_owned());
        let wrapper = stated.or_else(configured).filter(|wrapper| !wrapper.is_empty())?;
        let name = Utf8Path::new(&wrapper).file_stem().unwrap_or_default().to_owned();
        (!CACHES.contains(&name.as_str())).then_some(wrapper)
    }

    /// The inputs of functions that are built for `target`.
    pub(super) fn of_target(&self, rules: &Rules<'_>, target: &str) -> Result<Settings, Unhashable> {
        let triple = target.split('.').next().unwrap_or(target);
        let unreadable = |error: build::Error| Unhashable::from_error(&error);
        let flags = rules.toolchain.rustflags(triple).map_err(unreadable)?;
        if flags.iter().any(|flag| flag.ends_with("cpu=native")) {
            return Err(Unhashable::new("`target-cpu=native` is another processor on another machine"));
        }
        let linker = rules.toolchain.linker(triple).map_err(unreadable)?;
        let linker = linker.map(|linker| linker.to_string_lossy().into_owned());
        let named = files(&rules.workspace.root, flags.iter().chain(&linker))?;
        let root = rules.workspace.root.as_str();
        // Where the workspace is on this machine does not matter.
        let mut settings = Settings::from([
            ("target".to_owned(), target.to_owned()),
            ("flag rustflags".to_owned(), flags.join("\n").replace(root, "/workspace")),
        ]);
        settings.extend(named);
        if let Some(linker) = linker {
            settings.insert("flag linker".to_owned(), linker.replace(root, "/workspace"));
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

/// The table `[env]`.
fn variables(table: &Table) -> impl Iterator<Item = (&String, &Value)> {
    table.get("env").and_then(Value::as_table).into_iter().flatten()
}

fn is_forced(variable: &Value) -> bool {
    variable.get("force").and_then(Value::as_bool).unwrap_or_default()
}

/// The path of a variable that is one, relative to the folder that `.cargo` is in.
fn relative(variable: &Value) -> Option<&str> {
    let is_relative = variable.get("relative").and_then(Value::as_bool).unwrap_or_default();
    variable.get("value")?.as_str().filter(|_| is_relative)
}

/// The files of the workspace that `flags` name, such as a linker's script or a profile, each with its digest. Those
/// elsewhere belong to the machine, as its linker does.
fn files<'a>(root: &Utf8Path, flags: impl Iterator<Item = &'a String>) -> Result<Settings, Unhashable> {
    let mut files = Settings::new();
    let words = flags.flat_map(|flag| flag.split(['=', ',', ' ']));
    for word in words.flat_map(|word| [word, word.strip_prefix("-T").unwrap_or(word)]) {
        let path = manifest::join(root, word);
        if !word.is_empty() && path.starts_with(root) && path.is_file() {
            let digest = digest_of(Sha256::new_with_prefix(fs_err::read(&path)?));
            files.insert(format!("flag file {}", paths::relative(root, &path)), digest);
        }
    }
    Ok(files)
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
