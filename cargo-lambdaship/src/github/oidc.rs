//! The token by which GitHub tells AWS which repository, branch and environment a job is of.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;

use crate::context::Environment;
use crate::model::Secret;
use crate::network::{self, Network};

/// Whom the token is for.
const AUDIENCE: &str = "sts.amazonaws.com";
/// How often GitHub is asked.
const TRIES: u32 = 4;
/// Before the second time; doubled each time after it.
const PAUSE: Duration = Duration::from_millis(500);
/// The longest answer that is read, in bytes. A token is one or two thousand.
const LONGEST: usize = 64 * 1024;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The job may not have one.
    #[error(
        "GitHub gives this job no OpenID Connect token: it has no `permissions: id-token: write`, or is of a fork's pull request"
    )]
    NotPermitted,
    /// GitHub says where to ask, and it is no address that a secret can be sent to.
    #[error("ACTIONS_ID_TOKEN_REQUEST_URL is not an address that a token can be asked of")]
    Address,
    /// GitHub refuses.
    #[error("GitHub refuses an OpenID Connect token (HTTP status {0})")]
    Refused(StatusCode),
    /// GitHub does not answer.
    #[error("GitHub does not answer for an OpenID Connect token: {0}")]
    Unreachable(String),
    /// There is no way to GitHub.
    #[error(transparent)]
    Network(#[from] network::Malformed),
    /// The answer has no token.
    #[error("GitHub's answer has no OpenID Connect token")]
    Answer,
}

/// Where GitHub gives tokens to this job.
#[derive(Clone)]
pub struct Oidc {
    url: Url,
    permission: Secret,
    network: Network,
}

/// GitHub's answer.
#[derive(Deserialize)]
struct Answer {
    value: String,
}

impl Oidc {
    /// As the variables of the job say. Sends nothing.
    ///
    /// # Errors
    /// When the job may not have tokens.
    pub fn of(environment: &Environment) -> Result<Self, Error> {
        let url = environment.get("ACTIONS_ID_TOKEN_REQUEST_URL");
        let permission = environment.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
        let (Some(url), Some(permission)) = (url, permission) else { return Err(Error::NotPermitted) };
        let mut url = Url::parse(url).map_err(|_| Error::Address)?;
        let is_local = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        if url.scheme() != "https" && !(url.scheme() == "http" && is_local) {
            return Err(Error::Address);
        }
        url.query_pairs_mut().append_pair("audience", AUDIENCE);
        Ok(Self { url, permission: Secret::new(permission), network: Network::of(environment)? })
    }

    /// A new token.
    ///
    /// # Errors
    /// When GitHub refuses, or does not answer well for too long.
    pub async fn token(&self) -> Result<Secret, Error> {
        let client = self.network.client().redirect(Policy::none()).timeout(Duration::from_secs(10)).build();
        let client = client.map_err(|error| self.unreachable(error))?;
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match self.ask(&client).await {
                Err(error) if error.may_pass() => {}
                done => return done,
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        self.ask(&client).await
    }

    async fn ask(&self, client: &Client) -> Result<Secret, Error> {
        let request = client.get(self.url.clone()).bearer_auth(self.permission.expose());
        let answer = request.send().await.map_err(|error| self.unreachable(error))?;
        if !answer.status().is_success() {
            return Err(Error::Refused(answer.status()));
        }
        let body = answer.bytes().await.map_err(|error| self.unreachable(error))?;
        let body = Some(body).filter(|body| body.len() <= LONGEST).ok_or(Error::Answer)?;
        let answer: Answer = serde_json::from_slice(&body).map_err(|_| Error::Answer)?;
        if answer.value.is_empty() { Err(Error::Answer) } else { Ok(Secret::new(answer.value)) }
    }

    fn unreachable(&self, error: reqwest::Error) -> Error {
        let cause = cause(error);
        Error::Unreachable(match self.network.proxy(self.url.as_str()) {
            Some(proxy) => format!("{cause}, through the proxy {proxy}"),
            None => cause,
        })
    }
}

impl Error {
    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotPermitted => {
                "give the job `permissions: id-token: write`, or leave out `role-to-assume` and set AWS credentials for it"
            }
            Self::Network(error) => error.hint(),
            Self::Address => "the runner sets this variable: leave it as it is",
            Self::Refused(_) | Self::Unreachable(_) | Self::Answer => {
                "run the job again; githubstatus.com says whether GitHub has a problem"
            }
        }
    }

    /// Whether it can be better a moment later.
    fn may_pass(&self) -> bool {
        match self {
            Self::Refused(status) => status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS,
            Self::Unreachable(_) => true,
            Self::NotPermitted | Self::Address | Self::Network(_) | Self::Answer => false,
        }
    }
}

/// The innermost cause; the address, which has the job's own part in it, is of no use to anybody.
fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut inner: &dyn std::error::Error = &error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
