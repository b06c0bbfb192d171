//! The JSON Schema of `lambdaship.toml`, for editors.

use super::raw::File;

/// The schema as JSON text. It is kept in `docs/lambdaship.schema.json`.
#[must_use]
pub fn schema() -> String {
    let schema = schemars::schema_for!(File);
    // A schema is a JSON value already, so writing it as text cannot fail.
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
