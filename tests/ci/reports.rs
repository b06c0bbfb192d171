//! What GitHub is told of a job, by the step after it.

use serde_json::json;

use super::action::Action;
use crate::support::github::{Hub, JOB};
use crate::support::stage::for_this_machine;
use crate::support::{Fixture, Local};

const REPOSITORY: &str = "acme/shop";
const HEAD: &str = "f95f852bd8fca8fcc58a9a2d6c842781e32a215e";

#[test]
fn a_deployment_ends_whatever_else_github_and_the_runner_do_not_take() {
    let (local, fixture, hub) = (Local::settled(), Fixture::new(&["hello"]), Hub::bare());
    fixture.configure(&format!("{}[env.staging]\n", for_this_machine()));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let job = || {
        let job = Action::new(&fixture, "deploy").with("environment", "staging").with("comment", "off");
        let job =
            job.with("deployments", "on").with("github-token", JOB).env("GITHUB_API_URL", &hub.api_url());
        job.aws(local.endpoint(), "test").between(folder.path())
    };
    hub.fault("POST", "/repos/acme/shop/deployments/.*/statuses", "status:422");
    let step = job().done().exited(0);
    assert_eq!(step.ended(), ("changed", ""));
    let file = folder.path().join("run.json");
    assert_eq!(Some(step.output("report-file")), file.to_str());
    let ids: Vec<u64> = serde_json::from_str(step.output("deployment-ids")).expect("JSON");
    assert_eq!(ids.len(), 1, "{}", step.outcome);
    assert!(step.outcome.stderr.contains("GitHub does not show that the Deployment is under way"));

    // A folder is no summary.
    let summary = folder.path().to_str().expect("UTF-8");
    let report = job().env("GITHUB_STEP_SUMMARY", summary).reports().done().exited(0);
    assert!(report.outcome.stderr.contains("the job has no summary"), "{}", report.outcome);
    let statuses = hub.state(REPOSITORY)["statuses"][ids[0].to_string()].clone();
    let states: Vec<_> = statuses.as_array().into_iter().flatten().map(|status| &status["state"]).collect();
    assert_eq!(states, ["success"]);
}

#[test]
fn after_a_forks_run_nobody_says_which_pull_request_it_was() {
    let (fixture, hub) = (Fixture::new(&["hello"]), Hub::bare());
    for (number, head, head_repository) in
        [(7, "0".repeat(40).as_str(), REPOSITORY), (8, HEAD, "mallory/shop")]
    {
        let pull = json!({ "repository": REPOSITORY, "number": number, "head": head, "head_repository": head_repository });
        hub.control("pull", &pull);
    }
    let document = json!({
        "schema": "lambdaship.run/1", "command": "plan", "environment": "staging", "result": "failed", "failure_reason": "build",
        "message": "x", "head": null, "run_url": null, "seconds": 1.0, "gates": null, "report": null, "drift": null, "pruned": null,
    });
    fixture.write("lambdaship-results/run.json", &document.to_string());
    let ended = json!({ "id": 41, "run_attempt": 1, "head_sha": HEAD, "head_repository": { "full_name": "mallory/shop" } });
    let job =
        Action::new(&fixture, "comment").with("gates", "").with("pr-number", "7").with("github-token", JOB);
    let job = job.env("GITHUB_API_URL", &hub.api_url());
    let step = job.event("workflow_run", &json!({ "workflow_run": ended })).reports().done().exited(0);
    assert!(step.outcome.stderr.contains("the input `pr-number` is not read"), "{}", step.outcome);
    assert_eq!(hub.comments(REPOSITORY, 7), Vec::<String>::new());
    assert_eq!(hub.comments(REPOSITORY, 8).len(), 1, "{}", step.outcome);
}
