//! What `init` writes. Pure: the op reads the workspace and writes the file.

mod cargo_lambda;
mod render;

use std::collections::BTreeMap;

pub use cargo_lambda::{Sources, import};
pub use render::render;

/// Settings that another tool's configuration held, in this one's words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Imported {
    /// For `[function]`.
    pub function: toml::Table,
    /// For `[functions.X]`.
    pub functions: BTreeMap<String, toml::Table>,
    /// For `[build]`.
    pub builder: Option<String>,
    /// What could not be carried over as it was, a sentence each; none shows the value of a variable.
    pub notes: Vec<String>,
}
