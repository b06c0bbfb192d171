//! How what is live differs from what was deployed.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::Change;

/// The name and number of the format.
pub const SCHEMA: &str = "lambdaship.drift/1";

/// One environment, compared with what was deployed to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DriftReport {
    /// `lambdaship.drift/1`.
    pub schema: Cow<'static, str>,
    /// The environment.
    pub env: String,
    /// The account.
    pub account: String,
    /// The region, or all of them.
    pub region: String,
    /// Whether any function drifted.
    pub drifted: bool,
    /// Each function, by name.
    pub functions: Vec<FunctionDrift>,
}

/// One function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunctionDrift {
    /// The function.
    pub function: String,
    /// The lambda.
    pub lambda: String,
    /// The alias.
    pub alias: String,
    /// The region, when the environment has several.
    pub region: Option<String>,
    /// How it compares.
    pub state: DriftState,
    /// What is not as it was deployed; `from` is as deployed, `to` as it is live.
    pub changes: Vec<Change>,
    /// What was compared with, and what could not be compared, each in a phrase.
    pub notes: Vec<String>,
    /// Who deployed it last, as far as that is known.
    pub by: Option<String>,
    /// When (RFC 3339).
    pub at: Option<String>,
    /// The page of the CI run that did.
    pub run: Option<String>,
}

/// How a function compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DriftState {
    /// As it was deployed.
    Same,
    /// Something else.
    Drifted,
    /// It was deployed, and is not there any more.
    Gone,
    /// It was not deployed by this tool, or nothing is known of it.
    Unknown,
    /// A rollout is under way, which the alias itself tells.
    RollingOut,
}
