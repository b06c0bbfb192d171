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

#[cfg(test)]
mod tests {
    use super::*;

    /// The page must have a row for each key, and the schema a key for each row.
    #[test]
    fn the_page_on_the_configuration_has_every_key() {
        let schema: serde_json::Value = serde_json::from_str(&schema()).unwrap();
        let keys = |definition: &str| -> Vec<String> {
            schema["$defs"][definition]["properties"].as_object().unwrap().keys().cloned().collect()
        };
        let mut expected = [keys("EnvironmentLayer"), keys("Build"), keys("GatesTable")].concat();
        expected.retain(|key| key != "functions" && key != "custom");
        expected.sort();
        let page = include_str!("../../../docs/configuration.md");
        let rows =
            page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(key, _)| key));
        let mut rows: Vec<_> = rows.filter(|key| !key.starts_with('[')).map(str::to_owned).collect();
        rows.sort();
        assert_eq!(rows, expected);
    }
}
