//! Looking after a rollout: what it does is shown while it bakes, and it needs nobody who stays.

use serde_json::json;

use crate::stage::{Stage, alone, split, workspace};
use crate::support::stage::json as document;
use crate::support::wait_until;

#[test]
fn a_rollout_that_bakes_is_shown_and_an_interrupt_takes_it_back() {
    let fixture = workspace(&["hello"]);
    let stage = Stage::start(&fixture, "");
    stage.configure(
        "[function]\nvariables = { MORE = \"x\" }\n\
         rollout = { steps = [\"25%\", \"50%\"], bake = \"10m\", max-p95-growth = false }\n",
    );
    let nothing = stage.run("rollout status").output().exited(0);
    assert_eq!(nothing.stdout, "nothing is being rolled out\n");
    let load = stage.load("hello", 60);
    let mut deploy = stage.run("deploy --offline").start();
    deploy.wait_for("live 25 % to v2 (step 1 of 2)");
    let row = wait_until("calls of the new version", || {
        let status = document(&stage.run("rollout status --format json").output().exited(0));
        status[0]["new_health"]["invocations"].as_u64().filter(|calls| *calls > 0)?;
        Some(status[0].clone())
    });
    let expected = json!({
        "function": "hello", "lambda": "hello-local", "alias": "live", "old": 1, "new": 2, "percent": 25.0, "step": 1,
        "steps": 2, "verdict": "baking", "state": "driven", "note": null, "seconds_left": row["seconds_left"],
        "old_health": row["old_health"], "new_health": row["new_health"],
    });
    assert_eq!(row, expected);
    assert!((1..=600).contains(&row["seconds_left"].as_u64().expect("a number")), "{row}");
    assert_eq!((&row["old_health"]["errors"], &row["new_health"]["errors"]), (&json!(0), &json!(0)));
    assert!(row["old_health"]["invocations"].as_u64() > Some(0), "{row}");

    let human = stage.run("rollout status").output().exited(0);
    let cells: Vec<_> = human.stdout.lines().nth(1).expect("a row").split_whitespace().collect();
    assert_eq!(cells[..7], ["hello", "live", "1", "2", "25", "%", "1/2"], "{human}");
    assert_eq!(cells.last(), Some(&"baking"), "{human}");

    deploy.interrupt();
    let outcome = deploy.finish().exited(1);
    assert!(outcome.stderr.contains("Rolled back hello live v2 -> v1\n"), "{outcome}");
    assert_eq!(stage.alias("hello"), alone(1));
    assert_eq!(load.stop().failures(), 0);
    stage.end();
}

#[test]
fn ticks_bring_a_detached_rollout_to_its_end() {
    let fixture = workspace(&["hello"]);
    let stage = Stage::start(&fixture, "");
    let config = |bake| {
        format!(
            "[function]\nvariables = {{ MORE = \"x\" }}\n\
             rollout = {{ steps = [\"50%\", \"75%\"], bake = \"{bake}\", patience = \"5m\", \
             max-p95-growth = false }}\n"
        )
    };
    stage.configure(&config("10m"));
    let load = stage.load("hello", 60);
    let before = stage.count("UpdateAlias");
    let (outcome, report) = stage.report("deploy --offline --detach", 0);
    let hello = &report["functions"][0];
    assert_eq!(
        (&hello["rollout"]["end"], stage.alias("hello")),
        (&json!("under-way"), split(1, 2, 0.5)),
        "{outcome}"
    );
    // It bakes still, however slow this test is.
    let bakes = || stage.ask("GET /2015-03-31/functions/hello-local/aliases/live", "")["RevisionId"].clone();
    let revision = bakes();
    let (outcome, report) = stage.report("rollout tick", 0);
    assert_eq!(report["functions"][0]["rollout"]["steps"][0]["verdict"], "baking", "{outcome}");
    assert_eq!(
        (stage.count("UpdateAlias"), bakes()),
        (before + 1, revision),
        "a tick too early writes nothing"
    );

    // The same again, with a step that ends.
    stage.report("rollout abort", 0);
    stage.configure(&config("1s"));
    let before = stage.count("UpdateAlias");
    stage.report("deploy --offline --detach", 0);
    assert_eq!(stage.alias("hello"), split(1, 2, 0.5));
    let last = wait_until("the end", || {
        let (_, report) = stage.report("rollout tick", 0);
        (report["functions"][0]["rollout"]["end"] == "promoted").then_some(report)
    });
    assert_eq!(last["functions"][0]["version"], json!({ "from": 1, "to": 2 }));
    assert_eq!((stage.alias("hello"), load.stop().failures()), (alone(2), 0));
    let (outcome, report) = stage.report("rollout tick", 0);
    assert_eq!(
        (&report["result"], &report["functions"][0]["outcome"]),
        (&json!("unchanged"), &json!("unchanged")),
        "{outcome}"
    );
    assert_eq!(stage.count("UpdateAlias"), before + 3, "one for each step and one for the end");
    stage.end();
}
