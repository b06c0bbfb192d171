//! What the action does for a pull request: a plan, and one comment that is kept up to date.

use fs_err as fs;
use serde_json::{Value, json};

use crate::hub::OIDC_REQUEST_TOKEN;
use crate::runner::{Done, Job};
use crate::shop::Shop;
use crate::support::tests_folder;

/// The plan of the pull request 7, as of now, in the run with this number.
fn plan(shop: &Shop, run: u32) -> Done {
    let job = shop.job("plan").with("environment", "staging").github(&json!({ "run_id": run.to_string() }));
    shop.pull_request(7, job).run().concluded("success")
}

#[test]
fn a_pull_request_has_one_comment_that_says_what_would_change() {
    let shop = Shop::open();
    shop.commit();
    let first = plan(&shop, 100);
    assert_eq!(
        (first.output("result"), first.output("changed-count")),
        ("planned", "1"),
        "{:#}",
        first.result
    );
    let [comment] = &shop.hub.said(7)[..] else { panic!("{:#}", shop.hub.all()) };
    let (header, body) = comment.split_once('\n').expect("a header");
    assert!(header.starts_with("<!-- cargo-lambdaship {\"v\":1"), "{header}");
    assert!(body.contains("hello") && body.contains("staging"), "{body}");
    assert!(first.result["summary"].as_str().is_some_and(|summary| summary.contains("hello")));
    assert!(first.output("comment-url").contains("/pull/7#issuecomment-"), "{}", first.output("comment-url"));

    assert_outputs_are_written(&first);

    shop.configure("memory = 1234");
    shop.commit();
    plan(&shop, 101);
    let [second] = &shop.hub.said(7)[..] else { panic!("{:#}", shop.hub.all()) };
    assert_ne!(second, comment);

    let changes = shop.hub.changes();
    plan(&shop, 102);
    assert_eq!(shop.hub.changes(), changes, "it says so already");
    assert_eq!(shop.writes(), Vec::<String>::new(), "a plan writes nothing");
    shop.hub.assert_valid();
}

#[test]
fn a_fork_gets_its_gates_and_nothing_that_is_secret() {
    let shop = Shop::open();
    shop.configure_with("", "[gates.custom.greets]\ncommand = [\"true\"]");
    shop.commit();
    let job = shop
        .job("plan")
        .with("gates", "greets")
        .with("environment", "staging")
        .with("role-to-assume", "arn:aws:iam::000000000000:role/deploy")
        .set("oidc", json!({ "url": shop.hub.oidc_url(), "token": OIDC_REQUEST_TOKEN }));
    let done = shop.fork(8, job).run().concluded("success");
    assert_eq!(shop.hub.oidc_requests(), 0, "{:#?}", shop.hub.log_of_all());
    assert_eq!(shop.proxy.report().order(), Vec::<String>::new(), "AWS is not asked");
    assert_eq!(shop.hub.said(8), Vec::<String>::new(), "its token may not write");
    let report = document(&done);
    assert_eq!(report["gates"]["gates"][0]["outcome"], "passed", "{report:#}");
    assert_eq!(report["report"], Value::Null, "{report:#}");
    assert!(done.result["summary"].as_str().is_some_and(|summary| summary.contains("greets")));
}

/// Every output of action.yml is one that its step wrote: expressions would make an empty text of any other.
fn assert_outputs_are_written(done: &Done) {
    let text = fs::read_to_string(tests_folder().with_file_name("action.yml")).expect("it can be read");
    let values =
        text.lines().filter_map(|line| line.trim().strip_prefix("value: ${{ steps.")?.strip_suffix(" }}"));
    let pairs: Vec<_> = values.filter_map(|value| value.split_once(".outputs.")).collect();
    assert!(pairs.len() > 10, "{pairs:?}");
    for (step, name) in pairs {
        assert!(
            done.step(step)["outputs"][name].is_string(),
            "{step} does not write {name}: {:#}",
            done.result
        );
    }
}

/// The run document, which goes from job to job as an artifact.
pub(crate) fn document(done: &Done) -> Value {
    let text = fs::read_to_string(done.output("report-file")).expect("the run document can be read");
    serde_json::from_str(&text).expect("JSON")
}

/// A job that has nothing to do with a pull request.
#[test]
fn without_a_pull_request_there_is_no_comment() {
    let shop = Shop::open();
    shop.commit();
    let job: Job = shop.job("plan").with("environment", "staging").with("comment", "always");
    job.run().concluded("success");
    assert_eq!(shop.hub.changes(), 0);
}
