//! The last cell of a row: what changed, or why nothing did.

use super::text::{phrase, word};
use crate::model::Change;
use crate::report::drift::{DriftState, FunctionDrift};
use crate::report::{FunctionReport, Outcome, RolloutEnd, words};

/// The changes and the reasons that are told by name.
const TOLD: (usize, usize) = (4, 2);

/// A mark that is seen before anything is read; none for what is as it should be.
pub(super) fn mark(command: &str, function: &FunctionReport) -> &'static str {
    match words::summed(function) {
        "failed" | "stuck" => "❌ ",
        "rolled back" if command == "rollback" && function.error.is_none() => "",
        "rolled back" => "↩️ ",
        "held" | "moved by somebody else" => "⚠️ ",
        _ if function.error.is_some() => "❌ ",
        _ => "",
    }
}

/// `code, memory`, `unchanged (same source)`, `rolled back`; and why, in small.
pub(super) fn html(command: &str, function: &FunctionReport) -> String {
    let ended = function.rollout.as_ref().is_some_and(|rollout| rollout.end != RolloutEnd::Promoted);
    let what = match function.outcome {
        _ if ended => words::what(function),
        Outcome::Created if command == "plan" => "new".to_owned(),
        Outcome::Updated if !function.changes.is_empty() => fields(&function.changes),
        Outcome::Moved if function.changes.iter().any(|change| change.field != "code") => {
            format!("alias moved: {}", fields(&function.changes))
        }
        _ => words::what(function),
    };
    let why = why(function).map(|why| format!("<br><sub>{why}</sub>")).unwrap_or_default();
    format!("{what}{why}")
}

/// What of a function drifted.
pub(super) fn drift(function: &FunctionDrift) -> String {
    match function.state {
        DriftState::Same => "as deployed".to_owned(),
        DriftState::Drifted if function.changes.is_empty() => "⚠️ drifted".to_owned(),
        DriftState::Drifted => format!("⚠️ {}", fields(&function.changes)),
        DriftState::Gone => "❌ gone".to_owned(),
        DriftState::Unknown => "unknown".to_owned(),
        DriftState::RollingOut => "rolling out".to_owned(),
    }
}

fn fields(changes: &[Change]) -> String {
    let mut fields: Vec<String> = changes.iter().take(TOLD.0).map(|change| word(&change.field)).collect();
    fields.extend(more(changes.len(), TOLD.0));
    fields.join(", ")
}

/// The inputs that changed, of what ships; of what was not reached, the first thing that is said of it.
fn why(function: &FunctionReport) -> Option<String> {
    if function.outcome == Outcome::Skipped {
        return function.notes.first().map(|note| phrase(note));
    }
    let ended = function.rollout.as_ref().is_some_and(|rollout| rollout.end != RolloutEnd::Promoted);
    if ended || !matches!(function.outcome, Outcome::Created | Outcome::Updated | Outcome::Moved) {
        return None;
    }
    let mut reasons: Vec<String> =
        function.because.iter().take(TOLD.1).map(|reason| phrase(reason)).collect();
    reasons.extend(more(function.because.len(), TOLD.1));
    (!reasons.is_empty()).then(|| reasons.join(", "))
}

fn more(all: usize, told: usize) -> Option<String> {
    (all > told).then(|| format!("and {} more", all - told))
}
