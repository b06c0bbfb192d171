//! What an exchange that failed means, and when it can be tried again. Pure, but for the reading of octocrab's errors.
//!
//! The rules are those of GitHub's page "Rate limits for the REST API": a limit answers 403 or 429, with `retry-after`, with
//! `x-ratelimit-remaining: 0` and the time in `x-ratelimit-reset`, or with a text about a secondary limit, after which a
//! minute has to pass. Every other 403 is a lack of permission.

use std::error::Error as StdError;
use std::time::Duration;

use super::error::{Error, one_line};
use crate::network::Proxy;

/// An exchange that failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// What it is, if it is not tried again.
    pub(super) error: Error,
    /// Whether trying again can help.
    pub(super) again: Again,
}

/// Whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// No.
    Never,
    /// Yes, when so much time has passed.
    After(Duration),
    /// Perhaps, after a while. What was asked for may have been done.
    Perhaps,
}

/// An answer that is no success.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer<'a> {
    pub(super) status: u16,
    pub(super) said: &'a str,
    /// `retry-after`, in seconds.
    pub(super) retry_after: Option<u64>,
    /// `x-ratelimit-remaining`.
    pub(super) remaining: Option<u64>,
    /// `x-ratelimit-reset`, in seconds since 1970.
    pub(super) reset: Option<u64>,
}

impl Failure {
    /// Reads an error of octocrab. `now` is in seconds since 1970.
    pub(super) fn of(action: &str, error: &octocrab::Error, now: u64) -> Self {
        match error {
            octocrab::Error::GitHub { source, .. } => {
                let header = |name| source.headers.as_ref()?.get(name)?.to_str().ok()?.trim().parse().ok();
                let answer = Answer {
                    status: source.status_code.as_u16(),
                    said: &in_detail(source),
                    retry_after: header("retry-after"),
                    remaining: header("x-ratelimit-remaining"),
                    reset: header("x-ratelimit-reset"),
                };
                judge(action, &answer, now)
            }
            octocrab::Error::Service { .. } | octocrab::Error::Reqwest { .. } => {
                Self::lost(action, &chain(error))
            }
            other => {
                let error = Error::Answer { action: action.to_owned(), said: one_line(&chain(other)) };
                Self { error, again: Again::Never }
            }
        }
    }

    /// No answer came.
    pub(super) fn lost(action: &str, said: &str) -> Self {
        let error = Error::Unreachable { action: action.to_owned(), said: one_line(said), through: None };
        Self { error, again: Again::Perhaps }
    }

    /// The same, of an exchange that was to go through `proxy`.
    pub(super) fn through(mut self, proxy: Option<&Proxy>) -> Self {
        if let (Error::Unreachable { through, .. }, Some(proxy)) = (&mut self.error, proxy) {
            *through = Some(Box::new(proxy.clone()));
        }
        self
    }

    /// A rate limit that is told in another way than by a status.
    pub(super) fn limited(action: &str, wait: Duration) -> Self {
        let said = "API rate limit exceeded".to_owned();
        Self {
            error: Error::RateLimited { action: action.to_owned(), wait, said },
            again: Again::After(wait),
        }
    }

    /// Whether the thing is not there.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self.error, Error::NotFound { .. })
    }
}

/// What an answer means.
pub(super) fn judge(action: &str, answer: &Answer<'_>, now: u64) -> Failure {
    let (action, said) = (action.to_owned(), one_line(answer.said));
    if let Some(wait) = limit(answer, now) {
        return Failure { error: Error::RateLimited { action, wait, said }, again: Again::After(wait) };
    }
    let (error, again) = match answer.status {
        401 => (Error::Unauthorized { action, said }, Again::Never),
        403 => (Error::Denied { action, said }, Again::Never),
        404 | 410 => (Error::NotFound { action, said }, Again::Never),
        status @ (408 | 500..) => (Error::Server { action, status, said }, Again::Perhaps),
        status => (Error::Refused { action, status, said }, Again::Never),
    };
    Failure { error, again }
}

