//! A rollout as a graph of text: a bar for each weight that the new version was given, with what both versions did.
//!
//! In: a function's report. Out: plain ASCII, at most 100 columns, or markdown. A rollout all at once that went well has no
//! graph.

use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};

use super::{
    FunctionReport, HealthReport, RolloutEnd, RolloutReport, StepReport, StepVerdict, markdown, numbers,
    words,
};

/// The most columns of a line.
const WIDTH: usize = 100;
/// The cells of a bar when there is room.
const BAR: u16 = 20;
/// How far the lines under a title are indented.
const INDENT: &str = "  ";

/// The graph for a terminal or a log, with a title above and the findings below.
pub(super) fn text(function: &FunctionReport) -> String {
    let Some(rollout) = shown(function) else { return String::new() };
    let mut text = wrapped(&title(function, rollout), "", "    ");
    if !rollout.steps.is_empty() {
        let lines = table(rollout, BAR);
        let excess = lines.iter().map(String::len).max().unwrap_or_default().saturating_sub(WIDTH);
        let bar = BAR.saturating_sub(u16::try_from(excess).unwrap_or(BAR)).max(1);
        let lines = if excess == 0 { lines } else { table(rollout, bar) };
        text.extend(lines.iter().flat_map(|line| [line, "\n"]));
    }
    text.extend(notes(rollout).iter().map(|note| wrapped(note, INDENT, "    ")));
    text
}

/// The same as markdown: a paragraph, a table, and a list of the findings.
pub(super) fn markdown(function: &FunctionReport) -> String {
    let Some(rollout) = shown(function) else { return String::new() };
    let mut text = format!("Rollout of {}\n", markdown::escape(&title(function, rollout)));
    if !rollout.steps.is_empty() {
        let rows = rows(rollout, |percent| {
            // Spaces would run together.
            let full = numbers::filled(percent / 100.0, BAR / 2);
            format!("{}{}", "#".repeat(full), ".".repeat(usize::from(BAR / 2) - full))
        });
        text.push('\n');
        text.push_str(&markdown::table(&header(rollout), rows.into_iter()));
    }
    let notes = notes(rollout);
    let notes: String = notes.iter().map(|note| markdown::list_item(note)).collect();
    if notes.is_empty() { text } else { format!("{text}\n{notes}") }
}

/// The rollout, unless there is nothing to tell beyond the row of the function.
pub(super) fn shown(function: &FunctionReport) -> Option<&RolloutReport> {
    let rollout = function.rollout.as_ref()?;
    (!rollout.steps.is_empty() || rollout.end != RolloutEnd::Promoted).then_some(rollout)
}

/// `hello live v7 -> v8: rolled back, 12 of 120 calls failed`.
fn title(function: &FunctionReport, rollout: &RolloutReport) -> String {
    let RolloutReport { old, new, .. } = rollout;
    let reason = rollout.reason.as_ref().map(|reason| format!(", {reason}")).unwrap_or_default();
    let ended = words::ended(rollout);
    format!("{} {} v{old} -> v{new}: {ended}{reason}", function.function, function.alias)
}

fn table(rollout: &RolloutReport, cells: u16) -> Vec<String> {
    let bar = |percent: f64| {
        let full = "#".repeat(numbers::filled(percent / 100.0, cells));
        format!("|{full:<0$}|", usize::from(cells))
    };
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header(rollout)).add_rows(rows(rollout, bar));
    let verdict = table.column_count().saturating_sub(1);
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((2, 0));
        let side = if at == verdict { CellAlignment::Left } else { CellAlignment::Right };
        column.set_cell_alignment(side);
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// The titles of the columns.
pub(super) fn header(rollout: &RolloutReport) -> Vec<String> {
    let RolloutReport { old, new, .. } = rollout;
    let calls = |version| format!("V{version} CALLS");
    let fixed = |title: &str| title.to_owned();
    vec![
        fixed("WEIGHT"),
        String::new(),
        fixed("TIME"),
        calls(new),
        fixed("FAILED"),
        fixed("P95"),
        calls(old),
        fixed("FAILED"),
        fixed("P95"),
        fixed("VERDICT"),
    ]
}

