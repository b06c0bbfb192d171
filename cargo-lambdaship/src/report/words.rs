//! Words that all renderings share.

use super::{FunctionReport, Origin, Outcome, RolloutEnd, RolloutReport, numbers};
use crate::model::Change;

/// Bytes as a person reads them: `581 kB`, `1.2 MB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        // Tenths are cut, not rounded: 49.99 MB is not 50.
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// The row of a function, in the order of the columns: function, lambda, version, code, size, what.
pub(super) fn cells(function: &FunctionReport) -> Vec<String> {
    vec![
        function.function.clone(),
        match &function.region {
            Some(region) => format!("{} ({region})", function.lambda),
            None => function.lambda.clone(),
        },
        version(function),
        code(function),
        artifact_size(function),
        what(function),
    ]
}

/// `7 -> 8`, or the one version that stays; `8 -> 7` of a rollout of 8 that was taken back.
pub(super) fn version(function: &FunctionReport) -> String {
    let (from, to) = (function.version.from, function.version.to);
    let undone = function.rollout.as_ref().filter(|_| function.outcome == Outcome::RolledBack && from == to);
    if let (Some(undone), Some(to)) = (undone.filter(|rollout| Some(rollout.new) != to), to) {
        return format!("{} -> {to}", undone.new);
    }
    match (from, to) {
        (Some(from), Some(to)) if from != to => format!("{from} -> {to}"),
        (_, Some(to)) => to.to_string(),
        (Some(from), None) if will_publish(function) => format!("{from} -> new"),
        (Some(from), None) if function.outcome == Outcome::Failed => format!("{from} -> ?"),
        (Some(from), None) => from.to_string(),
        (None, None) if will_publish(function) => "new".to_owned(),
        (None, None) => "-".to_owned(),
    }
}

pub(super) fn will_publish(function: &FunctionReport) -> bool {
    matches!(function.outcome, Outcome::Created | Outcome::Updated) && !function.changes.is_empty()
}

/// How a rollout ended, or where it is: `rolled back`, `held at 5 %`.
pub(super) fn ended(rollout: &RolloutReport) -> String {
    let at = |words: &str, between: &str| {
        let percent = rollout.steps.last().map(|step| format!("{between}{}", numbers::percent(step.percent)));
        format!("{words}{}", percent.unwrap_or_default())
    };
    match rollout.end {
        RolloutEnd::Promoted => "promoted".to_owned(),
        RolloutEnd::RolledBack => "rolled back".to_owned(),
        RolloutEnd::UnderWay => at("rolling out", " "),
        RolloutEnd::Held => at("held", " at "),
        RolloutEnd::Overtaken => "moved by somebody else".to_owned(),
        RolloutEnd::Stuck => at("stuck", " at "),
    }
}

/// What became of how many functions, in a fixed order: `1 updated, 1 unchanged`.
pub(super) fn summary(functions: &[FunctionReport]) -> String {
    summary_of(&functions.iter().collect::<Vec<_>>())
}

/// The same of functions of several reports.
pub(super) fn summary_of(functions: &[&FunctionReport]) -> String {
    const WORDS: [&str; 11] = [
        "created",
        "updated",
        "moved",
        "unchanged",
        "rolling out",
        "held",
        "rolled back",
        "moved by somebody else",
        "stuck",
        "failed",
        "skipped",
    ];
    let count = |word| functions.iter().filter(|function| summed(function) == word).count();
    if functions.is_empty() {
        return "no functions".to_owned();
    }
    let counts = WORDS.iter().map(|word| (count(*word), word)).filter(|(n, _)| *n > 0);
    counts.map(|(n, word)| format!("{n} {word}")).collect::<Vec<_>>().join(", ")
}

