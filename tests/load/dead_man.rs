//! The dead-man switch: a rollout whose driver died ends without anybody.

use jiff::{Timestamp, ToSpan};
use serde_json::json;

use crate::stage::{Stage, alone, split, workspace};
use crate::support::wait_until;

fn configure(stage: &Stage<'_>, bake: &str) {
    stage.configure(&format!(
        "[function]\nvariables = {{ MORE = \"x\" }}\n\
         rollout = {{ steps = [\"25%\", \"50%\"], bake = \"{bake}\", quiet = \"promote\", dead-man = true }}\n"
    ));
}

fn schedules(stage: &Stage<'_>) -> usize {
    stage.ask("GET /schedules", "")["Schedules"].as_array().expect("a list").len()
}

#[test]
fn the_switch_takes_the_alias_back_when_nobody_comes() {
    let fixture = workspace(&["hello"]);
    let stage = Stage::start(&fixture, "");
    configure(&stage, "50s");
    let mut deploy = stage.run("deploy --offline").start();
    deploy.wait_for("live 25 % to v2 (step 1 of 2)");
    stage.comes_to("hello", &split(1, 2, 0.25));
    // It is armed before the first shift, and anew for the revision after it.
    wait_until("the switch", || is_armed(&stage).then_some(()));
    deploy.kill();
    assert_eq!(schedules(&stage), 1);

    let now = Timestamp::now();
    for (minutes, expected) in [(5, split(1, 2, 0.25)), (8, alone(1))] {
        let now = now.checked_add(minutes.minutes()).expect("a time");
        stage.ask("POST /_lambdaship/schedules", &json!({ "now": now }).to_string());
        assert_eq!(stage.alias("hello"), expected, "{minutes} minutes later");
    }
    assert_eq!(schedules(&stage), 0, "it is gone with the call");
    let calls = stage.ask("GET /_lambdaship/schedules", "");
    assert_eq!((calls.as_array().map(Vec::len), &calls[0]["error"]), (Some(1), &json!(null)), "{calls}");
    let history = stage.run("history").output().exited(0);
    assert!(history.stdout.contains("rolled back"), "{history}");

    configure(&stage, "1s");
    let (outcome, _) = stage.deploy(0);
    assert_eq!((stage.alias("hello"), schedules(&stage)), (alone(2), 0), "nothing is left: {outcome}");
    stage.end();
}

/// Whether the schedule's call is one that the alias would take as it is.
fn is_armed(stage: &Stage<'_>) -> bool {
    let alias = stage.ask("GET /2015-03-31/functions/hello-local/aliases/live", "");
    let revision = alias["RevisionId"].as_str().expect("a revision");
    let schedule = stage.ask("GET /schedules/lambdaship-hello-local.live", "");
    schedule["Target"]["Input"].as_str().is_some_and(|input| input.contains(revision))
}
