//! The first line, and how jobs are put together.

use super::{run, runs};
use crate::model::Exit;
use crate::report::comment::render;
use crate::report::run::{JobResult, PruneSummary, RunReport};
use crate::report::{Failure, Outcome};

fn headline(runs: &[RunReport]) -> String {
    render(runs, None).lines().next().unwrap().trim_start_matches("### cargo lambdaship · ").to_owned()
}

#[test]
fn each_end_has_a_headline_of_its_own() {
    let table: [(&[&str], &str); 14] = [
        (&["unchanged"], "staging: no change in 3 functions"),
        (&["plan"], "staging: 1 to create, 1 to update, 1 to move, 2 unchanged"),
        (&["deployed"], "staging: 1 created, 1 updated, 1 moved, 2 unchanged"),
        (&["gates-failed"], "staging: not planned · gates failed: fmt, clippy, test, deny"),
        (&["rolled-back"], "staging: 1 created, 1 moved, 2 unchanged, 1 rolled back"),
        (&["nothing-reached"], "staging: plan failed"),
        (&["cancelled"], "staging: cancelled, 1 updated, 1 skipped"),
        (&["drift"], "production: 3 of 5 functions drifted"),
        (&["checked"], "4 gates passed"),
        (&["pruned"], "staging: 12 versions and 3 artifacts (1.8 MB) deleted"),
        (
            &["plan", "plan-production"],
            "staging: 1 to create, 1 to update, 1 to move, 2 unchanged · production: 1 to update, 1 unchanged",
        ),
        (&["checked", "unchanged"], "staging: no change in 3 functions"),
        (
            &["hostile"],
            "`` @octocat `#1` <b>| ``: 12 updated, 6 held, 6 failed · gates failed: ` fixes #1 `, \
            ` www.evil.example `, ` ![x](http://evil.example/x.png) `, ` <!-- --> `, \
            ` </details></td></table><script>alert(1)</script> `, and 1 more",
        ),
        (&[], "nothing was run"),
    ];
    for (names, expected) in table {
        assert_eq!(headline(&runs(names)), expected, "{names:?}");
    }
}

#[test]
fn what_is_pruned_is_told_by_kind() {
    for (versions, artifacts, records, deleted, expected) in [
        (0, 0, 0, true, "nothing to prune"),
        (0, 0, 1, true, "1 gate record deleted"),
        (0, 0, 40, false, "40 gate records to delete"),
        (2, 0, 40, true, "2 versions and 40 gate records deleted"),
        (2, 1, 40, true, "2 versions, 1 artifact (1 kB) and 40 gate records deleted"),
    ] {
        let pruned = PruneSummary { versions, artifacts, bytes: 1000, records, deleted };
        let all = [RunReport { pruned: Some(pruned), ..run("pruned") }];
        assert_eq!(headline(&all), format!("staging: {expected}"));
    }
}

#[test]
fn many_environments_are_counted() {
    let of = |env: &str, result| RunReport { environment: Some(env.to_owned()), result, ..run("plan") };
    let mut all = ["a", "b", "c"].map(|env| of(env, JobResult::Planned)).to_vec();
    all.push(RunReport { report: None, ..of("d", JobResult::Failed) });
    let expected = "4 environments: 3 to create, 3 to update, 3 to move, 6 unchanged, 1 environment failed";
    assert_eq!(headline(&all), expected);
}

#[test]
fn legs_of_a_matrix_are_one_section_and_the_last_word_counts() {
    let mut leg = run("plan");
    let functions = &mut leg.report.as_mut().unwrap().functions;
    functions.retain(|function| function.function == "checkout");
    functions[0].outcome = Outcome::Unchanged;
    let body = render(&[run("plan"), leg], None);
    assert!(
        body.starts_with("### cargo lambdaship · staging: 1 to create, 1 to move, 3 unchanged\n"),
        "{body}"
    );
    assert_eq!(body.matches("<code>checkout</code>").count(), 1, "{body}");
    assert!(!body.contains("environment"), "{body}");
}

#[test]
fn a_gate_that_failed_in_one_job_has_failed() {
    let body = render(&runs(&["gates-failed", "checked"]), None);
    assert!(body.contains("❌ clippy 12 s (1 error)"), "{body}");
    assert!(body.lines().next().unwrap().ends_with("gates failed: fmt, clippy, test, deny"), "{body}");
}

#[test]
fn a_failure_that_two_jobs_tell_is_told_once() {
    let body = render(&runs(&["nothing-reached", "nothing-reached"]), None);
    assert_eq!(body.matches("the role could not be assumed").count(), 1, "{body}");
    let mut other = run("nothing-reached");
    other.report.as_mut().unwrap().error = Some(Failure {
        message: "no such bucket".to_owned(),
        causes: Vec::new(),
        hint: None,
        exit: Exit::Failed,
    });
    let body = render(&[run("nothing-reached"), other], None);
    assert!(body.contains("no such bucket") && body.contains("AccessDenied"), "{body}");
}

#[test]
fn only_the_link_that_was_given_is_a_link() {
    let body = render(&runs(&["plan"]), Some("javascript:alert(1)"));
    assert!(!body.contains("href"), "{body}");
    let body = render(&runs(&["plan"]), Some("https://github.example/a/b/actions/runs/1\"><script>"));
    assert!(!body.contains("href"), "{body}");
    let body = render(&runs(&["plan"]), Some("https://github.example/a/b/actions/runs/1"));
    assert!(body.contains("<a href=\"https://github.example/a/b/actions/runs/1\">run</a>"), "{body}");
}
