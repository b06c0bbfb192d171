//! Which builder the user asks for.

use std::str::FromStr;

use schemars::JsonSchema;

/// What compiles the functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum BuilderChoice {
    /// Plain cargo where its result can run on Lambda, else zig.
    #[default]
    Auto,
    /// Plain cargo.
    Cargo,
    /// cargo with zig as the linker.
    Zig,
    /// The `cross` tool, in a container.
    Cross,
}

/// Text that is not the name of a builder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a builder: expected one of auto, cargo, zig, cross")]
pub struct InvalidBuilder(String);

impl BuilderChoice {
    /// All choices, in the order they are shown.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Cargo, Self::Zig, Self::Cross];

    /// As it is written on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cargo => "cargo",
            Self::Zig => "zig",
            Self::Cross => "cross",
        }
    }
}

impl FromStr for BuilderChoice {
    type Err = InvalidBuilder;

    fn from_str(text: &str) -> Result<Self, InvalidBuilder> {
        Self::ALL
            .into_iter()
            .find(|choice| choice.as_str() == text)
            .ok_or_else(|| InvalidBuilder(text.to_owned()))
    }
}
