//! What the configuration says of gates.

use std::collections::BTreeMap;

use schemars::JsonSchema;

/// The gates that need no configuration.
pub const BUILT_IN_GATES: [&str; 7] = ["fmt", "clippy", "test", "doctest", "audit", "deny", "coverage"];

/// What the configuration says of gates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gates {
    /// Which ones run, by name; without it `fmt`, `clippy`, `test` and all of `custom`.
    pub run: Option<Vec<String>>,
    /// The least share of lines that tests have to run, in percent.
    pub coverage_threshold: Option<f64>,
    /// The gates that are the workspace's own, by name.
    pub custom: BTreeMap<String, CustomGate>,
}

/// A gate that is the workspace's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomGate {
    /// A program, and its arguments.
    pub command: Vec<String>,
    /// Whether it need not run again while nothing changed.
    pub remember: bool,
}

/// What an environment asks of gates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum GatesPolicy {
    /// It takes what passed no gate.
    #[default]
    Optional,
    /// It takes only sources that passed the gates of the configuration.
    Required,
}
