//! GitHub's workflow commands: groups of lines in the log, and annotations of lines in the files. Pure.
//!
//! What programs print is not ours: nothing in it may become a command. Source of the format: GitHub's documentation,
//! "Workflow commands for GitHub Actions", and `ActionCommand.cs` of its runner for what is escaped.

use crate::github::workflow::{data, property};
use crate::report::gates::{Finding, GateOutcome, GateReport, Level};

/// What GitHub shows of a kind for a step.
const MOST: usize = 10;

/// `lines` of a gate as one block. `token` must be a random one: nothing but it ends the part in which commands are off.
#[must_use]
pub fn group(name: &str, token: &str, lines: &[String]) -> String {
    let lines: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
    format!("::group::{}\n::stop-commands::{token}\n{lines}::{token}::\n::endgroup::", data(name))
}

/// The annotations of a gate's findings: at most ten errors and ten warnings.
#[must_use]
pub fn annotations(report: &GateReport) -> Vec<String> {
    let of = |level: Level| report.findings.iter().filter(move |finding| finding.level == level).take(MOST);
    let mut lines: Vec<String> =
        of(Level::Error).chain(of(Level::Warning)).map(|finding| annotation(&report.gate, finding)).collect();
    if report.outcome == GateOutcome::Missing {
        let hint = report.hint.as_deref().unwrap_or_default();
        let summary = report.summary.as_deref().unwrap_or_default();
        lines.push(format!(
            "::error title={}::{}",
            property(&report.gate),
            data(&format!("{summary}: {hint}"))
        ));
    }
    lines
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
            assert_eq!(annotations(&report(GateOutcome::Failed, vec![finding])), [expected]);
        }
    }

    #[test]
    fn ten_of_a_kind_are_shown() {
        let many = [vec![finding(Level::Error); 12], vec![finding(Level::Warning); 12]].concat();
        let lines = annotations(&report(GateOutcome::Failed, many));
        assert_eq!(lines.iter().filter(|line| line.starts_with("::error ")).count(), 10);
        assert_eq!(lines.iter().filter(|line| line.starts_with("::warning ")).count(), 10);
    }

    #[test]
    fn a_missing_program_is_an_annotation_too() {
        let lines = annotations(&report(GateOutcome::Missing, Vec::new()));
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
