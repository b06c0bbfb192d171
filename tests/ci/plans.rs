//! A plan, and a deploy of it, in two jobs.

use serde_json::json;

use super::action::{Action, file};
use crate::support::stage::for_this_machine;
use crate::support::{Fixture, Local};

const ACCOUNT: &str = cargo_lambdaship::local::ACCOUNT;

#[test]
fn what_was_reviewed_is_deployed_and_nothing_else() {
    let (local, fixture) = (Local::settled(), Fixture::new(&["hello"]));
    fixture.configure(&format!("{}[env.staging]\n", for_this_machine()));
    let job = |command: &str| {
        let action =
            Action::new(&fixture, command).aws(local.endpoint(), "test").with("plan-file", "out/plan.json");
        action.with("allowed-account-ids", ACCOUNT)
    };
    let elsewhere =
        job("plan").with("environment", "staging").with("allowed-account-ids", "999999999999").done();
    assert_eq!(elsewhere.exited(1).ended(), ("failed", "wrong-account"));

    let plan = job("plan").with("environment", "staging").with("fail-on", "changes").done().exited(3);
    assert_eq!(plan.ended(), ("planned", "changes"));
    assert_eq!((plan.output("changed"), plan.output("changed-count")), ("true", "1"));
    assert_eq!(plan.output("plan-file"), file(&fixture, "out/plan.json").as_str());
    assert_eq!(plan.output("versions"), r#"{"hello":null}"#);
    let hash = plan.output("plan-hash").to_owned();

    let other = job("deploy").with("plan-hash", &"a".repeat(64)).done().exited(4);
    assert_eq!(other.ended(), ("failed", "plan"));
    let gone = job("deploy").with("plan-file", "nowhere.json").done().exited(2);
    assert_eq!(gone.ended(), ("failed", "plan"));

    let deploy = job("deploy").with("plan-hash", &hash).done().exited(0);
    assert_eq!(deploy.ended(), ("changed", ""));
    assert_eq!((deploy.output("versions"), deploy.output("rolled-back")), (r#"{"hello":1}"#, "false"));
    assert_eq!(deploy.document["environment"], "staging", "the plan says it");
    assert_eq!(deploy.document["report"]["functions"][0]["outcome"], "created");
    assert_eq!(deploy.document["run_url"], json!("https://github.com/acme/shop/actions/runs/42/attempts/1"));

    let again = job("deploy").with("plan-hash", &hash).done().exited(6);
    assert_eq!(again.ended(), ("failed", "plan"), "it was carried out");
    let free = job("deploy").with("plan-file", "nowhere.json").with("require-plan", "false");
    let free = free.with("environment", "staging").done().exited(0);
    assert_eq!(free.ended(), ("unchanged", ""));
    let part = job("deploy").with("plan-file", "").with("environment", "staging").with("shard", "2/2").done();
    assert_eq!(
        part.exited(0).ended(),
        ("unchanged", ""),
        "there is one function, which is in the first part"
    );
    let after = |command: &str| job(command).with("plan-file", "").with("environment", "staging");
    let prune = after("prune").with("keep", "1").done().exited(0);
    assert_eq!(prune.document["pruned"]["deleted"], false, "it shows only");
    assert!(prune.outcome.stdout.contains("WOULD DELETE"), "{}", prune.outcome);
    let drift = after("drift").done().exited(0);
    assert_eq!((drift.ended(), drift.output("drift")), (("unchanged", ""), "false"));
    assert!(drift.outcome.stdout.contains("hello-staging"), "{}", drift.outcome);
}
