//! Silence is no health: what becomes of a step without calls is what the configuration says.

use serde_json::{Value, json};

use crate::stage::{Stage, alone, split, workspace};
use crate::support::{Fixture, wait_until};

/// A version of its own, that is watched for two seconds; without calls `quiet` decides. How long calls take is another test's
/// matter: a machine with more to do lengthens them as it likes.
fn silent(version: u8, quiet: &str) -> String {
    format!(
        "[function]\nvariables = {{ NUMBER = \"{version}\" }}\n\
         rollout = {{ steps = [\"50%\"], bake = \"1s\", patience = \"1s\", quiet = \"{quiet}\", \
         max-p95-growth = false }}\n"
    )
}

fn rollout(report: &Value) -> [&Value; 3] {
    let rollout = &report["functions"][0]["rollout"];
    [&rollout["end"], &rollout["reason"], &rollout["steps"][0]["verdict"]]
}

#[test]
fn silence_promotes_or_rolls_back() {
    let fixture = workspace(&["hello"]);
    let stage = Stage::start(&fixture, "");
    stage.configure(&silent(2, "promote"));
    let (outcome, report) = stage.deploy(0);
    assert_eq!(rollout(&report), [&json!("promoted"), &json!(null), &json!("too-quiet")], "{outcome}");
    assert_eq!(stage.alias("hello"), alone(2));

    stage.configure(&silent(3, "rollback"));
    let (outcome, report) = stage.deploy(5);
    let reason = json!("too few invocations to judge it");
    assert_eq!(rollout(&report), [&json!("rolled-back"), &reason, &json!("too-quiet")], "{outcome}");
    assert_eq!(stage.alias("hello"), alone(2));
    stage.end();
}

#[test]
fn silence_holds_until_somebody_ends_it() {
    let fixture = workspace(&["hello"]);
    let stage = Stage::start(&fixture, "");
    stage.configure(&silent(2, "hold"));
    let (outcome, report) = stage.deploy(6);
    let reason = json!("too few invocations to judge it");
    assert_eq!(rollout(&report), [&json!("held"), &reason, &json!("too-quiet")], "{outcome}");
    let said = "error: `hello`: alias `live` of lambda `hello-local` is held at 50 % of version 2: \
                too few invocations to judge it\nhint: `cargo lambdaship rollout promote --env local -f hello` ";
    assert!(outcome.stderr.contains(said), "{outcome}");
    assert_eq!(stage.alias("hello"), split(1, 2, 0.5), "it is left as it is");
    // The server says whole seconds: by its clock the patience may last a moment longer.
    let (status, row) = wait_until("a row that is held", || {
        let status = stage.run("rollout status").output().exited(0);
        let row = status.stdout.lines().nth(1).expect("a row").to_owned();
        row.contains("  held  ").then_some((status, row))
    });
    assert!(row.ends_with("  too few invocations to judge it"), "{status}");
    assert!(
        status.stderr.starts_with("hint: `cargo lambdaship rollout promote -f hello --env local` "),
        "{status}"
    );

    let (outcome, report) = stage.report("rollout abort", 0);
    assert_eq!(rollout(&report)[0], &json!("rolled-back"), "{outcome}");
    assert_eq!(stage.alias("hello"), alone(1));

    // The same again, and then callers come after all.
    let (outcome, _) = stage.deploy(6);
    assert_eq!(stage.alias("hello"), split(1, 2, 0.5), "{outcome}");
    let load = stage.load("hello", 100);
    load.goes_on(250);
    assert_eq!(load.stop().failures(), 0);
    let (outcome, report) = stage.report("rollout resume", 0);
    assert_eq!(rollout(&report), [&json!("promoted"), &json!(null), &json!("pass")], "{outcome}");
    assert_eq!(stage.alias("hello"), alone(2));
    stage.end();
}

/// A workspace whose new version fails all calls from the moment that the file `broken` is there, and is asked for that when a
/// step has baked for so long.
fn asked(fixture: &Fixture, bake: &str) -> String {
    let broken = fixture.root().join("target/broken");
    format!(
        "[function]\nvariables = {{ BROKEN = \"{broken}\" }}\n\
         smoke = [{{ event = {{}}, expect = {{ json = {{ \"/message\" = \"done\" }} }} }}]\n\
         rollout = {{ steps = [\"50%\"], bake = \"{bake}\", patience = \"1s\" }}\n"
    )
}

#[test]
fn silence_asks_the_smoke_events() {
    let fixture = workspace(&["hello"]);
    let stage = Stage::start(&fixture, "");
    // Long enough for the file to be there before the step's end.
    stage.configure(&asked(&fixture, "8s"));
    let mut deploy = stage.run("deploy --offline").start();
    deploy.wait_for("live 50 % to v2 (step 1 of 1)");
    fixture.write("target/broken", "");
    let outcome = deploy.finish().exited(5);
    assert!(outcome.stderr.contains("version 2 of lambda `hello-local` was rolled back: "), "{outcome}");
    assert!(outcome.stderr.contains(" at a step with too few invocations"), "{outcome}");
    assert_eq!(stage.alias("hello"), alone(1));

    fs_err::remove_file(fixture.root().join("target/broken")).expect("it is there");
    stage.configure(&asked(&fixture, "1s"));
    let (outcome, report) = stage.deploy(0);
    assert_eq!(rollout(&report), [&json!("promoted"), &json!(null), &json!("smoke-passed")], "{outcome}");
    assert_eq!(
        outcome.stderr.matches(" Testing hello v2: 1 smoke event\n").count(),
        2,
        "before and in it: {outcome}"
    );
    assert_eq!(stage.alias("hello"), alone(2));

    stage.configure(&silent(3, "smoke"));
    let (outcome, report) = stage.deploy(6);
    let reason = json!("too few invocations to judge it, and there are no smoke events to ask it");
    assert_eq!(rollout(&report), [&json!("held"), &reason, &json!("too-quiet")], "{outcome}");
    assert_eq!(stage.alias("hello"), split(2, 3, 0.5));
    stage.end();
}
