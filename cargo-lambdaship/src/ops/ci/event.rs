//! What GitHub says of the run: which commit, for whom, and whether its code is trusted. Pure.
//!
//! In: the variables of a runner, and the event's payload. Out: [`Event`]. What is not as expected is read as what is trusted
//! least.

use serde_json::Value;

use crate::context::{Environment, ci_run};

/// The event that a run is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    /// Its name, such as `pull_request`; empty outside of GitHub Actions.
    pub(super) name: String,
    /// The repository of the run, as `owner/name`.
    pub(super) repository: Option<String>,
    /// The commit that the run is about: of a pull request its head, not the merge that is checked out.
    pub(super) head: Option<String>,
    /// The repository that the commit is in.
    pub(super) head_repository: Option<String>,
    /// The pull request, where the event says it.
    pub(super) pull_request: Option<u64>,
    /// The number of the run that did the work: for `workflow_run` the one that ended.
    pub(super) run: u64,
    /// Its attempt.
    pub(super) attempt: u64,
    /// Its page.
    pub(super) page: Option<String>,
    /// Whose code it is.
    pub(super) trust: Trust,
}

/// Whose code a run is about, and what it could get at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// The repository's own.
    Own,
    /// A fork's, in a run that has a token to read and nothing else.
    Fork,
    /// A fork's, in a run that has the repository's secrets.
    ForkWithSecrets,
}

/// The longest payload that is read, in bytes; GitHub's own limit is 25 MB.
pub(super) const LARGEST: u64 = 32 * 1024 * 1024;

impl Event {
    /// Reads it. `payload` is the document that `GITHUB_EVENT_PATH` names.
    #[must_use]
    pub(super) fn read(environment: &Environment, payload: &Value) -> Self {
        let get = |name| environment.get(name).map(str::to_owned);
        let number = |name| environment.get(name).and_then(|text| text.parse().ok());
        let name = get("GITHUB_EVENT_NAME").unwrap_or_default();
        let event = Self {
            repository: get("GITHUB_REPOSITORY"),
            head: get("GITHUB_SHA"),
            head_repository: get("GITHUB_REPOSITORY"),
            pull_request: None,
            run: number("GITHUB_RUN_ID").unwrap_or_default(),
            attempt: number("GITHUB_RUN_ATTEMPT").unwrap_or(1),
            page: ci_run(environment),
            trust: Trust::Own,
            name,
        };
        let (pull_request, workflow_run) = (&payload["pull_request"], &payload["workflow_run"]);
        if event.name.starts_with("pull_request") {
            event.of_pull_request(pull_request)
        } else if event.name == "workflow_run" {
            event.after(workflow_run)
        } else {
            event
        }
    }

    fn of_pull_request(mut self, pull_request: &Value) -> Self {
        self.pull_request = pull_request["number"].as_u64();
        self.head = text(&pull_request["head"]["sha"]).or(self.head);
        // A fork that was deleted has no repository.
        self.head_repository = text(&pull_request["head"]["repo"]["full_name"]);
        self.trust = match (self.is_own(), self.name.as_str()) {
            (true, _) => Trust::Own,
            (false, "pull_request_target") => Trust::ForkWithSecrets,
            (false, _) => Trust::Fork,
        };
        self
    }

    /// The run that ended is the one that has something to say; only this one may say it.
    fn after(mut self, workflow_run: &Value) -> Self {
        self.head = text(&workflow_run["head_sha"]);
        self.head_repository = text(&workflow_run["head_repository"]["full_name"]);
        self.run = workflow_run["id"].as_u64().unwrap_or_default();
        self.attempt = workflow_run["run_attempt"].as_u64().unwrap_or(1);
        self.page = text(&workflow_run["html_url"]);
        self.trust = if self.is_own() { Trust::Own } else { Trust::ForkWithSecrets };
        self
    }

    /// Whether the commit is in the run's own repository. GitHub's names have no case.
    fn is_own(&self) -> bool {
        match (&self.head_repository, &self.repository) {
            (Some(head), Some(own)) => head.eq_ignore_ascii_case(own),
            _ => false,
        }
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests;
