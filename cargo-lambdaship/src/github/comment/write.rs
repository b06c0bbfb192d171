//! Makes the comment what it has to be: look, write, let it settle, look again, until nothing is to be done.
//!
//! GitHub has no conditional writes for comments. So each write follows a look at what is there, also one that is tried again:
//! its answer may have been lost only. And each write is followed by another look, as a run that had looked before may have
//! written after it. A newer run that was overwritten so sees it when it looks, and writes again; an older one leaves it.

use serde::Deserialize;

use super::super::api::{Api, PAGE};
use super::super::error::Error;
use super::super::failure::{Again, Failure};
use super::super::patience::Patience;
use super::super::{Comment, Commented, Stamp};
use super::decide::{Absent, Found, Step, Wish, decide};
use super::header::Header;

/// What a comment holds.
const MOST_CHARACTERS: usize = 65_536;
/// As many older runs can come in between before something else is wrong.
const MOST_ROUNDS: usize = 50;

/// Where a comment goes.
pub(in crate::github) struct Place<'a> {
    pub(in crate::github) api: &'a Api,
    pub(in crate::github) repository: &'a str,
    pub(in crate::github) pull_request: u64,
    /// The token's own login.
    pub(in crate::github) login: &'a str,
}

#[derive(Deserialize)]
struct Listed {
    id: u64,
    html_url: String,
    user: Option<Author>,
    body: Option<String>,
}

#[derive(Deserialize)]
struct Author {
    login: String,
}

impl From<Listed> for Found {
    fn from(listed: Listed) -> Self {
        let Listed { id, html_url, user, body } = listed;
        Self { id, url: html_url, author: user.map(|user| user.login), body: body.unwrap_or_default() }
    }
}

/// Keeps the comment of the stamp's key; `None` when there is none.
pub(in crate::github) async fn keep(
    place: &Place<'_>,
    (stamp, body): (&Stamp, &str),
    absent: Absent,
    patience: &mut Patience<'_>,
) -> Result<Option<Comment>, Error> {
    let header = Header::new(stamp, body, 1);
    check_length(place, &text(&header, body))?;
    let (mut done, mut wrote) = (None, false);
    for _ in 0..MOST_ROUNDS {
        let comments = place.list(patience).await?;
        let written = match decide(&comments, Wish { header: &header, login: place.login, wrote, absent }) {
            Step::Leave => return Ok(None),
            Step::Create => {
                done = Some(Commented::Created);
                place.create(&text(&header, body)).await
            }
            Step::Update { id, .. } if place.was_overtaken(id, &comments, patience).await? => continue,
            Step::Update { id, rev } => {
                done = done.or(Some(Commented::Updated));
                place.update(id, &text(&header.revised(rev), body)).await
            }
            Step::End { url, newer, delete } => {
                for id in delete {
                    place.delete(id, patience).await?;
                }
                let done = if newer { Commented::Newer } else { done.unwrap_or(Commented::Unchanged) };
                return Ok(Some(Comment { url, done }));
            }
        };
        match written {
            Ok(()) => {
                wrote = true;
                patience.settle().await;
            }
            Err(failure) => patience.after(failure).await?,
        }
    }
    let action = format!("keep the comment of pull request {}", place.pull_request);
    Err(Error::Answer { action, said: "it does not stay as it is written".to_owned() })
}

impl Place<'_> {
    async fn list(&self, patience: &mut Patience<'_>) -> Result<Vec<Found>, Error> {
        let action = format!("list the comments of pull request {}", self.pull_request);
        let listed = self.api.list::<Listed>(&action, &self.comments(), &[], patience).await?;
        Ok(listed.into_iter().map(Found::from).collect())
    }

    async fn create(&self, text: &str) -> Result<(), Failure> {
        let action = format!("comment on pull request {}", self.pull_request);
        let body = serde_json::json!({ "body": text });
        self.api.post::<serde::de::IgnoredAny>(&action, &self.comments(), &body).await.map(|_| ())
    }

    /// Whether comment `id` is another one than was listed. Where a list has several pages, it was read a while ago.
    async fn was_overtaken(
        &self,
        id: u64,
        listed: &[Found],
        patience: &mut Patience<'_>,
    ) -> Result<bool, Error> {
        if listed.len() < PAGE {
            return Ok(false);
        }
        let action = format!("read the comment on pull request {}", self.pull_request);
        match self.api.get::<Listed>(&action, &self.comment(id), patience).await {
            Ok(now) => {
                let now = Found::from(now);
                Ok(!listed.iter().any(|comment| comment.id == id && comment.body == now.body))
            }
            Err(failure) if failure.is_not_found() => Ok(true),
            Err(failure) => Err(failure.error),
        }
    }

    async fn update(&self, id: u64, text: &str) -> Result<(), Failure> {
        let action = format!("update the comment on pull request {}", self.pull_request);
        let updated = self.api.patch(&action, &self.comment(id), &serde_json::json!({ "body": text })).await;
        updated.map_err(|failure| {
            // Somebody deleted it after it was listed; there may be another one by now.
            if failure.is_not_found() { Failure { again: Again::Perhaps, ..failure } } else { failure }
        })
    }

    async fn delete(&self, id: u64, patience: &mut Patience<'_>) -> Result<(), Error> {
        let action = format!("delete a duplicate of the comment on pull request {}", self.pull_request);
        loop {
            match self.api.delete(&action, &self.comment(id)).await {
                Ok(()) => return Ok(()),
                // Another run, or this one before its answer was lost, did it.
                Err(failure) if failure.is_not_found() => return Ok(()),
                Err(failure) => patience.after(failure).await?,
            }
        }
    }

    fn comments(&self) -> String {
        format!("/repos/{}/issues/{}/comments", self.repository, self.pull_request)
    }

    fn comment(&self, id: u64) -> String {
        format!("/repos/{}/issues/comments/{id}", self.repository)
    }
}

fn text(header: &Header, body: &str) -> String {
    format!("{}\n{body}", header.render())
}

fn check_length(place: &Place<'_>, text: &str) -> Result<(), Error> {
    let characters = text.chars().count();
    if characters <= MOST_CHARACTERS {
        return Ok(());
    }
    let action = format!("comment on pull request {}", place.pull_request);
    Err(Error::TooLong { action, characters, most: MOST_CHARACTERS })
}
