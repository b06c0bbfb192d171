//! The graph that `Cargo.lock` holds. It is a value: nothing but its text is read.

use std::collections::{BTreeSet, HashMap};

use cargo_lock::{Dependency, Lockfile, Package, Version};
use sha2::{Digest, Sha256};

use super::Unhashable;
use super::inputs::digest_of;

/// A lock file's packages. Their places in it are their numbers.
pub(super) struct Lock(Vec<Locked>);

/// One of them.
pub(super) struct Locked {
    pub(super) name: String,
    pub(super) version: Version,
    /// Where it comes from; none is a folder.
    pub(super) source: Option<String>,
    pub(super) is_git: bool,
    /// The numbers of the packages that it depends on; of members those for tests too.
    pub(super) dependencies: Vec<usize>,
    /// Stands for everything that the lock file says of it.
    pub(super) digest: String,
}

impl Lock {
    /// Reads the text of a `Cargo.lock`.
    pub(super) fn parse(text: &str) -> Result<Self, Unhashable> {
        let lock: Lockfile = text
            .parse()
            .map_err(|error| Unhashable::new(format!("Cargo.lock is not understood: {error}")))?;
        let mut numbers: HashMap<(&str, &Version), Vec<usize>> = HashMap::new();
        for (number, package) in lock.packages.iter().enumerate() {
            numbers.entry((package.name.as_str(), &package.version)).or_default().push(number);
        }
        let find = |dependency: &Dependency| {
            let same = numbers.get(&(dependency.name.as_str(), &dependency.version));
            let same = same.map(Vec::as_slice).unwrap_or_default();
            let exact = same.iter().copied().filter(|n| lock.packages[*n].source == dependency.source);
            let exact: Vec<usize> = exact.collect();
            if exact.is_empty() { same.to_vec() } else { exact }
        };
        let locked = |package: &Package| Locked {
            name: package.name.to_string(),
            version: package.version.clone(),
            source: package.source.as_ref().map(ToString::to_string),
            is_git: package.source.as_ref().is_some_and(cargo_lock::SourceId::is_git),
            dependencies: package.dependencies.iter().chain(&package.replace).flat_map(find).collect(),
            digest: digest(package),
        };
        Ok(Self(lock.packages.iter().map(locked).collect()))
    }

    /// The package with the number `number`.
    pub(super) fn get(&self, number: usize) -> &Locked {
        &self.0[number]
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The number of the package of this name that comes from a folder. Where there are several, it is the last one.
    pub(super) fn own(&self, name: &str) -> Option<usize> {
        self.0.iter().rposition(|one| one.source.is_none() && one.name == name)
    }

    /// The numbers of the packages that the one with the number `start` depends on, its own among them.
    pub(super) fn reach(&self, start: usize) -> BTreeSet<usize> {
        let (mut open, mut found) = (vec![start], BTreeSet::new());
        while let Some(number) = open.pop() {
            if found.insert(number) {
                open.extend(&self.get(number).dependencies);
            }
        }
        found
    }

    /// The number of the package of this name and version that comes from a folder.
    pub(super) fn local(&self, name: &str, version: &str) -> Option<usize> {
        let is =
            |one: &Locked| one.source.is_none() && one.name == name && one.version.to_string() == version;
        self.0.iter().position(is)
    }
}

fn digest(package: &Package) -> String {
    let revision = package.source.as_ref().and_then(|source| source.precise());
    let source = package.source.as_ref().map(ToString::to_string);
    let checksum = package.checksum.as_ref().map(ToString::to_string);
    let parts = [Some(package.name.as_str()), source.as_deref(), revision, checksum.as_deref()];
    let mut hasher = Sha256::new_with_prefix(package.version.to_string());
    for part in parts {
        hasher.update([0]);
        hasher.update(part.unwrap_or_default());
    }
    digest_of(hasher)
}
