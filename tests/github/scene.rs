//! A repository on the fake GitHub with one pull request, and a client that does not wait for long.

use std::time::Duration;

use cargo_lambdaship::console::{Console, Verbosity};
use cargo_lambdaship::github::{Access, Comment, Error, GitHub, Pace, Stamp};
use cargo_lambdaship::model::Secret;
use cargo_lambdaship::network::Network;
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use crate::support::github::{Exchange, Hub, fresh_repository};

/// The commit that is the head of the pull request.
pub(crate) const HEAD: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
/// Its number.
pub(crate) const PULL: u64 = 7;

/// Quick, and patient with a machine that has more to do.
pub(crate) const QUICK: Pace = Pace {
    answer: Duration::from_mins(1),
    pause: Duration::from_millis(20),
    patience: Duration::from_mins(2),
    settle: Duration::from_millis(20),
};

pub(crate) struct Scene {
    pub(crate) hub: Hub,
    pub(crate) repository: String,
}

impl Scene {
    /// On the shared fake, behind prism.
    pub(crate) fn new() -> Self {
        Self::on(Hub::shared())
    }

    pub(crate) fn on(hub: Hub) -> Self {
        let repository = fresh_repository();
        hub.pull(&repository, PULL, HEAD);
        Self { hub, repository }
    }

    pub(crate) fn github(&self, token: &str) -> GitHub {
        self.github_at(&self.hub.api_url(), token)
    }

    pub(crate) fn github_at(&self, api_url: &str, token: &str) -> GitHub {
        let access = Access {
            api_url: api_url.to_owned(),
            repository: self.repository.clone(),
            token: Secret::new(token),
            network: Network::default(),
        };
        let (console, _, _) = Console::buffered(Verbosity::Verbose);
        GitHub::connect(&access, &console).expect("the address is one").with_pace(QUICK)
    }

    /// Keeps the comment with key `plan` as run `run`.
    pub(crate) fn comment(&self, token: &str, run: u64, body: &str) -> Result<Comment, Error> {
        let github = self.github(token);
        block_on(github.comment(PULL, &stamp(run), body))
    }

    /// What the comments on the pull request say.
    pub(crate) fn comments(&self) -> Vec<String> {
        self.hub.comments(&self.repository, PULL)
    }

    /// What the only comment says below its first line.
    pub(crate) fn only_comment(&self) -> String {
        let comments = self.comments();
        assert_eq!(comments.len(), 1, "{comments:#?}");
        below(&comments[0]).to_owned()
    }

    /// Lets `login` comment `count` times.
    pub(crate) fn said(&self, login: &str, body: &str, count: usize) {
        let told = json!({ "repository": self.repository, "number": PULL, "login": login, "body": body, "count": count });
        self.hub.control("comment", &told);
    }

    /// Harm to the next request with `method` to a path of this repository that ends as `end` says.
    pub(crate) fn fault(&self, method: &str, end: &str, action: &str) {
        self.hub.fault(method, &format!("/repos/{}/{end}", self.repository), action);
    }

    pub(crate) fn fault_always(&self, method: &str, end: &str, action: &str) {
        self.hub.fault_always(method, &format!("/repos/{}/{end}", self.repository), action);
    }

    pub(crate) fn log(&self) -> Vec<Exchange> {
        self.hub.log(&self.repository)
    }

    pub(crate) fn writes(&self) -> Vec<String> {
        self.hub.writes(&self.repository)
    }
}

pub(crate) fn stamp(run: u64) -> Stamp {
    Stamp { key: "plan".to_owned(), run, attempt: 1, head: HEAD.to_owned(), content: None }
}

/// What a comment says below its first line.
pub(crate) fn below(comment: &str) -> &str {
    comment.split_once('\n').expect("there is a first line").1
}

/// Runs on the runtime of this thread: a client lives on the one that it was used on first.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: Runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}
