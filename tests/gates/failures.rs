//! Gates that do not pass, on a runner of GitHub's.

use std::process::Command;

use serde_json::Value;

use super::{Fixture, gate, workspace};
use crate::support::run::Outcome;
use crate::support::venv;

/// A workspace that is not formatted, that clippy complains of, and whose test fails and prints what a runner obeys.
fn broken() -> Fixture {
    let fixture = workspace();
    fixture.write("functions/hello/tests/it.rs", HOSTILE);
    fixture.edit("functions/hello/src/main.rs", "fn main()", "fn  unused(){}\n\nfn main()");
    fixture
}

const HOSTILE: &str = "#[test]
fn adds() {}

#[test]
fn speaks() {
    println!(\"::endgroup::\");
    println!(\"::set-output name=x::1\");
    println!(\"::stop-commands::mine\");
    println!(\"::mine::\");
    println!(\"##[set-env name=x]1\");
    panic!(\"100 %\\n::add-mask::no, never\");
}
";

/// The commands that a runner of GitHub's carries out: none between `stop-commands` and its token (`ActionCommandManager.cs`).
fn obeyed(text: &str) -> Vec<String> {
    let mut token: Option<String> = None;
    let mut commands = Vec::new();
    for line in text.lines() {
        if let Some(stopped) = &token {
            if line.trim_start() == format!("::{stopped}::") {
                token = None;
            }
            continue;
        }
        if let Some(stop) = line.strip_prefix("::stop-commands::") {
            token = Some(stop.to_owned());
        } else if line.trim_start().starts_with("::") || line.contains("##[") {
            commands.push(line.trim_start().to_owned());
        }
    }
    assert_eq!(token, None, "commands are on again at the end");
    commands
}

fn on_github(fixture: &Fixture, arguments: &[&str]) -> Outcome {
    gate(fixture, arguments).env("GITHUB_ACTIONS", "true").output()
}

#[test]
fn findings_are_annotations_and_nothing_that_programs_print_is_a_command() {
    let fixture = broken();
    let outcome = on_github(&fixture, &["--junit", "gates.xml"]).exited(4);
    let commands = obeyed(&outcome.stderr);
    let named = |command: &str| commands.iter().filter(|line| line.starts_with(command)).collect::<Vec<_>>();
    let groups: Vec<_> = named("::group::").into_iter().map(|line| line.replace("::group::", "")).collect();
    let mut sorted = groups.clone();
    sorted.sort();
    assert_eq!(sorted, ["clippy", "doctest", "fmt", "test"], "{outcome}");
    assert_eq!(named("::endgroup::").len(), 4, "{outcome}");
    let errors = named("::error ");
    assert_eq!(commands.len(), 8 + errors.len(), "{commands:#?}");
    let main = "functions/hello/src/main.rs";
    let test = "functions/hello/tests/it.rs";
    for expected in [
        format!("::error file={main},line=6,title=fmt::not as `cargo fmt` writes it"),
        format!(
            "::error file={main},line=6,col=5,title=clippy%3A dead_code::function `unused` is never used"
        ),
        format!("::error file={test},line=11,col=5,title=test%3A speaks::100 %25%0A::add-mask::no, never"),
    ] {
        assert!(errors.contains(&&expected), "{expected}\n{errors:#?}");
    }
    let rows: Vec<Vec<&str>> =
        outcome.stdout.lines().map(|line| line.split_whitespace().take(2).collect()).collect();
    let expected = [
        ["GATE", "RESULT"],
        ["fmt", "failed"],
        ["clippy", "failed"],
        ["test", "failed"],
        ["doctest", "passed"],
    ];
    assert_eq!(rows, expected, "{outcome}");
    assert!(outcome.stdout.contains("1 of 2 failed\n"), "{outcome}");
    assert!(outcome.stderr.contains("hint: run `cargo fmt --all`\n"), "{outcome}");
    let suites = suites(&fixture, "gates.xml");
    assert_eq!(
        suites["test"],
        serde_json::json!({"tests": "2", "failures": "1", "failed": ["speaks"], "passed": ["adds"]})
    );
    assert_eq!(suites["doctest"]["failures"], "0");
    let place = suites["clippy"]["failed"][0].as_str().expect("a name");
    assert_eq!(place, format!("{main}:6:5 dead_code"));
}

#[test]
fn what_github_would_not_show_is_counted() {
    let fixture = workspace();
    let unused: Vec<_> = (0..12).map(|number| format!("fn unused_{number}() {{}}\n\n")).collect();
    fixture.edit("functions/hello/src/main.rs", "fn main()", &format!("{}fn main()", unused.concat()));
    let commands = obeyed(&on_github(&fixture, &["clippy"]).exited(4).stderr);
    let errors: Vec<_> = commands.iter().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(errors.len(), 10, "{errors:#?}");
    assert_eq!(*errors[9], "::error title=gates::3 more errors are in the log");
}

#[test]
fn a_gate_that_failed_runs_again() {
    let fixture = broken();
    gate(&fixture, &["fmt"]).output().exited(4);
    let again = gate(&fixture, &["fmt"]).output().exited(4);
    assert!(again.stderr.contains("fmt | Diff in "), "{again}");
    let quiet = gate(&fixture, &["fmt", "-q"]).output().exited(4);
    assert!(quiet.stderr.starts_with("fmt | Diff in "), "{quiet}");
}

/// What a parser of XML reads of a `JUnit` file: each suite's numbers, and the names of its cases.
fn suites(fixture: &Fixture, path: &str) -> Value {
    let script = "
import json, sys, xml.etree.ElementTree as tree
suites = {}
for suite in tree.parse(sys.argv[1]).getroot():
    cases = {case.get('name'): len(case) for case in suite}
    suites[suite.get('name')] = {
        'tests': suite.get('tests'), 'failures': suite.get('failures'),
        'failed': [name for name, children in cases.items() if children],
        'passed': [name for name, children in cases.items() if not children]}
print(json.dumps(suites))
";
    let output = Command::new(venv::python()).args(["-c", script]).arg(fixture.root().join(path)).output();
    let output = output.expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}
