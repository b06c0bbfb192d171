//! Finds the files in which cargo and rustc say what they read.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::Unreadable;
use super::parse::{DepInfo, dep_info};
use crate::build::{Compiled, CompiledUnit};

/// The one that cargo puts beside the executable, with all files of the user's packages in it.
pub(super) fn of_executable(executable: &Utf8Path) -> Result<DepInfo, Unreadable> {
    read(&executable.with_extension("d"))
}

/// Those of rustc for `unit`. There may be one too many, of an earlier build with other flags, but never one too few.
pub(super) fn of_unit(compiled: &Compiled, unit: &CompiledUnit) -> Result<Vec<DepInfo>, Unreadable> {
    let mut found: BTreeSet<Utf8PathBuf> = unit.files.iter().flat_map(|file| beside(file)).collect();
    if unit.build_script {
        // Its name there is not the target's.
        let folders = unit.files.iter().filter_map(|file| file.parent());
        found.extend(folders.map(list).collect::<Result<Vec<_>, _>>()?.into_iter().flatten());
    } else if found.is_empty() {
        found = of_uplifted(compiled, unit)?;
    }
    if found.is_empty() {
        return Err(Unreadable::Missing { of: unit.source.clone() });
    }
    found.iter().map(|path| read(path)).collect()
}

/// Libraries have their hash in the name, and so has rustc's file.
fn beside(file: &Utf8Path) -> Vec<Utf8PathBuf> {
    let Some(stem) = file.file_stem().filter(|stem| has_hash(stem)) else { return Vec::new() };
    let names = [Some(stem), stem.strip_prefix("lib")];
    let paths = names.iter().flatten().map(|name| file.with_file_name(format!("{name}.d")));
    paths.filter(|path| path.is_file()).collect()
}

/// What cargo puts in front of the user is a link to the file with the hash in its name, or a copy.
fn of_uplifted(compiled: &Compiled, unit: &CompiledUnit) -> Result<BTreeSet<Utf8PathBuf>, Unreadable> {
    let mut all = BTreeSet::new();
    let mut twins = BTreeSet::new();
    for file in &unit.files {
        let stem = file.file_stem().unwrap_or_default();
        let names =
            [Some(stem), stem.strip_prefix("lib")].map(|name| name.map(|name| name.replace('-', "_")));
        for folder in folders(compiled, file) {
            for path in list(&folder)? {
                let found = path.file_stem().unwrap_or_default();
                let name = found.rsplit_once('-').filter(|_| has_hash(found)).map_or(found, |(name, _)| name);
                if names.iter().flatten().all(|wanted| wanted != name) {
                    continue;
                }
                let made = path.with_extension(file.extension().unwrap_or_default());
                if is_twin(file, &made) {
                    twins.insert(path.clone());
                }
                all.insert(path);
            }
        }
    }
    Ok(if twins.is_empty() { all } else { twins })
}

/// Where cargo lets rustc put what is then put in front of the user: `deps` beside it, or where the libraries are when
/// `build.build-dir` is set.
fn folders(compiled: &Compiled, file: &Utf8Path) -> BTreeSet<Utf8PathBuf> {
    let made = compiled.units.iter().flat_map(|unit| &unit.files).filter_map(|file| file.parent());
    let deps = made.filter(|folder| folder.file_name() == Some("deps")).map(Utf8Path::to_owned);
    let beside = file.parent().map(|folder| folder.join("deps"));
    deps.chain(beside).filter(|folder| folder.is_dir()).collect()
}

fn has_hash(stem: &str) -> bool {
    let is_hash = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    stem.rsplit_once('-').is_some_and(|(_, hash)| is_hash(hash))
}

/// A link has the same time and length as what it is a link to.
fn is_twin(file: &Utf8Path, other: &Utf8Path) -> bool {
    let look = |path: &Utf8Path| fs::metadata(path).and_then(|found| Ok((found.len(), found.modified()?)));
    matches!((look(file), look(other)), (Ok(one), Ok(two)) if one == two)
}

/// The `.d` files of a folder.
fn list(folder: &Utf8Path) -> Result<Vec<Utf8PathBuf>, Unreadable> {
    let failed = |error: std::io::Error| Unreadable::Read { path: folder.to_owned(), source: error };
    let entries = folder.read_dir_utf8().map_err(failed)?;
    let paths: Vec<Utf8PathBuf> =
        entries.map(|entry| Ok(entry?.into_path())).collect::<std::io::Result<_>>().map_err(failed)?;
    Ok(paths.into_iter().filter(|path| path.extension() == Some("d")).collect())
}

fn read(path: &Utf8Path) -> Result<DepInfo, Unreadable> {
    let failed = |error| Unreadable::Read { path: path.to_owned(), source: error };
    let text = fs::read_to_string(path).map_err(failed)?;
    dep_info(&text).ok_or_else(|| Unreadable::Form { path: path.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_told_from_the_rest_of_a_name() {
        for (stem, expected) in [
            ("hello_x-7a16ccda37a7612d", true),
            ("libb-6a5f8a1c17b22f55", true),
            ("hello-x", false),
            ("hello", false),
            ("hello-7a16ccda37a7612", false),
        ] {
            assert_eq!(has_hash(stem), expected, "{stem}");
        }
    }
}
