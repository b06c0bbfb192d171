//! A version with nothing wrong gets everything, and nobody notices.

use std::time::Instant;

use serde_json::{Value, json};

use crate::stage::{Stage, alone, split, workspace};
use crate::support::stage::json as document;
use crate::support::wait_until;

const FIRST: &str = "[function]\nvariables = { DELAY = \"30\" }\n";
/// Durations are another test's: a machine with more to do lengthens them as it likes.
const SECOND: &str = "[function]\nvariables = { DELAY = \"30\", MORE = \"x\" }\n\
                      rollout = { steps = [\"20%\", \"60%\"], bake = \"5s\", patience = \"5m\", \
                      max-p95-growth = false }\n";

/// So many calls that both versions answer some of them.
const ENOUGH: usize = 100;

/// When `hello`'s alias was seen to be as the first of `states`, and when for the last time. Nothing on a machine with so much
/// to do that only a later one was seen.
fn span(stage: &Stage<'_>, states: &[Value]) -> Option<(Instant, Instant)> {
    let mut span = None;
    wait_until("the end of a step", || {
        let (asked, found) = (Instant::now(), stage.alias("hello"));
        if found == states[0] {
            span = Some((span.map_or_else(Instant::now, |(begun, _)| begun), asked));
        }
        states[1..].contains(&found).then_some(())
    });
    span.filter(|(begun, ended)| begun < ended)
}

#[test]
fn a_good_version_gets_everything_and_no_caller_sees_a_failure() {
    let fixture = workspace(&["hello"]);
    let stage = Stage::start(&fixture, FIRST);
    stage.configure(SECOND);
    let load = stage.load("hello", 80);
    let mut deploy = stage.run("deploy --offline --format json").start();
    deploy.wait_for("live 20 % to v2 (step 1 of 2)");
    let states = [split(1, 2, 0.2), split(1, 2, 0.6), alone(2)];
    let seen = [0, 1].map(|step| span(&stage, &states[step..]));
    let outcome = deploy.finish().exited(0);
    assert_eq!(stage.alias("hello"), alone(2), "{outcome}");
    load.goes_on(40);
    let calls = load.stop();

    assert_eq!(calls.failures(), 0);
    let report = document(&outcome);
    let hello = &report["functions"][0];
    assert_eq!((&report["result"], &hello["outcome"]), (&json!("changed"), &json!("updated")), "{outcome}");
    assert_eq!((&hello["rollout"]["end"], &hello["rollout"]["reason"]), (&json!("promoted"), &json!(null)));
    let steps = hello["rollout"]["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 2, "{outcome}");
    for (index, (step, percent)) in steps.iter().zip([20.0, 60.0]).enumerate() {
        assert_eq!((&step["percent"], &step["verdict"]), (&json!(percent), &json!("pass")), "{outcome}");
        let during = seen[index].map(|(begun, ended)| calls.between(begun, ended));
        if let Some(during) = during.filter(|during| during.count() >= ENOUGH) {
            during.assert_share(2, percent);
        }
        // The counts of a step are those of whole minutes.
        let counted = step["new"]["invocations"].as_u64().expect("a number");
        let all: u64 = calls.of(2).count().try_into().expect("few calls");
        assert!(counted >= 50 && counted <= all, "{counted} of {all}: {outcome}");
        assert_eq!((&step["new"]["errors"], &step["old"]["errors"]), (&json!(0), &json!(0)), "{outcome}");
    }
    stage.end();
}
