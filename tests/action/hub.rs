//! A GitHub for one test, with one repository.

use std::ops::Deref;

use serde_json::{Value, json};

use crate::support::github;

/// The repository.
pub(crate) const REPOSITORY: &str = "octo/shop";
/// What a job sends for an OIDC token.
pub(crate) const OIDC_REQUEST_TOKEN: &str = "oidc-request-token";

/// A GitHub of a test's own.
pub(crate) struct Hub(github::Hub);

impl Deref for Hub {
    type Target = github::Hub;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Hub {
    /// An empty one, behind what holds requests and answers against GitHub's own description of its API.
    pub(crate) fn start() -> Self {
        Self(github::Hub::start())
    }

    /// Opens a pull request of the commit `head` in `head_repository`.
    pub(crate) fn open(&self, number: u64, head: &str, head_repository: &str) {
        let pull = json!({ "repository": REPOSITORY, "number": number, "head": head, "head_repository": head_repository });
        self.control("pull", &pull);
    }

    /// Makes an environment, without a rule for reviewers when there are none.
    pub(crate) fn environment(&self, name: &str, reviewers: &[&str]) {
        let told = json!({ "repository": REPOSITORY, "name": name, "reviewers": reviewers });
        self.control("environment", &told);
    }

    /// The comments on a pull request.
    pub(crate) fn said(&self, number: u64) -> Vec<String> {
        self.comments(REPOSITORY, number)
    }

    /// How many requests were to change something.
    pub(crate) fn changes(&self) -> usize {
        self.writes(REPOSITORY).len()
    }

    /// How often somebody asked for an OIDC token.
    pub(crate) fn oidc_requests(&self) -> usize {
        self.log_of_all().iter().filter(|exchange| exchange.path.contains("_oidc")).count()
    }

    /// Each deployment's environment and the states that it went through.
    pub(crate) fn deployments(&self) -> Vec<(String, Vec<String>)> {
        let state = self.all();
        let word = |value: &Value| value.as_str().expect("a word").to_owned();
        let states = |id: &Value| {
            let all = state["statuses"][id.to_string()].as_array().cloned().unwrap_or_default();
            all.iter().map(|status| word(&status["state"])).collect()
        };
        let made = state["deployments"].as_array().into_iter().flatten();
        made.map(|one| (word(&one["environment"]), states(&one["id"]))).collect()
    }

    /// All that it keeps.
    pub(crate) fn all(&self) -> Value {
        self.state(REPOSITORY)
    }
}
