//! GitHub as this tool needs it: one comment, deployments, one issue. The only place that names octocrab.
//!
//! In: values and rendered text. Out: what GitHub has now, or an [`Error`]. It must not decide what is said.

mod error;

pub use error::Error;

use crate::console::Console;
use crate::model::Secret;

/// Where a repository is, and what proves who asks.
#[derive(Clone)]
pub struct Access {
    /// The address of the API, such as `https://api.github.com`.
    pub api_url: String,
    /// `owner/name`.
    pub repository: String,
    /// The token.
    pub token: Secret,
}

/// The API of one repository.
pub struct GitHub {}

/// Which comment is ours, and how new what it says is: line 1 of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// What tells several comments of one pull request apart.
    pub key: String,
    /// `GITHUB_RUN_ID`: a later run has a greater one.
    pub run: u64,
    /// `GITHUB_RUN_ATTEMPT`.
    pub attempt: u64,
    /// The commit.
    pub head: String,
}

/// The comment after [`GitHub::comment`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its page.
    pub url: String,
    /// What was done.
    pub done: Commented,
}

/// What became of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commented {
    /// It is new.
    Created,
    /// It says what is new.
    Updated,
    /// It said so already.
    Unchanged,
    /// A newer run has said something else.
    Newer,
}

/// A deployment that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDeployment {
    /// The environment.
    pub environment: String,
    /// The commit.
    pub commit: String,
    /// What is done, in a phrase.
    pub description: String,
}

/// How a deployment is doing, in GitHub's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeploymentState {
    /// `in_progress`.
    InProgress,
    /// `success`.
    Success,
    /// `failure`.
    Failure,
    /// `error`: it did not come to an end of its own.
    Error,
}

impl GitHub {
    /// Sends nothing yet.
    ///
    /// # Errors
    /// When the address is not one, or the repository is not `owner/name`.
    pub fn connect(_access: &Access, _console: &Console) -> Result<Self, Error> {
        Err(Error {})
    }

    /// Makes the comment with `stamp`'s key say `body`, unless a newer run's says something already.
    ///
    /// # Errors
    /// When GitHub does not allow it ([`Error::is_denied`]) or does not answer well for too long.
    pub async fn comment(&self, _pull_request: u64, _stamp: &Stamp, _body: &str) -> Result<Comment, Error> {
        Err(Error {})
    }

    /// The open pull requests whose head is `commit` in the repository `head_repository` (`owner/name`).
    ///
    /// # Errors
    /// As [`GitHub::comment`].
    pub async fn pull_requests(&self, _commit: &str, _head_repository: &str) -> Result<Vec<u64>, Error> {
        Err(Error {})
    }

    /// Begins a deployment, and answers its number.
    ///
    /// # Errors
    /// As [`GitHub::comment`].
    pub async fn begin_deployment(&self, _deployment: &NewDeployment) -> Result<u64, Error> {
        Err(Error {})
    }

    /// Says how a deployment is doing. `page` is the page of the run.
    ///
    /// # Errors
    /// As [`GitHub::comment`].
    pub async fn deployment_status(
        &self,
        _deployment: u64,
        _state: DeploymentState,
        _description: &str,
        _page: Option<&str>,
    ) -> Result<(), Error> {
        Err(Error {})
    }

    /// Keeps one open issue for `key`: opens it, updates it, or, without a `body`, closes it. Answers its page.
    ///
    /// # Errors
    /// As [`GitHub::comment`].
    pub async fn issue(
        &self,
        _key: &str,
        _title: &str,
        _body: Option<&str>,
    ) -> Result<Option<String>, Error> {
        Err(Error {})
    }
}
