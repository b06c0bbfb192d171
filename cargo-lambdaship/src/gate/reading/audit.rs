//! `cargo audit --json`: one document on stdout. Source: the `rustsec` crate's `report.rs`. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Output, Source, Verdict, counted};
use crate::report::gates::{Finding, Level};

#[derive(Deserialize)]
struct Document {
    vulnerabilities: Vulnerabilities,
    #[serde(default)]
    warnings: BTreeMap<String, Vec<Entry>>,
}

#[derive(Deserialize)]
struct Vulnerabilities {
    list: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    package: Package,
    advisory: Option<Advisory>,
    versions: Option<Versions>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
}

#[derive(Deserialize)]
struct Advisory {
    id: String,
    title: String,
}

#[derive(Deserialize)]
struct Versions {
    #[serde(default)]
    patched: Vec<String>,
}

pub(super) fn judge(output: &Output) -> Verdict {
    let passed = output.is_success();
    let text: Vec<&str> = output.of(Source::Out).collect();
    let Ok(document) = serde_json::from_str::<Document>(&text.join("\n")) else {
        return Verdict {
            passed,
            lines: text.into_iter().map(str::to_owned).collect(),
            ..Verdict::default()
        };
    };
    let vulnerable = document.vulnerabilities.list.len();
    let errors = document.vulnerabilities.list.into_iter().map(|entry| finding(Level::Error, "", entry));
    let warnings = document.warnings.into_iter().flat_map(|(kind, entries)| {
        entries.into_iter().map(move |entry| finding(Level::Warning, &kind, entry))
    });
    let findings: Vec<Finding> = errors.chain(warnings).collect();
    let summary = match vulnerable {
        0 => passed.then(|| "no known vulnerability".to_owned()),
        1 => Some("1 vulnerability".to_owned()),
        several => Some(format!("{several} vulnerabilities")),
    };
    let summary = summary.map(|summary| match findings.len() - vulnerable {
        0 => summary,
        warnings => format!("{summary}, {}", counted(warnings, "warning")),
    });
    let lines = findings.iter().map(line).collect();
    Verdict { passed, summary, findings, lines, ..Verdict::default() }
}

fn finding(level: Level, kind: &str, entry: Entry) -> Finding {
    let Entry { package, advisory, versions } = entry;
    let (title, said) = match advisory {
        Some(advisory) => (Some(advisory.id), advisory.title),
        None => (Some(kind.to_owned()), kind.to_owned()),
    };
    let patched =
        versions.map(|versions| versions.patched.join(", ")).filter(|versions| !versions.is_empty());
    let patched = patched.map(|versions| format!("; mended in {versions}")).unwrap_or_default();
    let kind = if kind.is_empty() || said == kind { String::new() } else { format!("{kind}: ") };
    let message = format!("{} {}: {kind}{said}{patched}", package.name, package.version);
    Finding { level, file: None, line: None, column: None, title, message }
}

fn line(finding: &Finding) -> String {
    let word = if finding.level == Level::Error { "error" } else { "warning" };
    format!("{word}[{}]: {}", finding.title.as_deref().unwrap_or_default(), finding.message)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{lines, output};
    use super::*;

    const SAID: &str = r#"{"database":{"advisory-count":700},"lockfile":{"dependency-count":2},"settings":{},
"vulnerabilities":{"found":true,"count":1,"list":[{"advisory":{"id":"RUSTSEC-2020-0071","package":"time","title":"Potential segfault"},"versions":{"patched":[">=0.2.23"],"unaffected":[]},"affected":null,"package":{"name":"time","version":"0.1.0","source":null}}]},
"warnings":{"unmaintained":[{"kind":"unmaintained","package":{"name":"old","version":"1.0.0"},"advisory":{"id":"RUSTSEC-2021-0001","title":"old is unmaintained"},"versions":null}],"yanked":[{"kind":"yanked","package":{"name":"gone","version":"2.0.0"},"advisory":null,"versions":null}]}}"#;

    #[test]
    fn vulnerabilities_are_errors_and_the_rest_are_warnings() {
        let verdict = judge(&output(1, SAID, ""));
        assert_eq!(
            (verdict.passed, verdict.summary.as_deref()),
            (false, Some("1 vulnerability, 2 warnings"))
        );
        assert_eq!(
            lines(&verdict.findings),
            [
                "Error - [RUSTSEC-2020-0071] time 0.1.0: Potential segfault; mended in >=0.2.23",
                "Warning - [RUSTSEC-2021-0001] old 1.0.0: unmaintained: old is unmaintained",
                "Warning - [yanked] gone 2.0.0: yanked",
            ]
        );
        assert_eq!(
            verdict.lines[0],
            "error[RUSTSEC-2020-0071]: time 0.1.0: Potential segfault; mended in >=0.2.23"
        );
    }

    #[test]
    fn without_vulnerabilities_it_passes() {
        let verdict = judge(&output(0, r#"{"vulnerabilities":{"list":[]},"warnings":{}}"#, ""));
        assert_eq!((verdict.passed, verdict.summary.as_deref()), (true, Some("no known vulnerability")));
        let broken = judge(&output(2, "", "error: couldn't fetch the advisory database"));
        assert_eq!((broken.passed, broken.summary), (false, None));
    }
}
