//! Words that all renderings share.

use super::{FunctionReport, Outcome};

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
        function.lambda.clone(),
        version(function),
        code(function),
        artifact_size(function),
        what(function),
    ]
}

/// `7 -> 8`, or the one version that stays.
fn version(function: &FunctionReport) -> String {
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

fn will_publish(function: &FunctionReport) -> bool {
    matches!(function.outcome, Outcome::Created | Outcome::Updated) && !function.changes.is_empty()
}

/// Why the function is where it is: its outcome, and the names of what changed.
fn what(function: &FunctionReport) -> String {
    let fields: Vec<&str> = function.changes.iter().map(|change| change.field.as_str()).collect();
    match function.outcome {
        Outcome::Created => "created".to_owned(),
        Outcome::Updated if fields.is_empty() => "updated".to_owned(),
        Outcome::Updated => fields.join(", "),
        Outcome::Moved => "alias moved".to_owned(),
        Outcome::Unchanged => "unchanged".to_owned(),
        Outcome::RolledBack => "rolled back".to_owned(),
        Outcome::Failed => "failed".to_owned(),
        Outcome::Skipped => "skipped".to_owned(),
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
    use super::*;

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
