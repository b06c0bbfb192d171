//! GitHub as this tool needs it: one comment, deployments, one issue. The only place that names octocrab.
//!
//! In: values and rendered text. Out: what GitHub has now, or an [`Error`]. It must not decide what is said.

mod address;
mod api;
mod comment;
mod deployment;
mod error;
mod failure;
mod identity;
mod issue;
mod marker;
pub mod oidc;
mod patience;
mod pulls;
mod server;
pub mod workflow;

pub use error::Error;
pub use patience::Pace;
pub use server::is_own;

use tokio::sync::OnceCell;

use self::address::Address;
use self::api::Api;
use self::comment::Absent;
use self::patience::Patience;
use crate::console::Console;
use crate::model::Secret;
use crate::network::Network;

/// Where a repository is, and what proves who asks.
#[derive(Clone)]
pub struct Access {
    /// The address of the API, such as `https://api.github.com`.
    pub api_url: String,
    /// `owner/name`.
    pub repository: String,
    /// The token.
    pub token: Secret,
    /// The way there.
    pub network: Network,
}

/// The API of one repository.
pub struct GitHub {
    api: Api,
    repository: String,
    console: Console,
    /// The token's own login, once it was asked for.
    login: OnceCell<String>,
}

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
    /// A digest of what the comment says, apart from what is another one in every run: a comment with the same is not written
    /// again. Without one, its text is compared.
    pub content: Option<String>,
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

/// What there is to say of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeploymentStatus<'a> {
    /// How it is doing.
    pub state: DeploymentState,
    /// The same in a phrase.
    pub description: &'a str,
    /// The page of the run.
    pub page: Option<&'a str>,
    /// Whether a success makes earlier deployments to the environment inactive.
    pub replaces: bool,
}

/// What an open issue says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssueText<'a> {
    /// The title.
    pub title: &'a str,
    /// What comes below line 1, in markdown.
    pub body: &'a str,
    /// A digest of what it says, apart from when: an issue with the same one is left as it is. Without it, the text's.
    pub content: Option<&'a str>,
}

impl GitHub {
    /// Sends nothing yet.
    ///
    /// # Errors
    /// When the address is not one, or the repository is not `owner/name`, or there is no token.
    pub fn connect(access: &Access, console: &Console) -> Result<Self, Error> {
        let repository = address::repository(&access.repository)?.to_owned();
        let address = Address::parse(&access.api_url)?;
        let api = Api::new(address, access.token.clone(), access.network.clone())?;
        Ok(Self { api, repository, console: console.clone(), login: OnceCell::new() })
    }

    /// The same with another pace.
    #[must_use]
    pub fn with_pace(mut self, pace: Pace) -> Self {
        self.api.pace = pace;
        self
    }

    /// Makes the comment with `stamp`'s key say `body`, unless a newer run's says something already.
    ///
    /// # Errors
    /// When GitHub does not allow it ([`Error::is_denied`]) or does not answer well for too long.
    pub async fn comment(&self, pull_request: u64, stamp: &Stamp, body: &str) -> Result<Comment, Error> {
        let kept = self.keep(pull_request, (stamp, body), Absent::Create).await?;
        kept.ok_or_else(|| Error::Answer {
            action: format!("comment on pull request {pull_request}"),
            said: "the comment is not there".to_owned(),
        })
    }

    /// The same for what is worth no comment of its own: one that is there says it, and none is made.
    ///
    /// # Errors
    /// As [`GitHub::comment`].
    pub async fn refresh(
        &self,
        pull_request: u64,
        stamp: &Stamp,
        body: &str,
    ) -> Result<Option<Comment>, Error> {
        self.keep(pull_request, (stamp, body), Absent::Leave).await
    }

    async fn keep(
        &self,
        pull_request: u64,
        said: (&Stamp, &str),
        absent: Absent,
    ) -> Result<Option<Comment>, Error> {
        let mut patience = self.patience();
        let login = self.login(&mut patience).await?;
        let place = comment::Place { api: &self.api, repository: &self.repository, pull_request, login };
        comment::keep(&place, said, absent, &mut patience).await
    }

    /// The open pull requests whose head is `commit` in the repository `head_repository` (`owner/name`).
    ///
    /// # Errors
    /// As [`GitHub::comment`].
    pub async fn pull_requests(&self, commit: &str, head_repository: &str) -> Result<Vec<u64>, Error> {
        let head = (address::commit(commit)?, address::repository(head_repository)?);
        pulls::of_commit(&self.api, &self.repository, head, &mut self.patience()).await
    }

    /// The pull requests that were merged as `commit`.
    ///
    /// # Errors
    /// As [`GitHub::comment`].
    pub async fn merged_pull_requests(&self, commit: &str) -> Result<Vec<u64>, Error> {
        let commit = address::commit(commit)?;
        pulls::merged(&self.api, &self.repository, commit, &mut self.patience()).await
    }

    /// Begins a deployment, and answers its number.
    ///
    /// # Errors
    /// As [`GitHub::comment`].
    pub async fn begin_deployment(&self, deployment: &NewDeployment) -> Result<u64, Error> {
        deployment::begin(&self.api, &self.repository, deployment, &mut self.patience()).await
    }

    /// Says how a deployment is doing.
    ///
    /// # Errors
    /// As [`GitHub::comment`].
    pub async fn deployment_status(
        &self,
        deployment: u64,
        status: &DeploymentStatus<'_>,
    ) -> Result<(), Error> {
        deployment::say(&self.api, &self.repository, deployment, status, &mut self.patience()).await
    }

    /// Keeps one open issue for `key`: opens it, updates it, or, without a `text`, closes it. Answers its page, when there is
    /// one, also when it was just closed.
    ///
    /// # Errors
    /// As [`GitHub::comment`].
    pub async fn issue(&self, key: &str, text: Option<IssueText<'_>>) -> Result<Option<String>, Error> {
        let mut patience = self.patience();
        let login = self.login(&mut patience).await?;
        let place = issue::Place { api: &self.api, repository: &self.repository, login, key };
        issue::keep(&place, text, &mut patience).await
    }

    async fn login(&self, patience: &mut Patience<'_>) -> Result<&str, Error> {
        let login = self.login.get_or_try_init(|| identity::login(&self.api, patience)).await?;
        Ok(login.as_str())
    }

    fn patience(&self) -> Patience<'_> {
        Patience::new(&self.api.pace, &self.console)
    }
}
