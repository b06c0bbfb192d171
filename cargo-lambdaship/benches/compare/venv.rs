//! The Python environment under the target folder that holds cargo-lambda, made by the first run.

use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};

use crate::environment::ensure;
use crate::target_folder;

/// The folder of its programs: cargo-lambda, and zig.
pub(crate) fn programs() -> &'static Utf8Path {
    static PROGRAMS: OnceLock<Utf8PathBuf> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let requirements = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/compare/requirements.txt");
        let python = ensure(&target_folder().join("bench-venv"), Utf8Path::new(requirements));
        python.parent().expect("Python is in a folder").to_owned()
    })
}
