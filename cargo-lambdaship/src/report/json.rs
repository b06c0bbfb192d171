//! The report as JSON, and the schemas of the report and of a run of a pipeline.

use super::Report;
use super::run::RunReport;

pub(super) fn render(report: &Report) -> String {
    // A report is made of text, numbers and lists: it cannot fail to serialise.
    let text = serde_json::to_string_pretty(report).unwrap_or_default();
    format!("{text}\n")
}

/// The JSON Schema of a report, as kept in `docs/report.schema.json`.
#[must_use]
pub fn schema() -> String {
    let schema = schemars::schema_for!(Report);
    format!("{}\n", serde_json::to_string_pretty(&schema).unwrap_or_default())
}

/// The JSON Schema of what one job did, as kept in `docs/run.schema.json`.
#[must_use]
pub fn run_schema() -> String {
    let schema = schemars::schema_for!(RunReport);
    format!("{}\n", serde_json::to_string_pretty(&schema).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kept_schema_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/report.schema.json");
        let kept = fs_err::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
        assert!(kept == schema(), "run `cargo lambdaship schema report > docs/report.schema.json`");
    }
    #[test]
    fn the_kept_schema_of_a_run_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/run.schema.json");
        let kept = fs_err::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
        assert!(kept == run_schema(), "run `cargo lambdaship schema run > docs/run.schema.json`");
    }
}
