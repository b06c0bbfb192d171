//! The body of the pull-request comment: a headline, a table that a person reads in five seconds, details folded.
//!
//! Names, messages and titles are not ours: nothing in them may become markup, a mention or another cell.

use super::run::RunReport;

/// Renders what the jobs of a pipeline did, in at most 60,000 characters. `link` is the page of the run, which has what does not
/// fit.
#[must_use]
pub fn render(_runs: &[RunReport], _link: Option<&str>) -> String {
    String::new()
}
