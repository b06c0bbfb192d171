//! The runner itself: that it does with an action what GitHub does.

use camino::Utf8PathBuf;
use serde_json::json;

use crate::runner::Job;
use crate::support::tests_folder;

/// One of the actions in `tests/action/samples/`.
pub(crate) fn sample(name: &str) -> Utf8PathBuf {
    tests_folder().join("action/samples").join(name)
}

#[test]
fn a_step_speaks_to_the_runner_and_the_next_one_hears_of_it() {
    let done = Job::action(&sample("speaks.yml")).with("loud", "true").run().concluded("success");
    assert_eq!(done.output("greeting"), "Hello, mona!");
    assert_eq!(done.step("greet")["outputs"]["lines"], "one=1\ntwo");
    assert_eq!(done.result["summary"], "## Greeted\n");
    assert_eq!(done.result["env"], json!({ "KEPT": "here" }));
    let heard = done.step("heard");
    let log: Vec<_> = heard["log"].as_str().expect("a log").lines().collect();
    assert_eq!(log[..2], ["found in the path", "kept here of 0000, token unset"]);
    assert!(log.contains(&"the password is ***, the token ***"), "{log:?}");
    assert!(heard["raw"].as_str().is_some_and(|raw| raw.contains("is hunter2")));
    assert_eq!(heard["outputs"], json!({ "injected": "yes" }), "a carriage return ends a line as well");
    assert_eq!(done.annotations("warning"), ["careful\nthere"]);
    let ends: Vec<_> = ["skipped", "forgiven", "folder"]
        .map(|id| (done.step(id)["outcome"].clone(), done.step(id)["conclusion"].clone()))
        .into();
    assert_eq!(json!(ends), json!([["skipped", "skipped"], ["failure", "success"], ["success", "success"]]));
}

#[test]
fn after_a_failure_only_those_run_that_ask_for_it() {
    let done = Job::action(&sample("fails.yml")).run().concluded("failure");
    assert_eq!(done.step("breaks")["exit"], 3);
    assert_eq!(done.step("after")["outcome"], "skipped");
    assert_eq!(done.step("excuse")["outcome"], "success");
    assert_eq!(done.step("report")["log"], "it was a failure");
    assert_eq!(done.step("report")["outcome"], "failure", "it left its outputs open");
    assert_eq!(
        done.annotations("error"),
        [
            "Process completed with exit code 3.",
            "Unable to process file command 'output' successfully. Invalid value. Matching delimiter not found 'END'"
        ]
    );
}

#[test]
fn a_summary_of_more_than_a_mebibyte_is_lost() {
    let step = "- shell: bash\n      run: head -c 1048577 /dev/zero | tr '\\0' x > \"$GITHUB_STEP_SUMMARY\"";
    let done = run_text(step).run().concluded("success");
    assert_eq!(done.result["summary"], "");
    assert!(done.annotations("error")[0].contains("1024k"), "{:#}", done.result);
}

#[test]
fn what_github_refuses_is_refused() {
    let cases = [
        ("- run: echo", "Required property is missing: shell"),
        ("- shell: bash\n      run: echo\n      timeout-minutes: 1", "Unexpected value 'timeout-minutes'"),
        ("- shell: bash\n      run: echo ${{ secrets.KEY }}", "Unrecognized named-value: 'secrets'"),
        ("- shell: bash\n      run: echo ${{ vars.KEY }}", "Unrecognized named-value: 'vars'"),
        ("- shell: bash\n      run: echo\n      if: needs.x.result", "Unrecognized named-value: 'needs'"),
        ("- shell: bash\n      run: echo ${{ inputs.x || }}", "Unexpected end of expression"),
    ];
    for (step, expected) in cases {
        let said = run_text(step).refused();
        assert!(said.contains(expected), "{step}\n{said}");
    }
}

/// An action that is one step.
fn run_text(step: &str) -> Job {
    Job::of_action(&format!(
        "name: One\ndescription: One step.\nruns:\n  using: composite\n  steps:\n    {step}\n"
    ))
}