/// A row for each step, and one for where the alias is now when it is at neither of them.
pub(super) fn rows(rollout: &RolloutReport, bar: impl Fn(f64) -> String) -> Vec<Vec<String>> {
    let steps = rollout.steps.iter().map(|step| row(step, bar(step.percent)));
    let last = match rollout.end {
        RolloutEnd::Promoted => Some(100.0),
        RolloutEnd::RolledBack => Some(0.0),
        RolloutEnd::UnderWay | RolloutEnd::Held | RolloutEnd::Overtaken | RolloutEnd::Stuck => None,
    };
    let last = last.map(|percent| {
        let mut cells = vec![numbers::percent(percent), bar(percent)];
        cells.resize(9, String::new());
        cells.push(words::ended(rollout));
        cells
    });
    steps.chain(last).collect()
}

fn row(step: &StepReport, bar: String) -> Vec<String> {
    let time = Duration::try_from_secs_f64(step.seconds.round()).unwrap_or_default();
    let mut cells = vec![numbers::percent(step.percent), bar, numbers::span(time)];
    let versions = [&step.new, &step.old];
    // Zeros that were not read are not zeros.
    let unread = step.verdict == StepVerdict::Unreadable && versions == [&HealthReport::default(); 2];
    let dashes = || ["-", "-", "-"].map(str::to_owned);
    cells.extend(versions.into_iter().flat_map(|version| if unread { dashes() } else { health(version) }));
    cells.push(step.verdict.word().to_owned());
    cells
}

fn health(health: &HealthReport) -> [String; 3] {
    [numbers::count(health.invocations), numbers::failed(health), numbers::p95(health)]
}

/// What the title and the table do not say: findings beside the one that decided, and throttled requests.
pub(super) fn notes(rollout: &RolloutReport) -> Vec<String> {
    let reason = rollout.reason.as_deref().unwrap_or_default();
    let of_step = |step: &StepReport| {
        let findings = step.findings.iter().filter(|finding| !reason.contains(finding.as_str())).cloned();
        let throttled = [(rollout.new, step.new), (rollout.old, step.old)].into_iter();
        let throttled = throttled.filter(|(_, health)| health.throttles > 0).map(|(version, health)| {
            format!("throttled requests to v{version}: {}", numbers::count(health.throttles))
        });
        let percent = numbers::percent(step.percent);
        findings.chain(throttled).map(|note| format!("at {percent}: {note}")).collect::<Vec<_>>()
    };
    rollout.steps.iter().flat_map(of_step).collect()
}

