//! `cargo deny --format json`: one JSON object a line. Source: cargo-deny's book, "Diagnostics", and its `diag/sink.rs`. Pure.

use serde::Deserialize;

use super::{Output, Verdict};
use crate::report::gates::{Finding, Level};

#[derive(Deserialize)]
#[serde(tag = "type", content = "fields", rename_all = "lowercase")]
enum Said {
    Diagnostic(Diagnostic),
    Log(Log),
    Summary(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Diagnostic {
    severity: String,
    message: String,
    code: Option<String>,
    advisory: Option<Advisory>,
    #[serde(default)]
    graphs: Vec<Graph>,
    #[serde(default)]
    notes: Vec<String>,
}

#[derive(Deserialize)]
struct Advisory {
    id: String,
}

#[derive(Deserialize)]
struct Graph {
    #[serde(rename = "Krate")]
    package: Option<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
}

#[derive(Deserialize)]
struct Log {
    level: String,
    message: String,
}

pub(super) fn judge(output: &Output) -> Verdict {
    let mut findings: Vec<Finding> = Vec::new();
    for line in output.all() {
        if let Some(finding) = read(line).and_then(finding).filter(|new| !findings.contains(new)) {
            findings.push(finding);
        }
    }
    Verdict::of_findings(output, findings)
}

pub(super) fn shown(line: &str) -> Option<String> {
    match read(line) {
        Some(Said::Diagnostic(said)) => {
            let finding = finding(Said::Diagnostic(said))?;
            let word = if finding.level == Level::Error { "error" } else { "warning" };
            let title = finding.title.map(|title| format!("[{title}]")).unwrap_or_default();
            Some(format!("{word}{title}: {}", finding.message))
        }
        Some(Said::Log(log)) => matches!(log.level.as_str(), "ERROR" | "WARN").then_some(log.message),
        Some(Said::Summary(_)) => None,
        None => Some(line.to_owned()),
    }
}

fn read(line: &str) -> Option<Said> {
    serde_json::from_str(line).ok()
}

fn finding(said: Said) -> Option<Finding> {
    let (level, said) = match said {
        Said::Diagnostic(said) => match said.severity.as_str() {
            "error" | "bug" => (Level::Error, said),
            "warning" => (Level::Warning, said),
            _ => return None,
        },
        Said::Log(log) if log.level == "ERROR" => return Some(super::plain(log.message)),
        Said::Log(_) | Said::Summary(_) => return None,
    };
    let package = said.graphs.into_iter().find_map(|graph| graph.package);
    let package =
        package.filter(|package| !said.message.contains(&format!("{} = {}", package.name, package.version)));
    let package = package.map(|package| format!(" ({} {})", package.name, package.version));
    let note = said.notes.first().map(|note| format!("\n{note}")).filter(|_| level == Level::Error);
    Some(Finding {
        level,
        file: None,
        line: None,
        column: None,
        title: said.advisory.map(|advisory| advisory.id).or(said.code),
        message: format!("{}{}{}", said.message, package.unwrap_or_default(), note.unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{lines, output};
    use super::*;

    const SAID: &str = r#"{"fields":{"level":"WARN","message":"no configuration","timestamp":"x"},"type":"log"}
{"fields":{"code":"no-license-field","graphs":[{"Krate":{"name":"a","version":"0.1.0"}}],"message":"license expression was not specified","severity":"warning"},"type":"diagnostic"}
{"fields":{"code":"unlicensed","graphs":[{"Krate":{"name":"abc","version":"0.1.0"}}],"labels":[{"column":9,"line":2,"message":"","span":"a"}],"message":"abc = 0.1.0 is unlicensed","severity":"error"},"type":"diagnostic"}
{"fields":{"code":"vulnerability","advisory":{"id":"RUSTSEC-2026-0001","title":"x"},"graphs":[{"Krate":{"name":"time","version":"0.1.0"}}],"message":"Potential segfault","notes":["ID: RUSTSEC-2026-0001","more"],"severity":"error"},"type":"diagnostic"}
{"fields":{"code":"license","graphs":[],"message":"fine","severity":"help"},"type":"diagnostic"}
{"fields":{"advisories":{"errors":1}},"type":"summary"}"#;

    #[test]
    fn findings_name_the_package_and_the_advisory() {
        let verdict = judge(&output(4, "", SAID));
        assert_eq!((verdict.passed, verdict.summary.as_deref()), (false, Some("2 errors")));
        assert_eq!(
            lines(&verdict.findings),
            [
                "Warning - [no-license-field] license expression was not specified (a 0.1.0)",
                "Error - [unlicensed] abc = 0.1.0 is unlicensed",
                "Error - [RUSTSEC-2026-0001] Potential segfault (time 0.1.0) / ID: RUSTSEC-2026-0001",
            ]
        );
    }

    #[test]
    fn people_see_sentences() {
        let shown: Vec<String> = SAID.lines().filter_map(shown).collect();
        assert_eq!(shown[0], "no configuration");
        assert_eq!(shown[2], "error[unlicensed]: abc = 0.1.0 is unlicensed");
        assert_eq!(shown.len(), 4);
        assert_eq!(super::shown("error: no deny.toml").as_deref(), Some("error: no deny.toml"));
    }
}
