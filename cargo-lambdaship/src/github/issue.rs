//! One open issue for a thing that is to be looked after, as long as it is so.
//!
//! It is found by its author and its first line, never by its title. Like a comment it is looked at before each write and after
//! it; of two that were opened at the same time the lower number stays, and the other one is closed.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::IssueText;
use super::api::Api;
use super::comment::hash;
use super::error::Error;
use super::failure::Failure;
use super::marker;
use super::patience::Patience;

const NAME: &str = "cargo-lambdaship-issue";
/// What an issue's text holds.
const MOST_CHARACTERS: usize = 65_536;
/// More than one other run at the same time is no normal thing.
const MOST_ROUNDS: usize = 10;

/// Where the issue is.
pub(super) struct Place<'a> {
    pub(super) api: &'a Api,
    pub(super) repository: &'a str,
    /// The token's own login.
    pub(super) login: &'a str,
    /// Which issue it is.
    pub(super) key: &'a str,
}

#[derive(Serialize, Deserialize)]
struct Header {
    v: u32,
    key: String,
    hash: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Issue {
    number: u64,
    html_url: String,
    user: Option<User>,
    body: Option<String>,
    /// A pull request is listed as well.
    pull_request: Option<Value>,
}

#[derive(Debug, Clone, Deserialize)]
struct User {
    login: String,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Open,
    Update(u64),
    /// Close these, and there is nothing more to do.
    End {
        page: Option<String>,
        close: Vec<u64>,
    },
}

/// Keeps the issue: with a text it is open, without one it is not.
pub(super) async fn keep(
    place: &Place<'_>,
    wanted: Option<IssueText<'_>>,
    patience: &mut Patience<'_>,
) -> Result<Option<String>, Error> {
    let fields = wanted.map(|IssueText { title, body, content }| {
        let hash = hash(&format!("{title}\n{}", content.unwrap_or(body)));
        let line = marker::render(NAME, &Header { v: 1, key: place.key.to_owned(), hash: hash.clone() });
        (hash, json!({ "title": title, "body": format!("{line}\n{body}") }))
    });
    if let Some((_, fields)) = &fields {
        check_length(place, fields)?;
    }
    let mut wrote = false;
    for _ in 0..MOST_ROUNDS {
        let issues = place.list(patience).await?;
        let hash = fields.as_ref().map(|(hash, _)| hash.as_str());
        let written = match (decide(&issues, place, hash, wrote), &fields) {
            (Step::Open, Some((_, fields))) => place.open(fields).await,
            (Step::Update(number), Some((_, fields))) => place.change(number, fields).await,
            (Step::End { page, close }, _) => {
                for number in close {
                    place.close(number, patience).await?;
                }
                return Ok(page);
            }
            (Step::Open | Step::Update(_), None) => return Ok(None),
        };
        match written {
            Ok(()) => {
                wrote = true;
                patience.settle().await;
            }
            Err(failure) => patience.after(failure).await?,
        }
    }
    Err(Error::Answer { action: place.action("keep"), said: "it does not stay as it is written".to_owned() })
}

/// `hash` is that of what it has to say; none closes it.
fn decide(issues: &[Issue], place: &Place<'_>, hash: Option<&str>, wrote: bool) -> Step {
    let mut ours: Vec<_> = issues.iter().filter_map(|issue| Some((issue, owned(issue, place)?))).collect();
    ours.sort_by_key(|(issue, _)| issue.number);
    let page = ours.first().map(|(issue, _)| issue.html_url.clone());
    let numbers = |from: usize| ours.iter().skip(from).map(|(issue, _)| issue.number).collect();
    match (hash, ours.first()) {
        (None, _) => Step::End { page, close: numbers(0) },
        (Some(_), None) => Step::Open,
        (Some(hash), Some((_, header))) if header.hash == hash || wrote => {
            Step::End { page, close: numbers(1) }
        }
        (Some(_), Some((issue, _))) => Step::Update(issue.number),
    }
}

fn owned(issue: &Issue, place: &Place<'_>) -> Option<Header> {
    let author = &issue.user.as_ref()?.login;
    let header: Header = marker::parse(NAME, issue.body.as_deref()?)?;
    let ours = author.eq_ignore_ascii_case(place.login) && header.key == place.key;
    (ours && issue.pull_request.is_none()).then_some(header)
}

fn check_length(place: &Place<'_>, fields: &Value) -> Result<(), Error> {
    let characters = fields["body"].as_str().unwrap_or_default().chars().count();
    if characters <= MOST_CHARACTERS {
        return Ok(());
    }
    Err(Error::TooLong { action: place.action("write"), characters, most: MOST_CHARACTERS })
}

impl Place<'_> {
    async fn list(&self, patience: &mut Patience<'_>) -> Result<Vec<Issue>, Error> {
        let query = [("state", "open"), ("creator", self.login)];
        self.api.list(&self.action("look for"), &self.issues(), &query, patience).await
    }

