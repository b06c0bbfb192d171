//! The workflow templates as GitHub runs them: all jobs, with what goes from one to the next. After each run, nothing secret is
//! where others could read it.

use camino::Utf8Path;
use fs_err as fs;
use serde_json::{Value, json};

use crate::canaries::{VALUE, assert_secret};
use crate::hub::OIDC_REQUEST_TOKEN;
use crate::runner::{Done, Job};
use crate::shop::Shop;
use crate::support::node::tools;
use crate::support::run::program;
use crate::support::tests_folder;

/// The toolchain and zig are there, and nothing is downloaded for a test. Python makes an environment whose pip does nothing.
const STUBS: [(&str, &str); 3] = [
    ("rustup", "exit 0"),
    (
        "python3",
        "[ \"$1 $2\" = '-m venv' ] || exec \"$PYTHON\" \"$@\"\n\
         mkdir -p \"$3/bin\"; printf '#!/bin/sh\\nexit 0\\n' > \"$3/bin/pip\"; chmod +x \"$3/bin/pip\"",
    ),
    // Artifacts of the run that ended, by their place in the list. A folder `NAME@2` is one more of that name.
    (
        "gh",
        "case \"$*\" in */artifacts?per_page*)\n\
           id=0\n\
           for name in $(ls \"$OTHER_RUN\"); do\n\
             id=$((id + 1)); echo \"$id $(printf %s \"${name%@*}\" | base64 --wrap=0)\"\n\
           done\n\
           exit ;;\n\
         esac\n\
         id=${2%/zip}; id=${id##*/}; file=$(mktemp)\n\
         cd \"$OTHER_RUN/$(ls \"$OTHER_RUN\" | sed -n \"${id}p\")\" && \"$PYTHON\" -m zipfile -c \"$file\" * && cat \"$file\"",
    ),
];

/// A run of a template in the shop's repository, with no credentials but what OIDC gives.
pub(crate) fn template(shop: &Shop, name: &str) -> Job {
    let job = Job::workflow(&tests_folder().with_file_name("workflow-templates").join(name));
    let stubs = job.path("stubs");
    fs::create_dir_all(&stubs).expect("it can be made");
    for (name, text) in STUBS {
        program(&stubs.join(name), &format!("#!/usr/bin/env bash\n{text}\n"));
    }
    let other_run = shop.fixture.home().join("other-run");
    let job = shop.machine(job).with("binary-path", env!("CARGO_BIN_EXE_cargo-lambdaship"));
    let path = format!("{stubs}:{}", job.variable("PATH"));
    job.env("PATH", &path)
        .env("PYTHON", tools().as_str())
        .env("OTHER_RUN", other_run.as_str())
        .env("AWS_ACCESS_KEY_ID", "")
        .env("AWS_SECRET_ACCESS_KEY", "")
        .set(
            "actions",
            json!({ "cargo-lambdaship/cargo-lambdaship": tests_folder().with_file_name("action.yml") }),
        )
        .set("checkout", shop.fixture.root().as_str())
        .set("vars", json!({ "LAMBDASHIP_ROLE": shop.role(), "AWS_REGION": "us-east-1" }))
        .set("oidc", json!({ "url": shop.hub.oidc_url(), "token": OIDC_REQUEST_TOKEN }))
        .set("event", json!({ "repository": { "default_branch": "main", "fork": false } }))
}

/// A shop whose only gate is this program, and whose functions have a secret.
pub(crate) fn shop(gate: &str) -> Shop {
    let shop = Shop::open();
    shop.parameter("/shop/password", VALUE);
    shop.configure_with(
        "variables = { PASSWORD = \"ssm:/shop/password\" }",
        &format!("[gates]\nrun = [\"greets\"]\n\n[gates.custom.greets]\ncommand = [\"{gate}\"]"),
    );
    shop.commit();
    shop.hub.environment("production-approval", &["octo-person"]);
    shop
}

/// Runs it to the end, and looks for secrets then.
pub(crate) fn run(shop: &Shop, job: Job) -> Done {
    let done = job.run();
    assert_secret(shop, &done, "a template");
    done
}