/// How long a rate limit lasts, if the answer is one.
fn limit(answer: &Answer<'_>, now: u64) -> Option<Duration> {
    let seconds = match (answer.status, answer.retry_after, answer.remaining) {
        (403 | 429 | 503, Some(seconds), _) => seconds,
        // The clocks differ by a second or so.
        (403 | 429, None, Some(0)) => answer.reset.map_or(60, |reset| reset.saturating_sub(now) + 1),
        (429, None, _) => 60,
        (403, None, _) if answer.said.to_ascii_lowercase().contains("secondary rate limit") => 60,
        _ => return None,
    };
    Some(Duration::from_secs(seconds))
}

/// GitHub's message, and what it says of single fields.
fn in_detail(error: &octocrab::GitHubError) -> String {
    let details =
        error.errors.iter().flatten().filter_map(|error| error["message"].as_str().or(error.as_str()));
    [error.message.as_str()].into_iter().chain(details).collect::<Vec<_>>().join(": ")
}

/// An error and what is behind it. Octocrab's own words are about octocrab, and reqwest's repeat the address.
pub(super) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(error) = next {
        let (text, source) = (error.to_string(), error.source());
        let is_wrapping = error.is::<octocrab::Error>() || error.is::<reqwest::Error>();
        let is_said = texts.last().is_some_and(|last| last.contains(&text));
        if !is_said && (!is_wrapping || source.is_none()) {
            texts.push(text);
        }
        next = source;
    }
    if texts.is_empty() { error.to_string() } else { texts.join(": ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000_000;

    fn answer(status: u16) -> Answer<'static> {
        Answer { status, said: "no", ..Answer::default() }
    }

    #[test]
    fn what_an_answer_means() {
        let seconds = |n| Again::After(Duration::from_secs(n));
        let secondary = "You have exceeded a secondary rate limit and have been temporarily blocked.";
        let cases = [
            (answer(401), Again::Never, "does not accept the token"),
            (answer(403), Again::Never, "may not do that"),
            (Answer { remaining: Some(12), ..answer(403) }, Again::Never, "may not do that"),
            (answer(404), Again::Never, "not there"),
            (answer(410), Again::Never, "not there"),
            (answer(422), Again::Never, "GitHub answered 422 (no)"),
            (Answer { remaining: Some(0), reset: Some(NOW + 30), ..answer(403) }, seconds(31), "rate limit"),
            (Answer { remaining: Some(0), reset: Some(NOW - 30), ..answer(429) }, seconds(1), "rate limit"),
            (Answer { remaining: Some(0), ..answer(403) }, seconds(60), "rate limit"),
            (Answer { retry_after: Some(7), ..answer(403) }, seconds(7), "rate limit"),
            (Answer { retry_after: Some(7), remaining: Some(5), ..answer(429) }, seconds(7), "rate limit"),
            (Answer { retry_after: Some(9), ..answer(503) }, seconds(9), "rate limit"),
            (Answer { said: secondary, ..answer(403) }, seconds(60), "rate limit"),
            (answer(429), seconds(60), "rate limit"),
            (answer(500), Again::Perhaps, "answered 500"),
            (answer(502), Again::Perhaps, "answered 502"),
        ];
        for (answer, again, text) in cases {
            let failure = judge("list", &answer, NOW);
            assert_eq!(failure.again, again, "{answer:?}");
            assert!(failure.error.to_string().contains(text), "{answer:?}: {}", failure.error);
        }
    }

    #[test]
    fn what_is_said_of_a_quota_that_is_not_spent_is_no_limit() {
        let text = "Resource not accessible by integration";
        let failure = judge(
            "comment",
            &Answer { said: text, remaining: Some(0), retry_after: None, ..answer(404) },
            NOW,
        );
        assert!(failure.is_not_found());
    }
}
