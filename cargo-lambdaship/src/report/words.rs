//! Words that all renderings share.

use super::{FunctionReport, Origin, Outcome, RolloutEnd, RolloutReport, numbers};

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

/// `7 -> 8`, or the one version that stays.
pub(super) fn version(function: &FunctionReport) -> String {
    let (from, to) = (function.version.from, function.version.to);
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
        Outcome::RolledBack => "rolled back".to_owned(),
        Outcome::Failed if function.smoke.iter().any(|event| !event.passed) => "smoke failed".to_owned(),
        Outcome::Failed => "failed".to_owned(),
        Outcome::Skipped => "skipped".to_owned(),
    }
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

/// The first digits of the code's digest.
fn code(function: &FunctionReport) -> String {
    function.code_sha256.map_or_else(|| "-".to_owned(), |code| code.short())
}

/// The artifact's size.
fn artifact_size(function: &FunctionReport) -> String {
    function.size.map_or_else(|| "-".to_owned(), size)
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
