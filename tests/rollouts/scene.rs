//! A deployed function on one of the servers, and what the cases do to it and ask of it past the proxy.

use std::sync::OnceLock;

use cargo_lambdaship::local::ACCOUNT;
use fs_err as fs;
use serde_json::{Value, json};

use super::counter::{Calls, Counter, GOOD, Way};
use crate::support::proxy::Report;
use crate::support::run::Running;
use crate::support::server::fresh_account;
use crate::support::stage::{Stage, for_this_machine, json};
use crate::support::{Answers, Fixture, Local, Proxy, Server, Service, http, lambdaship, wait_until};

/// Two steps that are over as soon as there are numbers for them.
pub(super) const STEPS: &str = r#"steps = ["10%", "50%"], bake = "0s", patience = "50s""#;
/// The same, but not before a second.
pub(super) const BAKED: &str = r#"steps = ["10%", "50%"], bake = "1s", patience = "50s""#;
/// One that is over at once, since there are none.
pub(super) const SILENT: &str = r#"steps = ["10%"], bake = "0s", patience = "0s""#;

/// What a server says to weights between versions of which Lambda does not let an alias have both.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unlike {
    Refused,
    Taken,
}

/// A lambda whose alias serves its first version.
pub(super) struct Scene {
    pub(super) stage: Stage,
    /// The lambda's name.
    pub(super) name: String,
    pub(super) unlike: Unlike,
    port: u16,
    counter: Counter,
    _local: Option<Local>,
}

impl Scene {
    pub(super) fn local_aws() -> Self {
        let local = Local::settled();
        let stage = Stage::new(&["hello"], local.endpoint(), ACCOUNT, Answers::Strict);
        let port = port(local.endpoint());
        let counter = Counter { cloudwatch: cloudwatch(port, ACCOUNT), way: Way::Samples };
        let (name, unlike) = ("hello".to_owned(), Unlike::Refused);
        Self { stage, name, unlike, port, counter, _local: Some(local) }.set()
    }

    /// MiniStack stores weights and does not route by them, which no case needs.
    pub(super) fn ministack() -> Self {
        let (server, account) = (Server::ministack(), fresh_account());
        let stage = Stage::new(&["hello"], &server.endpoint(), &account, Answers::Lenient);
        let counter = Counter { cloudwatch: cloudwatch(server.port, &account), way: Way::Data };
        let (name, unlike) = ("hello".to_owned(), Unlike::Taken);
        Self { stage, name, unlike, port: server.port, counter, _local: None }.set()
    }

    /// Moto's `CloudWatch` speaks no CBOR, and its `GetMetricData` fails where there is no value; so the local AWS' stands
    /// beside its Lambda, IAM, STS and Scheduler.
    pub(super) fn moto() -> Self {
        let (server, local, account) = (Server::moto(), Local::settled(), "123456789012");
        let proxy = Proxy::with_cloudwatch(&server.endpoint(), Answers::Lenient, local.endpoint());
        let stage = Stage::behind(proxy, &["hello"], account, Answers::Lenient);
        let counter = Counter { cloudwatch: cloudwatch(port(local.endpoint()), account), way: Way::Samples };
        // All tests share the account.
        let (name, unlike) = (format!("hello-{}", fresh_account()), Unlike::Taken);
        Self { stage, name, unlike, port: server.port, counter, _local: Some(local) }.set()
    }

    fn set(self) -> Self {
        for (name, zip) in ["one.zip", "two.zip"].into_iter().zip(zips()) {
            fs::write(self.stage.fixture.root().join(name), zip).expect("the zip can be written");
        }
        self.configure(128, SILENT, "");
        let (report, sent) = self.deploy(&[], 0);
        assert_eq!(report["functions"][0]["outcome"], "created", "{report:#}");
        assert_eq!(sent.count("UpdateAlias") + sent.count("GetMetricData"), 0, "the first is no rollout");
        self
    }

    /// Configures the lambda, whose every other `memory` is another version, with the keys of a rollout and further lines.
    pub(super) fn configure(&self, memory: u32, rollout: &str, more: &str) {
        let (name, account) = (&self.name, &self.stage.account);
        let function = for_this_machine().trim_end();
        self.stage.fixture.configure(&format!(
            "{function}\nname = \"{name}\"\nmemory = {memory}\nrollout = {{ {rollout} }}\n{more}\n\n\
             [env.staging]\naccount = \"{account}\"\n"
        ));
    }

    /// Deploys to the end; its report, and what it sent.
    pub(super) fn deploy(&self, more: &[&str], code: i32) -> (Value, Report) {
        self.stage.report(&[&["deploy", "--zip", "one.zip"], more].concat(), code)
    }

