//! The fake GitHub of `tests/github/server.py`, by itself or behind prism, which holds every request and every answer against
//! GitHub's own description of its API.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Server, http, node, tests_folder, venv};

/// The token of a workflow's job; the author of what it writes is `github-actions[bot]`.
pub(crate) const JOB: &str = "ghs_actions";
/// The token of a job for a pull request of a fork: it may only read.
pub(crate) const FORK: &str = "ghs_fork";
/// The token of another App, `ship-bot[bot]`.
pub(crate) const APP: &str = "ghs_app";
/// The token of a person, `octo-person`.
pub(crate) const PERSON: &str = "ghp_person";

/// A running fake. Tests keep apart by [`fresh_repository`].
#[derive(Clone)]
pub(crate) struct Hub {
    fake: Server,
    prism: Option<Prism>,
}

#[derive(Clone)]
struct Prism {
    /// Of the server that tells of prism.
    control: Server,
    port: u16,
}

#[derive(Deserialize)]
struct Told {
    port: u16,
    violations: Vec<String>,
}

/// One request.
#[derive(Debug, Deserialize)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    /// None when the answer was lost.
    pub(crate) status: Option<u16>,
    /// Who asked; none without a token that is known.
    pub(crate) login: Option<String>,
    pub(crate) body: Value,
}

impl Hub {
    /// The process' fake behind prism.
    pub(crate) fn shared() -> Self {
        static SHARED: OnceLock<Hub> = OnceLock::new();
        SHARED.get_or_init(Self::start).clone()
    }

    /// A fake behind prism of the caller's own.
    pub(crate) fn start() -> Self {
        let Self { fake, .. } = Self::bare();
        let mut command = node::node();
        command.arg(tests_folder().join("github/prism.mjs")).arg(packages());
        command.arg(packages().join("github.json")).arg(fake.endpoint());
        let control = Server::start_announced("prism", &command);
        let port = told(&control).port;
        Self { fake, prism: Some(Prism { control, port }) }
    }

    /// A fake by itself, for what prism does not pass on: connections that break, addresses with a path, OIDC.
    pub(crate) fn bare() -> Self {
        Self { fake: Server::start_announced("github", &venv::script("github/server.py")), prism: None }
    }

    /// The address of the API, as `GITHUB_API_URL` has it.
    pub(crate) fn api_url(&self) -> String {
        let port = self.prism.as_ref().map_or(self.fake.port, |prism| prism.port);
        format!("http://127.0.0.1:{port}")
    }

    /// The address of tokens, as `ACTIONS_ID_TOKEN_REQUEST_URL` has it; they are given for `oidc-request-token`.
    pub(crate) fn oidc_url(&self) -> String {
        format!("{}/_oidc/token?api-version=2.0", self.fake.endpoint())
    }

    /// Tells the fake something; `server.py` lists what.
    pub(crate) fn control(&self, name: &str, told: &Value) -> Value {
        let answer = http::ask(self.fake.port, &format!("POST /_control/{name}"), &told.to_string());
        serde_json::from_str(&answer).expect("JSON")
    }

    /// Opens pull request `number` of `repository`, with `head` in the same repository.
    pub(crate) fn pull(&self, repository: &str, number: u64, head: &str) {
        self.control("pull", &json!({ "repository": repository, "number": number, "head": head }));
    }

    /// Does harm to the next request with `method` (`*` is any) whose path matches; `server.py` lists the actions.
    pub(crate) fn fault(&self, method: &str, path: &str, action: &str) {
        self.control("fault", &json!({ "method": method, "path": path, "action": action }));
    }

    /// Lets go on what `fault` holds under this name.
    pub(crate) fn release(&self, name: &str) {
        self.control("release", &json!({ "name": name }));
    }

    /// Does harm to every such request.
    pub(crate) fn fault_always(&self, method: &str, path: &str, action: &str) {
        self.control("fault", &json!({ "method": method, "path": path, "action": action, "count": null }));
    }

    /// The requests about `repository`, in the order in which they came.
    pub(crate) fn log(&self, repository: &str) -> Vec<Exchange> {
        self.read(&format!("log?repository={repository}"))
    }

    /// All requests since the start.
    pub(crate) fn log_of_all(&self) -> Vec<Exchange> {
        self.read("log")
    }

    /// The requests about `repository` that were to change something: `POST 201`.
    pub(crate) fn writes(&self, repository: &str) -> Vec<String> {
        let log = self.log(repository);
        let writes = log.iter().filter(|exchange| exchange.method != "GET");
        let status =
            |exchange: &Exchange| exchange.status.map_or("lost".to_owned(), |status| status.to_string());
        writes.map(|exchange| format!("{} {}", exchange.method, status(exchange))).collect()
    }

    /// All that is kept of `repository`: `issues`, `comments` by number, `deployments`, `statuses` by deployment.
    pub(crate) fn state(&self, repository: &str) -> Value {
        self.read(&format!("state?repository={repository}"))
    }

    /// The texts of the comments on `number`, by rising id.
    pub(crate) fn comments(&self, repository: &str, number: u64) -> Vec<String> {
        let state = self.state(repository);
        let comments = state["comments"][number.to_string()].as_array().cloned().unwrap_or_default();
        comments.iter().map(|comment| comment["body"].as_str().expect("a text").to_owned()).collect()
    }

    /// Fails the test when anything since the start was not as GitHub describes its API.
    pub(crate) fn assert_valid(&self) {
        let prism = self.prism.as_ref().expect("it is behind prism");
        let violations = told(&prism.control).violations;
        assert!(violations.is_empty(), "not as GitHub describes it:\n{}", violations.join("\n"));
    }

    /// What prism refused since the start.
    pub(crate) fn violations(&self) -> Vec<String> {
        told(&self.prism.as_ref().expect("it is behind prism").control).violations
    }

    fn read<T: serde::de::DeserializeOwned>(&self, path: &str) -> T {
        let text = http::ask(self.fake.port, &format!("GET /_control/{path}"), "");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

/// The folder with prism, and GitHub's description cut down to `github.json`.
fn packages() -> &'static Utf8Path {
    static FOLDER: OnceLock<Utf8PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let program = tests_folder().join("github/describe.mjs");
        let source = fs::read_to_string(&program).expect("the program can be read");
        node::packages("github", &source, |folder| {
            node::finish(
                node::node().arg(program).arg(folder).arg(folder.join("github.json")),
                "GitHub's description could not be cut down",
            );
            // The whole descriptions are 400 MB, and one of them was needed once.
            fs::remove_dir_all(folder.join("node_modules/@octokit/openapi")).expect("they can be removed");
        })
    })
}

/// A repository that no other test of this process has.
pub(crate) fn fresh_repository() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("acme/shop-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn told(control: &Server) -> Told {
    let text = http::ask(control.port, "GET /", "");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
