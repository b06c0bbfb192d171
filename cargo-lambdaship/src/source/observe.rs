//! The inputs of functions, by the rules.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use toml::Table;

use super::contents::Contents;
use super::graph::{Graph, Places, Reach};
use super::listing::{self, Listing, Outside};
use super::lock::Lock;
use super::manifest::{self, table_text};
use super::settings::{Configuration, Settings};
use super::{Also, Inputs, Unhashable, also, secret, written};
use crate::build::Toolchain;
use crate::context::Context;
use crate::package::{self, Include};
use crate::workspace::{CargoOptions, Function, Workspace};

/// What of a root manifest is not its package's. What of it counts is an input of its own.
const WORKSPACES: [&str; 5] = ["workspace", "profile", "patch", "replace", "cargo-features"];

/// What is the same for every function.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// The outside world: the environment.
    pub context: &'a Context,
    /// The workspace.
    pub workspace: &'a Workspace,
    /// Cargo's flags.
    pub cargo: &'a CargoOptions,
    /// The toolchain that builds.
    pub toolchain: &'a Toolchain,
    /// The environment variables that the configuration declares to go into builds.
    pub declared: &'a [String],
}

/// What is asked of the rules for one function.
#[derive(Clone)]
pub struct Subject<'a> {
    /// The function.
    pub function: &'a Function,
    /// The target's text, with the glibc that it is held to.
    pub target: String,
    /// What builds it: `cargo`, `zig` or `cross`.
    pub builder: &'static str,
    /// The folder that `include` is relative to.
    pub include_root: &'a Utf8Path,
    /// The patterns of the files that are packed beside it.
    pub include: &'a [String],
    /// What its builds were seen to read besides.
    pub also: &'a Also,
}

/// The inputs of every subject, in their order. It reads files and asks git once for each repository: it is no work for
/// a thread that others wait for.
///
/// # Errors
/// Where the inputs of a function cannot be told: [`Unhashable`], with the reason.
#[must_use]
pub fn observe(rules: &Rules<'_>, subjects: &[Subject<'_>]) -> Vec<Result<Inputs, Unhashable>> {
    match Ground::survey(rules, subjects) {
        Ok(ground) => {
            subjects.par_iter().enumerate().map(|(number, subject)| ground.inputs(number, subject)).collect()
        }
        Err(reason) => subjects.iter().map(|_| Err(reason.clone())).collect(),
    }
}

/// Everything that was read, for all subjects.
struct Ground<'a> {
    workspace: &'a Workspace,
    /// Digests of the values of those variables that a function may ask for.
    variables: BTreeMap<String, String>,
    /// Those that cargo's configuration sets to a place on this machine.
    places: BTreeMap<String, Utf8PathBuf>,
    declared: &'a [String],
    graph: Graph,
    listing: Listing,
    includes: Vec<Result<Vec<Include>, Unhashable>>,
    contents: Contents,
    /// Files that this tool wrote.
    written: BTreeSet<Utf8PathBuf>,
    root: Table,
    all: Settings,
    targets: HashMap<String, Result<Settings, Unhashable>>,
}

