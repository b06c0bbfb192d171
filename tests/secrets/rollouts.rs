//! A value is not heard while an alias moves in steps, and nothing that AWS keeps of it holds one.

use super::{CANARY, echo, search_files, search_output, stage};
use crate::support::Service;
use crate::support::stage::{Stage, for_this_machine};

/// A rollout that nobody calls, of versions whose answers, logs and smoke events hold values. `right` is what the answer
/// has to hold.
fn configuration(which: &str, right: &str) -> String {
    let events = ["FILED", "PARAMETER", "SECRET"].map(|variable| {
        format!(
            r#"{{ name = "{variable}", event = {{ name = "canary {which} file", variable = "{variable}" }}, expect = {{ json = {{ "/message" = "{right}" }} }} }}"#
        )
    });
    format!(
        "{}rollout = {{ steps = [\"10%\"], bake = \"0s\", patience = \"0s\", quiet = \"promote\", dead-man = true }}\n\
         variables = {{ LITERAL = 'canary \"{which}\" literal', PARAMETER = \"ssm:/acme/{which}\", SECRET = \"secret:acme/{which}\" }}\n\
         env-file = \"{which}.env\"\nsmoke = [{}]\n\n[env.staging]\n",
        for_this_machine().trim_end().to_owned() + "\n",
        events.join(", ")
    )
}

#[test]
fn a_value_is_not_heard_during_a_rollout() {
    let stage = stage();
    let heard = |arguments: &[&str], code| {
        search_output(&stage, &[arguments, &["--env", "staging"]].concat(), code);
    };
    stage.fixture.configure(&configuration("first", "hello canary first file"));
    heard(&["deploy"], 0);

    stage.fixture.configure(&configuration("second", "goodbye"));
    heard(&["deploy"], 5);
    heard(&["verify", "--smoke"], 4);

    stage.fixture.configure(&configuration("second", "hello canary second file"));
    stage.proxy.fault_always("UpdateAlias", &echo("second"));
    heard(&["deploy"], 1);
    stage.proxy.reset();
    stage.proxy.fault_always("Invoke", &echo("second"));
    heard(&["deploy"], 1);
    stage.proxy.reset();
    stage.proxy.fault_always("CreateSchedule", &echo("second"));
    heard(&["deploy"], 1);
    stage.proxy.reset();

    stage.run(&["deploy", "--env", "staging", "--detach"]).output().exited(0);
    search_cloud(&stage);
    heard(&["rollout", "status"], 0);
    heard(&["status"], 0);
    heard(&["history"], 0);
    heard(&["rollout", "abort"], 0);
    heard(&["deploy"], 0);
    search_cloud(&stage);
    search_files(&stage);
}

/// Fails the test when a value is in what AWS shows of a rollout to those who may not read variables.
fn search_cloud(stage: &Stage) {
    let service = |name| Service { port: stage.proxy.port(), account: stage.account.clone(), name };
    let (lambda, scheduler) = (service("lambda"), service("scheduler"));
    let function = "/2015-03-31/functions/hello-staging";
    let mut shown = vec![lambda.read(&format!("{function}/aliases"))];
    let versions = lambda.read(&format!("{function}/versions"));
    shown.extend(
        versions["Versions"].as_array().expect("a list").iter().map(|one| one["Description"].clone()),
    );
    let all = scheduler.read("/schedules");
    let names = all["Schedules"].as_array().expect("a list").iter();
    shown.extend(
        names
            .filter_map(|one| one["Name"].as_str())
            .map(|name| scheduler.read(&format!("/schedules/{name}"))),
    );
    let text = serde_json::to_string(&shown).expect("JSON");
    assert!(text.contains("lambdaship/1") && !text.contains(CANARY), "{text}");
}
