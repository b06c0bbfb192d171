//! Many functions at once: one build, and one that fails does not take the others' results with it.

use cargo_lambdaship::local::ACCOUNT;
use serde_json::Value;

use crate::support::stage::{self, Stage};
use crate::support::{Answers, Local};

/// More than are published side by side.
const COUNT: usize = 52;

fn names(report: &Value, outcome: &str) -> Vec<String> {
    let functions = report["functions"].as_array().expect("functions").iter();
    let with = functions.filter(|function| function["outcome"] == outcome);
    with.map(|function| function["function"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn one_of_many_functions_fails_and_the_next_run_mends_it() {
    let functions: Vec<String> = (1..=COUNT).map(|number| format!("f{number:02}")).collect();
    let functions: Vec<&str> = functions.iter().map(String::as_str).collect();
    let local = Local::start();
    let stage = Stage::new(&functions, local.endpoint(), ACCOUNT, Answers::Strict);

    // Whichever comes first: those that are begun beside it end, and the rest is not begun.
    stage.proxy.fault("CreateFunction", "error:400:InvalidParameterValueException:no");
    let arguments = ["deploy", "--env", "staging", "--format", "json"];
    let failed = stage.run(&arguments).output().exited(1);
    stage.sent();
    let report = stage::json(&failed);
    assert_eq!(report["result"], "failed");
    let builds = failed.stderr.lines().filter(|line| line.trim_start().starts_with("Finished `release`"));
    assert_eq!(builds.count(), 1, "one build makes all: {}", failed.stderr);

    let all: Vec<&str> = report["functions"]
        .as_array()
        .expect("functions")
        .iter()
        .map(|f| f["function"].as_str().expect("a name"))
        .collect();
    assert_eq!(all, functions);
    let [created, broken, skipped] = ["created", "failed", "skipped"].map(|outcome| names(&report, outcome));
    assert_eq!((created.len() + skipped.len(), broken.len()), (COUNT - 1, 1), "{failed}");
    assert!(!created.is_empty() && !skipped.is_empty(), "{failed}");
    let broken_one = report["functions"]
        .as_array()
        .expect("functions")
        .iter()
        .find(|f| f["outcome"] == "failed")
        .expect("one");
    assert_eq!(broken_one["error"]["causes"][0], "InvalidParameterValueException: no");
    assert!(failed.stderr.contains(&format!("error: `{}`: failed to create lambda", broken[0])), "{failed}");

    let (mended, sent) = stage.report(&["deploy"], 0);
    assert_eq!(names(&mended, "unchanged"), created);
    assert_eq!(names(&mended, "created").len(), COUNT - created.len());
    assert_eq!(sent.count("CreateFunction"), COUNT - created.len());

    let (unchanged, sent) = stage.report(&["deploy"], 0);
    assert_eq!(unchanged["result"], "unchanged");
    assert!(sent.lambda() <= 2 * COUNT && sent.writes().is_empty(), "{:?}", sent.operations);
}
