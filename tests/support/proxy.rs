//! The handle of `proxy.py`, which counts and judges what goes through it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Server, http, venv};

/// How far the server behind the proxy is held to the model.
#[derive(Clone, Copy)]
pub(crate) enum Answers {
    /// Everything, for a server that must be as AWS is.
    Strict,
    /// Types and values only: stand-ins of others add and forget members.
    Lenient,
}

/// A proxy in front of one server.
pub(crate) struct Proxy(Server);

/// What went through since the start or the last reset.
#[derive(Debug, Deserialize)]
pub(crate) struct Report {
    /// By name, such as `lambda.GetFunction`.
    pub(crate) operations: BTreeMap<String, Traffic>,
    /// What AWS's models would not have; empty is the only good value.
    pub(crate) violations: Vec<String>,
    /// In the order in which they came.
    pub(crate) requests: Vec<Request>,
}

/// How much one operation was used.
#[derive(Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) count: usize,
    /// Of the requests' bodies.
    pub(crate) request_bytes: usize,
    /// Of the answers' bodies.
    pub(crate) response_bytes: usize,
}

/// One request.
#[derive(Debug, Deserialize)]
pub(crate) struct Request {
    pub(crate) operation: String,
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    /// None while there is no answer, or when it was lost.
    pub(crate) status: Option<u16>,
    /// The access key id that signed it.
    pub(crate) account: Option<String>,
    /// Whose the bucket has to be.
    pub(crate) owner: Option<String>,
}

impl Proxy {
    /// A proxy in front of the server at `endpoint`.
    pub(crate) fn new(endpoint: &str, answers: Answers) -> Self {
        Self::start(endpoint, answers, &[])
    }

    /// The same, but CloudWatch's requests go to the server at `cloudwatch`.
    pub(crate) fn with_cloudwatch(endpoint: &str, answers: Answers, cloudwatch: &str) -> Self {
        Self::start(endpoint, answers, &["--cloudwatch", cloudwatch])
    }

    fn start(endpoint: &str, answers: Answers, more: &[&str]) -> Self {
        let mut command = venv::script("support/proxy.py");
        let answers = match answers {
            Answers::Strict => "strict",
            Answers::Lenient => "lenient",
        };
        command.args(["--to", endpoint, "--answers", answers]).args(more);
        Self(Server::start_announced("proxy", &command))
    }

    /// Where clients go instead of to the server.
    pub(crate) fn endpoint(&self) -> String {
        self.0.endpoint()
    }

    /// Its port on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.0.port
    }

    /// What went through so far.
    pub(crate) fn report(&self) -> Report {
        let text = http::ask(self.0.port, "GET /_proxy/report", "");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Forgets what went through and every fault; what hangs is cut.
    pub(crate) fn reset(&self) {
        http::ask(self.0.port, "POST /_proxy/reset", "");
    }

    /// Does harm to the next request of `operation` (`*` is any); `proxy.py` lists the actions.
    pub(crate) fn fault(&self, operation: &str, action: &str) {
        self.faults(&serde_json::json!({ "operation": operation, "action": action }));
    }

    /// Does harm to every request of `operation` until the reset.
    pub(crate) fn fault_always(&self, operation: &str, action: &str) {
        self.faults(&serde_json::json!({ "operation": operation, "action": action, "count": null }));
    }

    /// Does harm to the `nth` request of any kind, and `count` in all; for ever without a count.
    pub(crate) fn fault_at(&self, nth: usize, count: Option<usize>, action: &str) {
        let fault = serde_json::json!({ "operation": "*", "nth": nth, "count": count, "action": action });
        self.faults(&fault);
    }

    /// Does the harm that `proxy.py` describes.
    pub(crate) fn faults(&self, fault: &serde_json::Value) {
        http::ask(self.0.port, "POST /_proxy/fault", &fault.to_string());
    }
}

impl Report {
    /// How often `operation` was called, with or without its service's name.
    pub(crate) fn count(&self, operation: &str) -> usize {
        let named =
            |name: &str| name == operation || name.split_once('.').is_some_and(|(_, name)| name == operation);
        self.operations.iter().filter(|(name, _)| named(name)).map(|(_, traffic)| traffic.count).sum()
    }

    /// The requests that were to change something.
    pub(crate) fn writes(&self) -> Vec<&str> {
        let reads = ["Get", "List", "Describe"];
        let reads = |name: &str| {
            name.split_once('.').is_some_and(|(_, name)| reads.iter().any(|read| name.starts_with(read)))
        };
        self.order().into_iter().filter(|name| !reads(name)).collect()
    }

    /// How often Lambda was asked for anything.
    pub(crate) fn lambda(&self) -> usize {
        self.order().iter().filter(|name| name.starts_with("lambda.")).count()
    }

    /// Who has to own the buckets that S3 was asked for; none where a request did not say it.
    pub(crate) fn owners(&self) -> BTreeSet<Option<&str>> {
        let to_s3 = self.requests.iter().filter(|request| request.operation.starts_with("s3."));
        to_s3.map(|request| request.owner.as_deref()).collect()
    }

    /// Bytes of all requests' bodies.
    pub(crate) fn request_bytes(&self) -> usize {
        self.operations.values().map(|traffic| traffic.request_bytes).sum()
    }

    /// The operations in the order in which they came.
    pub(crate) fn order(&self) -> Vec<&str> {
        self.requests.iter().map(|request| request.operation.as_str()).collect()
    }

    /// Fails the test when a request was not as AWS's models say; for servers whose answers are their own affair.
    pub(crate) fn assert_valid_requests(&self) {
        let requests: Vec<_> = self.violations.iter().filter(|text| text.contains(" request: ")).collect();
        assert!(requests.is_empty(), "not as AWS's models say:\n{requests:#?}");
    }

    /// Fails the test when anything was not as AWS's models say.
    pub(crate) fn assert_valid(&self) {
        assert!(self.violations.is_empty(), "not as AWS's models say:\n{}", self.violations.join("\n"));
    }
}
