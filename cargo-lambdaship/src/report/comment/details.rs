//! What is folded: settings from and to, what was kept, notes, smoke events, rollouts that went through, findings of gates.

use super::page::Page;
use super::text::{code, item, phrase, word};
use super::{gates, rollouts};
use crate::model::Change;
use crate::report::drift::{DriftState, FunctionDrift};
use crate::report::{FunctionReport, human, smoke};

/// The folded blocks.
pub(super) fn html(page: &Page<'_>) -> String {
    let several = page.sections.iter().filter(|section| section.env.is_some()).count() > 1;
    let mut changes = String::new();
    for section in &page.sections {
        let env = section.env.filter(|_| several);
        changes.extend(section.functions.iter().map(|function| of_function(function, env)));
        changes.extend(section.drift.iter().flatten().map(|function| of_drift(function, env)));
    }
    let events = page.functions().flat_map(smoke::lines).map(|line| item(&phrase(&line)));
    let events: String = events.collect();
    let events = if events.is_empty() { events } else { format!("<ul>\n{events}</ul>\n") };
    let mut blocks = vec![
        folded("Details", &changes),
        folded("Smoke events", &events),
        folded("Rollouts", &rollouts::folded(page)),
    ];
    for gate in page.gates.iter().filter(|gate| !gate.findings.is_empty()) {
        let title = format!("{}: {}", word(&gate.gate), super::text::plural(gate.findings.len(), "finding"));
        blocks.push(folded(&title, &gates::findings(gate)));
    }
    blocks.retain(|block| !block.is_empty());
    blocks.join("\n\n")
}

fn folded(title: &str, html: &str) -> String {
    if html.is_empty() {
        return String::new();
    }
    format!("<details>\n<summary>{title}</summary>\n{}\n</details>", html.trim_end())
}

fn of_function(function: &FunctionReport, env: Option<&str>) -> String {
    let changes = function.changes.iter().map(line);
    let because = (!function.because.is_empty()).then(|| {
        let reasons: Vec<String> = function.because.iter().map(|reason| phrase(reason)).collect();
        format!("because of {}", reasons.join(", "))
    });
    let kept = (!function.kept.is_empty()).then(|| {
        format!(
            "kept as others set it: {}",
            function.kept.iter().map(|kept| phrase(kept)).collect::<Vec<_>>().join(", ")
        )
    });
    let notes = function.notes.iter().map(|note| phrase(note));
    let lines: Vec<String> = changes.chain(because).chain(kept).chain(notes).collect();
    let region = function.region.as_deref();
    listed(&title(&function.lambda, &function.alias, env, region), &lines)
}

fn of_drift(function: &FunctionDrift, env: Option<&str>) -> String {
    let changes = function.changes.iter().map(line);
    let by = function.by.as_ref().filter(|_| function.state != DriftState::Same).map(|by| {
        let at = function.at.as_ref().map(|at| format!(" at {}", phrase(at))).unwrap_or_default();
        format!("deployed last by {}{at}", code(by))
    });
    let notes = function.notes.iter().map(|note| phrase(note));
    let lines: Vec<String> = changes.chain(notes).chain(by).collect();
    listed(&title(&function.lambda, &function.alias, env, function.region.as_deref()), &lines)
}

fn title(lambda: &str, alias: &str, env: Option<&str>, region: Option<&str>) -> String {
    let places: Vec<String> = env.into_iter().chain(region).map(word).collect();
    let places = if places.is_empty() { String::new() } else { format!(" ({})", places.join(", ")) };
    format!("{}{places}", code(&format!("{lambda}:{alias}")))
}

fn listed(title: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let lines: String = lines.iter().map(|line| item(line)).collect();
    format!("<p>{title}</p>\n<ul>\n{lines}</ul>\n")
}

/// `memory: 128 → 256`.
fn line(change: &Change) -> String {
    let field = word(&change.field);
    let shown = |value: &serde_json::Value| code(&human::shown(value));
    match (&change.from, &change.to) {
        (Some(from), Some(to)) => format!("{field}: {} → {}", shown(from), shown(to)),
        (None, Some(to)) => format!("{field}: {} (new)", shown(to)),
        (Some(from), None) => format!("{field}: {} (removed)", shown(from)),
        (None, None) => field,
    }
}
