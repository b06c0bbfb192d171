//! A GitHub for one test: `tests/github/server.py`, which keeps what it is told.

use serde_json::{Value, json};

use crate::support::http::exchange;
use crate::support::{Server, venv};

/// A GitHub with one repository.
pub(crate) struct Hub {
    server: Server,
}

/// The repository.
pub(crate) const REPOSITORY: &str = "octo/shop";
/// The token of a workflow's job, which may write.
pub(crate) const TOKEN: &str = "ghs_actions";
/// The token of a job for a fork's pull request, which may only read.
pub(crate) const FORK_TOKEN: &str = "ghs_fork";
/// What a job sends for an OIDC token.
pub(crate) const OIDC_REQUEST_TOKEN: &str = "oidc-request-token";

impl Hub {
    /// An empty one.
    pub(crate) fn start() -> Self {
        Self { server: Server::start_announced("github", &venv::script("github/server.py")) }
    }

    /// Its API's address.
    pub(crate) fn url(&self) -> String {
        self.server.endpoint()
    }

    /// Where a job asks for an OIDC token.
    pub(crate) fn oidc_url(&self) -> String {
        format!("{}/_oidc/token?api-version=2", self.url())
    }

    /// Tells it something, as the head of `server.py` says.
    pub(crate) fn control(&self, name: &str, told: &Value) {
        let answer = exchange(self.server.port, &format!("POST /_control/{name}"), &[], &told.to_string());
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 200, "{name}: {}", answer.body);
    }

    /// Opens a pull request of the commit `head` in `head_repository`.
    pub(crate) fn pull(&self, number: u64, head: &str, head_repository: &str) {
        let pull = json!({ "repository": REPOSITORY, "number": number, "head": head, "head_repository": head_repository });
        self.control("pull", &pull);
    }

    /// The bodies of the comments on an issue or a pull request.
    pub(crate) fn comments(&self, number: u64) -> Vec<String> {
        let state = self.state();
        let comments = state["comments"][number.to_string()].as_array().cloned().unwrap_or_default();
        comments.iter().filter_map(|comment| comment["body"].as_str().map(str::to_owned)).collect()
    }

    /// Each deployment's environment and the states that it went through.
    pub(crate) fn deployments(&self) -> Vec<(String, Vec<String>)> {
        let state = self.state();
        let word = |value: &Value| value.as_str().expect("a word").to_owned();
        let states = |id: &Value| {
            let all = state["statuses"][id.to_string()].as_array().cloned().unwrap_or_default();
            all.iter().map(|status| word(&status["state"])).collect()
        };
        let made = state["deployments"].as_array().into_iter().flatten();
        made.map(|one| (word(&one["environment"]), states(&one["id"]))).collect()
    }

    /// The requests that were not just questions, as method and path, since it began.
    pub(crate) fn writes(&self) -> Vec<String> {
        let of = |entry: &Value| {
            let (method, path) = (entry["method"].as_str()?, entry["path"].as_str()?);
            (method != "GET" && !path.contains("graphql")).then(|| format!("{method} {path}"))
        };
        self.log().iter().filter_map(of).collect()
    }

    /// How often somebody asked for an OIDC token.
    pub(crate) fn oidc_requests(&self) -> usize {
        self.log()
            .iter()
            .filter(|entry| entry["path"].as_str().is_some_and(|path| path.contains("_oidc")))
            .count()
    }

    /// All that it was asked.
    pub(crate) fn log(&self) -> Vec<Value> {
        self.read("log").as_array().cloned().unwrap_or_default()
    }

    /// All that it keeps.
    pub(crate) fn state(&self) -> Value {
        self.read(&format!("state?repository={REPOSITORY}"))
    }

    fn read(&self, name: &str) -> Value {
        let answer =
            exchange(self.server.port, &format!("GET /_control/{name}"), &[], "").expect("an answer");
        serde_json::from_str(&answer.body).expect("JSON")
    }
}
