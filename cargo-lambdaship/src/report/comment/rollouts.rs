//! Rollouts: a row for each weight that the new version was given, with what both versions did.

use super::page::Page;
use super::text::{code, item, phrase};
use crate::report::{FunctionReport, RolloutEnd, graph, numbers, words};

/// The cells of a bar.
const BAR: u16 = 10;
/// The rollouts that are shown unfolded.
const OPEN: usize = 5;

/// Those that did not go through, which are what a person came for.
pub(super) fn open(page: &Page<'_>) -> String {
    let stopped = page.functions().filter(|function| !promoted(function));
    stopped.take(OPEN).map(html).filter(|html| !html.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The others, folded; nothing when there is none.
pub(super) fn folded(page: &Page<'_>) -> String {
    let (through, stopped): (Vec<_>, Vec<_>) = page.functions().partition(|function| promoted(function));
    let all = stopped.into_iter().skip(OPEN).chain(through).map(html);
    all.filter(|html| !html.is_empty()).collect::<Vec<_>>().join("\n")
}

fn promoted(function: &FunctionReport) -> bool {
    function.rollout.as_ref().is_none_or(|rollout| rollout.end == RolloutEnd::Promoted)
}

fn html(function: &FunctionReport) -> String {
    let Some(rollout) = graph::shown(function) else { return String::new() };
    let reason = rollout.reason.as_ref().map(|reason| format!(", {}", phrase(reason))).unwrap_or_default();
    let (old, new, ended) = (rollout.old, rollout.new, words::ended(rollout));
    let title = format!("<p>{} v{old} → v{new}: <b>{ended}</b>{reason}</p>", code(&function.function));
    if rollout.steps.is_empty() {
        return title;
    }
    let bar = |percent: f64| {
        let full = numbers::filled(percent / 100.0, BAR);
        format!("{}{}", "█".repeat(full), "░".repeat(usize::from(BAR) - full))
    };
    let head =
        row(&graph::header(rollout).iter().map(|title| title.to_lowercase()).collect::<Vec<_>>(), "th");
    let rows: String = graph::rows(rollout, bar).iter().map(|cells| row(cells, "td")).collect();
    let notes: String = graph::notes(rollout).iter().map(|note| item(&phrase(note))).collect();
    let notes = if notes.is_empty() { notes } else { format!("\n<ul>\n{notes}</ul>") };
    format!("{title}\n<table>\n<thead>\n{head}</thead>\n<tbody>\n{rows}</tbody>\n</table>{notes}")
}

fn row(cells: &[String], tag: &str) -> String {
    let last = cells.len().saturating_sub(1);
    let cells = cells.iter().enumerate().map(|(at, cell)| {
        let align = if at == last || at == 1 { "left" } else { "right" };
        // A weight, a time or a number, which the numbers' own module writes.
        format!("<{tag} align=\"{align}\">{}</{tag}>", phrase(cell))
    });
    format!("<tr>{}</tr>\n", cells.collect::<String>())
}
