//! The report as a markdown table.

use super::{FunctionReport, Report, words};

pub(super) fn render(report: &Report) -> String {
    let head =
        "| function | lambda | version | code | size | what |\n| --- | --- | --- | --- | --- | --- |\n";
    let rows = report.functions.iter().map(row);
    format!("{head}{}", rows.collect::<String>())
}

fn row(function: &FunctionReport) -> String {
    let cells = [
        escape(&function.function),
        escape(&function.lambda),
        words::version(function),
        format!("`{}`", words::code(function)),
        words::artifact_size(function),
        escape(&words::what(function)),
    ];
    format!("| {} |\n", cells.join(" | "))
}

/// Names are not ours: nothing in them may become markup, a mention or another cell.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '\\' | '`' | '*' | '_' | '|' | '[' | ']' | '#' | '~' => escaped.extend(['\\', character]),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '@' => escaped.push_str("&#64;"),
            '\n' | '\r' => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::testing::{report, unchanged, updated};
    use super::*;

    #[test]
    fn a_report_is_a_table() {
        insta::assert_snapshot!(render(&report("deploy", vec![updated(), unchanged()])), @r"
        | function | lambda | version | code | size | what |
        | --- | --- | --- | --- | --- | --- |
        | hello | hello-staging | 7 -> 8 | `ba7816bf` | 581 kB | code, memory |
        | worker | worker-staging | 12 | `ba7816bf` | 1.2 MB | unchanged |
        ");
    }

    #[test]
    fn a_hostile_name_stays_text() {
        assert_eq!(escape("a|b`@me`<img>\n**x**"), "a\\|b\\`&#64;me\\`&lt;img&gt; \\*\\*x\\*\\*");
    }
}
