//! The stamp: what an artifact was made of and with, as JSON beside the zip, and in short in the version it becomes.
//!
//! In: what was built and packed. Out: a file that people, CI and later runs read. It must not hold any variable's value.

mod lineage;
mod version;

use camino::{Utf8Path, Utf8PathBuf};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::build::{Built, Toolchain};
use crate::model::{Arch, CodeSha256, FunctionName, SourceHash};
use crate::package::{self, Artifact};
use crate::process;

pub use lineage::Lineage;
pub use version::VersionStamp;

/// The stamp's own name and number.
pub const SCHEMA: &str = "lambdaship.stamp/1";

/// What an artifact was made of and with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// [`SCHEMA`].
    pub schema: String,
    /// The function.
    pub function: FunctionName,
    /// The processor that it runs on; absent for one that no lambda has.
    pub arch: Option<Arch>,
    /// The zip's digest, as Lambda reports it.
    pub code_sha256: CodeSha256,
    /// The same, as `sha256sum` prints it.
    pub sha256: String,
    /// The zip's size in bytes.
    pub size: u64,
    /// The size of all files in it.
    pub unzipped: u64,
    /// How it was built; absent for what was built elsewhere.
    pub build: Option<Build>,
    /// The commit of the workspace; absent outside of a git repository.
    pub git: Option<Git>,
    /// The number of the way of packing; absent for a zip that was made elsewhere.
    pub format: Option<u32>,
    /// The source that it was built from; absent for what was built elsewhere, and when that could not be told.
    #[serde(default)]
    pub source_hash: Option<SourceHash>,
}

/// How an artifact was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// The Rust target, with the newest glibc that it may need.
    pub target: String,
    /// The cargo profile.
    pub profile: String,
    /// `cargo`, `zig` or `cross`.
    pub builder: String,
    /// The lines of `rustc -vV`.
    pub toolchain: Vec<String>,
}

impl Build {
    /// How `built` was built.
    #[must_use]
    pub fn of(built: &Built, toolchain: &Toolchain) -> Self {
        Self {
            target: built.target.to_string(),
            profile: built.profile.clone(),
            builder: built.builder.to_owned(),
            toolchain: toolchain.version().to_vec(),
        }
    }
}

/// The state of the workspace in git.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Git {
    /// The commit that is checked out.
    pub commit: String,
    /// Whether files differ from it.
    pub dirty: bool,
}

impl Git {
    /// Asks git about the folder `root`; `None` without git, outside of a repository and before its first commit.
    pub async fn observe(root: &Utf8Path) -> Option<Self> {
        let mut git = process::background("git");
        git.args(["--no-optional-locks", "status", "--porcelain=v2", "--branch"]).current_dir(root);
        let output = git.output().await.ok().filter(|output| output.status.success())?;
        Self::parse(&String::from_utf8_lossy(&output.stdout))
    }

    fn parse(status: &str) -> Option<Self> {
        let commit = status.lines().find_map(|line| line.strip_prefix("# branch.oid "))?;
        let dirty = status.lines().any(|line| !line.starts_with("# "));
        (commit != "(initial)").then(|| Self { commit: commit.to_owned(), dirty })
    }
}

/// A stamp that could not be written or removed.
#[derive(Debug, thiserror::Error)]
#[error("failed to replace the stamp of `{function}`")]
pub struct Error {
    function: FunctionName,
    #[source]
    source: std::io::Error,
}

impl Stamp {
    /// The stamp of `artifact`. `build` is `None` for what was built elsewhere.
    #[must_use]
    pub fn new(artifact: &Artifact, build: Option<Build>, git: Option<Git>, format: Option<u32>) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            function: artifact.function.clone(),
            arch: artifact.arch,
            code_sha256: artifact.code_sha256,
            sha256: artifact.code_sha256.hex(),
            size: artifact.size,
            unzipped: artifact.unzipped,
            build,
            git,
            format,
            source_hash: None,
        }
    }

    /// Where the stamp of `function` is kept.
    #[must_use]
    pub fn path(target_directory: &Utf8Path, function: &FunctionName) -> Utf8PathBuf {
        package::folder(target_directory, function).join("stamp.json")
    }

    /// Writes the stamp to `path`, where it appears at once and whole.
    ///
    /// # Errors
    /// When the file or its folder cannot be written.
    pub fn write(&self, path: &Utf8Path) -> Result<(), Error> {
        let written = serde_json::to_vec_pretty(self).map_err(std::io::Error::from).and_then(|mut json| {
            json.push(b'\n');
            package::write_whole(path, &json)
        });
        written.map_err(|source| Error { function: self.function.clone(), source })
    }

    /// Removes the stamp of `function`, if there is one: its artifact is about to be replaced.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(target_directory: &Utf8Path, function: &FunctionName) -> Result<(), Error> {
        match fs_err::remove_file(Self::path(target_directory, function)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(|source| Error { function: function.clone(), source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_one_plain_json_document() {
        let artifact = Artifact {
            function: FunctionName::new("hello").unwrap(),
            path: "bootstrap.zip".into(),
            size: 3,
            unzipped: 5,
            code_sha256: CodeSha256::of(b"abc"),
            arch: Some(Arch::Arm64),
            binary: None,
        };
        let build = Build {
            target: "aarch64-unknown-linux-gnu.2.34".to_owned(),
            profile: "release".to_owned(),
            builder: "zig".to_owned(),
            toolchain: vec!["rustc 1.95.0".to_owned()],
        };
        let git = Git { commit: "0123abcd".to_owned(), dirty: true };
        let stamp = Stamp::new(&artifact, Some(build), Some(git), Some(package::FORMAT));
        let folder = tempfile::tempdir().unwrap();
        let path = Stamp::path(Utf8Path::from_path(folder.path()).unwrap(), &artifact.function);
        stamp.write(&path).unwrap();
        let text = fs_err::read_to_string(&path).unwrap();
        assert_eq!(serde_json::from_str::<Stamp>(&text).unwrap(), stamp);
        insta::assert_snapshot!(text, @r#"
        {
          "schema": "lambdaship.stamp/1",
          "function": "hello",
          "arch": "arm64",
          "code_sha256": "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
          "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
          "size": 3,
          "unzipped": 5,
          "build": {
            "target": "aarch64-unknown-linux-gnu.2.34",
            "profile": "release",
            "builder": "zig",
            "toolchain": [
              "rustc 1.95.0"
            ]
          },
          "git": {
            "commit": "0123abcd",
            "dirty": true
          },
          "format": 1,
          "source_hash": null
        }
        "#);
    }

    #[test]
    fn git_tells_the_commit_and_whether_files_differ_from_it() {
        for (status, expected) in [
            ("# branch.oid 0123abcd\n# branch.head main\n", Some(("0123abcd", false))),
            ("# branch.oid 0123abcd\n# branch.head main\n? new.rs\n", Some(("0123abcd", true))),
            ("# branch.oid (initial)\n# branch.head main\n? new.rs\n", None),
            ("", None),
        ] {
            let git = Git::parse(status);
            assert_eq!(git.as_ref().map(|git| (git.commit.as_str(), git.dirty)), expected, "{status}");
        }
    }
}
