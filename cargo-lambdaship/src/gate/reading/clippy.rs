//! `cargo clippy --message-format=json`. Pure.

use cargo_metadata::Message;
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};

use super::{Output, Places, Source, Verdict};
use crate::report::gates::{Finding, Level};

pub(super) fn judge(output: &Output, places: &Places) -> Verdict {
    let mut findings: Vec<Finding> = Vec::new();
    for line in output.of(Source::Out) {
        let Some(Message::CompilerMessage(said)) = message(line) else { continue };
        // A file that is compiled twice, as for tests, is complained of twice.
        if let Some(finding) = finding(&said.message, places)
            && !findings.contains(&finding)
        {
            findings.push(finding);
        }
    }
    Verdict::of_findings(output, findings)
}

pub(super) fn shown(line: &str) -> Option<String> {
    match message(line)? {
        Message::CompilerMessage(said) => said.message.rendered.map(|text| text.trim_end().to_owned()),
        Message::TextLine(line) => Some(line),
        _ => None,
    }
}

fn message(line: &str) -> Option<Message> {
    Message::parse_stream(line.as_bytes()).next()?.ok()
}

fn finding(said: &Diagnostic, places: &Places) -> Option<Finding> {
    let level = match said.level {
        DiagnosticLevel::Error | DiagnosticLevel::Ice => Level::Error,
        DiagnosticLevel::Warning => Level::Warning,
        _ => return None,
    };
    let span = said.spans.iter().find(|span| span.is_primary);
    // `aborting due to 2 previous errors` and the like count what was said.
    if span.is_none() && said.code.is_none() && counts(&said.message) {
        return None;
    }
    let file = span.and_then(|span| places.of(&span.file_name));
    let at = span.filter(|_| file.is_some());
    let number = |number: usize| u32::try_from(number).ok();
    Some(Finding {
        level,
        line: at.and_then(|span| number(span.line_start)),
        column: at.and_then(|span| number(span.column_start)),
        file,
        title: said.code.as_ref().map(|code| code.code.clone()),
        message: said.message.clone(),
    })
}

fn counts(message: &str) -> bool {
    message.starts_with("aborting due to ") || message.ends_with(" emitted")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{lines, output, places};
    use super::*;

    fn said(level: &str, code: &str, file: &str) -> String {
        format!(
            r#"{{"reason":"compiler-message","package_id":"a 0.1.0","manifest_path":"/repo/app/Cargo.toml","target":{{"kind":["bin"],"crate_types":["bin"],"name":"a","src_path":"/repo/app/src/main.rs","edition":"2024","doc":true,"doctest":false,"test":true}},"message":{{"rendered":"{level}: it is wrong\n --> x\n\n","children":[],"code":{{"code":"{code}","explanation":null}},"level":"{level}","message":"it is wrong","spans":[{{"byte_end":1,"byte_start":0,"column_end":4,"column_start":3,"expansion":null,"file_name":"{file}","is_primary":true,"label":null,"line_end":2,"line_start":2,"suggested_replacement":null,"suggestion_applicability":null,"text":[]}}]}}}}"#
        )
    }

    #[test]
    fn findings_are_told_once() {
        let error = said("error", "clippy::len_zero", "src/main.rs");
        let text = [
            error.as_str(),
            r#"{"reason":"build-finished","success":false}"#,
            &error,
            "::set-output name=x::y",
            &said("warning", "dead_code", "/registry/lib.rs"),
            &error.replace(r#""code":{"code":"clippy::len_zero","explanation":null}"#, r#""code":null"#),
        ];
        let verdict = judge(&output(101, &text.join("\n"), ""), &places());
        assert_eq!((verdict.passed, verdict.summary.as_deref()), (false, Some("2 errors")));
        assert_eq!(
            lines(&verdict.findings),
            [
                "Error app/src/main.rs:2:3 [clippy::len_zero] it is wrong",
                "Warning - [dead_code] it is wrong",
                "Error app/src/main.rs:2:3 [] it is wrong",
            ]
        );
    }

    #[test]
    fn people_see_what_the_compiler_rendered() {
        assert_eq!(shown(&said("error", "x", "a.rs")).as_deref(), Some("error: it is wrong\n --> x"));
        assert_eq!(shown(r#"{"reason":"build-finished","success":false}"#), None);
        assert_eq!(shown("printed by a build script").as_deref(), Some("printed by a build script"));
    }

    #[test]
    fn what_only_counts_is_left_out() {
        assert!(
            counts("aborting due to 2 previous errors") && counts("2 warnings emitted") && !counts("unused")
        );
    }
}
