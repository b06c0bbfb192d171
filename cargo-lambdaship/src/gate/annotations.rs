//! GitHub's workflow commands: groups of lines in the log, and annotations of lines in the files. Pure.
//!
//! What programs print is not ours: nothing in it may become a command. Source of the format: GitHub's documentation,
//! "Workflow commands for GitHub Actions", and `ActionCommand.cs` of its runner for what is escaped.

use crate::github::workflow::{data, property};
use crate::report::gates::{Finding, GateOutcome, GateReport, GatesReport, Level};

/// GitHub shows ten errors and ten warnings of a step, and all gates of a job are one. The last is for what they came to.
const MOST: usize = 9;

/// How many annotations of a run are still to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    errors: usize,
    warnings: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { errors: MOST, warnings: MOST }
    }
}

/// `lines` of a gate as one block. `token` must be a random one: nothing but it ends the part in which commands are off.
#[must_use]
pub fn group(name: &str, token: &str, lines: &[String]) -> String {
    let lines: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
    format!("::group::{}\n::stop-commands::{token}\n{lines}::{token}::\n::endgroup::", data(name))
}

/// The annotations of what a gate found, as far as `budget` goes, from which they are taken.
#[must_use]
pub fn annotations(report: &GateReport, budget: &mut Budget) -> Vec<String> {
    let of = |level: Level| report.findings.iter().filter(move |finding| finding.level == level);
    let missing = (report.outcome == GateOutcome::Missing).then(|| {
        let hint = report.hint.as_deref().unwrap_or_default();
        let summary = report.summary.as_deref().unwrap_or_default();
        format!("::error title={}::{}", property(&report.gate), data(&format!("{summary}: {hint}")))
    });
    let errors = missing.into_iter().chain(of(Level::Error).map(|finding| annotation(&report.gate, finding)));
    let mut lines: Vec<String> = errors.take(budget.errors).collect();
    budget.errors -= lines.len();
    let before = lines.len();
    lines.extend(of(Level::Warning).take(budget.warnings).map(|finding| annotation(&report.gate, finding)));
    budget.warnings -= lines.len() - before;
    lines
}

/// How many errors of a run were found beyond those that are annotations.
#[must_use]
pub fn hidden(report: &GatesReport) -> usize {
    let of = |gate: &GateReport| {
        let errors = gate.findings.iter().filter(|finding| finding.level == Level::Error).count();
        errors + usize::from(gate.outcome == GateOutcome::Missing)
    };
    report.gates.iter().map(of).sum::<usize>().saturating_sub(MOST)
}

/// The last annotation of a run whose errors are more than are shown.
#[must_use]
pub fn rest(report: &GatesReport) -> Option<String> {
    let hidden = hidden(report);
    (hidden > 0).then(|| format!("::error title=gates::{}", data(&more(hidden))))
}

/// What is said of errors that are no annotations.
#[must_use]
pub fn more(hidden: usize) -> String {
    let errors = if hidden == 1 { "error is" } else { "errors are" };
    format!("{hidden} more {errors} in the log")
}

fn annotation(gate: &str, finding: &Finding) -> String {
    let command = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    let mut properties = Vec::new();
    if let Some(file) = &finding.file {
        properties.push(format!("file={}", property(file)));
        properties.extend(finding.line.map(|line| format!("line={line}")));
        properties.extend(finding.column.map(|column| format!("col={column}")));
    }
    let title = match &finding.title {
        Some(title) => format!("{gate}: {title}"),
        None => gate.to_owned(),
    };
    properties.push(format!("title={}", property(&title)));
    format!("::{command} {}::{}", properties.join(","), data(&finding.message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(level: Level) -> Finding {
        Finding { level, file: None, line: None, column: None, title: None, message: "bad".to_owned() }
    }

    fn report(outcome: GateOutcome, findings: Vec<Finding>) -> GateReport {
        let (gate, hint) = ("deny".to_owned(), Some("cargo install cargo-deny --locked".to_owned()));
        let summary = Some("cargo-deny is not installed".to_owned());
        GateReport { gate, outcome, seconds: 1.0, summary, findings, hint }
    }

    #[test]
    fn nothing_in_a_finding_leaves_its_place() {
        let hostile = Finding {
            file: Some("src/a,b:c%d.rs".to_owned()),
            line: Some(3),
            column: Some(7),
            title: Some("x::y, z".to_owned()),
            message: "100 %\r\n::set-env name=A::b".to_owned(),
            ..finding(Level::Error)
        };
        for (finding, expected) in [
            (finding(Level::Warning), "::warning title=deny::bad"),
            (
                hostile,
                "::error file=src/a%2Cb%3Ac%25d.rs,line=3,col=7,title=deny%3A x%3A%3Ay%2C z::100 %25%0D%0A::set-env name=A::b",
            ),
        ] {
            let failed = report(GateOutcome::Failed, vec![finding]);
            assert_eq!(annotations(&failed, &mut Budget::default()), [expected]);
        }
    }

    #[test]
    fn all_gates_of_a_run_share_what_github_shows_of_a_step() {
        for (errors, shown, hidden) in [
            (&[0][..], &[0][..], None),
            (&[9], &[9], None),
            (&[12], &[9], Some(3)),
            (&[4, 4, 4], &[4, 4, 1], Some(3)),
            (&[9, 1], &[9, 0], Some(1)),
        ] {
            let mut budget = Budget::default();
            let found =
                |count: &usize| [vec![finding(Level::Error); *count], vec![finding(Level::Warning); 5]];
            let gates: Vec<_> =
                errors.iter().map(|count| report(GateOutcome::Failed, found(count).concat())).collect();
            let lines: Vec<_> = gates.iter().map(|gate| annotations(gate, &mut budget)).collect();
            let of =
                |kind: &str, lines: &[String]| lines.iter().filter(|line| line.starts_with(kind)).count();
            let counts: Vec<_> = lines.iter().map(|lines| of("::error ", lines)).collect();
            assert_eq!(counts, shown, "{errors:?}");
            assert_eq!(of("::warning ", &lines.concat()), (5 * errors.len()).min(9), "{errors:?}");
            let run = GatesReport { schema: "".into(), passed: false, seconds: 1.0, gates };
            assert_eq!(super::hidden(&run), hidden.unwrap_or(0));
            assert_eq!(rest(&run), hidden.map(|count| format!("::error title=gates::{}", more(count))));
        }
        assert_eq!([more(1), more(2)], ["1 more error is in the log", "2 more errors are in the log"]);
    }

    #[test]
    fn a_missing_program_is_an_annotation_too() {
        let lines = annotations(&report(GateOutcome::Missing, Vec::new()), &mut Budget::default());
        assert_eq!(
            lines,
            ["::error title=deny::cargo-deny is not installed: cargo install cargo-deny --locked"]
        );
    }

    #[test]
    fn commands_are_off_in_what_programs_print() {
        let text = group("test", "t0k3n", &["::set-output name=a::b".to_owned(), "::endgroup::".to_owned()]);
        assert_eq!(
            text,
            "::group::test\n::stop-commands::t0k3n\n::set-output name=a::b\n::endgroup::\n::t0k3n::\n::endgroup::"
        );
    }
}
