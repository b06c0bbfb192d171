//! A deployed function on one of the servers, and what the cases do to it and ask of it past the proxy.

use std::sync::OnceLock;

use cargo_lambdaship::local::ACCOUNT;
use fs_err as fs;
use serde_json::{Value, json};

use crate::support::proxy::Report;
use crate::support::run::{Outcome, Running};
use crate::support::server::fresh_account;
use crate::support::stage::{Stage, for_this_machine, json};
use crate::support::{Answers, Fixture, Local, Proxy, Server, http, lambdaship, wait_until};

/// Two steps that are over as soon as there are numbers for them.
pub(super) const STEPS: &str = r#"steps = ["10%", "50%"], bake = "1s", patience = "50s""#;
/// What no version does but a good one.
pub(super) const GOOD: Calls = Calls { count: 200, failed: 1, milliseconds: 100 };

/// How `CloudWatch` is told what versions did.
enum Counter {
    /// As the local AWS documents it.
    Samples,
    /// `PutMetricData`: MiniStack takes the namespace of AWS' own, which AWS refuses.
    Metrics,
}

/// A lambda whose alias serves its first version.
pub(super) struct Scene {
    pub(super) stage: Stage,
    pub(super) lambda: String,
    account: String,
    /// The server.
    port: u16,
    /// What stands in for `CloudWatch`.
    cloudwatch: u16,
    counter: Counter,
    _local: Option<Local>,
}

/// What a version does in a minute.
#[derive(Clone, Copy)]
pub(super) struct Calls {
    pub(super) count: usize,
    pub(super) failed: usize,
    pub(super) milliseconds: u32,
}

impl Scene {
    pub(super) fn local_aws() -> Self {
        let local = Local::settled();
        let proxy = Proxy::new(local.endpoint(), Answers::Strict);
        let stage = Stage::behind(proxy, &["hello"], ACCOUNT, Answers::Strict);
        let port = port(local.endpoint());
        Self::set(Self {
            stage,
            lambda: "hello".to_owned(),
            account: ACCOUNT.to_owned(),
            port,
            cloudwatch: port,
            counter: Counter::Samples,
            _local: Some(local),
        })
    }

    /// MiniStack stores weights and does not route by them, which no case needs.
    pub(super) fn ministack() -> Self {
        let (server, account) = (Server::ministack(), fresh_account());
        let proxy = Proxy::new(&server.endpoint(), Answers::Lenient);
        let stage = Stage::behind(proxy, &["hello"], &account, Answers::Lenient);
        Self::set(Self {
            stage,
            lambda: "hello".to_owned(),
            account,
            port: server.port,
            cloudwatch: server.port,
            counter: Counter::Metrics,
            _local: None,
        })
    }

    /// Moto's `CloudWatch` speaks no CBOR, and its `GetMetricData` fails where there is no value; so the local AWS' stands
    /// beside its Lambda, IAM, STS and Scheduler.
    pub(super) fn moto() -> Self {
        const MOTO: &str = "123456789012";
        let (server, local) = (Server::moto(), Local::settled());
        let proxy = Proxy::with_cloudwatch(&server.endpoint(), Answers::Lenient, local.endpoint());
        let stage = Stage::behind(proxy, &["hello"], MOTO, Answers::Lenient);
        Self::set(Self {
            stage,
            // Its tests share one account.
            lambda: format!("hello-{}", fresh_account()),
            account: MOTO.to_owned(),
            port: server.port,
            cloudwatch: port(local.endpoint()),
            counter: Counter::Samples,
            _local: Some(local),
        })
    }

    fn set(scene: Self) -> Self {
        for (name, zip) in ["one.zip", "two.zip"].into_iter().zip(zips()) {
            fs::write(scene.stage.fixture.root().join(name), zip).expect("the zip can be written");
        }
        scene.configure(128, "");
        let (report, _) = scene.deploy(&[], 0);
        assert_eq!(report["functions"][0]["outcome"], "created", "{report:#}");
        scene
    }

    /// Configures the lambda, whose every other `memory` is another version, with the keys of a rollout.
    pub(super) fn configure(&self, memory: u32, rollout: &str) {
        self.configure_more(memory, rollout, "");
    }

