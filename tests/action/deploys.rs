//! What the action does for a push to `main`: gates, a deploy, Deployments, and outputs for what comes next.

use serde_json::json;

use crate::counter::{Calls, Counter, GOOD, Way};
use crate::pull_requests::document;
use crate::runner::{Done, Job};
use crate::shop::Shop;

/// Fails three times out of four.
const BAD: Calls = Calls { count: 200, failed: 150, milliseconds: 100 };
const ROLLOUT: &str = "rollout = { steps = [\"10%\", \"50%\"], bake = \"1s\", patience = \"50s\" }";

fn deploy(shop: &Shop, environment: &str) -> Job {
    shop.job("deploy").with("environment", environment).with("deployments", "on")
}

/// A rollout in which the new version does `calls`.
fn roll_out(shop: &Shop, environment: &str, calls: Calls) -> Done {
    let counter = Counter { cloudwatch: shop.service("monitoring"), way: Way::Samples };
    let running = deploy(shop, environment).start();
    let next = shop.shares(environment);
    let lambda = format!("hello-{environment}");
    counter.count(&lambda, next - 1, Calls { count: 1000, ..GOOD });
    counter.count(&lambda, next, calls);
    running.finish()
}

#[test]
fn a_bad_version_gets_to_staging_and_is_taken_back_in_production() {
    let shop = Shop::open();
    shop.configure(&format!("memory = 128\n{ROLLOUT}"));
    shop.commit();
    for environment in ["staging", "production"] {
        let done = deploy(&shop, environment).run().concluded("success");
        assert_eq!((done.output("result"), done.output("changed")), ("changed", "true"));
        assert_eq!(shop.serves(environment), (1, None));
    }

    shop.configure(&format!("memory = 256\n{ROLLOUT}"));
    let commit = shop.commit();
    let good = roll_out(&shop, "staging", GOOD).concluded("success");
    assert_eq!((good.output("result"), good.output("rolled-back")), ("changed", "false"));
    assert_eq!(shop.serves("staging"), (2, None));

    let bad = roll_out(&shop, "production", BAD).concluded("failure");
    assert_eq!(shop.serves("production"), (1, None));
    let said = ["result", "failure-reason", "rolled-back"].map(|name| bad.output(name));
    assert_eq!(said, ["rolled-back", "rolled-back", "true"]);
    assert_eq!(bad.step("run")["exit"], 5);
    assert_eq!(bad.step("report")["outcome"], "success", "{:#}", bad.step("report"));
    let summary = bad.result["summary"].as_str().expect("a summary").to_lowercase();
    assert!(summary.contains("rolled back") && summary.contains("hello"), "{summary}");
    assert!(!bad.annotations("error").is_empty(), "{:#}", bad.result);
    assert_eq!(document(&bad)["head"], commit);
    let states = |environment: &str| {
        let all = shop.hub.deployments().into_iter();
        all.filter(|(name, _)| name == environment)
            .filter_map(|(_, states)| states.last().cloned())
            .collect::<Vec<_>>()
    };
    assert_eq!(states("production").last().map(String::as_str), Some("failure"), "{:#}", shop.hub.all());
    assert_eq!(states("staging").last().map(String::as_str), Some("success"), "{:#}", shop.hub.all());
    shop.hub.assert_valid();
}

#[test]
fn a_gate_that_does_not_pass_keeps_everything_where_it_is() {
    let shop = Shop::open();
    shop.configure_with("", "[gates.custom.never]\ncommand = [\"false\"]");
    shop.commit();
    let done = deploy(&shop, "staging").with("gates", "never").run().concluded("failure");
    assert_eq!((done.output("result"), done.output("failure-reason")), ("failed", "gates"));
    assert_eq!(shop.writes(), Vec::<String>::new());
    assert_eq!(done.result["annotations"][0]["title"], "never", "{:#}", done.result);
    assert_ne!(done.step("run")["exit"], json!(0));
    assert!(done.result["summary"].as_str().is_some_and(|summary| summary.contains("never")));
}

#[test]
fn a_cancel_in_the_middle_of_a_rollout_takes_it_back() {
    let rollout = "rollout = { steps = [\"10%\", \"50%\"], bake = \"5m\" }";
    let shop = Shop::open();
    shop.configure(&format!("memory = 128\n{rollout}"));
    shop.commit();
    deploy(&shop, "production").run().concluded("success");
    shop.configure(&format!("memory = 256\n{rollout}"));
    shop.commit();
    let running = deploy(&shop, "production").start();
    shop.shares("production");
    running.cancel();
    let done = running.finish().concluded("cancelled");
    assert_eq!(shop.serves("production"), (1, None), "{:#}", done.result);
    assert_eq!(done.step("run")["outcome"], "cancelled");
    assert_eq!(done.step("report")["outcome"], "success");
    let raw = &done.step("run")["raw"];
    assert_ne!(done.step("run")["exit"], json!(null), "it ended by itself: {raw}");
    assert_eq!(done.output("result"), "cancelled");
    let summary = done.result["summary"].as_str().expect("a summary");
    assert!(summary.contains("hello"), "{summary}");
}
