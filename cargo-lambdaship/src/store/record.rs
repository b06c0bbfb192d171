//! What a source became: the document behind a source hash.

use serde::{Deserialize, Serialize};

use crate::model::{CodeSha256, FunctionName, SourceHash};
use crate::source::{Also, Inputs};
use crate::stamp::{Build, Git};

/// The document's own name and number.
pub const SCHEMA: &str = "lambdaship.source/1";

/// What is known of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// [`SCHEMA`].
    pub schema: String,
    /// The source that this is about.
    pub source_hash: SourceHash,
    /// The function.
    pub function: FunctionName,
    /// What was hashed.
    pub inputs: Inputs,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The build read more than was hashed: with these added, the hash is another one, and that one is to be looked for.
    Also(Also),
    /// An artifact.
    Artifact {
        /// The zip.
        code_sha256: CodeSha256,
        /// Its size in bytes.
        size: u64,
        /// The size of all files in it.
        unzipped: u64,
        /// How it was built.
        build: Build,
        /// The commit of the workspace; absent outside of a git repository.
        git: Option<Git>,
        /// Who built it, by AWS's name for the identity; absent for a build without AWS.
        by: Option<String>,
        /// The page of the CI run that built it.
        run: Option<String>,
        /// When (RFC 3339).
        at: String,
    },
}
