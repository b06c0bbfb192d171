//! A local AWS in the foreground of a workspace, and what one can ask of it.

use serde_json::{Value, json};

use crate::calls::Load;
use crate::support::foreground::Foreground;
use crate::support::http::exchange;
use crate::support::run::{Outcome, Run};
use crate::support::stage::json as document;
use crate::support::{Fixture, lambdaship, wait_until};

/// The header of a signed request; the local AWS does not check whose signature it is.
pub(crate) const SIGNED: &str =
    "authorization: AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/lambda/aws4_request";

/// A workspace of functions that behave as their variables say.
pub(crate) fn workspace(functions: &[&str]) -> Fixture {
    let fixture = Fixture::new(functions);
    for function in functions {
        fixture.write(&format!("functions/{function}/src/main.rs"), include_str!("../fixtures/load.rs"));
    }
    fixture
}

/// A local AWS in the foreground, to which version 1 of each function is deployed.
pub(crate) struct Stage<'f> {
    fixture: &'f Fixture,
    foreground: Foreground<'f>,
    port: u16,
}

impl<'f> Stage<'f> {
    /// Starts it in `fixture`, configured as `first`.
    pub(crate) fn start(fixture: &'f Fixture, first: &str) -> Self {
        fixture.configure(&patient(first));
        let foreground = Foreground::start(fixture, &[]);
        foreground.says("Finished local in", 1);
        let port = foreground.port();
        Self { fixture, foreground, port }
    }

    /// Writes another `lambdaship.toml`.
    pub(crate) fn configure(&self, text: &str) {
        self.fixture.configure(&patient(text));
    }

    /// A run of the binary with these words after `cargo lambdaship`, in the environment of the server.
    pub(crate) fn run(&self, line: &str) -> Run {
        let words: Vec<_> = line.split_whitespace().collect();
        lambdaship(self.fixture).args(&words).args(&["--env", "local"])
    }

    /// Deploys to the end, and answers how it ended and its report.
    pub(crate) fn deploy(&self, code: i32) -> (Outcome, Value) {
        self.report("deploy --offline", code)
    }

    /// Runs `line` to the end, and answers how it ended and its report.
    pub(crate) fn report(&self, line: &str, code: i32) -> (Outcome, Value) {
        let outcome = self.run(line).args(&["--format", "json"]).output().exited(code);
        let report = document(&outcome);
        (outcome, report)
    }

    /// Calls of a function at a steady rate.
    pub(crate) fn load(&self, function: &str, per_second: u32) -> Load {
        let load = Load::start(self.port, &format!("{function}-local"), per_second);
        load.goes_on(1);
        load
    }

    /// What a signed request without a target is answered; it must succeed.
    pub(crate) fn ask(&self, request: &str, body: &str) -> Value {
        self.send(request, &[SIGNED], body)
    }

    /// What CloudWatch does.
    pub(crate) fn cloudwatch(&self, operation: &str, input: &Value) {
        let target = format!("x-amz-target: GraniteServiceVersion20100801.{operation}");
        let json = "content-type: application/x-amz-json-1.0";
        self.send("POST /", &[SIGNED, &target, json], &input.to_string());
    }

    fn send(&self, request: &str, headers: &[&str], body: &str) -> Value {
        let answer = exchange(self.port, request, headers, body).expect("an answer");
        assert!((200..300).contains(&answer.status), "{request}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap_or_default()
    }

    /// Where the alias of `function` is: the version that has the rest of the traffic, and the weights of others.
    pub(crate) fn alias(&self, function: &str) -> Value {
        let alias = self.ask(&format!("GET /2015-03-31/functions/{function}-local/aliases/live"), "");
        let weights = &alias["RoutingConfig"]["AdditionalVersionWeights"];
        let weights = if weights.is_null() { &json!({}) } else { weights };
        json!([alias["FunctionVersion"], weights])
    }

    /// Waits until the alias of `function` is at `expected`.
    pub(crate) fn comes_to(&self, function: &str, expected: &Value) {
        wait_until(&format!("{function} at {expected}"), || {
            (self.alias(function) == *expected).then_some(())
        });
    }

    /// How often `operation` was asked for.
    pub(crate) fn count(&self, operation: &str) -> u64 {
        let counts = self.ask("GET /_lambdaship/counts", "");
        counts[operation]["requests"].as_u64().unwrap_or(0)
    }

    /// Ends the server.
    pub(crate) fn end(self) {
        assert_eq!(self.foreground.end(), Some(0));
    }
}

/// A configuration whose functions have the time that they need: a call that takes longer than Lambda's three seconds on a
/// machine with more to do is no failure of the version that it tells of.
fn patient(text: &str) -> String {
    const FUNCTION: &str = "[function]\n";
    const PATIENT: &str = "[function]\ntimeout = \"2m\"\n";
    if text.contains(FUNCTION) { text.replacen(FUNCTION, PATIENT, 1) } else { format!("{PATIENT}\n{text}") }
}

/// An alias that serves `version` alone.
pub(crate) fn alone(version: u64) -> Value {
    json!([version.to_string(), {}])
}

/// An alias that gives `weight` of its traffic to version `new`, and the rest to `old`.
pub(crate) fn split(old: u64, new: u64, weight: f64) -> Value {
    json!([old.to_string(), { new.to_string(): weight }])
}
