//! What nextest and libtest print. Pure.
//!
//! Whether tests passed is told by the exit code alone; what is read here is for people, as tests print what they like.

use std::collections::BTreeMap;

use super::{Case, CaseEnd, Output, Places, Verdict, location, plain, rustc};
use crate::report::gates::{Finding, Level};

/// Nextest's exit code for a workspace without any test (its `exit_codes.rs`, `NO_TESTS_RUN`).
const NO_TESTS: i32 = 4;
/// The columns that nextest says a state in.
const STATE: usize = 12;
/// How many lines of a panic's message are kept.
const MESSAGE: usize = 8;

/// A panic in the output.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Panic<'a> {
    /// The thread, which libtest calls as the test.
    thread: &'a str,
    /// The test whose output it stands in.
    section: Option<&'a str>,
    at: Option<(&'a str, u32, u32)>,
    message: String,
}

pub(super) fn judge(output: &Output, places: &Places) -> Verdict {
    let lines: Vec<&str> = output.all().collect();
    let mut cases = cases(&lines);
    let none = output.exit == Some(NO_TESTS) && cases.is_empty() && lines.iter().any(|line| is_none(line));
    let passed = output.is_success() || none;
    let panics = panics(&lines);
    let mut findings = Vec::new();
    for case in &mut cases {
        if let CaseEnd::Failed(said) = &mut case.end {
            let panic = panics.iter().find(|panic| panic.thread == case.name);
            let panic =
                panic.or_else(|| panics.iter().find(|panic| panic.section == Some(case.name.as_str())));
            *said = panic.map_or_else(|| "the test failed".to_owned(), |panic| panic.message.clone());
            findings.push(finding(case, said_at(panic), places));
        }
    }
    if !passed && findings.is_empty() {
        findings = rustc::errors(lines.iter().copied(), places);
    }
    let summary = summary(&cases, passed, !findings.is_empty());
    Verdict { passed, summary, findings, cases, lines: Vec::new() }
}

fn said_at<'a>(panic: Option<&Panic<'a>>) -> Option<(&'a str, u32, u32)> {
    panic.and_then(|panic| panic.at)
}

fn summary(cases: &[Case], passed: bool, has_findings: bool) -> Option<String> {
    let failed = cases.iter().filter(|case| matches!(case.end, CaseEnd::Failed(_))).count();
    let run = cases.iter().filter(|case| case.end != CaseEnd::Skipped).count();
    match (failed, run) {
        (0, 0) if passed => Some("no tests".to_owned()),
        (0, 0) => has_findings.then(|| "does not compile".to_owned()),
        (0, _) if passed => Some(format!("{run} passed")),
        (0, _) => None,
        _ => Some(format!("{failed} of {run} failed")),
    }
}

fn is_none(line: &str) -> bool {
    line.starts_with("error: no tests to run")
}

fn finding(case: &Case, at: Option<(&str, u32, u32)>, places: &Places) -> Finding {
    let CaseEnd::Failed(message) = &case.end else { return plain(String::new()) };
    // `src/lib.rs - two (line 3)` is an example, whose own panic is in a file that is gone.
    let at =
        example(&case.name).map(|(path, line)| (path, line, None)).or(at.map(|(p, l, c)| (p, l, Some(c))));
    let file = at.and_then(|(path, ..)| places.of(path));
    let at = at.filter(|_| file.is_some());
    Finding {
        level: Level::Error,
        file,
        line: at.map(|(_, line, _)| line),
        column: at.and_then(|(.., column)| column),
        title: Some(case.name.clone()),
        message: message.clone(),
    }
}

fn example(name: &str) -> Option<(&str, u32)> {
    let (path, rest) = name.split_once(" - ")?;
    let line = rest.rsplit_once("(line ")?.1.strip_suffix(')')?;
    Some((path, line.parse().ok()?))
}

/// The tests, in the order of their first appearance.
fn cases(lines: &[&str]) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut known: BTreeMap<(String, String), usize> = BTreeMap::new();
    let is_nextest = lines.iter().any(|line| line.contains(" Nextest run ID "));
    for line in lines {
        if !is_nextest {
            cases.extend(libtest(line));
        } else if let Some(case) = nextest(line) {
            // A test that is tried again, or told again at the end: the last word counts.
            let key = (case.suite.clone().unwrap_or_default(), case.name.clone());
            let at = *known.entry(key).or_insert(cases.len());
            if at == cases.len() {
                cases.push(case);
            } else {
                cases[at] = case;
            }
        }
    }
    cases
}

