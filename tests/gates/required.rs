//! `gates = "required"`: nothing but what passed is shipped.

use std::process::Command;

use serde_json::Value;

use super::{Fixture, workspace};
use crate::support::run::{Outcome, Run, clean};
use crate::support::stage::{for_this_machine, json};
use crate::support::{Local, http, lambdaship};

const SIGNED: &str = "authorization: AWS4-HMAC-SHA256 Credential=local/20260101/eu-west-1/s3/aws4_request, \
                      SignedHeaders=host, Signature=0";

/// A local AWS with a bucket for each of two environments.
struct Cloud {
    local: Local,
}

impl Cloud {
    fn new() -> Self {
        let cloud = Self { local: Local::settled() };
        for bucket in ["gates-staging", "gates-prod"] {
            let location = "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                            <LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
            let made = http::exchange(cloud.port(), &format!("PUT /{bucket}"), &[SIGNED], location);
            assert!(made.expect("an answer").status < 300);
        }
        cloud
    }

    fn port(&self) -> u16 {
        self.local.endpoint().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
    }

    /// A checkout of one and the same workspace, in a folder of its own.
    fn checkout() -> Fixture {
        let fixture = workspace();
        fixture.configure(&format!(
            "{}[gates]\nrun = [\"fmt\", \"test\"]\n\n[env.staging]\nstore = \"gates-staging\"\n\n[env.prod]\n\
             store = \"gates-prod\"\ngates = \"required\"\n",
            for_this_machine()
        ));
        let mut cargo = Command::new(env!("CARGO"));
        clean(&mut cargo, &fixture);
        let made = cargo.args(["generate-lockfile", "--offline", "--quiet"]).status().expect("cargo starts");
        assert!(made.success());
        fixture
    }

    fn run(&self, fixture: &Fixture, line: &str) -> Run {
        let words: Vec<&str> = line.split_whitespace().collect();
        let run = lambdaship(fixture).zig().aws(self.local.endpoint(), cargo_lambdaship::local::ACCOUNT);
        run.args(&words)
    }

    fn ends(&self, fixture: &Fixture, line: &str, code: i32) -> Outcome {
        self.run(fixture, line).output().exited(code)
    }

    fn report(&self, fixture: &Fixture, line: &str) -> Value {
        json(&self.ends(fixture, &format!("{line} --format json"), 0))
    }

    /// The names of all objects in a bucket that begin with `prefix`.
    fn objects(&self, bucket: &str, prefix: &str) -> usize {
        let request = format!("GET /{bucket}?list-type=2&prefix={prefix}");
        let listed = http::exchange(self.port(), &request, &[SIGNED], "").expect("an answer");
        assert_eq!(listed.status, 200, "{}", listed.body);
        listed.body.matches("<Key>").count()
    }
}

#[test]
fn what_passed_no_gates_is_refused_until_it_did_and_then_anywhere() {
    let cloud = Cloud::new();
    let (one, other) = (Cloud::checkout(), Cloud::checkout());

    let plan = cloud.report(&one, "plan --env prod");
    let note = "deploy refuses it until it passed its gates: fmt, test";
    assert!(
        plan["functions"][0]["notes"].as_array().is_some_and(|notes| notes.iter().any(|it| it == note)),
        "{plan}"
    );
    let refused = cloud.ends(&one, "deploy --env prod", 4);
    let words = refused.last_words();
    assert!(
        words.starts_with(
            "error: environment `prod` accepts only what passed its gates, and `hello` (source "
        ),
        "{refused}"
    );
    assert!(words.ends_with(
        ") did not pass fmt, test\nhint: run them on what is to be shipped: `cargo lambdaship gate --env prod`\n"
    ), "{refused}");
    assert_eq!(cloud.objects("gates-prod", ""), 0, "nothing was written");

    cloud.ends(&one, "gate --env prod fmt", 0);
    let refused = cloud.ends(&one, "deploy --env prod", 4);
    assert!(refused.last_words().contains(") did not pass test\n"), "{refused}");
    // Neither one for which somebody turned off what it would complain of.
    cloud.run(&one, "gate --env prod").env("RUSTFLAGS", "--cap-lints=allow").output().exited(0);
    let refused = cloud.ends(&one, "deploy --env prod", 4);
    assert!(refused.last_words().contains(") did not pass test\n"), "{refused}");
    cloud.ends(&one, "gate --env prod --junit report.xml", 0);

    // Another machine knows of it by the store alone.
    let known = cloud.ends(&other, "gate --env prod", 0);
    assert_eq!(known.stdout.matches(" known ").count(), 3, "{known}");
    let deployed = cloud.report(&other, "deploy --env prod");
    assert_eq!(deployed["functions"][0]["outcome"], "created", "{deployed}");
    assert_eq!(cloud.report(&one, "deploy --env prod")["result"], "unchanged");

    one.set_version("hello", "2");
    let refused = cloud.ends(&one, "deploy --env prod", 4);
    assert!(refused.last_words().contains(" did not pass fmt, test\n"), "{refused}");
    // Without a store of the source's hash, what this machine remembers does as well.
    cloud.ends(&one, "gate", 0);
    assert_eq!(cloud.report(&one, "deploy --env prod")["functions"][0]["outcome"], "updated");

    // Nothing is asked of what was live before.
    let back = cloud.report(&one, "rollback --env prod -f hello");
    assert_eq!(back["result"], "rolled-back", "{back}");
}

#[test]
fn an_environment_that_requires_gates_needs_some() {
    let cloud = Cloud::new();
    let checkout = Cloud::checkout();
    checkout.configure(&format!(
        "{}[gates]\nrun = []\n\n[env.prod]\nstore = \"gates-prod\"\ngates = \"required\"\n",
        for_this_machine()
    ));
    let refused = cloud.ends(&checkout, "deploy --env prod", 2);
    let said = "error: environment `prod` accepts only what passed its gates, and there is none to pass\n";
    assert!(refused.last_words().starts_with(said), "{refused}");
}

#[test]
fn what_was_built_elsewhere_is_refused() {
    let cloud = Cloud::new();
    let checkout = Cloud::checkout();
    cloud.ends(&checkout, "gate --env prod", 0);
    let zip = checkout.zip("hello");
    let refused = cloud.ends(&checkout, &format!("deploy --env prod --zip {zip}"), 4);
    assert!(
        refused.last_words().ends_with(
            "and `hello` did not pass fmt, test\n\
         hint: deploy it from its source: what was built elsewhere is of no known one\n"
        ),
        "{refused}"
    );
}

#[test]
fn what_is_promoted_brings_what_it_passed() {
    let cloud = Cloud::new();
    let (tested, other) = (Cloud::checkout(), Cloud::checkout());
    cloud.ends(&tested, "deploy --env staging", 0);
    let refused = cloud.ends(&other, "promote --from staging --to prod", 4);
    assert!(
        refused.last_words().contains("environment `prod` accepts only what passed its gates"),
        "{refused}"
    );
    // On the machine where nothing is deployed: the other one has it from the store.
    cloud.ends(&tested, "gate --env staging", 0);
    other.write("functions/hello/src/main.rs", "this is no Rust");
    let promoted = cloud.report(&other, "promote --from staging --to prod");
    assert_eq!(promoted["functions"][0]["outcome"], "created", "{promoted}");
}
