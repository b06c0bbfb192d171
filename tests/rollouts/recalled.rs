//! The dead-man switch is armed as long as a rollout is under way.

use serde_json::{Value, json};

use super::counter::{Calls, GOOD};
use super::scene::{STEPS, Scene};
use crate::support::wait_until;

pub(super) fn at_either_end(scene: &Scene) {
    let first = scene.serves();
    let failing = Calls { failed: 100, ..GOOD };
    for (memory, calls, code) in [(256, failing, 5), (512, GOOD, 0)] {
        assert_eq!(scene.schedules(), Vec::<Value>::new());
        scene.configure(memory, &format!("{STEPS}, dead-man = true"), "");
        let (run, next) = scene.begin();
        let input = wait_until("a schedule with the fence of the step", || {
            let input = scene.schedules().first()?["Target"]["Input"].clone();
            let input: Value = serde_json::from_str(input.as_str()?).expect("JSON");
            (input["RevisionId"] == scene.alias()["RevisionId"]).then_some(input)
        });
        assert_eq!(
            (&input["FunctionName"], &input["Name"], &input["FunctionVersion"], &input["RoutingConfig"]),
            (
                &json!(scene.name),
                &json!("live"),
                &json!(first.to_string()),
                &json!({ "AdditionalVersionWeights": {} })
            ),
        );
        scene.count(first, next, calls);
        scene.end(run, code);
        let sent = scene.stage.sent();
        let armed = sent.order().into_iter().position(|name| name == "scheduler.CreateSchedule");
        let moved = sent.order().into_iter().position(|name| name == "lambda.UpdateAlias");
        assert!(armed.is_some() && armed < moved, "armed before any traffic moves: {:?}", sent.order());
        assert_eq!(scene.schedules(), Vec::<Value>::new(), "it was disarmed");
        scene.assert_serves(if code == 0 { next } else { first });
    }
}
