//! A function as a row.

use super::text::{code, word};
use super::what;
use crate::model::Change;
use crate::report::drift::{DriftState, FunctionDrift};
use crate::report::{FunctionReport, Outcome, size, words};

/// A row; the cells are HTML.
pub(super) struct Row {
    /// What comes first.
    pub(super) rank: Rank,
    /// The environment, when there are several.
    pub(super) env: Option<String>,
    /// The function, with its region where there are several.
    pub(super) function: String,
    /// `7 → 8`.
    pub(super) version: String,
    /// The first digits of the code's digest.
    pub(super) code: String,
    /// The size with its change.
    pub(super) size: String,
    /// What changed, or why not.
    pub(super) what: String,
}

/// What a person wants to see first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Something is wrong.
    Failed,
    /// It is not where it was to go.
    Back,
    /// Something is different.
    Changed,
    /// It was not reached, or could not be compared.
    Skipped,
    /// All as before.
    Same,
}

impl Row {
    /// Of what a command did.
    pub(super) fn of(env: Option<String>, command: &str, function: &FunctionReport) -> Self {
        let mark = what::mark(command, function);
        Self {
            rank: rank(function),
            env: env.map(|env| word(&env)),
            function: named(&function.function, function.region.as_deref()),
            version: versions(function),
            code: words::served_code(function).map_or_else(dash, |short| code(&short)),
            size: sized(function),
            what: format!("{mark}{}", what::html(command, function)),
        }
    }

    /// Of what is not as it was deployed.
    pub(super) fn drifted(env: Option<String>, function: &FunctionDrift) -> Self {
        let rank = match function.state {
            DriftState::Gone => Rank::Failed,
            DriftState::Drifted => Rank::Back,
            DriftState::RollingOut => Rank::Changed,
            DriftState::Unknown => Rank::Skipped,
            DriftState::Same => Rank::Same,
        };
        let field = |name: &str| function.changes.iter().find(|change| change.field == name);
        Self {
            rank,
            env: env.map(|env| word(&env)),
            function: named(&function.function, function.region.as_deref()),
            version: function
                .moved()
                .map_or_else(|| function.version.map_or_else(dash, |v| v.to_string()), moved),
            code: field("code").and_then(|change| change.to.as_ref()).map_or_else(dash, value),
            size: String::new(),
            what: what::drift(function),
        }
    }
}

fn rank(function: &FunctionReport) -> Rank {
    match (words::summed(function), function.outcome) {
        ("failed" | "stuck", _) | (_, Outcome::Failed) => Rank::Failed,
        _ if function.error.is_some() => Rank::Failed,
        ("rolled back" | "held" | "moved by somebody else", _) => Rank::Back,
        ("skipped", _) => Rank::Skipped,
        ("unchanged", _) => Rank::Same,
        _ => Rank::Changed,
    }
}

fn named(function: &str, region: Option<&str>) -> String {
    let region = region.map(|region| format!(" ({})", word(region))).unwrap_or_default();
    format!("{}{region}", code(function))
}

/// `7 → 8`.
fn versions(function: &FunctionReport) -> String {
    let version = words::version(function);
    if version == "-" { dash() } else { version.replace("->", "→") }
}

fn dash() -> String {
    "–".to_owned()
}

/// A value of a drift as code.
fn value(value: &serde_json::Value) -> String {
    code(&crate::report::human::shown(value))
}

/// `7 → 9`.
fn moved(change: &Change) -> String {
    let side = |side: &Option<serde_json::Value>| {
        side.as_ref().map_or_else(dash, |value| word(&crate::report::human::shown(value)))
    };
    format!("{} → {}", side(&change.from), side(&change.to))
}

/// `581 kB (+1.2 kB)`.
fn sized(function: &FunctionReport) -> String {
    if words::stays(function) {
        return words::served_size(function).map_or_else(dash, size);
    }
    let Some(now) = function.size else { return dash() };
    let change = function.size_from.filter(|before| *before != now).map(|before| {
        let sign = if now > before { '+' } else { '−' };
        format!(" ({sign}{})", fine(now.abs_diff(before)))
    });
    format!("{}{}", size(now), change.unwrap_or_default())
}

/// A difference of sizes, with tenths where they matter: `268 B`, `1.2 kB`, `34 kB`.
fn fine(bytes: u64) -> String {
    match bytes {
        1_000..10_000 => format!("{}.{} kB", bytes / 1_000, bytes / 100 % 10),
        _ => size(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{rolled_back, updated};

    #[test]
    fn what_was_rolled_back_shows_what_is_served() {
        let row = Row::of(None, "deploy", &rolled_back());
        assert_eq!((row.version.as_str(), row.size.as_str()), ("8 → 7", "580 kB"));
        assert_eq!(row.code, "<code>aaaaaaaa</code>");
    }

    #[test]
    fn a_size_tells_its_change_when_it_is_known() {
        let table = [
            (None, None, "–"),
            (Some(581_280), None, "581 kB"),
            (Some(581_280), Some(581_280), "581 kB"),
            (Some(581_280), Some(580_012), "581 kB (+1.2 kB)"),
            (Some(581_280), Some(581_000), "581 kB (+280 B)"),
            (Some(1_250_000), Some(1_284_500), "1.2 MB (−34 kB)"),
            (Some(0), Some(u64::MAX), "0 B (−18446744073709.5 MB)"),
        ];
        for (size, size_from, text) in table {
            assert_eq!(sized(&FunctionReport { size, size_from, ..updated() }), text);
        }
    }
}