    async fn open(&self, fields: &Value) -> Result<(), Failure> {
        let opened =
            self.api.post::<serde::de::IgnoredAny>(&self.action("open"), &self.issues(), fields).await;
        opened.map(|_| ())
    }

    async fn change(&self, number: u64, fields: &Value) -> Result<(), Failure> {
        self.api.patch(&self.action("update"), &format!("{}/{number}", self.issues()), fields).await
    }

    /// Closing what is closed changes nothing, so it can be tried again as it is.
    async fn close(&self, number: u64, patience: &mut Patience<'_>) -> Result<(), Error> {
        let fields = json!({ "state": "closed", "state_reason": "completed" });
        loop {
            match self.change(number, &fields).await {
                Ok(()) => return Ok(()),
                Err(failure) => patience.after(failure).await?,
            }
        }
    }

    fn issues(&self) -> String {
        format!("/repos/{}/issues", self.repository)
    }

    fn action(&self, verb: &str) -> String {
        format!("{verb} the issue `{}`", super::error::one_line(self.key))
    }
}

#[cfg(test)]
mod tests {
    use super::super::address::Address;
    use super::*;
    use crate::model::Secret;
    use crate::network::Network;

    fn issue(number: u64, author: &str, key: &str, hash: &str) -> Issue {
        let header = Header { v: 1, key: key.to_owned(), hash: hash.to_owned() };
        Issue {
            number,
            html_url: format!("page {number}"),
            user: Some(User { login: author.to_owned() }),
            body: Some(format!("{}\ntext", marker::render(NAME, &header))),
            pull_request: None,
        }
    }

    #[test]
    fn what_is_done_about_the_issue() {
        let address = Address::parse("http://127.0.0.1").unwrap();
        let api = Api::new(address, Secret::new("token"), Network::default()).unwrap();
        let place = Place { api: &api, repository: "acme/shop", login: "bot", key: "drift --> prod" };
        let ours = |number, hash| issue(number, "Bot", "drift --> prod", hash);
        let end = |page: Option<u64>, close: &[u64]| Step::End {
            page: page.map(|number| format!("page {number}")),
            close: close.to_vec(),
        };
        let others = vec![
            issue(1, "octo-person", "drift --> prod", "new"),
            issue(2, "bot", "drift", "new"),
            Issue { pull_request: Some(json!({})), ..ours(3, "new") },
            Issue { body: None, ..ours(4, "new") },
            Issue { user: None, ..ours(5, "new") },
        ];
        let cases = [
            ("none is there", others.clone(), Some("new"), Step::Open),
            ("none is there, none is wanted", others, None, end(None, &[])),
            ("it says so", vec![ours(7, "new")], Some("new"), end(Some(7), &[])),
            ("it says something else", vec![ours(7, "old")], Some("new"), Step::Update(7)),
            ("it is over", vec![ours(7, "old"), ours(8, "old")], None, end(Some(7), &[7, 8])),
            ("two are open", vec![ours(9, "new"), ours(8, "new")], Some("new"), end(Some(8), &[9])),
            (
                "two are open, the first is old",
                vec![ours(9, "new"), ours(8, "old")],
                Some("new"),
                Step::Update(8),
            ),
        ];
        for (name, issues, hash, step) in cases {
            assert_eq!(decide(&issues, &place, hash, false), step, "{name}");
        }
        // Another run that writes at the same time is left alone.
        assert_eq!(decide(&[ours(7, "other")], &place, Some("new"), true), end(Some(7), &[]));
    }
}
