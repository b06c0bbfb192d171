//! `gate`: real cargo on a workspace. What passes, what does not, what is known, and what an environment takes.

mod failures;
#[cfg(unix)]
mod programs;
mod required;

use serde_json::Value;

use crate::support::run::{Outcome, Run};
use crate::support::stage::json;
use crate::support::{Fixture, lambdaship, tests_folder};

/// A workspace with a function and a test of it.
fn workspace() -> Fixture {
    let fixture = Fixture::new(&["hello"]);
    // The functions are written in the style of this repository.
    let style = tests_folder().with_file_name("rustfmt.toml");
    fixture.write("rustfmt.toml", &fs_err::read_to_string(style).expect("it can be read"));
    fixture.write("functions/hello/tests/it.rs", "#[test]\nfn adds() {\n    assert_eq!(1 + 1, 2);\n}\n");
    fixture
}

fn gate(fixture: &Fixture, arguments: &[&str]) -> Run {
    lambdaship(fixture).args(&["gate", "--offline"]).args(arguments)
}

/// The gates of a run, each with what it came to.
fn outcomes(outcome: &Outcome) -> Vec<(String, String)> {
    let report: Value = json(outcome);
    let gates = report["gates"].as_array().expect("a list").iter();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    gates.map(|gate| (text(&gate["gate"]), text(&gate["outcome"]))).collect()
}

fn all(names: &[&str], outcome: &str) -> Vec<(String, String)> {
    names.iter().map(|name| ((*name).to_owned(), outcome.to_owned())).collect()
}

const DEFAULT: [&str; 4] = ["fmt", "clippy", "test", "doctest"];

#[test]
fn what_passed_is_not_run_again_until_a_file_changes() {
    let fixture = workspace();
    let run = |more: &[&str]| gate(&fixture, &["--format", "json"]).args(more).output();
    let first = run(&[]).exited(0);
    assert_eq!(outcomes(&first), all(&DEFAULT, "passed"), "{first}");
    assert!(first.stderr.contains("    Checking clippy\n"), "{first}");

    let second = run(&[]).exited(0);
    assert_eq!(outcomes(&second), all(&DEFAULT, "known"), "{second}");
    let cargo = ["Checking", "Compiling", "clippy | ", "test | "];
    assert!(!cargo.iter().any(|word| second.stderr.contains(word)), "{second}");
    let summaries = json(&second);
    // Just now, or longer ago where cargo takes its time.
    let summary = summaries["gates"][1]["summary"].as_str().unwrap_or_default();
    assert!(summary.starts_with("passed "), "{second}");

    fixture.write("functions/hello/tests/it.rs", "#[test]\nfn adds() {\n    assert_eq!(1 + 2, 3);\n}\n");
    let changed = run(&[]).exited(0);
    assert_eq!(outcomes(&changed), all(&DEFAULT, "passed"), "{changed}");
    let features = run(&["--all-features"]).exited(0);
    let expected = [all(&["fmt"], "known"), all(&DEFAULT[1..], "passed")].concat();
    assert_eq!(outcomes(&features), expected, "{features}");
    let forced = run(&["--force", "fmt"]).exited(0);
    assert_eq!(outcomes(&forced), all(&["fmt"], "passed"), "{forced}");

    // What is not committed counts, and so does what was before.
    fixture.write("NOTES.md", "a file of nobody's\n");
    assert_eq!(outcomes(&run(&["fmt"]).exited(0)), all(&["fmt"], "passed"));
    fs_err::remove_file(fixture.root().join("NOTES.md")).expect("it is there");
    assert_eq!(outcomes(&run(&["fmt"]).exited(0)), all(&["fmt"], "known"));
}

#[test]
fn a_name_that_no_gate_has_is_told_with_the_nearest() {
    let fixture = workspace();
    let outcome = gate(&fixture, &["clipy"]).output().exited(2);
    assert_eq!(outcome.stdout, "");
    assert_eq!(
        outcome.last_words(),
        "error: there is no gate `clipy`\nhint: did you mean `clippy`? The gates are `fmt`, `clippy`, `test`, `doctest`, \
         `audit`, `deny`, `coverage`\n"
    );
}
