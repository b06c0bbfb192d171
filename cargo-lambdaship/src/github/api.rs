//! Single exchanges with GitHub over octocrab, and lists with all of their pages.
//!
//! In: a path below the API's address and what the call is for, in words. Out: the answer, or a [`Failure`]. Reads are tried
//! again here; writes are not, as who writes has to look first at what is there.

use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use octocrab::{Octocrab, Page};
use reqwest::redirect::Policy;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::address::Address;
use super::error::{Error, one_line};
use super::failure::{Again, Failure, chain};
use super::patience::{Pace, Patience};
use crate::context;
use crate::model::Secret;
use crate::network::Network;

/// GitHub's largest page.
pub(super) const PAGE: usize = 100;
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// Ten thousand entries: GitHub itself stops at 2,500 comments.
const MOST_PAGES: usize = 100;

/// One API.
pub(super) struct Api {
    address: Address,
    token: Secret,
    network: Network,
    pub(super) pace: Pace,
    /// Made by the first call, as it needs the runtime.
    client: OnceLock<Octocrab>,
}

impl Api {
    /// Checks the token only.
    pub(super) fn new(address: Address, token: Secret, network: Network) -> Result<Self, Error> {
        match token.expose() {
            "" => return Err(Error::Token("missing")),
            text if text.chars().all(|c| c.is_ascii_graphic()) => {}
            _ => {
                return Err(Error::Token(
                    "malformed: it has spaces, line breaks or letters that no token has",
                ));
            }
        }
        Ok(Self { address, token, network, pace: Pace::default(), client: OnceLock::new() })
    }

    /// What is at `path`, with retries.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        action: &str,
        path: &str,
        patience: &mut Patience<'_>,
    ) -> Result<T, Failure> {
        loop {
            let client = self.client()?;
            let request = client.get(self.address.path(path), None::<&()>);
            match self.send(action, request).await {
                Err(failure) if failure.again != Again::Never => {
                    patience.after(failure).await.map_err(Failure::from)?;
                }
                settled => return settled,
            }
        }
    }

    /// All entries of the list at `path`, with retries.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        action: &str,
        path: &str,
        query: &[(&str, &str)],
        patience: &mut Patience<'_>,
    ) -> Result<Vec<T>, Error> {
        let mut entries = Vec::new();
        let mut number = 1;
        while number <= MOST_PAGES {
            let (size, page) = (PAGE.to_string(), number.to_string());
            let paging = [("per_page", size.as_str()), ("page", page.as_str())];
            let query: Vec<_> = query.iter().copied().chain(paging).collect();
            let client = self.client().map_err(|failure| failure.error)?;
            let request = client.get::<Page<T>, _, _>(self.address.path(path), Some(&query));
            match self.send(action, request).await {
                Ok(mut page) => {
                    entries.append(&mut page.items);
                    // The pages are counted here instead of following the address: the token goes where it was meant to.
                    if page.next.is_none() {
                        return Ok(entries);
                    }
                    number += 1;
                }
                Err(failure) => patience.after(failure).await?,
            }
        }
        Err(Error::Answer {
            action: action.to_owned(),
            said: format!("there are more than {MOST_PAGES} pages"),
        })
    }

    /// The answer to a GraphQL query, as it comes.
    pub(super) async fn graphql(&self, action: &str, query: &str) -> Result<serde_json::Value, Failure> {
        let body = serde_json::json!({ "query": query });
        let client = self.client()?;
        self.send(action, client.post(self.address.graphql(), Some(&body))).await
    }

    /// Makes something at `path`.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        action: &str,
        path: &str,
        body: &(impl Serialize + ?Sized),
    ) -> Result<T, Failure> {
        let client = self.client()?;
        self.send(action, client.post(self.address.path(path), Some(body))).await
    }

    /// Changes what is at `path`.
    pub(super) async fn patch(
        &self,
        action: &str,
        path: &str,
        body: &(impl Serialize + ?Sized),
    ) -> Result<(), Failure> {
        let client = self.client()?;
        let request = client.patch::<IgnoredAny, _, _>(self.address.path(path), Some(body));
        self.send(action, request).await.map(|_| ())
    }

    /// Deletes what is at `path`.
    pub(super) async fn delete(&self, action: &str, path: &str) -> Result<(), Failure> {
        let client = self.client()?;
        let path = self.address.path(path);
        self.send(action, async {
            octocrab::map_github_error(client._delete(path, None::<&()>).await?).await.map(|_| ())
        })
        .await
    }

    async fn send<T>(
        &self,
        action: &str,
        request: impl Future<Output = octocrab::Result<T>>,
    ) -> Result<T, Failure> {
        let limit = self.pace.answer;
        let failure = match tokio::time::timeout(limit, request).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => {
                let now = u64::try_from(context::now().as_second()).unwrap_or_default();
                Failure::of(action, &error, now)
            }
            Err(_) => Failure::lost(action, &format!("none within {}s", limit.as_secs_f64())),
        };
        Err(failure.through(self.network.proxy(&self.address.origin)))
    }

    fn client(&self) -> Result<&Octocrab, Failure> {
        if self.client.get().is_none() {
            let made = build(&self.address.origin, &self.token, &self.network)
                .map_err(|said| Failure::from(Error::Client(one_line(&said))))?;
            // Another call may have been first; one client is as good as the other.
            let _ = self.client.set(made);
        }
        self.client.get().ok_or_else(|| Failure::from(Error::Client("it is gone".to_owned())))
    }
}

/// The client has the origin as its base only, so that a path is never taken for one that has the API's prefix already.
fn build(origin: &str, token: &Secret, network: &Network) -> Result<Octocrab, String> {
    let agent = concat!("cargo-lambdaship/", env!("CARGO_PKG_VERSION"));
    let wrong = |error: octocrab::Error| chain(&error);
    let builder = Octocrab::builder().base_uri(origin).and_then(|builder| builder.upload_uri(origin));
    let mut builder = builder.map_err(wrong)?.personal_token(token.expose());
    if let Ok(name) = "user-agent".parse() {
        builder = builder.add_header(name, agent.to_owned());
    }
    // Octocrab follows redirects by itself, and leaves the token out of a request to another server.
    let client = network.client().connect_timeout(CONNECT).redirect(Policy::none()).build();
    builder.build_with_reqwest(client.map_err(|error| chain(&error))?).map_err(wrong)
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, again: Again::Never }
    }
}
