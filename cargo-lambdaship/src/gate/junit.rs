//! The gates as a `JUnit` file: one suite for each. Pure.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::{Case, CaseEnd, Ran};
use crate::report::gates::{Finding, GateOutcome, GateReport, Level};

/// The text of the file.
///
/// # Errors
/// When it cannot be put into XML.
pub fn junit(gates: &[Ran], seconds: f64) -> Result<String, SerializeError> {
    let mut report = Report::new("cargo lambdaship gate");
    report.set_time(time(seconds)).add_test_suites(gates.iter().map(suite));
    report.to_string()
}

fn suite(ran: &Ran) -> TestSuite {
    let report = &ran.report;
    let mut suite = TestSuite::new(report.gate.as_str());
    suite.set_time(time(report.seconds));
    let tests = ran.cases.iter().map(|case| test(report, case));
    // What a test says is in the test.
    let told = |finding: &&Finding| {
        finding.level == Level::Error
            && !ran.cases.iter().any(|case| finding.title.as_deref() == Some(&case.name))
    };
    let findings = report.findings.iter().filter(told).map(|finding| complaint(report, finding));
    suite.add_test_cases(tests.chain(findings));
    if suite.test_cases.is_empty() || !report.outcome.holds() && suite.failures + suite.errors == 0 {
        suite.add_test_case(whole(report));
    }
    suite
}

fn test(report: &GateReport, case: &Case) -> TestCase {
    let status = match &case.end {
        CaseEnd::Passed => TestCaseStatus::success(),
        CaseEnd::Skipped => TestCaseStatus::skipped(),
        CaseEnd::Failed(message) => failed(NonSuccessKind::Failure, message),
    };
    let mut test = TestCase::new(case.name.as_str(), status);
    test.set_classname(case.suite.as_deref().unwrap_or(&report.gate));
    if let Some(seconds) = case.seconds {
        test.set_time(time(seconds));
    }
    test
}

fn complaint(report: &GateReport, finding: &Finding) -> TestCase {
    let number = |number: Option<u32>| number.map(|number| format!(":{number}")).unwrap_or_default();
    let place =
        finding.file.as_ref().map(|file| format!("{file}{}{}", number(finding.line), number(finding.column)));
    let parts = [place, finding.title.clone()];
    let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = if name.is_empty() { report.gate.clone() } else { name };
    let mut test = TestCase::new(name, failed(NonSuccessKind::Failure, &finding.message));
    test.set_classname(report.gate.as_str());
    test
}

/// The gate as one case.
fn whole(report: &GateReport) -> TestCase {
    let summary = report.summary.as_deref().unwrap_or_default();
    let status = match report.outcome {
        GateOutcome::Passed | GateOutcome::Known => TestCaseStatus::success(),
        GateOutcome::Failed => failed(NonSuccessKind::Failure, summary),
        GateOutcome::Missing => {
            let hint = report.hint.as_deref().unwrap_or_default();
            failed(NonSuccessKind::Error, &format!("{summary}: {hint}"))
        }
        GateOutcome::Interrupted => failed(NonSuccessKind::Error, "interrupted"),
    };
    let mut test = TestCase::new(report.gate.as_str(), status);
    test.set_classname(report.gate.as_str()).set_time(time(report.seconds));
    if report.outcome.holds() && !summary.is_empty() {
        test.set_system_out(summary);
    }
    test
}

fn failed(kind: NonSuccessKind, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(message.lines().next().unwrap_or_default()).set_description(message);
    status
}

fn time(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(outcome: GateOutcome, findings: Vec<Finding>, cases: Vec<Case>) -> Ran {
        let (summary, hint) = (Some("a summary".to_owned()), Some("a hint".to_owned()));
        let report = GateReport { gate: "test".to_owned(), outcome, seconds: 1.5, summary, findings, hint };
        Ran { report, cases }
    }

    fn finding(title: &str) -> Finding {
        Finding {
            level: Level::Error,
            file: Some("src/a.rs".to_owned()),
            line: Some(3),
            column: None,
            title: Some(title.to_owned()),
            message: "it is <wrong> & \u{1b}[1mbad\u{0}\nreally".to_owned(),
        }
    }

    fn case(name: &str, end: CaseEnd) -> Case {
        Case { suite: Some("a::bin/a".to_owned()), name: name.to_owned(), seconds: Some(0.25), end }
    }

    fn shown(ran: Ran) -> String {
        let text = junit(&[ran], 2.0).unwrap();
        text.lines().skip(2).map(str::trim).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn tests_are_cases_and_so_are_other_findings() {
        let cases = vec![
            case("good", CaseEnd::Passed),
            case("bad", CaseEnd::Failed("no".to_owned())),
            case("later", CaseEnd::Skipped),
        ];
        let text = shown(ran(GateOutcome::Failed, vec![finding("bad"), finding("lint")], cases));
        insta::assert_snapshot!(text, @r#"
        <testsuite name="test" tests="4" skipped="1" errors="0" failures="2" time="1.500">
        <testcase name="good" classname="a::bin/a" time="0.250"/>
        <testcase name="bad" classname="a::bin/a" time="0.250">
        <failure message="no">no</failure>
        </testcase>
        <testcase name="later" classname="a::bin/a" time="0.250">
        <skipped/>
        </testcase>
        <testcase name="src/a.rs:3 lint" classname="test">
        <failure message="it is &lt;wrong&gt; &amp; bad">it is &lt;wrong&gt; &amp; bad
        really</failure>
        </testcase>
        </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn a_gate_without_tests_is_one_case() {
        for (outcome, expected) in [
            (GateOutcome::Passed, "<system-out>a summary</system-out>"),
            (GateOutcome::Known, "<system-out>a summary</system-out>"),
            (GateOutcome::Failed, "<failure message=\"a summary\">"),
            (GateOutcome::Missing, "<error message=\"a summary: a hint\">"),
            (GateOutcome::Interrupted, "<error message=\"interrupted\">"),
        ] {
            let text = shown(ran(outcome, Vec::new(), Vec::new()));
            assert!(text.contains(expected), "{outcome:?}: {text}");
            assert!(text.contains("tests=\"1\""), "{text}");
        }
    }
}