/// The word that a function is counted by.
pub(super) fn summed(function: &FunctionReport) -> &'static str {
    match (function.rollout.as_ref().map(|rollout| rollout.end), function.outcome) {
        (Some(RolloutEnd::RolledBack), _) | (_, Outcome::RolledBack) => "rolled back",
        (Some(RolloutEnd::UnderWay), _) => "rolling out",
        (Some(RolloutEnd::Held), _) => "held",
        (Some(RolloutEnd::Overtaken), _) => "moved by somebody else",
        (Some(RolloutEnd::Stuck), _) => "stuck",
        (None | Some(RolloutEnd::Promoted), Outcome::Created) => "created",
        (None | Some(RolloutEnd::Promoted), Outcome::Updated) => "updated",
        (None | Some(RolloutEnd::Promoted), Outcome::Moved) => "moved",
        (None | Some(RolloutEnd::Promoted), Outcome::Unchanged) => "unchanged",
        (None | Some(RolloutEnd::Promoted), Outcome::Failed) => "failed",
        (None | Some(RolloutEnd::Promoted), Outcome::Skipped) => "skipped",
    }
}

/// Why the function is where it is: how its rollout ended, its outcome, or the names of what changed.
pub(super) fn what(function: &FunctionReport) -> String {
    if let Some(rollout) = function.rollout.as_ref().filter(|rollout| rollout.end != RolloutEnd::Promoted) {
        return ended(rollout);
    }
    let fields: Vec<&str> = function.changes.iter().map(|change| change.field.as_str()).collect();
    match function.outcome {
        Outcome::Created => "created".to_owned(),
        Outcome::Updated if fields.is_empty() => "updated".to_owned(),
        Outcome::Updated => fields.join(", "),
        Outcome::Moved => "alias moved".to_owned(),
        Outcome::Unchanged => format!("unchanged{}", sameness(function.origin)),
        // Without a rollout there was nothing to take back.
        Outcome::RolledBack if smoke_failed(function) => "smoke events failed, alias not moved".to_owned(),
        Outcome::RolledBack => "rolled back".to_owned(),
        Outcome::Failed if smoke_failed(function) => "smoke failed".to_owned(),
        Outcome::Failed => "failed".to_owned(),
        Outcome::Skipped => "skipped".to_owned(),
    }
}

fn smoke_failed(function: &FunctionReport) -> bool {
    function.smoke.iter().any(|event| !event.passed)
}

/// What it is that did not change.
fn sameness(origin: Option<Origin>) -> &'static str {
    match origin {
        Some(Origin::Served) => " (same source)",
        Some(
            Origin::Known | Origin::Kept | Origin::Stored | Origin::Promoted | Origin::Built | Origin::Given,
        ) => " (same code)",
        None => "",
    }
}

/// Whether other code than what is served was to be brought, and was not: what a row shows is what is served.
pub(super) fn stays(function: &FunctionReport) -> bool {
    let back = matches!(function.outcome, Outcome::RolledBack | Outcome::Failed);
    let moved = function.version.to.is_some() && function.version.to != function.version.from;
    back && !moved && old_code(function).is_some()
}

/// The change of the code.
fn old_code(function: &FunctionReport) -> Option<&Change> {
    function.changes.iter().find(|change| change.field == "code")
}

/// The first digits of the digest of the code that is served, or would be; `None` when that is not known.
pub(super) fn served_code(function: &FunctionReport) -> Option<String> {
    if !stays(function) {
        return function.code_sha256.map(|code| code.short());
    }
    let from = old_code(function).and_then(|change| change.from.as_ref());
    function.version.to.and_then(|_| from?.as_str().map(str::to_owned))
}

/// The size of that code.
pub(super) fn served_size(function: &FunctionReport) -> Option<u64> {
    if stays(function) { function.version.to.and(function.size_from) } else { function.size }
}

fn code(function: &FunctionReport) -> String {
    served_code(function).unwrap_or_else(|| "-".to_owned())
}

