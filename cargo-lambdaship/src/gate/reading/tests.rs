//! What nextest and libtest print. Pure.
//!
//! Whether tests passed is told by the exit code alone; what is read here is for people, as tests print what they like.

use std::collections::BTreeMap;

use super::{Case, CaseEnd, Output, Places, Source, Verdict, location, plain, rustc};
use crate::report::gates::{Finding, Level};

/// Nextest's exit code for a workspace without any test (its `exit_codes.rs`, `NO_TESTS_RUN`).
const NO_TESTS: i32 = 4;
/// The columns that nextest says a state in.
const STATE: usize = 12;
/// How many lines of a panic's message are kept.
const MESSAGE: usize = 8;

/// A test, and where it was told of.
#[derive(Debug)]
struct Told {
    case: Case,
    /// Which of libtest's binaries it is in, as their number.
    block: usize,
}

/// A panic in the output.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Panic<'a> {
    /// The thread, which libtest calls as the test.
    thread: &'a str,
    /// The test whose output it stands in: its binary, where nextest names that, and its name.
    section: Option<(Option<&'a str>, &'a str)>,
    /// As that of [`Told`].
    block: usize,
    at: Option<(&'a str, u32, u32)>,
    message: String,
}

impl Panic<'_> {
    /// Whether it stands in the output of this test.
    fn is_in(&self, told: &Told) -> bool {
        let is_its = |(suite, name): (Option<&str>, &str)| {
            name == told.case.name && (suite.is_none() || suite == told.case.suite.as_deref())
        };
        self.block == told.block && self.section.is_some_and(is_its)
    }

    /// Whether its thread is called as this test, and it stands in no other's output.
    fn is_of(&self, told: &Told) -> bool {
        self.block == told.block && self.section.is_none() && self.thread == told.case.name
    }
}

pub(super) fn judge(output: &Output, places: &Places) -> Verdict {
    let lines: Vec<&str> = output.all().collect();
    let is_nextest = lines.iter().any(|line| line.contains(" Nextest run ID "));
    // Tests of libtest are on stdout; between its lines may be others, as the streams are two.
    let said: Vec<&str> = if is_nextest { lines.clone() } else { output.of(Source::Out).collect() };
    let mut told = if is_nextest { of_nextest(&lines) } else { of_libtest(&said, output) };
    let none = output.exit == Some(NO_TESTS) && told.is_empty() && lines.iter().any(|line| is_none(line));
    let passed = output.is_success() || none;
    let panics = panics(&said);
    let mut findings = Vec::new();
    for one in &mut told {
        if matches!(one.case.end, CaseEnd::Failed(_)) {
            let panic = panic_of(&panics, one);
            let said = panic.map_or_else(|| "the test failed".to_owned(), |panic| panic.message.clone());
            one.case.end = CaseEnd::Failed(said);
            findings.push(finding(&one.case, said_at(panic), places));
        }
    }
    if !passed && findings.is_empty() {
        findings = rustc::errors(lines.iter().copied(), places);
    }
    let cases: Vec<Case> = told.into_iter().map(|told| told.case).collect();
    let summary = summary(&cases, passed, !findings.is_empty());
    Verdict { passed, summary, findings, cases, lines: Vec::new() }
}

