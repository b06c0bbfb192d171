//! The runner itself: that it does with a workflow's jobs what GitHub does.

use fs_err as fs;
use serde_json::{Value, json};

use crate::runner::Job;
use crate::steps::sample;
use crate::support::run::git;

#[test]
fn jobs_hand_on_outputs_and_artifacts() {
    let job = Job::workflow(&sample("jobs.yml"));
    let repository = job.path("repository");
    fs::create_dir_all(&repository).expect("it can be made");
    fs::write(repository.join("file.txt"), "hello").expect("it can be written");
    for words in ["init", "add --all", "commit --message=x"] {
        let output = git(&repository).args(words.split(' ')).output().expect("git starts");
        assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let done = job
        .set("checkout", repository.as_str())
        .set("actions", json!({ "octo/speaks": sample("speaks.yml") }))
        .set("oidc", json!({ "url": "http://127.0.0.1:1/token", "token": "canary" }))
        .run()
        .concluded("success");
    let jobs = &done.result["jobs"];
    let matrices: Vec<_> = legs(&jobs["each"]).iter().map(|leg| leg["matrix"].clone()).collect();
    assert_eq!(json!(matrices), json!([{ "name": "a" }, { "name": "b", "more": "x" }, { "name": "c" }]));
    assert_eq!(jobs["last"]["outputs"]["all"], "Hello, a. Hello, bx. Hello, c. ");
    assert_eq!(jobs["never"]["conclusion"], "skipped");
    assert_eq!(jobs["each"]["legs"][0]["environment"], "staging");
    assert_eq!(jobs["each"]["legs"][0]["summary"], "## Greeted\n");
}

fn legs(job: &Value) -> &[Value] {
    job["legs"].as_array().expect("legs")
}