    /// The same with further lines about functions.
    pub(super) fn configure_more(&self, memory: u32, rollout: &str, more: &str) {
        let (function, lambda) = (for_this_machine().trim_end(), &self.lambda);
        self.stage.fixture.configure(&format!(
            "{function}\nname = \"{lambda}\"\nmemory = {memory}\nrollout = {{ {rollout} }}\n{more}\n\n\
             [env.staging]\naccount = \"{}\"\n",
            self.account
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
        let outcome: Outcome = run.finish().exited(code);
        self.stage.sent();
        json(&outcome)
    }

    /// Begins a rollout and leaves it in its first step; the version that it brings.
    pub(super) fn leave(&self) -> u64 {
        let (report, _) = self.deploy(&["--detach"], 0);
        assert_eq!(report["functions"][0]["rollout"]["end"], "under-way", "{report:#}");
        self.split().expect("a version with traffic").0
    }

    /// Tells `CloudWatch` that `version` does `calls` behind the alias, in this minute and in each of the next two: the
    /// case is over before they are.
    pub(super) fn count(&self, version: u64, calls: Calls) {
        let now = jiff::Timestamp::now().as_second();
        let minutes = [0, 60, 120].map(|later| now - now % 60 + later);
        match self.counter {
            Counter::Samples => {
                let samples: Vec<_> =
                    minutes.iter().flat_map(|at| self.samples(version, calls, *at)).collect();
                let answer = self.ask(
                    self.cloudwatch,
                    "monitoring",
                    "POST /_lambdaship/metrics",
                    &[],
                    &json!(samples),
                );
                assert_eq!(answer.status, 204, "{}", answer.body);
            }
            Counter::Metrics => {
                let data: Vec<_> = minutes.iter().flat_map(|at| self.data(version, calls, *at)).collect();
                self.cloudwatch("PutMetricData", &json!({ "Namespace": "AWS/Lambda", "MetricData": data }));
            }
        }
    }

    /// The same of the version that the alias serves, and of a new one.
    pub(super) fn count_both(&self, old: u64, next: u64, calls: Calls) {
        self.count(old, Calls { count: 1000, ..GOOD });
        self.count(next, calls);
    }

    fn samples(&self, version: u64, calls: Calls, at: i64) -> Vec<Value> {
        let at = jiff::Timestamp::from_second(at).expect("a time").to_string();
        let sample = |index| {
            json!({
                "lambda": self.lambda, "qualifier": "live", "executed-version": version.to_string(), "at": at,
                "outcome": if index < calls.failed { "failed" } else { "succeeded" },
                "duration-ms": calls.milliseconds,
            })
        };
        (0..calls.count).map(sample).collect()
    }

    fn data(&self, version: u64, calls: Calls, at: i64) -> [Value; 3] {
        let dimensions = json!([
            { "Name": "FunctionName", "Value": self.lambda },
            { "Name": "Resource", "Value": format!("{}:live", self.lambda) },
            { "Name": "ExecutedVersion", "Value": version.to_string() },
        ]);
        let metrics = [
            ("Invocations", json!([1.0]), calls.count),
            ("Errors", json!([1.0]), calls.failed),
            ("Duration", json!([calls.milliseconds]), calls.count),
        ];
        metrics.map(|(name, values, count)| {
            json!({ "MetricName": name, "Dimensions": dimensions, "Timestamp": at, "Values": values, "Counts": [count] })
        })
    }

    /// Makes sure that there is an alarm in this state, which nothing but a call like this one changes.
    pub(super) fn alarm(&self, name: &str, state: &str) {
        let alarm = json!({
            "AlarmName": name, "Namespace": "Shop", "MetricName": "Silence", "Period": 60, "EvaluationPeriods": 1,
            "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold", "Statistic": "Sum", "TreatMissingData": "ignore",
        });
        self.cloudwatch("PutMetricAlarm", &alarm);
        let state = json!({ "AlarmName": name, "StateValue": state, "StateReason": "a test" });
        self.cloudwatch("SetAlarmState", &state);
    }

    fn cloudwatch(&self, operation: &str, body: &Value) {
        let target = format!("x-amz-target: GraniteServiceVersion20100801.{operation}");
        let headers = [target.as_str(), "content-type: application/x-amz-json-1.0"];
        let answer = self.ask(self.cloudwatch, "monitoring", "POST /", &headers, body);
        assert_eq!(answer.status, 200, "{operation}: {}", answer.body);
    }

    /// The alias as Lambda tells it.
    pub(super) fn alias(&self) -> Value {
        let answer = self.lambda("GET", "aliases/live", &Value::Null);
        // Moto's is 201.
        assert!(matches!(answer.status, 200 | 201), "{}", answer.body);
        serde_json::from_str(&answer.body).expect("JSON")
    }

    /// The version with the alias' traffic, or the rest of it.
    pub(super) fn serves(&self) -> u64 {
        let version = self.alias()["FunctionVersion"].as_str().and_then(|version| version.parse().ok());
        version.expect("a version")
    }

    /// The second version, and its share.
    pub(super) fn split(&self) -> Option<(u64, f64)> {
        let alias = self.alias();
        let weights = alias["RoutingConfig"]["AdditionalVersionWeights"].as_object()?;
        let (version, weight) = weights.iter().next()?;
        Some((version.parse().expect("a version"), weight.as_f64().expect("a weight")))
    }

    /// Fails the test unless the alias serves `version` alone.
    pub(super) fn assert_serves(&self, version: u64) {
        assert_eq!((self.serves(), self.split()), (version, None), "{:#}", self.alias());
    }

    /// Asks Lambda for something about the function.
    pub(super) fn lambda(&self, method: &str, path: &str, body: &Value) -> http::Answer {
        let request = format!("{method} /2015-03-31/functions/{}/{path}", self.lambda);
        self.ask(self.port, "lambda", &request, &["content-type: application/json"], body)
    }

    /// The schedules whose names are about the lambda, each as Scheduler tells it.
    pub(super) fn schedules(&self) -> Vec<Value> {
        let read = |path: &str| {
            let answer = self.ask(self.port, "scheduler", &format!("GET {path}"), &[], &Value::Null);
            assert_eq!(answer.status, 200, "{}", answer.body);
            serde_json::from_str::<Value>(&answer.body).expect("JSON")
        };
        let list = read("/schedules");
        let names =
            list["Schedules"].as_array().expect("a list").iter().filter_map(|one| one["Name"].as_str());
        let ours = names.filter(|name| name.contains(&self.lambda));
        ours.map(|name| read(&format!("/schedules/{name}"))).collect()
    }

    fn ask(&self, port: u16, service: &str, request: &str, headers: &[&str], body: &Value) -> http::Answer {
        let scope = format!(
            "authorization: AWS4-HMAC-SHA256 Credential={}/20260101/eu-west-1/{service}/aws4_request, \
             SignedHeaders=host, Signature=00",
            self.account
        );
        let body = if body.is_null() { String::new() } else { body.to_string() };
        http::exchange(port, request, &[&[scope.as_str()], headers].concat(), &body).expect("an answer")
    }
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
