//! What was approved is what production gets, or nothing: whatever becomes of the plan and of its digest on their way from one job
//! to the next.

use std::process::Command;

use camino::Utf8Path;
use cargo_lambdaship::model::CodeSha256;
use fs_err as fs;
use serde_json::{Value, json};

use crate::runner::Done;
use crate::shop::Shop;
use crate::templates::{run, shop, template};

/// What the artifact with the plan is called.
const ARTIFACT: &str = "lambdaship-plan-production";

/// What is done to the artifact on its way.
type Change<'a> = &'a dyn Fn(&Utf8Path);

/// Plans production; staging has been deployed.
fn plan(shop: &Shop) -> Done {
    let job = template(shop, "lambdaship-cd.yml").set("jobs", json!(["plan-production"]));
    let staging = json!({ "deploy-staging": { "result": "success", "outputs": {} } });
    run(shop, job.set("needs", staging)).concluded("success")
}

/// Deploys what was planned and approved, with this digest, after `change` was done to the artifact.
fn deploy(shop: &Shop, planned: &Done, hash: &str, change: impl Fn(&Utf8Path)) -> Done {
    let job = template(shop, "lambdaship-cd.yml").set("jobs", json!(["deploy-production"]));
    let artifacts = job.path("artifacts");
    let copied = Command::new("cp").arg("-R").arg(planned.job.path("artifacts")).arg(&artifacts).status();
    assert!(copied.expect("cp starts").success());
    change(&artifacts.join(ARTIFACT));
    let needs = json!({
        "plan-production": { "result": "success", "outputs": { "plan-hash": hash } },
        "approve-production": { "result": "success", "outputs": {} },
    });
    run(shop, job.set("needs", needs))
}

/// The last step of the only job.
fn last_step(done: &Done) -> &Value {
    let jobs = done.result["jobs"].as_object().expect("jobs");
    let steps = jobs.values().next().and_then(|job| job["legs"][0]["steps"].as_array());
    steps.and_then(|steps| steps.last()).expect("steps")
}

#[test]
fn a_plan_that_was_changed_on_its_way_is_not_deployed() {
    let shop = shop("true");
    let planned = plan(&shop);
    let hash = planned.result["jobs"]["plan-production"]["outputs"]["plan-hash"].as_str().expect("a digest");
    assert_eq!(hash.len(), 64, "{hash}");
    shop.proxy.reset();
    let edited = |folder: &Utf8Path, edit: &dyn Fn(String) -> String| {
        let path = folder.join("plan.json");
        let text = fs::read_to_string(&path).expect("the plan is there");
        let new = edit(text.clone());
        assert_ne!(new, text, "there was something to change");
        fs::write(path, new).expect("it can be written");
    };
    let other = "a".repeat(64);
    let was_reviewed = format!("and {hash} was reviewed");
    let never_was = format!("and {other} was reviewed");
    let same: Change<'_> = &|_| {};
    let cases: [(&str, &str, Change<'_>, &str, &str); 6] = [
        (
            "a rollout",
            hash,
            &|at| edited(at, &|text| text.replace("all-at-once", "none")),
            "plan",
            &was_reviewed,
        ),
        (
            "half of it",
            hash,
            &|at| edited(at, &|text| text[..text.len() / 2].to_owned()),
            "plan",
            &was_reviewed,
        ),
        ("a space", hash, &|at| edited(at, &|text| text + " "), "plan", &was_reviewed),
        ("another digest", &other, same, "plan", &never_was),
        ("no digest", "", same, "usage", "`plan-hash`"),
        (
            "no plan",
            hash,
            &|at| fs::remove_file(at.join("plan.json")).expect("it is there"),
            "plan",
            "plan.json",
        ),
    ];
    for (what, hash, change, reason, message) in cases {
        let done = deploy(&shop, &planned, hash, change).concluded("failure");
        let step = last_step(&done);
        assert_eq!(step["outcome"], "failure", "{what}: {step:#}");
        let ended = ["result", "failure-reason"].map(|name| step["outputs"][name].as_str());
        assert_eq!(ended, [Some("failed"), Some(reason)], "{what}: {step:#}");
        let errors = done.annotations("error");
        assert!(errors.iter().any(|error| error.contains(message)), "{what}: {errors:#?}");
        assert_eq!(shop.writes(), Vec::<String>::new(), "{what}");
        assert_eq!(shop.hub.deployments(), Vec::new(), "{what}");
    }
    // Other code beside the plan is not taken: what was approved is built once more.
    let forged = shop.fixture.zip("hello");
    let code = "hello/bootstrap.zip";
    deploy(&shop, &planned, hash, |folder| {
        assert!(folder.join(code).exists(), "it was handed on");
        fs::copy(&forged, folder.join(code)).expect("it can be replaced");
    })
    .concluded("success");
    assert_eq!(shop.serves("production"), (1, None));
    let approved = fs::read(planned.job.path("artifacts").join(ARTIFACT).join(code)).expect("it is there");
    assert_ne!(approved, fs::read(forged).expect("it is there"));
    let served = shop.lambda("hello-production/configuration")["CodeSha256"].clone();
    assert_eq!(served, json!(CodeSha256::of(&approved)));
}
