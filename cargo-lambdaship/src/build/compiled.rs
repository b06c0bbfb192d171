//! What a run of cargo compiled, as its messages say: where to look for what was read meanwhile.

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Artifact, BuildScript, TargetKind};

/// Everything that went into the binaries of one run, whether it was compiled or found to be fresh.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compiled {
    /// Cargo's target folder of the run.
    pub target_directory: Utf8PathBuf,
    /// What rustc made.
    pub units: Vec<CompiledUnit>,
    /// The build scripts that ran.
    pub scripts: Vec<RanScript>,
}

/// One thing that rustc made: a library, a binary, a procedural macro, a build script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledUnit {
    /// Cargo's id of its package.
    pub package: String,
    /// The package's `Cargo.toml`.
    pub manifest_path: Utf8PathBuf,
    /// Whether the package is a folder of the user's, which can change: neither from a registry nor from git.
    pub local: bool,
    /// The file that its source begins with.
    pub source: Utf8PathBuf,
    /// Whether it is a build script.
    pub build_script: bool,
    /// The executable that a user asks cargo for.
    pub executable: Option<Utf8PathBuf>,
    /// The files that cargo says it made.
    pub files: Vec<Utf8PathBuf>,
}

/// One run of a build script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RanScript {
    /// Cargo's id of its package.
    pub package: String,
    /// Its `OUT_DIR`.
    pub out_dir: Utf8PathBuf,
    /// The environment variables that it sets for its own package.
    pub variables: Vec<String>,
}

impl Compiled {
    /// What the messages of a run into `target_directory` say; `on_host` is where a file is that they name.
    pub(super) fn new(
        target_directory: &Utf8Path,
        artifacts: &[Artifact],
        scripts: &[BuildScript],
        on_host: impl Fn(&Utf8Path) -> Utf8PathBuf,
    ) -> Self {
        let unit = |artifact: &Artifact| CompiledUnit {
            package: artifact.package_id.repr.clone(),
            manifest_path: artifact.manifest_path.clone(),
            local: is_local(&artifact.package_id.repr),
            source: artifact.target.src_path.clone(),
            build_script: artifact.target.kind.contains(&TargetKind::CustomBuild),
            executable: artifact.executable.as_deref().map(&on_host),
            files: artifact.filenames.iter().map(|path| on_host(path)).collect(),
        };
        let script = |script: &BuildScript| RanScript {
            package: script.package_id.repr.clone(),
            out_dir: on_host(&script.out_dir),
            variables: script.env.iter().map(|(name, _)| name.clone()).collect(),
        };
        Self {
            target_directory: target_directory.to_owned(),
            units: artifacts.iter().map(unit).collect(),
            scripts: scripts.iter().map(script).collect(),
        }
    }
}

/// Cargo before 1.77 puts the id's parts in another order, with the source in brackets.
fn is_local(package: &str) -> bool {
    package.starts_with("path+") || package.contains("(path+")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_in_folders_are_told_from_those_of_registries_and_git() {
        for (package, expected) in [
            ("path+file:///app/hello#0.1.0", true),
            ("path+file:///C:/a%20b#hello@0.1.0", true),
            ("hello 0.1.0 (path+file:///app/hello)", true),
            ("registry+https://github.com/rust-lang/crates.io-index#serde@1.0.229", false),
            ("git+https://example.com/x?branch=main#x@0.1.0", false),
        ] {
            assert_eq!(is_local(package), expected, "{package}");
        }
    }
}