/// How the jobs ended, by name.
fn ends(done: &Done) -> Value {
    let jobs = done.result["jobs"].as_object().expect("jobs").iter();
    jobs.map(|(name, job)| (name.clone(), job["conclusion"].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[test]
fn the_jobs_of_a_pull_request_come_to_one_comment() {
    let shop = shop("true");
    shop.add("orders");
    shop.commit();
    let vars = json!({ "LAMBDASHIP_ROLE": shop.role(), "AWS_REGION": "us-east-1", "LAMBDASHIP_SHARDS": "2" });
    let done = run(&shop, shop.pull_request(7, template(&shop, "lambdaship-pr.yml").set("vars", vars)));
    assert_eq!(ends(&done), all_of(["success"; 4]), "{:#}", done.result);
    let [comment] = &shop.hub.said(7)[..] else { panic!("{:#}", shop.hub.all()) };
    for name in ["greets", "hello", "orders"] {
        assert!(comment.contains(name), "{name}: {comment}");
    }
    assert_eq!(shop.hub.oidc_requests(), 2, "the two plans alone may ask");
    assert_eq!(shop.writes(), Vec::<String>::new());
    shop.hub.assert_valid();

    // Once more from the start, where the results of the first attempt are.
    let again = template(&shop, "lambdaship-pr.yml").set("artifacts", done.job.path("artifacts").as_str());
    let again = run(&shop, shop.pull_request(7, again).github(&json!({ "run_attempt": "2" })));
    assert_eq!(ends(&again), all_of(["success"; 4]), "{:#}", again.result);
    assert_eq!(shop.hub.said(7).len(), 1);
}

/// How the jobs of a pull request ended.
fn all_of([check, split, plan, report]: [&str; 4]) -> Value {
    json!({ "check": check, "split": split, "plan": plan, "report": report })
}

#[test]
fn what_failed_is_said_and_fails_the_report_too() {
    let shop = shop("false");
    let done = run(&shop, shop.pull_request(7, template(&shop, "lambdaship-pr.yml")));
    assert_eq!(ends(&done), all_of(["failure", "success", "success", "failure"]), "{:#}", done.result);
    let [comment] = &shop.hub.said(7)[..] else { panic!("{:#}", shop.hub.all()) };
    assert!(comment.contains("greets") && comment.contains("hello"), "{comment}");
}

#[test]
fn what_nobody_has_looked_at_yet_is_checked_without_a_role() {
    let shop = shop("true");
    let mut event = crate::shop::pull_request(7, &shop.head(), crate::hub::REPOSITORY);
    event["pull_request"]["user"]["login"] = "dependabot[bot]".into();
    let job = shop.pull_request(7, template(&shop, "lambdaship-pr.yml")).set("event", event);
    let done = run(&shop, job);
    assert_eq!(ends(&done), all_of(["success", "skipped", "skipped", "success"]), "{:#}", done.result);

    let queued = json!({ "event_name": "merge_group", "ref": "refs/heads/gh-readonly-queue/main/pr-7-x", "base_ref": "" });
    let event = json!({ "action": "checks_requested", "merge_group": { "head_sha": shop.head() } });
    let done = run(&shop, template(&shop, "lambdaship-pr.yml").set("event", event).github(&queued));
    assert_eq!(ends(&done), all_of(["success", "skipped", "skipped", "skipped"]), "{:#}", done.result);
    assert_eq!(shop.hub.oidc_requests(), 0);
}

#[test]
fn what_nobody_had_to_approve_does_not_get_to_production() {
    let shop = Shop::open();
    shop.commit();
    let approve = || {
        let jobs = ["approve-production", "deploy-production"];
        let needs = json!({ "plan-production": { "result": "success", "outputs": { "plan-hash": "x" } } });
        run(&shop, template(&shop, "lambdaship-cd.yml").set("jobs", json!(jobs)).set("needs", needs))
    };
    let refused = json!({ "approve-production": "failure", "deploy-production": "skipped" });
    assert_eq!(ends(&approve()), refused, "it cannot be seen");
    // As GitHub makes one that is missing, and as it is where the plan has no reviewers.
    shop.hub.environment("production-approval", &[]);
    let done = approve();
    assert_eq!(ends(&done), refused);
    let said = done.annotations("error").join("\n");
    assert!(said.contains("production-approval has no required reviewers"), "{said}");
    shop.hub.environment("production-approval", &["octo-person"]);
    let done = approve();
    assert_eq!(ends(&done)["approve-production"], "success", "{:#}", done.result);
    assert_eq!(shop.hub.writes(crate::hub::REPOSITORY), Vec::<String>::new());
    shop.hub.assert_valid();
}

#[test]
fn without_the_result_of_every_job_there_is_no_comment() {
    let shop = shop("true");
    // The functions are planned in no job when what they are cannot be read.
    shop.fixture.write("lambdaship.toml", "[env.staging\n");
    shop.commit();
    let done = run(&shop, shop.pull_request(7, template(&shop, "lambdaship-pr.yml")));
    assert_eq!(ends(&done), all_of(["failure", "failure", "skipped", "failure"]), "{:#}", done.result);
    assert_eq!(shop.hub.said(7), Vec::<String>::new());
}

#[test]
fn a_fork_is_commented_on_by_the_workflow_after_its_own() {
    let shop = shop("false");
    let done = run(&shop, shop.fork(8, template(&shop, "lambdaship-pr.yml")));
    assert_eq!(ends(&done), all_of(["failure", "skipped", "skipped", "skipped"]), "{:#}", done.result);
    assert_eq!(shop.hub.said(8), Vec::<String>::new());

    let artifacts = done.job.path("artifacts");
    let after = after_a_fork(&shop, &artifacts);
    assert_eq!(ends(&after), json!({ "comment": "success" }), "{:#}", after.result);
    let [comment] = &shop.hub.said(8)[..] else { panic!("{:#}\n{:#}", shop.hub.all(), after.result) };
    assert!(comment.contains("greets"), "{comment}");

    // Of two attempts, which both left a result, the later one counts.
    let second = artifacts.join("lambdaship-result-check@2");
    fs::create_dir_all(&second).expect("it can be made");
    let text = fs::read_to_string(artifacts.join("lambdaship-result-check/run.json")).expect("it is there");
    fs::write(second.join("run.json"), text.replace("greets", "salutes")).expect("it can be written");
    let after = after_a_fork(&shop, &artifacts);
    assert_eq!(ends(&after), json!({ "comment": "success" }), "{:#}", after.result);
    let [comment] = &shop.hub.said(8)[..] else { panic!("{:#}\n{:#}", shop.hub.all(), after.result) };
    assert!(comment.contains("salutes") && !comment.contains("greets"), "{comment}");

    // A run that left nothing is not told of by what an earlier one left.
    fs::remove_dir_all(&artifacts).expect("it is there");
    fs::create_dir_all(&artifacts).expect("it can be made");
    assert_eq!(ends(&after_a_fork(&shop, &artifacts)), json!({ "comment": "failure" }));
    assert_eq!((shop.hub.oidc_requests(), shop.proxy.report().order().len()), (0, 0));
    shop.hub.assert_valid();
}

/// What comes after the run of a fork's pull request that left `artifacts`.
fn after_a_fork(shop: &Shop, artifacts: &Utf8Path) -> Done {
    let after = template(shop, "lambdaship-pr-comment.yml").env("OTHER_RUN", artifacts.as_str());
    let head = shop.head();
    let event = json!({ "action": "completed", "workflow_run": {
        "id": 100, "run_attempt": 1, "event": "pull_request", "conclusion": "failure", "head_sha": head, "head_branch": "topic",
        "head_repository": { "full_name": "stranger/shop" }, "html_url": "https://github.com/octo/shop/actions/runs/100",
    } });
    run(shop, after.set("event", event).github(&json!({ "event_name": "workflow_run", "run_id": "101" })))
}

#[test]
fn what_is_merged_gets_to_staging_and_as_planned_to_production() {
    let shop = shop("true");
    let done = run(&shop, template(&shop, "lambdaship-cd.yml")).concluded("success");
    assert_eq!((shop.serves("staging"), shop.serves("production")), ((1, None), (1, None)));
    let variables = shop.lambda("hello-production/configuration")["Environment"]["Variables"].clone();
    assert_eq!(variables["PASSWORD"], VALUE, "the function has its secret");
    let deployed = shop.hub.deployments();
    let states = |states: &[&str]| states.iter().map(ToString::to_string).collect::<Vec<_>>();
    for environment in ["staging", "production"] {
        let of = deployed.iter().find(|(name, _)| name == environment).map(|(_, states)| states.clone());
        assert_eq!(of, Some(states(&["in_progress", "success"])), "{deployed:?}");
    }
    let plan = &done.result["jobs"]["plan-production"]["legs"][0];
    assert!(plan["summary"].as_str().is_some_and(|summary| summary.contains("hello")), "{plan:#}");

    shop.fixture.edit(
        "functions/hello/src/main.rs",
        "const VERSION: &str = \"1\"",
        "const VERSION: &str = \"2\"",
    );
    shop.commit();
    run(&shop, template(&shop, "lambdaship-cd.yml")).concluded("success");
    assert_eq!(shop.serves("production"), (2, None));
    let back = template(&shop, "lambdaship-rollback.yml");
    let inputs = json!({ "environment": "production", "functions": "", "to-version": "", "to-commit": "" });
    let back = run(&shop, back.set("inputs", inputs).github(&json!({ "event_name": "workflow_dispatch" })));
    assert_eq!(back.result["conclusion"], "success", "{:#}", back.result);
    assert_eq!((shop.serves("staging"), shop.serves("production")), ((2, None), (1, None)));
    shop.hub.assert_valid();
}

#[test]
fn what_drifts_is_kept_in_one_issue_and_pruning_only_shows() {
    let shop = shop("true");
    for environment in ["staging", "production"] {
        shop.job("deploy").with("environment", environment).run().concluded("success");
    }
    let scheduled =
        |name: &str| run(&shop, template(&shop, name).github(&json!({ "event_name": "schedule" })));
    scheduled("lambdaship-drift.yml").concluded("success");
    assert_eq!(shop.hub.all()["issues"], json!([]));
    let by_hand = format!("{VALUE}-by-hand");
    let more = json!({ "MemorySize": 512, "Environment": { "Variables": { "PASSWORD": by_hand } } });
    let changed = shop.service("lambda").ask(
        "PUT /2015-03-31/functions/hello-staging/configuration",
        &["content-type: application/json"],
        &more,
    );
    assert_eq!(changed.status, 200, "{}", changed.body);
    for _ in 0..2 {
        scheduled("lambdaship-drift.yml");
        let issues = shop.hub.all()["issues"].clone();
        assert_eq!(issues.as_array().map(Vec::len), Some(1), "{issues:#}");
        let told = |what: &str| issues[0]["body"].as_str().is_some_and(|body| body.contains(what));
        assert!(told("hello") && told("PASSWORD"), "{issues:#}");
    }
    shop.proxy.reset();
    for version in 2..=4 {
        let (old, new) = (version - 1, version);
        let line = |number: i32| format!("const VERSION: &str = \"{number}\"");
        shop.fixture.edit("functions/hello/src/main.rs", &line(old), &line(new));
        shop.commit();
        shop.job("deploy").with("environment", "staging").run().concluded("success");
    }
    shop.proxy.reset();
    let always =
        json!({ "LAMBDASHIP_ROLE": shop.role(), "AWS_REGION": "us-east-1", "LAMBDASHIP_PRUNE": "delete" });
    let prune = || template(&shop, "lambdaship-prune.yml").set("vars", always.clone());
    scheduled("lambdaship-prune.yml").concluded("success");
    // What is started by hand deletes when it says so, whatever the schedule does.
    let by_hand = |delete: bool| {
        let job = prune().set("inputs", json!({ "keep": "1", "delete": delete }));
        run(&shop, job.github(&json!({ "event_name": "workflow_dispatch" }))).concluded("success");
    };
    by_hand(false);
    assert_eq!(shop.writes(), Vec::<String>::new());
    by_hand(true);
    assert!(!shop.writes().is_empty(), "there was something to delete");
}

#[test]
fn what_is_started_by_hand_runs_on_the_default_branch_alone() {
    let shop = shop("true");
    let elsewhere =
        json!({ "event_name": "workflow_dispatch", "ref": "refs/heads/topic", "ref_name": "topic" });
    for name in ["cd", "rollback", "prune"] {
        let job = template(&shop, &format!("lambdaship-{name}.yml"))
            .set("inputs", json!({ "environment": "staging" }));
        let done = run(&shop, job.github(&elsewhere));
        for (job, end) in ends(&done).as_object().expect("jobs") {
            assert_eq!(end, "skipped", "{name}: {job}");
        }
    }
    assert_eq!(shop.hub.oidc_requests(), 0);
}
