//! A version that is worse than the one before is taken back, and its failures are all that callers saw.

use std::time::Instant;

use serde_json::{Value, json};

use crate::stage::{Stage, alone, workspace};
use crate::support::run::Outcome;
use crate::support::stage::json as document;

/// Fails the test unless `report` tells of a rollout of version 2 that ended at its first step with exit code 5, for a
/// reason with these words, which `outcome` says too.
fn assert_rolled_back(outcome: &Outcome, function: &Value, words: &[&str]) {
    assert_eq!((&function["outcome"], &function["error"]["exit"]), (&json!("rolled-back"), &json!(5)));
    assert_eq!(function["version"], json!({ "from": 1, "to": 1 }), "{outcome}");
    let rollout = &function["rollout"];
    assert_eq!(
        (&rollout["old"], &rollout["new"], &rollout["end"]),
        (&json!(1), &json!(2), &json!("rolled-back"))
    );
    let steps = rollout["steps"].as_array().expect("steps");
    assert_eq!((steps.len(), &steps[0]["verdict"]), (1, &json!("fail")), "{outcome}");
    let reason = rollout["reason"].as_str().expect("a reason");
    assert!(words.iter().all(|word| reason.contains(word)), "{reason}");
    assert_eq!(steps[0]["findings"], json!([reason]), "{outcome}");
    let name = function["function"].as_str().expect("a name");
    let said = format!("version 2 of lambda `{name}-local` was rolled back: {reason}");
    assert!(outcome.stderr.contains(&said), "{outcome}");
    assert!(outcome.stderr.contains(&format!(" Rolled back {name} live v2 -> v1\n")), "{outcome}");
}

#[test]
fn a_version_that_fails_a_fifth_of_its_calls_is_rolled_back_at_the_first_weight() {
    let fixture = workspace(&["hello"]);
    let stage = Stage::start(&fixture, "");
    stage.configure(
        "[function]\nvariables = { FAIL = \"20\" }\n\
         rollout = { steps = [\"30%\", \"60%\"], bake = \"100s\", max-p95-growth = false }\n",
    );
    let load = stage.load("hello", 80);
    let mut deploy = stage.run("deploy --offline --format json").start();
    deploy.wait_for("live 30 % to v2 (step 1 of 2)");
    let begun = Instant::now();
    let outcome = deploy.finish().exited(5);
    let ended = Instant::now();
    assert_eq!(stage.alias("hello"), alone(1), "{outcome}");
    load.goes_on(80);
    let calls = load.stop();

    let report = document(&outcome);
    assert_eq!(report["result"], "rolled-back", "{outcome}");
    assert_rolled_back(
        &outcome,
        &report["functions"][0],
        &[" calls failed (", " against 0 of ", " (0 %) of the old version"],
    );
    assert!((ended - begun).as_secs() < 100, "a clear failure is not waited for: {outcome}");
    let (old, new) = (calls.of(1), calls.of(2));
    assert_eq!(old.failures(), 0, "of the old version");
    assert!(new.failures() > 0, "of the new version");
    assert!(new.failures() * 3 < new.count(), "{} of {} failed", new.failures(), new.count());
    calls.between(begun, ended).while_shared(2).assert_share(2, 30.0);
    let failed = calls.between(begun, ended);
    assert!(
        failed.failures() * 100 <= failed.count() * 30,
        "more callers saw failures than the weight's share: {} of {}",
        failed.failures(),
        failed.count()
    );
    assert_eq!(calls.between(ended, Instant::now()).of(2).count(), 0, "nobody is led to it any more");
    stage.end();
}

#[test]
fn a_version_that_is_slower_is_caught_by_its_p95() {
    let fixture = workspace(&["hello"]);
    // So much slower that a machine with more to do does not hide the difference.
    let stage = Stage::start(&fixture, "[function]\nvariables = { DELAY = \"500\" }\n");
    stage.configure(
        "[function]\nvariables = { DELAY = \"1500\" }\n\
         rollout = { steps = [\"50%\"], bake = \"60s\", patience = \"5m\", max-p95-growth = \"20%\" }\n",
    );
    let load = stage.load("hello", 24);
    let (outcome, report) = stage.deploy(5);
    assert_eq!(stage.alias("hello"), alone(1), "{outcome}");
    assert_eq!(load.stop().failures(), 0);
    let words = ["the p95 of the duration is ", " ms against ", "at most 20 % more may be"];
    assert_rolled_back(&outcome, &report["functions"][0], &words);
    let step = &report["functions"][0]["rollout"]["steps"][0];
    let [old, new] = [("old", 500.0), ("new", 1500.0)].map(|(version, least)| {
        let counts = &step[version];
        assert!(counts["invocations"].as_u64() >= Some(100), "{outcome}");
        let p95 = counts["p95"].as_f64().expect("a p95");
        assert!(p95 >= least * 0.99, "{outcome}");
        p95
    });
    assert!(new > old * 1.2, "{outcome}");
    stage.end();
}

#[test]
fn one_function_ends_new_and_the_other_old_side_by_side() {
    let fixture = workspace(&["hello", "worker"]);
    let stage = Stage::start(&fixture, "");
    stage.configure(
        "[function]\nrollout = { steps = [\"50%\"], bake = \"4s\", patience = \"5m\", max-p95-growth = false }\n\n\
         [functions.hello]\nvariables = { MORE = \"x\" }\n\n[functions.worker]\nvariables = { FAIL = \"30\" }\n",
    );
    let (to_hello, to_worker) = (stage.load("hello", 40), stage.load("worker", 40));
    let (outcome, report) = stage.deploy(5);
    assert_eq!((stage.alias("hello"), stage.alias("worker")), (alone(2), alone(1)), "{outcome}");
    assert_eq!(to_hello.stop().failures(), 0);
    let worker = to_worker.stop();
    assert_eq!((worker.of(1).failures(), worker.of(2).failures() > 0), (0, true));

    assert_eq!(report["result"], "rolled-back", "{outcome}");
    let functions = report["functions"].as_array().expect("functions");
    let of = |name: &str| functions.iter().find(|function| function["function"] == name).expect("its report");
    assert_eq!(
        (&of("hello")["outcome"], &of("hello")["rollout"]["end"]),
        (&json!("updated"), &json!("promoted"))
    );
    assert_rolled_back(&outcome, of("worker"), &[" calls failed ("]);
    stage.end();
}
