//! The very artifacts that were reviewed.

use std::collections::BTreeMap;

use crate::build::Target;
use crate::model::{BuilderChoice, CodeSha256, FunctionName};

/// The artifacts that were reviewed, and how they can be built once more.
#[derive(Debug, Clone)]
pub struct Reviewed {
    /// The digest of each function's.
    pub codes: BTreeMap<FunctionName, CodeSha256>,
    /// How cargo builds them; `None` for what was built elsewhere.
    pub build: Option<(Option<BuilderChoice>, Option<Target>)>,
}
