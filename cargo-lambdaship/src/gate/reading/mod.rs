//! What the programs said: lines for people while they run, a verdict with findings at the end. Pure.

mod audit;
mod clippy;
mod coverage;
mod deny;
mod format;
mod places;
mod rustc;
mod tests;

pub use places::Places;

use super::Gate;
use crate::report::gates::{Finding, Level, MOST_FINDINGS};

/// How many of a program's last lines stand for its complaint when nothing else does.
const LAST_WORDS: usize = 3;

/// A line that a program printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Where it printed it.
    pub source: Source,
    /// The line, without its end.
    pub text: String,
}

/// One of a program's two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Its stdout.
    Out,
    /// Its stderr.
    Err,
}

/// What a program that ended left.
#[derive(Debug, Clone, Default)]
pub struct Output {
    /// Its lines, in the order in which they were read.
    pub lines: Vec<Heard>,
    /// Its exit code; `None` when a signal ended it.
    pub exit: Option<i32>,
    /// The file that it left its result in.
    pub result: Option<String>,
}

impl Output {
    fn of(&self, source: Source) -> impl Iterator<Item = &str> {
        self.lines.iter().filter(move |line| line.source == source).map(|line| line.text.as_str())
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| line.text.as_str())
    }

    fn is_success(&self) -> bool {
        self.exit == Some(0)
    }

    /// How it ended, in words.
    fn ending(&self) -> String {
        match self.exit {
            Some(code) => format!("exit status {code}"),
            None => "ended by a signal".to_owned(),
        }
    }
}

/// What a gate came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// Whether it passed.
    pub passed: bool,
    /// What it found, in a phrase.
    pub summary: Option<String>,
    /// The places that it complains of.
    pub findings: Vec<Finding>,
    /// The single tests, where they are known.
    pub cases: Vec<Case>,
    /// Lines for people that came of the whole output.
    pub lines: Vec<String>,
}

impl Verdict {
    /// That of a gate which fails by the errors that it finds.
    fn of_findings(output: &Output, findings: Vec<Finding>) -> Self {
        let passed = output.is_success();
        let errors = findings.iter().filter(|finding| finding.level == Level::Error).count();
        let summary = (!passed && errors > 0).then(|| counted(errors, "error"));
        Self { passed, summary, findings, ..Self::default() }
    }
}

/// A test.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The binary that it is in, where that is known.
    pub suite: Option<String>,
    /// Its name.
    pub name: String,
    /// How long it took, where that is known.
    pub seconds: Option<f64>,
    /// How it ended.
    pub end: CaseEnd,
}

/// How a test ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseEnd {
    /// Well.
    Passed,
    /// Not well; with what it said.
    Failed(String),
    /// It was not run.
    Skipped,
}

/// What people see of a line while `gate` runs; `None` for what is meant for programs.
#[must_use]
pub fn shown(gate: &Gate, line: &Heard) -> Option<String> {
    match (gate, line.source) {
        (Gate::Clippy, Source::Out) => clippy::shown(&line.text),
        (Gate::Deny, _) => deny::shown(&line.text),
        (Gate::Audit, Source::Out) => None,
        _ => Some(line.text.clone()),
    }
}

/// What `gate` came to. A gate that failed has at least one finding.
#[must_use]
pub fn judge(gate: &Gate, output: &Output, places: &Places) -> Verdict {
    let mut verdict = match gate {
        Gate::Fmt => format::judge(output, places),
        Gate::Clippy => clippy::judge(output, places),
        Gate::Test | Gate::Doctest => tests::judge(output, places),
        Gate::Audit => audit::judge(output),
        Gate::Deny => deny::judge(output),
        Gate::Coverage { threshold } => coverage::judge(output, *threshold, places),
        Gate::Custom { .. } => Verdict {
            passed: output.is_success(),
            summary: (!output.is_success()).then(|| output.ending()),
            ..Verdict::default()
        },
    };
    if !verdict.passed && !verdict.findings.iter().any(|finding| finding.level == Level::Error) {
        verdict.findings.insert(0, plain(last_words(output)));
        verdict.summary.get_or_insert_with(|| output.ending());
    }
    // Errors are what people have to see.
    verdict.findings.sort_by_key(|finding| finding.level == Level::Warning);
    verdict.findings.truncate(MOST_FINDINGS);
    verdict
}

/// An error without a place.
fn plain(message: String) -> Finding {
    Finding { level: Level::Error, file: None, line: None, column: None, title: None, message }
}

fn last_words(output: &Output) -> String {
    let said: Vec<&str> = output.all().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = &said[said.len().saturating_sub(LAST_WORDS)..];
    [&[output.ending().as_str()], last].concat().join("\n")
}

/// `1 error`, `2 errors`.
fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// `path:line:column`, as compilers and panics write it; the path may have colons of its own.
fn location(text: &str) -> Option<(&str, u32, u32)> {
    let mut parts = text.rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let line = parts.next()?.parse().ok()?;
    Some((parts.next()?, line, column))
}

#[cfg(test)]
mod testing {
    use super::{Heard, Output, Places, Source};

    pub(super) fn output(exit: i32, out: &str, err: &str) -> Output {
        let heard = |source| move |text: &str| Heard { source, text: text.to_owned() };
        let lines = out.lines().map(heard(Source::Out)).chain(err.lines().map(heard(Source::Err)));
        Output { lines: lines.collect(), exit: Some(exit), result: None }
    }

    pub(super) fn places() -> Places {
        Places { root: "/repo/app".into(), repository: "/repo".into() }
    }

    /// The findings in one line each.
    pub(super) fn lines(findings: &[super::Finding]) -> Vec<String> {
        let number = |number: Option<u32>| number.map(|number| format!(":{number}")).unwrap_or_default();
        let line = |finding: &super::Finding| {
            format!(
                "{:?} {}{}{} [{}] {}",
                finding.level,
                finding.file.as_deref().unwrap_or("-"),
                number(finding.line),
                number(finding.column),
                finding.title.as_deref().unwrap_or_default(),
                finding.message.replace('\n', " / ")
            )
        };
        findings.iter().map(line).collect()
    }
}

#[cfg(test)]
mod unit {
    use super::testing::{lines, output, places};
    use super::*;

    #[test]
    fn a_gate_of_the_workspaces_own_passes_by_its_exit_code() {
        let own =
            Gate::Custom { name: "licenses".to_owned(), command: vec!["x".to_owned()], remember: false };
        let passed = judge(&own, &output(0, "fine", ""), &places());
        assert_eq!((passed.passed, passed.summary, passed.findings), (true, None, Vec::new()));
        let failed = judge(&own, &output(3, "a\nb\nc\n\nd\n", "e\n"), &places());
        assert_eq!(failed.summary.as_deref(), Some("exit status 3"));
        assert_eq!(lines(&failed.findings), ["Error - [] exit status 3 / c / d / e"]);
        let killed = judge(&own, &Output { exit: None, ..output(0, "", "") }, &places());
        assert_eq!(lines(&killed.findings), ["Error - [] ended by a signal"]);
    }

    #[test]
    fn locations_are_read_from_their_end() {
        for (text, expected) in [
            ("src/a.rs:1:2", Some(("src/a.rs", 1, 2))),
            (r"C:\a\b.rs:10:20", Some((r"C:\a\b.rs", 10, 20))),
            ("src/a.rs:1", None),
            ("nothing", None),
            ("", None),
        ] {
            assert_eq!(location(text), expected, "{text}");
        }
    }
}
