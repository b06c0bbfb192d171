//! Failures that a test asks for: the next requests for an operation fail in a chosen way.

use std::sync::{Mutex, PoisonError};

use axum::http::StatusCode;
use serde::Deserialize;

use super::fault::Fault;

/// Failures to come.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Injection {
    /// The operation that fails, such as `UpdateAlias`.
    pub operation: String,
    /// How it fails.
    pub failure: Failure,
    /// How many requests for it are answered before.
    #[serde(default)]
    pub after: u32,
    /// How many requests then fail.
    #[serde(default = "once")]
    pub times: u32,
}

/// How a request fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// It is refused with 429.
    Throttled,
    /// It is answered with 500, and nothing was done.
    Internal,
    /// It is answered with 500, and yet it was done.
    Lost,
    /// It is never answered, and nothing was done.
    Hang,
}

fn once() -> u32 {
    1
}

/// All failures to come.
#[derive(Default)]
pub(crate) struct Injections(Mutex<Vec<Injection>>);

impl Injections {
    pub(crate) fn add(&self, injection: Injection) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(injection);
    }

    /// How this request for `operation` fails, if it does.
    pub(crate) fn next(&self, operation: &str) -> Option<Failure> {
        let mut injections = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = injections.iter_mut().find(|one| one.operation == operation && one.times > 0)?;
        if found.after > 0 {
            found.after -= 1;
            return None;
        }
        found.times -= 1;
        Some(found.failure)
    }
}

impl Failure {
    /// What the caller hears, unless it hears nothing.
    pub(crate) fn fault(self) -> Fault {
        match self {
            Self::Throttled => {
                Fault::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", "Rate exceeded")
            }
            Self::Internal | Self::Lost | Self::Hang => {
                Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "ServiceException", "An injected failure.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_injection_waits_strikes_and_is_spent() {
        let injections = Injections::default();
        let failure = Failure::Internal;
        injections.add(Injection { operation: "UpdateAlias".to_owned(), failure, after: 1, times: 2 });
        assert_eq!(injections.next("GetAlias"), None);
        let seen: Vec<_> = (0..4).map(|_| injections.next("UpdateAlias")).collect();
        assert_eq!(seen, [None, Some(failure), Some(failure), None]);
    }
}