fn artifact_size(function: &FunctionReport) -> String {
    served_size(function).map_or_else(|| "-".to_owned(), size)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{rolled_back, rollout, smoke, step, unchanged, updated};
    use super::*;

    fn rolling(end: RolloutEnd) -> FunctionReport {
        FunctionReport { rollout: Some(rollout(end, vec![step(5.0)])), ..updated() }
    }

    #[test]
    fn a_rollout_is_told_by_how_it_ended() {
        let smoked = FunctionReport {
            outcome: Outcome::Failed,
            smoke: vec![smoke("ping", &["no answer"])],
            ..updated()
        };
        let never_moved = FunctionReport { outcome: Outcome::RolledBack, ..smoked.clone() };
        let stopped = FunctionReport { rollout: Some(rollout(RolloutEnd::Held, Vec::new())), ..updated() };
        let table = [
            (rolling(RolloutEnd::Promoted), "code, memory", "1 updated"),
            (rolling(RolloutEnd::UnderWay), "rolling out 5 %", "1 rolling out"),
            (rolling(RolloutEnd::Held), "held at 5 %", "1 held"),
            (stopped, "held", "1 held"),
            (rolling(RolloutEnd::Stuck), "stuck at 5 %", "1 stuck"),
            (rolling(RolloutEnd::Overtaken), "moved by somebody else", "1 moved by somebody else"),
            (rolled_back(), "rolled back", "1 rolled back"),
            (FunctionReport { rollout: None, ..rolled_back() }, "rolled back", "1 rolled back"),
            (smoked, "smoke failed", "1 failed"),
            (never_moved, "smoke events failed, alias not moved", "1 rolled back"),
        ];
        for (function, expected, summed) in table {
            assert_eq!(what(&function), expected);
            assert_eq!(summary(&[function]), summed);
        }
    }

    #[test]
    fn a_summary_counts_in_a_fixed_order() {
        let failed = FunctionReport { outcome: Outcome::Failed, ..updated() };
        let functions = [failed, rolled_back(), unchanged(), updated(), updated()];
        assert_eq!(summary(&functions), "2 updated, 1 unchanged, 1 rolled back, 1 failed");
        assert_eq!(summary(&[]), "no functions");
    }

    #[test]
    fn a_version_is_not_claimed_when_it_is_not_known() {
        let mut function = super::super::testing::updated();
        function.version.to = None;
        assert_eq!(version(&function), "7 -> new");
        function.outcome = Outcome::Failed;
        assert_eq!(version(&function), "7 -> ?");
    }

    #[test]
    fn a_row_shows_the_code_that_is_served() {
        let new = updated().code_sha256.map(|code| code.short());
        let failed = |to: Option<u64>| {
            let mut function = FunctionReport { outcome: Outcome::Failed, ..updated() };
            function.version.to = to.map(crate::model::Version);
            function
        };
        let old = Some("aaaaaaaa".to_owned());
        let settings = FunctionReport { changes: vec![updated().changes.remove(1)], ..failed(Some(7)) };
        let by_command = FunctionReport { changes: Vec::new(), ..rolled_back() };
        let table = [
            (updated(), "7 -> 8", new.clone(), Some(581_280)),
            (rolled_back(), "8 -> 7", old.clone(), Some(580_012)),
            (FunctionReport { rollout: None, ..rolled_back() }, "7", old.clone(), Some(580_012)),
            (failed(Some(7)), "7", old, Some(580_012)),
            (failed(None), "7 -> ?", None, None),
            // The alias got there, and something after it failed.
            (failed(Some(8)), "7 -> 8", new.clone(), Some(581_280)),
            // Both versions have this code.
            (settings, "7", new.clone(), Some(581_280)),
            (by_command, "8 -> 7", new, Some(581_280)),
        ];
        for (function, shown, code, size) in table {
            assert_eq!((version(&function).as_str(), served_code(&function)), (shown, code), "{function:?}");
            assert_eq!(served_size(&function), size);
        }
    }

    #[test]
    fn sizes_read_well_and_never_round_up() {
        let table = [
            (999, "999 B"),
            (581_280, "581 kB"),
            (999_999, "999 kB"),
            (1_250_000, "1.2 MB"),
            (49_990_000, "49.9 MB"),
        ];
        for (bytes, text) in table {
            assert_eq!(size(bytes), text);
        }
    }
}