/// `test tests::bad ... FAILED`.
fn libtest(line: &str) -> Option<Case> {
    let (name, end) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let end = match end.split([',', ' ']).next()? {
        "ok" => CaseEnd::Passed,
        "FAILED" => CaseEnd::Failed(String::new()),
        "ignored" => CaseEnd::Skipped,
        _ => return None,
    };
    let name = name.strip_suffix(" - should panic").unwrap_or(name).to_owned();
    Some(Case { suite: None, name, seconds: None, end })
}

/// `        FAIL [   0.121s] (2/2) a::bin/a tests::bad`.
fn nextest(line: &str) -> Option<Case> {
    let (status, time, suite, name) = nextest_parts(line)?;
    let last = status.split(' ').next_back()?;
    let end = match (status, last) {
        (_, "PASS" | "LEAK") => CaseEnd::Passed,
        (status, _) if status.starts_with("FLAKY") => CaseEnd::Passed,
        (_, "FAIL" | "TIMEOUT" | "ABORT" | "LEAK-FAIL" | "XFAIL") => CaseEnd::Failed(String::new()),
        (_, signal) if signal.starts_with("SIG") && signal != "SIGINT" => CaseEnd::Failed(String::new()),
        _ => return None,
    };
    let seconds = time.trim().parse().ok();
    Some(Case { suite: Some(suite.to_owned()), name: name.to_owned(), seconds, end })
}

/// The state, the time, the binary and the test of a line in which nextest tells of one. It is right-aligned at twelve columns.
fn nextest_parts(line: &str) -> Option<(&str, &str, &str, &str)> {
    let (status, rest) = line.split_once(" [")?;
    if status.chars().count() != STATE {
        return None;
    }
    let (time, rest) = rest.split_once("s] ")?;
    let rest = rest.trim_start();
    let rest = if rest.starts_with('(') { rest.split_once(") ")?.1 } else { rest };
    let (suite, name) = rest.split_once(' ')?;
    Some((status.trim(), time, suite, name))
}

fn panics<'a>(lines: &[&'a str]) -> Vec<Panic<'a>> {
    let mut panics = Vec::new();
    let mut section = None;
    for (number, line) in lines.iter().copied().enumerate() {
        if let Some(name) = line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----")) {
            section = Some(name);
        } else if let Some((.., name)) = nextest_parts(line) {
            section = Some(name);
        }
        let Some((thread, place)) = panicked(line.trim_start()) else { continue };
        panics.push(Panic { thread, section, at: location(place), message: message(&lines[number + 1..]) });
    }
    panics
}

/// `thread 'tests::bad' (8478) panicked at src/main.rs:7:52:`.
fn panicked(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix("thread '")?;
    let (before, place) = rest.split_once(" panicked at ")?;
    let thread = before.rsplit_once('\'')?.0;
    Some((thread, place.trim_end().strip_suffix(':')?))
}

fn message(lines: &[&str]) -> String {
    let is_end = |line: &&&str| {
        let line = line.trim_start();
        line.is_empty() || line == "stack backtrace:" || line.starts_with("note: ")
    };
    let said: Vec<&str> =
        lines.iter().take_while(|line| !is_end(line)).take(MESSAGE).map(|line| line.trim()).collect();
    if said.is_empty() { "it panicked".to_owned() } else { said.join("\n") }
}

#[cfg(test)]
mod unit {
    use super::super::testing::{lines, output, places};
    use super::*;

    const NEXTEST: &str = "\
────────────
 Nextest run ID 7b9e65ff-92a8-4135-8105-7f2acd80bad3 with nextest profile: default
    Starting 4 tests across 2 binaries (1 test skipped)
        PASS [   0.007s] (1/4) a::bin/a tests::good
        FAIL [   0.121s] (2/4) a::bin/a tests::bad
  stdout ───

    running 1 test
    ::set-output name=x::1
    test tests::bad ... FAILED

  stderr ───

