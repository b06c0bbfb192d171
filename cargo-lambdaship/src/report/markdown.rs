//! The report as a markdown table.

use super::{Report, words};

pub(super) fn render(report: &Report) -> String {
    let header = ["function", "lambda", "version", "code", "size", "what"].map(str::to_owned);
    table(&header, report.functions.iter().map(words::cells))
}

/// A table whose cells are text and nothing else.
pub(super) fn table(header: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    let titles = header.iter().map(|title| title.to_lowercase()).collect::<Vec<_>>();
    let rule = vec!["---".to_owned(); header.len()];
    let rows = rows.map(|cells| cells.iter().map(|cell| escape(cell)).collect());
    let lines = [titles, rule].into_iter().chain(rows);
    lines.flat_map(|cells| ["| ".to_owned(), cells.join(" | "), " |\n".to_owned()]).collect()
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
        | hello | hello-staging | 7 -&gt; 8 | ba7816bf | 581 kB | code, memory |
        | worker | worker-staging | 12 | ba7816bf | 1.2 MB | unchanged |
        ");
    }

    #[test]
    fn a_hostile_name_stays_text() {
        assert_eq!(escape("a|b`@me`<img>\n**x**"), "a\\|b\\`&#64;me\\`&lt;img&gt; \\*\\*x\\*\\*");
    }
}