fn panic_of<'p, 'a>(panics: &'p [Panic<'a>], told: &Told) -> Option<&'p Panic<'a>> {
    let its = || panics.iter().filter(|panic| panic.is_in(told));
    // The test's own thread says more than those that it started.
    let own = its().find(|panic| panic.thread == told.case.name).or_else(|| its().next());
    own.or_else(|| panics.iter().find(|panic| panic.is_of(told)))
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

/// Nextest's tests, in the order of their first appearance.
fn of_nextest(lines: &[&str]) -> Vec<Told> {
    let mut all: Vec<Told> = Vec::new();
    let mut known: BTreeMap<(String, String), usize> = BTreeMap::new();
    for case in lines.iter().filter_map(|line| nextest(line)) {
        // A test that is tried again, or told again at the end: the last word counts.
        let key = (case.suite.clone().unwrap_or_default(), case.name.clone());
        let at = *known.entry(key).or_insert(all.len());
        let told = Told { case, block: 0 };
        if at == all.len() {
            all.push(told);
        } else {
            all[at] = told;
        }
    }
    all
}

/// Libtest's tests. Cargo names the binaries on stderr, in the order in which they speak on stdout.
fn of_libtest(lines: &[&str], output: &Output) -> Vec<Told> {
    let blocks = lines.iter().filter(|line| begins(line)).count();
    let suites: Vec<&str> = output.of(Source::Err).filter_map(binary).collect();
    let mut block = 0;
    let mut all = Vec::new();
    for line in lines {
        block += usize::from(begins(line));
        let Some(mut case) = libtest(line) else { continue };
        // Where the numbers differ, something else spoke as well.
        let suite = suites.get(block.saturating_sub(1)).filter(|_| suites.len() == blocks);
        case.suite = suite.map(|&suite| suite.to_owned());
        all.push(Told { case, block });
    }
    all
}

/// `running 3 tests`.
fn begins(line: &str) -> bool {
    let count = line.strip_prefix("running ").and_then(|rest| rest.split_once(' '));
    count.is_some_and(|(count, noun)| count.parse::<u32>().is_ok() && matches!(noun, "test" | "tests"))
}

/// The binary's name in `     Running unittests src/main.rs (target/debug/deps/hello-0123456789abcdef)`, or the library's in
/// `   Doc-tests shared`.
fn binary(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if let Some(library) = line.strip_prefix("Doc-tests ") {
        return Some(library);
    }
    let path = line.strip_prefix("Running ")?.strip_suffix(')')?.rsplit_once('(')?.1;
    let name = path.rsplit(['/', '\\']).next()?.trim_end_matches(".exe");
    Some(name.rsplit_once('-').map_or(name, |(name, _)| name))
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
    let end = nextest_end(status)?;
    let seconds = time.trim().parse().ok();
    Some(Case { suite: Some(suite.to_owned()), name: name.to_owned(), seconds, end })
}

/// What a state says of a test; none where it goes on. Of one that is tried again it is a short form, after `TRY 2`. Source:
/// nextest's `reporter/displayer`. What is not known there is no good end.
fn nextest_end(status: &str) -> Option<CaseEnd> {
    let (first, rest) = status.split_once(' ').unwrap_or((status, ""));
    let (first, whole) = match (first, rest.split_once(' ')) {
        ("TRY", Some((_, of_try))) => (of_try.split(' ').next().unwrap_or_default(), of_try),
        _ => (first, status),
    };
    match (first, whole) {
        ("FLAKY", _) | (_, "PASS" | "LEAK" | "TIMEOUT-PASS" | "TMPASS") => Some(CaseEnd::Passed),
        (
            "" | "SETUP" | "START" | "SLOW" | "SKIP" | "RETRY" | "DELAY" | "TERMINATING" | "TRMNTG"
            | "KILLING",
            _,
        ) => None,
        _ => Some(CaseEnd::Failed(String::new())),
    }
}

/// The state, the time, the binary and the test of a line in which nextest tells of one. It is right-aligned at twelve columns.
fn nextest_parts(line: &str) -> Option<(&str, &str, &str, &str)> {
    let (status, rest) = line.split_once(" [")?;
    if status.chars().count() < STATE || rest.trim_start().starts_with('>') {
        return None;
    }
    // States are in capitals; `Summary` and what it sums up are none.
    if status.chars().any(char::is_lowercase) {
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
    let (mut section, mut block) = (None, 0);
    for (number, line) in lines.iter().copied().enumerate() {
        if begins(line) {
            (section, block) = (None, block + 1);
        } else if let Some(name) =
            line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----"))
        {
            section = Some((None, name));
        } else if let Some((_, _, suite, name)) = nextest_parts(line) {
            section = Some((Some(suite), name));
        }
        let Some((thread, place)) = panicked(line.trim_start()) else { continue };
        let (at, message) = (location(place), message(&lines[number + 1..]));
        panics.push(Panic { thread, section, block, at, message });
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
    fn tests_of_one_name_say_each_what_is_its_own() {
        let block = |message: &str, file: &str| {
            format!(
                "running 1 test\ntest tests::works ... FAILED\n\nfailures:\n\n---- tests::works stdout ----\n\n\
                 thread 'tests::works' (1) panicked at {file}:1:2:\n{message}\n\ntest result: FAILED\n\n"
            )
        };
        let out = [block("one", "a/src/lib.rs"), block("two", "b/src/lib.rs")].concat();
        let err = "     Running unittests src/lib.rs (target/debug/deps/a-0123)\n\
                   \x20    Running unittests src/lib.rs (target/debug/deps/b-4567)";
        let nextest = " Nextest run ID 7 with nextest profile: default\n\
                       \x20       FAIL [   0.1s] (1/2) a tests::works\n  stderr ───\n\
                       \x20   thread 'tests::works' (1) panicked at a/src/lib.rs:1:2:\n    one\n\n\
                       \x20       FAIL [   0.1s] (2/2) b tests::works\n  stderr ───\n\
                       \x20   thread 'tests::works' (1) panicked at b/src/lib.rs:1:2:\n    two\n\n";
        for verdict in
            [judge(&output(101, &out, err), &places()), judge(&output(100, "", nextest), &places())]
        {
            assert_eq!(
                lines(&verdict.findings),
                [
                    "Error app/a/src/lib.rs:1:2 [tests::works] one",
                    "Error app/b/src/lib.rs:1:2 [tests::works] two"
                ]
            );
            let suites: Vec<_> = verdict.cases.iter().map(|case| case.suite.as_deref()).collect();
            assert_eq!(suites, [Some("a"), Some("b")]);
        }
        // Something else printed what a binary begins with.
        let verdict = judge(&output(101, &format!("running 2 tests\n{out}"), err), &places());
        assert!(verdict.cases.iter().all(|case| case.suite.is_none()));
    }

    #[test]
    fn every_end_that_is_not_good_is_a_failure() {
        for (state, expected) in [
            ("PASS", Some(true)),
            ("LEAK", Some(true)),
            ("FLAKY 2/3", Some(true)),
            ("TRY 2 PASS", Some(true)),
            ("FAIL", Some(false)),
            ("FAIL + LEAK", Some(false)),
            ("LEAK-FAIL", Some(false)),
            ("FLKY-FL 2/2", Some(false)),
            ("TIMEOUT", Some(false)),
            ("XFAIL", Some(false)),
            ("SIGSEGV", Some(false)),
            ("ABORT SIG 35", Some(false)),
            ("TRY 2 ABRT", Some(false)),
            ("TRY 2 SEGV", Some(false)),
            ("TRY 2 TMT", Some(false)),
            ("TRY 2 FL+LK", Some(false)),
            ("TRY 2 LKFAIL", Some(false)),
            ("TRY 2 SIG 35", Some(false)),
            ("SLOW", None),
            ("TRY 1 SLOW", None),
            ("SETUP PASS", None),
        ] {
            let case = super::nextest(&format!("{state:>12} [   0.1s] (1/1) a::it works"));
            let end = case.map(|case| case.end == CaseEnd::Passed);
            assert_eq!(end, expected, "{state}");
        }
        assert_eq!(super::nextest(" TERMINATING [> 60.000s] (1/1) a::it works"), None);
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
