//! `cargo fmt --check`: `Diff in /path/to/file.rs:12:`. Pure.

use super::{Output, Places, Source, Verdict, counted, rustc};
use crate::report::gates::{Finding, Level};

pub(super) fn judge(output: &Output, places: &Places) -> Verdict {
    let mut findings = differences(output.of(Source::Out), places);
    let files = {
        let mut files: Vec<_> = findings.iter().map(|finding| finding.file.clone()).collect();
        files.dedup();
        files.len()
    };
    findings.extend(rustc::errors(output.of(Source::Err), places));
    let passed = output.is_success();
    let summary = (files > 0).then(|| format!("{} to format", counted(files, "file")));
    Verdict { passed, summary: summary.filter(|_| !passed), findings, ..Verdict::default() }
}

/// Each difference begins with some lines that are as they have to be.
fn differences<'a>(lines: impl Iterator<Item = &'a str>, places: &Places) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut in_context = false;
    for line in lines {
        if let Some(finding) = different(line, places) {
            findings.push(finding);
            in_context = true;
        } else if in_context && line.starts_with(' ') {
            if let Some(number) = findings.last_mut().and_then(|finding| finding.line.as_mut()) {
                *number += 1;
            }
        } else {
            in_context = false;
        }
    }
    findings
}

fn different(line: &str, places: &Places) -> Option<Finding> {
    let place = line.strip_prefix("Diff in ")?.trim_end().trim_end_matches(':');
    // Older ones write `Diff in /path at line 12:`.
    let (path, line) = place.rsplit_once(" at line ").or_else(|| place.rsplit_once(':'))?;
    let file = places.of(path);
    let message = match file {
        Some(_) => "not as `cargo fmt` writes it".to_owned(),
        None => format!("{path} is not as `cargo fmt` writes it"),
    };
    // Without the file, its line says nothing.
    let line = file.is_some().then(|| line.parse().ok()).flatten();
    Some(Finding { level: Level::Error, file, line, column: None, title: None, message })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{lines, output, places};
    use super::*;

    #[test]
    fn each_difference_is_a_finding() {
        let said = "Diff in /repo/app/src/main.rs:1:\n-fn main(){}\n+fn main() {}\n fn a() {}\n\
                    Diff in /repo/app/src/main.rs:3:\n \n     b\n-x\n+y\n \n\
                    Diff in /repo/app/src/old.rs at line 7:\n+    x\n\
                    Diff in /elsewhere/src/lib.rs:9:\n+    x\n";
        let verdict = judge(&output(1, said, ""), &places());
        assert_eq!((verdict.passed, verdict.summary.as_deref()), (false, Some("3 files to format")));
        assert_eq!(
            lines(&verdict.findings),
            [
                "Error app/src/main.rs:1 [] not as `cargo fmt` writes it",
                "Error app/src/main.rs:5 [] not as `cargo fmt` writes it",
                "Error app/src/old.rs:7 [] not as `cargo fmt` writes it",
                "Error - [] /elsewhere/src/lib.rs is not as `cargo fmt` writes it",
            ]
        );
        assert_eq!(judge(&output(0, "", ""), &places()), Verdict { passed: true, ..Verdict::default() });
    }

    #[test]
    fn what_is_not_rust_is_a_finding() {
        let said = "error: expected one of `!` or `::`, found `x`\n --> /repo/app/src/main.rs:1:4\n  |\n";
        let verdict = judge(&output(1, "", said), &places());
        assert_eq!(
            lines(&verdict.findings),
            ["Error app/src/main.rs:1:4 [] expected one of `!` or `::`, found `x`"]
        );
    }
}
