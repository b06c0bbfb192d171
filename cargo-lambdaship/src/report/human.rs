//! The report as a table for a terminal, with smoke events and rollouts under it.

use comfy_table::{Table, presets};
use serde_json::Value;

use super::{FunctionReport, Outcome, Report, graph, smoke, words};
use crate::model::Change;

const HEADER: [&str; 6] = ["FUNCTION", "LAMBDA", "VERSION", "CODE", "SIZE", "WHAT"];

pub(super) fn render(report: &Report) -> String {
    if report.functions.is_empty() {
        return String::new();
    }
    let header = HEADER.map(str::to_owned).to_vec();
    let mut text = table(header, report.functions.iter().map(words::cells));
    if report.command == "plan" {
        text.extend(report.functions.iter().map(details));
    }
    text.push_str(&tests_and_rollouts(report));
    text
}

/// Under the table: what became of the smoke events, then each rollout as a graph.
fn tests_and_rollouts(report: &Report) -> String {
    let events: String = report.functions.iter().flat_map(smoke::lines).map(|line| line + "\n").collect();
    let graphs = report.functions.iter().map(graph::text);
    let parts = std::iter::once(events).chain(graphs).filter(|part| !part.is_empty());
    parts.flat_map(|part| ["\n".to_owned(), part]).collect()
}

/// Columns that line up, two spaces apart, without lines or trailing spaces.
pub(super) fn table(header: Vec<String>, rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header).add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines = table.lines().map(|line| format!("{}\n", line.trim_end()));
    lines.collect()
}

/// Under a plan's table: each field's old and new value, what is kept, and what cannot be undone.
fn details(function: &FunctionReport) -> String {
    if function.outcome == Outcome::Unchanged && function.notes.is_empty() {
        return String::new();
    }
    let changes = function.changes.iter().map(|change| format!("  {}\n", change_line(change)));
    let because =
        (!function.because.is_empty()).then(|| format!("  because: {}\n", function.because.join(", ")));
    let kept = (!function.kept.is_empty()).then(|| format!("  kept: {}\n", function.kept.join(", ")));
    let notes = function.notes.iter().map(|note| format!("  note: {note}\n"));
    let lines: String = changes.chain(because).chain(kept).chain(notes).collect();
    format!("\n{}\n{lines}", function.lambda)
}

/// `memory: 128 -> 256`, `+ dead-letter: arn…`, `- variables.OLD`.
pub(super) fn change_line(change: &Change) -> String {
    let field = &change.field;
    match (&change.from, &change.to) {
        (Some(from), Some(to)) => format!("~ {field}: {} -> {}", shown(from), shown(to)),
        (None, Some(to)) => format!("+ {field}: {}", shown(to)),
        (Some(from), None) => format!("- {field}: {}", shown(from)),
        (None, None) => format!("~ {field}"),
    }
}

/// A value as text.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Null => "none".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{report, rolled_back, smoke, unchanged, updated};
    use super::*;

    #[test]
    fn a_deploy_is_one_row_a_function() {
        insta::assert_snapshot!(render(&report("deploy", vec![updated(), unchanged()])), @r"
        FUNCTION  LAMBDA          VERSION  CODE      SIZE    WHAT
        hello     hello-staging   7 -> 8   ba7816bf  581 kB  code, memory
        worker    worker-staging  12       ba7816bf  1.2 MB  unchanged (same source)
        ");
    }

    #[test]
    fn a_plan_shows_old_and_new_values_what_is_kept_and_what_is_not_undone() {
        let mut function = updated();
        function.version.to = None;
        function.kept = vec!["variables.THEIRS".to_owned()];
        function.because = vec!["file hello/src/main.rs".to_owned(), "toolchain".to_owned()];
        function.notes = vec!["`tags` is not part of a version".to_owned()];
        insta::assert_snapshot!(render(&report("plan", vec![function, unchanged()])), @r"
        FUNCTION  LAMBDA          VERSION   CODE      SIZE    WHAT
        hello     hello-staging   7 -> new  ba7816bf  581 kB  code, memory
        worker    worker-staging  12        ba7816bf  1.2 MB  unchanged (same source)

        hello-staging
          ~ code: aaaaaaaa -> ba7816bf
          ~ memory: 128 -> 256
          because: file hello/src/main.rs, toolchain
          kept: variables.THEIRS
          note: `tags` is not part of a version
        ");
    }

    #[test]
    fn smoke_events_and_rollouts_are_under_the_table() {
        let mut tested = unchanged();
        tested.smoke = vec![smoke("ping", &[]), smoke("root", &["status 500 instead of 200"])];
        insta::assert_snapshot!(render(&report("deploy", vec![rolled_back(), tested])), @r"
        FUNCTION  LAMBDA          VERSION  CODE      SIZE    WHAT
        hello     hello-staging   8 -> 7   aaaaaaaa  580 kB  rolled back
        worker    worker-staging  12       ba7816bf  1.2 MB  unchanged (same source)

        worker: smoke event `root` failed after 0.3 s: status 500 instead of 200
        worker: 1 of 2 smoke events passed

        hello live v7 -> v8: rolled back, 12 of 120 calls failed (10 %) against 9 of 1,080 (0.8 %) of the
            old version
          WEIGHT                         TIME  V8 CALLS  FAILED    P95  V7 CALLS  FAILED    P95  VERDICT
             5 %  |#                 |  5m00s       120   0.8 %  32 ms     2,280   0.9 %  30 ms  pass
            25 %  |#####             |  1m12s       120    10 %  34 ms     1,080   0.8 %  31 ms  fail
             0 %  |                  |                                                           rolled back
          at 25 %: alarm `db` was red before
        ");
    }
}
