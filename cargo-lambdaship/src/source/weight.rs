//! How much there is to build for a function, as far as a checkout tells.

use std::collections::BTreeMap;

use camino::Utf8Path;
use fs_err as fs;

use super::{also, slice};
use crate::workspace::{Function, Workspace};

/// What a package of the lock file weighs: about as many bytes of its sources as one's own, which makes the number of
/// packages count first.
const PACKAGE: u64 = 50_000;

/// The weights of the packages that `functions` are in: what `Cargo.lock` has for them, and the bytes of their own sources.
/// It is the same on any machine.
#[must_use]
pub fn packages<'a>(
    workspace: &Workspace,
    functions: impl Iterator<Item = &'a Function>,
) -> BTreeMap<&'a str, u64> {
    let lock = fs::read_to_string(workspace.root.join("Cargo.lock")).unwrap_or_default();
    let counts = slice::counts(&lock);
    let mut weights = BTreeMap::new();
    for function in functions {
        weights.entry(function.package.as_str()).or_insert_with(|| {
            let count = counts.get(&function.package).copied().unwrap_or_default();
            PACKAGE * count as u64 + own(function.package_root())
        });
    }
    weights
}

fn own(package: &Utf8Path) -> u64 {
    let sources = also::files(&package.join("src")).ok().flatten().unwrap_or_default();
    sources.iter().filter_map(|path| Some(fs::metadata(path).ok()?.len())).sum()
}
