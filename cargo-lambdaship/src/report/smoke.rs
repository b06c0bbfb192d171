//! Smoke events as lines: one for each that failed, and a count.

use super::{FunctionReport, SmokeReport};

/// What is said of a function's smoke events; nothing when it had none.
pub(super) fn lines(function: &FunctionReport) -> Vec<String> {
    let (name, events) = (&function.function, &function.smoke);
    let failed = events.iter().filter(|event| !event.passed).map(|event| failure(name, event));
    let passed = events.iter().filter(|event| event.passed).count();
    let count = match (events.len(), passed) {
        (0, _) => None,
        (1, 1) => Some(format!("{name}: 1 smoke event passed")),
        (all, passed) if all == passed => Some(format!("{name}: {all} smoke events passed")),
        (_, 0) => None,
        (all, passed) => Some(format!("{name}: {passed} of {all} smoke events passed")),
    };
    failed.chain(count).collect()
}

fn failure(function: &str, event: &SmokeReport) -> String {
    let problems = event.problems.join("; ");
    let separator = if problems.is_empty() { "" } else { ": " };
    format!(
        "{function}: smoke event `{}` failed after {:.1} s{separator}{problems}",
        event.name, event.seconds
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{smoke, updated};
    use super::*;

    #[test]
    fn failures_have_a_line_each_and_the_rest_is_counted() {
        let ok = || smoke("ping", &[]);
        let bad = || smoke("root", &["status 500 instead of 200", "no `x`"]);
        let failed = "hello: smoke event `root` failed after 0.3 s: status 500 instead of 200; no `x`";
        let table: [(Vec<SmokeReport>, Vec<&str>); 5] = [
            (vec![], vec![]),
            (vec![ok()], vec!["hello: 1 smoke event passed"]),
            (vec![ok(), ok()], vec!["hello: 2 smoke events passed"]),
            (vec![bad()], vec![failed]),
            (vec![ok(), bad(), ok()], vec![failed, "hello: 2 of 3 smoke events passed"]),
        ];
        for (smoke, expected) in table {
            assert_eq!(lines(&FunctionReport { smoke, ..updated() }), expected);
        }
    }
}
