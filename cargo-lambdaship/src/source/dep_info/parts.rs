//! What rustc and build scripts say that they read, of all that goes into one executable.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::parse::{Asked, DepInfo, asked};
use super::{Look, Unreadable, find, variables};
use crate::build::{CompiledUnit, RanScript};
use crate::source::paths::normal;

/// What a package at the workspace's root has besides what is hashed of it.
const ROOT: [&str; 3] = ["Cargo.lock", "Cargo.toml", "lambdaship.toml"];

/// The parts of one executable.
pub(super) struct Parts<'a> {
    scripts: Vec<Script<'a>>,
    units: Vec<(&'a CompiledUnit, Vec<DepInfo>)>,
}

/// A build script that ran.
struct Script<'a> {
    ran: &'a RanScript,
    /// Its package, by one of its units.
    unit: &'a CompiledUnit,
    asked: Asked,
}

impl<'a> Parts<'a> {
    /// Reads what they say.
    pub(super) fn of(look: &Look<'a>) -> Result<Self, Unreadable> {
        let compiled = &look.built.compiled;
        let mut parts = Self { scripts: Vec::new(), units: Vec::new() };
        for unit in compiled.units.iter().filter(|unit| look.is_part(unit)) {
            parts.units.push((unit, find::of_unit(compiled, unit)?));
        }
        for ran in &compiled.scripts {
            let Some((unit, _)) = parts.units.iter().find(|(unit, _)| unit.package == ran.package) else {
                continue;
            };
            let path = ran.out_dir.with_file_name("output");
            let output = fs::read(&path).map_err(|source| Unreadable::Read { path: path.clone(), source })?;
            let asked = asked(&String::from_utf8_lossy(&output));
            parts.scripts.push(Script { ran, unit, asked });
        }
        Ok(parts)
    }

    /// The environment variables that were asked for, without those that cargo sets.
    pub(super) fn variables(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for (unit, infos) in &self.units {
            let own = self.scripts.iter().filter(|script| script.ran.package == unit.package);
            let own: Vec<&String> = own.flat_map(|script| &script.ran.variables).collect();
            let asked = infos.iter().flat_map(|info| &info.variables);
            let users = asked.filter(|name| !own.contains(name) && !variables::is_cargos(name, unit.local));
            names.extend(users.cloned());
        }
        for script in &self.scripts {
            let users = script.asked.variables.iter().filter(|name| !variables::is_build_scripts(name));
            names.extend(users.cloned());
        }
        names
    }

    /// What was read, and is not in cargo's own record of the executable, which tells of the user's packages only: what others
    /// read outside of their folders; and, where a build script at `root` asks for nothing, what it may have read there.
    pub(super) fn read(&self, root: &Utf8Path) -> BTreeSet<Utf8PathBuf> {
        let mut read = BTreeSet::new();
        for (unit, infos) in self.units.iter().filter(|(unit, _)| !unit.local) {
            outside(unit, infos.iter().flat_map(|info| &info.files), &mut read);
        }
        for Script { unit, asked, .. } in &self.scripts {
            if !unit.local {
                outside(unit, asked.files.iter(), &mut read);
            } else if asked.is_nothing() && folder(unit) == root {
                read.extend(ROOT.iter().map(|name| root.join(name)).filter(|path| path.exists()));
            }
        }
        read
    }

    /// The manifests of the user's packages whose build scripts ask for nothing, and so may have read any file there.
    pub(super) fn searched(&self) -> BTreeSet<&Utf8Path> {
        let silent = self.scripts.iter().filter(|script| script.unit.local && script.asked.is_nothing());
        silent.map(|script| script.unit.manifest_path.as_path()).collect()
    }
}

/// Adds those of `paths` to `read` that are not in the folder of the unit's package.
fn outside<'a>(
    unit: &CompiledUnit,
    paths: impl Iterator<Item = &'a String>,
    read: &mut BTreeSet<Utf8PathBuf>,
) {
    let own = folder(unit);
    let paths = paths.map(|path| normal(&own.join(path)));
    read.extend(paths.filter(|path| !path.starts_with(own)));
}

fn folder(unit: &CompiledUnit) -> &Utf8Path {
    unit.manifest_path.parent().unwrap_or(&unit.manifest_path)
}