    thread 'tests::bad' (8478) panicked at a/src/main.rs:7:52:
    assertion `left == right` failed: they differ
      left: 1
     right: 2
    stack backtrace:
       0: __rustc::rust_begin_unwind

  TRY 1 FAIL [   0.010s] (───) a::it flaky
  TRY 2 PASS [   0.010s] (3/4) a::it flaky
     SIGSEGV [   0.020s] (4/4) a::it crashes
────────────
     Summary [   0.122s] 4 tests run: 2 passed, 2 failed, 1 skipped
        FAIL [   0.121s] (2/4) a::bin/a tests::bad
     SIGSEGV [   0.020s] (4/4) a::it crashes
error: test run failed";

    #[test]
    fn nextests_failures_are_found_with_their_places() {
        let verdict = judge(&output(100, "", NEXTEST), &places());
        assert_eq!((verdict.passed, verdict.summary.as_deref()), (false, Some("2 of 4 failed")));
        assert_eq!(
            lines(&verdict.findings),
            [
                "Error app/a/src/main.rs:7:52 [tests::bad] assertion `left == right` failed: they differ / left: 1 / right: 2",
                "Error - [crashes] the test failed",
            ]
        );
        let told: Vec<_> = verdict
            .cases
            .iter()
            .map(|case| (case.suite.as_deref(), case.name.as_str(), case.seconds))
            .collect();
        assert_eq!(
            told,
            [
                (Some("a::bin/a"), "tests::good", Some(0.007)),
                (Some("a::bin/a"), "tests::bad", Some(0.121)),
                (Some("a::it"), "flaky", Some(0.01)),
                (Some("a::it"), "crashes", Some(0.02)),
            ]
        );
    }

    const LIBTEST: &str = "
running 3 tests
test tests::good ... ok
test tests::later ... ignored, not yet
test tests::slow - should panic ... ok
test tests::bad ... FAILED

failures:

---- tests::bad stdout ----
::set-output name=x::1

thread 'worker' (84) panicked at src/main.rs:7:52:
they differ
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace

failures:
    tests::bad

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.09s";

    #[test]
    fn libtests_failures_are_found_with_their_places_whatever_the_thread() {
        let verdict = judge(&output(101, LIBTEST, "     Running unittests src/main.rs"), &places());
        assert_eq!(verdict.summary.as_deref(), Some("1 of 3 failed"));
        assert_eq!(lines(&verdict.findings), ["Error app/src/main.rs:7:52 [tests::bad] they differ"]);
        let passed = judge(&output(0, "test a ... ok\ntest b ... ok", ""), &places());
        assert_eq!((passed.passed, passed.summary.as_deref()), (true, Some("2 passed")));
    }

    #[test]
    fn an_example_is_found_by_its_name() {
        let said = "test lib/src/lib.rs - two (line 1) ... FAILED\n---- lib/src/lib.rs - two (line 1) stdout ----\n\
                    thread 'main' (8522) panicked at /tmp/rustdoctestTBrTGd/doctest_bundle_2024.rs:6:1:\nno\n";
        let verdict = judge(&output(101, said, ""), &places());
        assert_eq!(
            lines(&verdict.findings),
            ["Error app/lib/src/lib.rs:1 [lib/src/lib.rs - two (line 1)] no"]
        );
    }

    #[test]
    fn what_does_not_compile_is_told_by_the_compiler() {
        let said = "error[E0308]: mismatched types\n --> src/main.rs:3:5\n  |\nerror: could not compile `a`";
        let verdict = judge(&output(101, "", said), &places());
        assert_eq!(verdict.summary.as_deref(), Some("does not compile"));
        assert_eq!(lines(&verdict.findings), ["Error app/src/main.rs:3:5 [E0308] mismatched types"]);
    }

    #[test]
    fn a_workspace_without_tests_passes() {
        let nextest = " Nextest run ID 7b9e65ff with nextest profile: default\nerror: no tests to run\n(hint: use `--no-tests`)";
        for output in [output(4, "", nextest), output(0, "running 0 tests", "")] {
            let verdict = judge(&output, &places());
            assert_eq!((verdict.passed, verdict.summary.as_deref()), (true, Some("no tests")));
        }
        assert!(!judge(&output(4, "", "something else"), &places()).passed);
    }
}
