//! An alarm that goes red ends a rollout; one that was red before does not.

use serde_json::json;

use crate::stage::{Stage, alone, workspace};

/// An alarm on a metric without values, which so stays as it is set.
fn put(stage: &Stage<'_>, name: &str) {
    stage.cloudwatch(
        "PutMetricAlarm",
        &json!({
            "AlarmName": name, "Namespace": "Shop", "MetricName": name, "Statistic": "Sum", "Period": 60,
            "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
        }),
    );
}

fn turn_red(stage: &Stage<'_>, name: &str) {
    stage.cloudwatch(
        "SetAlarmState",
        &json!({ "AlarmName": name, "StateValue": "ALARM", "StateReason": "a test" }),
    );
}

fn configure(stage: &Stage<'_>, version: u8, bake: &str) {
    stage.configure(&format!(
        "[function]\nvariables = {{ NUMBER = \"{version}\" }}\n\
         rollout = {{ steps = [\"50%\"], bake = \"{bake}\", quiet = \"promote\", alarms = [\"orders\", \"stock\"] }}\n"
    ));
}

#[test]
fn only_an_alarm_that_goes_red_meanwhile_ends_it() {
    let fixture = workspace(&["hello"]);
    let stage = Stage::start(&fixture, "");
    put(&stage, "orders");
    put(&stage, "stock");
    turn_red(&stage, "orders");
    configure(&stage, 2, "1s");
    let (outcome, report) = stage.deploy(0);
    let said = "warning: alarm `orders` is red already: it does not stop the rollout of hello\n";
    assert!(outcome.stderr.contains(said), "{outcome}");
    let step = &report["functions"][0]["rollout"]["steps"][0];
    assert_eq!(step["findings"], json!(["alarm `orders` was red before, and still is"]), "{outcome}");
    assert_eq!(stage.alias("hello"), alone(2));

    configure(&stage, 3, "100s");
    let mut deploy = stage.run("deploy --offline").start();
    deploy.wait_for("live 50 % to v3 (step 1 of 1)");
    turn_red(&stage, "stock");
    let outcome = deploy.finish().exited(5);
    assert!(outcome.stderr.contains("was rolled back: alarm `stock` went red\n"), "{outcome}");
    assert!(outcome.stdout.contains("alarm `orders` was red before"), "{outcome}");
    assert_eq!(stage.alias("hello"), alone(2));
    stage.end();
}