impl<'a> Ground<'a> {
    fn survey(rules: &Rules<'a>, subjects: &[Subject<'_>]) -> Result<Self, Unhashable> {
        let workspace = rules.workspace;
        let root = fs_err::read_to_string(workspace.root.join("Cargo.toml"))?;
        let root: Table = root.parse().map_err(|_| Unhashable::new("the root manifest is not understood"))?;
        let configuration = Configuration::load(rules)?;
        let lock = match fs_err::read_to_string(workspace.root.join("Cargo.lock")) {
            Ok(text) => Lock::parse(&text)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Unhashable::new("there is no Cargo.lock"));
            }
            Err(error) => return Err(error.into()),
        };
        let mut patched = manifest::patched(&root, &workspace.root);
        patched.extend_from_slice(&configuration.patched);
        let starts = subjects.iter().map(|subject| subject.function.package_root()).collect();
        let graph = Graph::load(lock, &Places { workspace, root: &root, patched }, &starts);
        let outside = Outside { root: &workspace.root, target: &workspace.target_directory };
        let listing = listing::list(&graph.folders(), &outside);
        let collect = |subject: &Subject<'_>| {
            package::collect_includes(subject.include_root, subject.include)
                .map_err(|error| Unhashable::from_error(&error))
        };
        let includes: Vec<_> = subjects.par_iter().map(collect).collect();
        let mut paths = BTreeSet::new();
        paths.extend(listing.values().flatten().flatten().map(|listed| listed.path.clone()));
        paths.extend(includes.iter().flatten().flatten().map(|include| include.source.clone()));
        let also = subjects.iter().flat_map(|subject| &subject.also.files);
        let also = also.filter(|file| !file.ends_with(also::FOLDER));
        paths.extend(also.map(|file| manifest::join(&workspace.root, file)));
        paths.insert(workspace.root.join("Cross.toml"));
        let mut targets = HashMap::new();
        for subject in subjects {
            let target = subject.target.clone();
            targets.entry(target).or_insert_with_key(|target| configuration.of_target(rules, target));
        }
        let contents = Contents::read(paths);
        Ok(Self {
            workspace,
            variables: variables(rules, subjects)?,
            places: configuration.places.clone(),
            declared: rules.declared,
            graph,
            listing,
            includes,
            written: written::unchanged(&workspace.target_directory, &contents),
            contents,
            all: configuration.of_all(rules, &root),
            root,
            targets,
        })
    }

    fn inputs(&self, number: usize, subject: &Subject<'_>) -> Result<Inputs, Unhashable> {
        let function = subject.function;
        let mut inputs = Inputs::default();
        // Two functions of one package have all but their names in common.
        inputs.add("function", function.name.as_str().as_bytes());
        inputs.add("builder", subject.builder.as_bytes());
        if subject.builder == "cross" {
            inputs.add_known("file Cross.toml", self.contents.get(&self.workspace.root.join("Cross.toml"))?);
        }
        let of_target = self.targets.get(&subject.target).cloned().transpose()?.unwrap_or_default();
        for (name, content) in self.all.iter().chain(&of_target) {
            inputs.add(name, content.as_bytes());
        }
        let reach = self.graph.reach(&function.package, function.package_root())?;
        dependencies(&mut inputs, &reach);
        self.packages(&mut inputs, &reach, subject.also)?;
        for include in self.includes[number].as_ref().map_err(Clone::clone)? {
            let content = self.contents.get(&include.source)?;
            let mode = package::mode(&include.source).map_err(|error| Unhashable::from_error(&error))?;
            inputs.add(format!("include {}", include.name), format!("{mode:o} {content}").as_bytes());
        }
        for name in self.declared.iter().chain(&subject.also.variables) {
            self.variable(&mut inputs, name, function);
        }
        for file in &subject.also.files {
            if file.ends_with(also::FOLDER) {
                inputs.add_digest(format!("also {file}"), also::digest(&self.workspace.root, file)?);
                continue;
            }
            let content = self.contents.get(&manifest::join(&self.workspace.root, file))?;
            inputs.add_known(format!("also {file}"), content);
        }
        Ok(inputs)
    }

    /// Adds the files of the packages that come from folders, and what these take from their workspaces' roots.
    fn packages(&self, inputs: &mut Inputs, reach: &Reach<'_>, also: &Also) -> Result<(), Unhashable> {
        for (folder, manifest) in &reach.local {
            let same = reach.local.iter().filter(|(_, other)| other.name == manifest.name).count() > 1;
            let package =
                if same { format!("{}@{}", manifest.name, manifest.version) } else { manifest.name.clone() };
            let is_root = **folder == self.workspace.root;
            if is_root {
                // By its parts, as a new member is none of the package's business.
                let mut own = self.root.clone();
                own.retain(|key, _| !WORKSPACES.contains(&key));
                inputs.add(format!("manifest {package}/Cargo.toml"), table_text(&own).as_bytes());
            }
            let unlisted = || Err(Unhashable::new(format!("the files in {folder} were not listed")));
            let listed = self.listing.get(*folder).cloned().unwrap_or_else(unlisted)?;
            // A build script that reads all of its package reads what this tool wrote there as well.
            let is_searched = also::is_searched(&self.workspace.root, &also.files, folder);
            let listed = listed.iter().filter(|file| is_searched || !self.written.contains(&file.path));
            for file in listed.filter(|file| !is_root || file.name != "Cargo.toml") {
                inputs.add_known(format!("file {package}/{}", file.name), self.contents.get(&file.path)?);
            }
            for (part, content) in &manifest.inherited {
                inputs.add(format!("manifest {part}"), content.as_bytes());
            }
        }
        Ok(())
    }

    fn variable(&self, inputs: &mut Inputs, name: &str, function: &Function) {
        let content = if name == "CARGO_MANIFEST_DIR" || name == "CARGO_MANIFEST_PATH" {
            // Code that asks for it has the folder's place in it.
            format!("={}", function.package_root())
        } else if let Some(place) = self.places.get(name) {
            format!("={place}")
        } else if is_cargos(name) {
            // Cargo sets it, from what is among the inputs already.
            return;
        } else {
            self.variables.get(name).map(|digest| format!("={digest}")).unwrap_or_default()
        };
        inputs.add(format!("variable {name}"), content.as_bytes());
    }
}

/// The digests of the values of all variables that are asked for and are set.
fn variables(rules: &Rules<'_>, subjects: &[Subject<'_>]) -> Result<BTreeMap<String, String>, Unhashable> {
    let also = subjects.iter().flat_map(|subject| &subject.also.variables);
    let names: BTreeSet<&String> = rules.declared.iter().chain(also).collect();
    let set = |name: &&String| rules.context.environment.iter().find(|(known, _)| *known == name.as_str());
    let set: Vec<_> = names.iter().filter_map(set).collect();
    set.into_par_iter().map(|(name, value)| Ok((name.to_owned(), secret::digest(value)?))).collect()
}

/// Whether cargo sets the variable `name` for what it compiles, whatever it is outside.
fn is_cargos(name: &str) -> bool {
    let known = ["OUT_DIR", "CARGO_CRATE_NAME", "CARGO_BIN_NAME", "CARGO_PRIMARY_PACKAGE"];
    name.starts_with("CARGO_PKG_") || known.contains(&name)
}

/// Adds the packages that come from registries and repositories.
fn dependencies(inputs: &mut Inputs, reach: &Reach<'_>) {
    // One version of a package can come from two places.
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for locked in &reach.remote {
        let name = format!("dependency {} {}", locked.name, locked.version);
        groups.entry(name).or_default().push(&locked.digest);
    }
    for (name, mut digests) in groups {
        digests.sort_unstable();
        match digests.as_slice() {
            [one] => inputs.add_known(name, (*one).to_owned()),
            several => inputs.add_digest(name, Sha256::new_with_prefix(several.join(" "))),
        }
    }
}
