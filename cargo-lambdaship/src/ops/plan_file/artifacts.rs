//! The very artifacts that were reviewed.

use std::collections::BTreeMap;

use crate::build::Target;
use crate::model::{BuilderChoice, CodeSha256, FunctionName, SourceHash};

/// The artifacts that were reviewed, and how they can be built once more.
#[derive(Debug, Clone)]
pub struct Reviewed {
    /// The digest of each function's, and its source as far as that could be told.
    pub codes: BTreeMap<FunctionName, (CodeSha256, Option<SourceHash>)>,
    /// How cargo builds them; `None` for what was built elsewhere.
    pub build: Option<(Option<BuilderChoice>, Option<Target>)>,
}
