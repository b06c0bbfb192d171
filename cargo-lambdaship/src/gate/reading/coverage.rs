//! `cargo llvm-cov --json --summary-only`: LLVM's export of coverage (`llvm-cov export -format=text -summary-only`), in a file.
//! Pure.

use serde::Deserialize;

use super::{Output, Places, Verdict, plain, tests};
use crate::report::gates::{Finding, Level};

/// How many files are named.
const MOST_FILES: usize = 10;

#[derive(Deserialize)]
struct Document {
    data: Vec<Export>,
}

#[derive(Deserialize)]
struct Export {
    totals: Summary,
    #[serde(default)]
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    filename: String,
    summary: Summary,
}

#[derive(Deserialize)]
struct Summary {
    lines: Count,
}

#[derive(Clone, Copy, Default, Deserialize)]
struct Count {
    count: u64,
    covered: u64,
}

impl Count {
    /// In tenths of a percent, rounded down: 99.96 % is not all.
    fn permille(self) -> u64 {
        self.covered.saturating_mul(1000).checked_div(self.count).unwrap_or(1000)
    }

    #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 lines")]
    fn reaches(self, threshold: f64) -> bool {
        // Where nothing was measured, nothing was reached.
        self.count > 0 && self.covered as f64 * 100.0 >= threshold * self.count as f64
    }

    fn missed(self) -> u64 {
        self.count.saturating_sub(self.covered)
    }

    fn percent(self) -> String {
        let permille = self.permille();
        match permille % 10 {
            0 => format!("{} %", permille / 10),
            tenth => format!("{}.{tenth} %", permille / 10),
        }
    }
}

pub(super) fn judge(output: &Output, threshold: Option<f64>, places: &Places) -> Verdict {
    let tests = tests::judge(output, places);
    if !output.is_success() {
        return tests;
    }
    let document = output.result.as_deref().and_then(|text| serde_json::from_str::<Document>(text).ok());
    let Some(export) = document.and_then(|document| document.data.into_iter().next()) else {
        return Verdict {
            findings: vec![plain("cargo-llvm-cov left no numbers".to_owned())],
            ..Verdict::default()
        };
    };
    let lines = export.totals.lines;
    let passed = threshold.is_none_or(|least| lines.reaches(least));
    let share = match lines.count {
        0 => "no lines".to_owned(),
        _ => format!("{} of lines", lines.percent()),
    };
    let Some(least) = threshold.filter(|_| !passed) else {
        return Verdict { passed, summary: Some(share), ..tests };
    };
    let mut findings = vec![plain(format!("tests run {share}, and at least {least} % are asked for"))];
    findings.extend(files(export.files, places));
    Verdict { passed, summary: Some(format!("{share}, below {least} %")), findings, ..tests }
}

/// Those with the most lines that no test runs.
fn files(mut files: Vec<File>, places: &Places) -> Vec<Finding> {
    files.sort_by_key(|file| std::cmp::Reverse(file.summary.lines.missed()));
    let missing = files.into_iter().filter(|file| file.summary.lines.missed() > 0);
    let finding = |file: File| {
        let lines = file.summary.lines;
        let message =
            format!("{} of {} lines are run by no test ({})", lines.missed(), lines.count, lines.percent());
        let file = Some(places.of(&file.filename)?);
        Some(Finding { level: Level::Warning, file, line: None, column: None, title: None, message })
    };
    missing.filter_map(finding).take(MOST_FILES).collect()
}

#[cfg(test)]
mod unit {
    use super::super::testing::{lines, output, places};
    use super::*;

    fn document(covered: u64, count: u64) -> String {
        format!(
            r#"{{"data":[{{"totals":{{"lines":{{"count":{count},"covered":{covered},"percent":1.5}}}},"files":[
               {{"filename":"/repo/app/src/a.rs","summary":{{"lines":{{"count":10,"covered":10,"percent":100}}}}}},
               {{"filename":"/repo/app/src/b.rs","summary":{{"lines":{{"count":40,"covered":26,"percent":65}}}}}}]}}],
               "type":"llvm.coverage.json.export","version":"2.0.1"}}"#
        )
    }

    #[test]
    fn the_share_of_lines_is_held_against_the_threshold() {
        for (covered, count, threshold, passed, summary) in [
            (36, 50, None, true, "72 % of lines"),
            (36, 50, Some(72.0), true, "72 % of lines"),
            (36, 50, Some(72.5), false, "72 % of lines, below 72.5 %"),
            (9999, 10_000, Some(100.0), false, "99.9 % of lines, below 100 %"),
            (10_000, 10_000, Some(100.0), true, "100 % of lines"),
            (0, 0, None, true, "no lines"),
            (0, 0, Some(0.0), false, "no lines, below 0 %"),
            (0, 1, Some(0.0), true, "0 % of lines"),
        ] {
            let output = Output { result: Some(document(covered, count)), ..output(0, "", "") };
            let verdict = judge(&output, threshold, &places());
            assert_eq!(
                (verdict.passed, verdict.summary.as_deref()),
                (passed, Some(summary)),
                "{covered}/{count}"
            );
        }
    }

    #[test]
    fn files_that_tests_leave_out_are_named() {
        let output = Output { result: Some(document(36, 50)), ..output(0, "", "") };
        assert_eq!(
            lines(&judge(&output, Some(90.0), &places()).findings),
            [
                "Error - [] tests run 72 % of lines, and at least 90 % are asked for",
                "Warning app/src/b.rs [] 14 of 40 lines are run by no test (65 %)",
            ]
        );
    }

    #[test]
    fn failing_tests_and_missing_numbers_fail_it() {
        let failing =
            "test bad ... FAILED\n---- bad stdout ----\nthread 'bad' panicked at src/a.rs:1:2:\nno\n";
        let verdict = judge(&output(101, failing, ""), None, &places());
        assert_eq!(lines(&verdict.findings), ["Error app/src/a.rs:1:2 [bad] no"]);
        assert!(!judge(&output(0, "", ""), None, &places()).passed);
    }
}