/// Broken between words so that no line is longer than the graph may be; a word that is longer stays whole.
fn wrapped(text: &str, first: &str, further: &str) -> String {
    let mut lines = String::new();
    let mut line = first.to_owned();
    let mut indent = first.len();
    for word in text.split_whitespace() {
        if line.len() > indent && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.extend([&line, "\n"]);
            further.clone_into(&mut line);
            indent = further.len();
        }
        if line.len() > indent {
            line.push(' ');
        }
        line.push_str(word);
    }
    format!("{lines}{line}\n")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{health, rolled_back, rollout, step, updated};
    use super::*;

    fn with(rollout: RolloutReport) -> FunctionReport {
        FunctionReport { rollout: Some(rollout), ..updated() }
    }

    #[test]
    fn a_rollout_that_was_rolled_back() {
        insta::assert_snapshot!(text(&rolled_back()), @r"
        hello live v7 -> v8: rolled back, 12 of 120 calls failed (10 %) against 9 of 1,080 (0.8 %) of the
            old version
          WEIGHT                         TIME  V8 CALLS  FAILED    P95  V7 CALLS  FAILED    P95  VERDICT
             5 %  |#                 |  5m00s       120   0.8 %  32 ms     2,280   0.9 %  30 ms  pass
            25 %  |#####             |  1m12s       120    10 %  34 ms     1,080   0.8 %  31 ms  fail
             0 %  |                  |                                                           rolled back
          at 25 %: alarm `db` was red before
        ");
    }

    #[test]
    fn the_guide_shows_what_is_written() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/deploying.md");
        let guide = fs_err::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
        let graph = text(&rolled_back());
        assert!(guide.contains(&graph), "docs/deploying.md should have:\n{graph}");
    }

    #[test]
    fn a_rollout_that_went_through() {
        let mut quiet = step(50.0);
        quiet.verdict = StepVerdict::TooQuiet;
        quiet.new = HealthReport::default();
        quiet.old = HealthReport { p95: Some(0.42), throttles: 1_200, ..health(1, 0, 0.0) };
        let rollout = rollout(RolloutEnd::Promoted, vec![step(0.01), step(12.5), quiet]);
        insta::assert_snapshot!(text(&with(rollout)), @r"
        hello live v7 -> v8: promoted
          WEIGHT                          TIME  V8 CALLS  FAILED    P95  V7 CALLS  FAILED     P95  VERDICT
          0.01 %  |#                  |  5m00s       120   0.8 %  32 ms     2,280   0.9 %   30 ms  pass
          12.5 %  |##                 |  5m00s       120   0.8 %  32 ms     2,280   0.9 %   30 ms  pass
            50 %  |##########         |  5m00s         0       -      -         1     0 %  0.4 ms  too quiet
           100 %  |###################|                                                            promoted
          at 50 %: throttled requests to v7: 1,200
        ");
    }

    #[test]
    fn a_rollout_that_has_not_ended_is_shown_as_far_as_it_is() {
        for (end, words) in [
            (RolloutEnd::UnderWay, "hello live v7 -> v8: rolling out 5 %\n"),
            (RolloutEnd::Held, "hello live v7 -> v8: held at 5 %\n"),
            (RolloutEnd::Stuck, "hello live v7 -> v8: stuck at 5 %\n"),
        ] {
            let text = text(&with(rollout(end, vec![step(5.0)])));
            assert!(text.starts_with(words), "{text}");
            assert_eq!(text.lines().count(), 3, "{text}");
        }
    }

    #[test]
    fn metrics_that_were_not_read_are_not_shown_as_silence() {
        let unread = StepReport {
            verdict: StepVerdict::Unreadable,
            old: HealthReport::default(),
            new: HealthReport::default(),
            ..step(5.0)
        };
        let text = text(&with(rollout(RolloutEnd::Held, vec![unread])));
        assert_eq!(text.matches(" - ").count(), 6, "{text}");
        assert!(text.ends_with(" -  unreadable\n"), "{text}");
    }

    #[test]
    fn all_at_once_has_no_graph_but_says_why_it_did_not_hold() {
        assert_eq!(text(&updated()), "");
        assert_eq!(text(&with(rollout(RolloutEnd::Promoted, Vec::new()))), "");
        assert_eq!(markdown(&with(rollout(RolloutEnd::Promoted, Vec::new()))), "");
        let stopped = RolloutReport {
            reason: Some("interrupted".to_owned()),
            ..rollout(RolloutEnd::RolledBack, vec![])
        };
        assert_eq!(text(&with(stopped)), "hello live v7 -> v8: rolled back, interrupted\n");
    }

    #[test]
    fn no_line_is_longer_than_a_hundred_columns() {
        let mut function = rolled_back();
        function.function = "a-function-of-a-long-name-".repeat(3);
        let rollout = function.rollout.as_mut().unwrap();
        (rollout.old, rollout.new) = (crate::model::Version(1233), crate::model::Version(1234));
        for step in &mut rollout.steps {
            step.percent = 99.99;
            step.seconds = 90_000.0;
            step.verdict = StepVerdict::Unreadable;
            step.old = health(123_456_789, 99_999, 123_456.0);
            step.new = health(12_345_678, 12_345_677, 1_234.0);
        }
        let text = text(&function);
        let longest = text.lines().map(|line| line.chars().count()).max();
        assert!(longest.is_some_and(|longest| longest <= 100), "{longest:?}\n{text}");
        assert!(text.is_ascii());
    }

    #[test]
    fn markdown_keeps_hostile_text_out_of_the_markup() {
        let mut function = rolled_back();
        function.function = "<img>|@me".to_owned();
        insta::assert_snapshot!(markdown(&function), @r"
        Rollout of &lt;img&gt;\|&#64;me live v7 -&gt; v8: rolled back, 12 of 120 calls failed (10 %) against 9 of 1,080 (0.8 %) of the old version

        | weight |  | time | v8 calls | failed | p95 | v7 calls | failed | p95 | verdict |
        | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
        | 5 % | \#......... | 5m00s | 120 | 0.8 % | 32 ms | 2,280 | 0.9 % | 30 ms | pass |
        | 25 % | \#\#\#....... | 1m12s | 120 | 10 % | 34 ms | 1,080 | 0.8 % | 31 ms | fail |
        | 0 % | .......... |  |  |  |  |  |  |  | rolled back |

        - at 25 %: alarm \`db\` was red before
        ");
    }
}
