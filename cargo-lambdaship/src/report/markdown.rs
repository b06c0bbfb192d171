//! The report as a markdown table, with smoke events and rollouts under it.

use super::{Report, graph, smoke, words};

pub(super) fn render(report: &Report) -> String {
    let header = ["function", "lambda", "version", "code", "size", "what"].map(str::to_owned);
    let mut text = table(&header, report.functions.iter().map(words::cells));
    let events = report.functions.iter().flat_map(smoke::lines);
    let events: String = events.map(|line| list_item(&line)).collect();
    let graphs = report.functions.iter().map(graph::markdown);
    for part in std::iter::once(events).chain(graphs).filter(|part| !part.is_empty()) {
        text.extend(["\n", &part]);
    }
    text
}

/// A table whose cells are text and nothing else.
pub(super) fn table(header: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    let titles = header.iter().map(|title| title.to_lowercase()).collect::<Vec<_>>();
    let rule = vec!["---".to_owned(); header.len()];
    let rows = rows.map(|cells| cells.iter().map(|cell| escape(cell)).collect());
    let lines = [titles, rule].into_iter().chain(rows);
    lines.flat_map(|cells| ["| ".to_owned(), cells.join(" | "), " |\n".to_owned()]).collect()
}

/// A line of a list.
pub(super) fn list_item(text: &str) -> String {
    format!("- {}\n", escape(text))
}

/// Names are not ours: nothing in them may become markup, a mention or another cell.
pub(super) fn escape(text: &str) -> String {
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
    use super::super::testing::{report, rolled_back, smoke, unchanged, updated};
    use super::*;

    #[test]
    fn a_report_is_a_table() {
        insta::assert_snapshot!(render(&report("deploy", vec![updated(), unchanged()])), @r"
        | function | lambda | version | code | size | what |
        | --- | --- | --- | --- | --- | --- |
        | hello | hello-staging | 7 -&gt; 8 | ba7816bf | 581 kB | code, memory |
        | worker | worker-staging | 12 | ba7816bf | 1.2 MB | unchanged (same source) |
        ");
    }

    #[test]
    fn a_hostile_name_stays_text() {
        assert_eq!(escape("a|b`@me`<img>\n**x**"), "a\\|b\\`&#64;me\\`&lt;img&gt; \\*\\*x\\*\\*");
    }

    #[test]
    fn smoke_events_and_rollouts_are_under_the_table() {
        let mut tested = unchanged();
        tested.smoke = vec![smoke("<b>@me</b>", &["status 500\ninstead of 200"])];
        insta::assert_snapshot!(render(&report("deploy", vec![rolled_back(), tested])), @r"
        | function | lambda | version | code | size | what |
        | --- | --- | --- | --- | --- | --- |
        | hello | hello-staging | 8 -&gt; 7 | aaaaaaaa | 580 kB | rolled back |
        | worker | worker-staging | 12 | ba7816bf | 1.2 MB | unchanged (same source) |

        - worker: smoke event \`&lt;b&gt;&#64;me&lt;/b&gt;\` failed after 0.3 s: status 500 instead of 200

        Rollout of hello live v7 -&gt; v8: rolled back, 12 of 120 calls failed (10 %) against 9 of 1,080 (0.8 %) of the old version

        | weight |  | time | v8 calls | failed | p95 | v7 calls | failed | p95 | verdict |
        | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
        | 5 % | \#......... | 5m00s | 120 | 0.8 % | 32 ms | 2,280 | 0.9 % | 30 ms | pass |
        | 25 % | \#\#\#....... | 1m12s | 120 | 10 % | 34 ms | 1,080 | 0.8 % | 31 ms | fail |
        | 0 % | .......... |  |  |  |  |  |  |  | rolled back |

        - at 25 %: alarm \`db\` was red before
        ");
    }
}
