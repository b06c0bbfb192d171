//! The variables that decide what a gate looks at. Pure.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Gate;
use crate::context::Environment;
use crate::model::hex;

/// What cargo, the compiler and the programs that run tests read, by the beginning of the name. Where the folders are does not
/// matter.
const READ: [&str; 13] = [
    "RUSTFLAGS",
    "RUSTDOC",
    "RUSTC",
    "CARGO_ENCODED_RUST",
    "CARGO_BUILD_",
    "CARGO_TARGET_",
    "CARGO_PROFILE_",
    "CARGO_UNSTABLE_",
    "CARGO_INCREMENTAL",
    "CARGO_LLVM_COV_",
    "CLIPPY_",
    "NEXTEST",
    "RUST_TEST_",
];

/// What programs read that do not compile.
const READ_BY_ALL: [&str; 2] = ["RUSTFMT", "CARGO_ALIAS_"];

/// Where the results of compilers go.
const FOLDERS: [&str; 3] = ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "CARGO_BUILD_BUILD_DIR"];

/// The variables that decide what `gate` looks at, with their values.
pub(super) fn variables<'a>(
    gate: &Gate,
    environment: &'a Environment,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let compiles = gate.compiles() || matches!(gate, Gate::Custom { .. });
    let is_read = move |name: &str| {
        let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| name.starts_with(beginning));
        !FOLDERS.contains(&name) && (begins(&READ_BY_ALL) || compiles && begins(&READ))
    };
    environment.iter().filter(move |(name, value)| !value.is_empty() && is_read(name))
}

/// Those of [`variables`] that could make it easier to pass, each with a digest of its value.
pub(super) fn decisive(gate: &Gate, environment: &Environment) -> BTreeMap<String, String> {
    let decisive = variables(gate, environment).filter(|(name, value)| !is_harmless(name, value));
    decisive.map(|(name, value)| (name.to_owned(), hex(&Sha256::digest(value)[..8]))).collect()
}

/// What pipelines set to be stricter or quicker.
fn is_harmless(name: &str, value: &str) -> bool {
    let is_strict = || matches!(value.trim(), "-D warnings" | "-Dwarnings");
    let is_cache = || matches!(value.rsplit(['/', '\\']).next(), Some("sccache" | "sccache.exe"));
    let is_quicker = |end: &str| name.starts_with("CARGO_PROFILE_") && name.ends_with(end);
    match name {
        "RUSTFLAGS" | "RUSTDOCFLAGS" => is_strict(),
        "RUSTC_WRAPPER" | "CARGO_BUILD_RUSTC_WRAPPER" => is_cache(),
        "CARGO_INCREMENTAL"
        | "CARGO_BUILD_INCREMENTAL"
        | "CARGO_BUILD_JOBS"
        | "NEXTEST_TEST_THREADS"
        | "RUST_TEST_THREADS" => true,
        _ => ["_DEBUG", "_INCREMENTAL", "_STRIP", "_CODEGEN_UNITS"].into_iter().any(is_quicker),
    }
}
