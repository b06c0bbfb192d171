//! What is different between two configurations, as it is shown.

use serde::{Deserialize, Serialize};

/// A field that changes. Values of variables are shown as salted digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Change {
    /// `code`, or a setting's key as in `lambdaship.toml` (`memory`, `variables.RUST_LOG`).
    pub field: String,
    /// The old value; absent when there was none, or it is not worth showing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<serde_json::Value>,
    /// The new value; absent when it is taken away, or not worth showing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<serde_json::Value>,
}