    /// Begins a deploy and answers it, and the version that it brings, once that has traffic.
    pub(super) fn begin(&self) -> (Running, u64) {
        self.stage.proxy.reset();
        let arguments = ["deploy", "--zip", "one.zip", "--env", "staging", "--format", "json"];
        let mut run = self.stage.run(&arguments).start();
        run.wait_for(" % to v");
        let next = wait_until("a version with traffic", || self.split().map(|(version, _)| version));
        (run, next)
    }

    /// Lets a run end with `code`; its report. All that it sent was as AWS's models say.
    pub(super) fn end(&self, run: Running, code: i32) -> Value {
        let outcome = run.finish().exited(code);
        self.stage.sent();
        json(&outcome)
    }

    /// Begins a rollout and leaves it in its first step; the version that it brings.
    pub(super) fn leave(&self) -> u64 {
        let (report, _) = self.deploy(&["--detach"], 0);
        assert_eq!(report["functions"][0]["rollout"]["end"], "under-way", "{report:#}");
        self.split().expect("a version with traffic").0
    }

    /// `next` does `calls` from now on, and `old`, which the alias served before, what a good version does.
    pub(super) fn count(&self, old: u64, next: u64, calls: Calls) {
        self.counter.count(&self.name, old, Calls { count: 1000, ..GOOD });
        self.counter.count(&self.name, next, calls);
    }

    /// Makes sure that there is an alarm in this state.
    pub(super) fn alarm(&self, name: &str, state: &str) {
        self.counter.alarm(name, state);
    }

    /// The alias as Lambda tells it.
    pub(super) fn alias(&self) -> Value {
        self.service("lambda").read(&format!("/2015-03-31/functions/{}/aliases/live", self.name))
    }

    /// The version with the alias' traffic, or the rest of it.
    pub(super) fn serves(&self) -> u64 {
        let version = self.alias()["FunctionVersion"].as_str().and_then(|version| version.parse().ok());
        version.expect("a version")
    }

    /// The second version, and its share.
    pub(super) fn split(&self) -> Option<(u64, f64)> {
        let alias = self.alias();
        let (version, weight) =
            alias["RoutingConfig"]["AdditionalVersionWeights"].as_object()?.iter().next()?;
        Some((version.parse().expect("a version"), weight.as_f64().expect("a weight")))
    }

    /// Fails the test unless the alias serves `version` alone.
    pub(super) fn assert_serves(&self, version: u64) {
        assert_eq!((self.serves(), self.split()), (version, None), "{:#}", self.alias());
    }

    /// Does something to the lambda, as another program does.
    pub(super) fn change(&self, method: &str, path: &str, body: &Value) -> http::Answer {
        let request = format!("{method} /2015-03-31/functions/{}/{path}", self.name);
        self.service("lambda").ask(&request, &["content-type: application/json"], body)
    }

    /// Gives the alias, past the tool, a second version with a share of 25 %.
    pub(super) fn split_by_hand(&self, old: u64, next: u64) -> http::Answer {
        let weights = json!({ "AdditionalVersionWeights": { next.to_string(): 0.25 } });
        let edit =
            json!({ "FunctionVersion": old.to_string(), "RoutingConfig": weights, "Description": "by hand" });
        self.change("PUT", "aliases/live", &edit)
    }

    /// The lambda's schedules.
    pub(super) fn schedules(&self) -> Vec<Value> {
        let scheduler = self.service("scheduler");
        let list = scheduler.read("/schedules");
        let names =
            list["Schedules"].as_array().expect("a list").iter().filter_map(|one| one["Name"].as_str());
        let ours = names.filter(|name| name.contains(&self.name));
        ours.map(|name| scheduler.read(&format!("/schedules/{name}"))).collect()
    }

    fn service(&self, name: &'static str) -> Service {
        Service { port: self.port, account: self.stage.account.clone(), name }
    }
}

fn cloudwatch(port: u16, account: &str) -> Service {
    Service { port, account: account.to_owned(), name: "monitoring" }
}

fn port(endpoint: &str) -> u16 {
    endpoint.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
}

/// `hello` as a zip, of code that says that it is version 1 and of code that says 2; built once.
fn zips() -> &'static [Vec<u8>; 2] {
    static ZIPS: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
    ZIPS.get_or_init(|| {
        let fixture = Fixture::new(&["hello"]);
        fixture.configure(&format!("{}[env.staging]\n", for_this_machine()));
        ["1", "2"].map(|version| {
            fixture.set_version("hello", version);
            lambdaship(&fixture).zig().args(&["build", "--env", "staging"]).output().exited(0);
            fs::read(fixture.root().join("target/lambdaship/hello/bootstrap.zip")).expect("it was built")
        })
    })
}
