//! Failures that a test asks for: requests to come fail in a chosen way.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use serde::Deserialize;
use tokio::sync::Notify;

use super::fault::Fault;

/// Failures to come.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Request")]
pub struct Injection {
    /// The operation that fails, such as `UpdateAlias`; [`Injection::EVERY`] for every operation of every service.
    pub operation: String,
    /// How it fails.
    pub failure: Failure,
    /// How many requests for it are answered before, counted from the injection on.
    pub after: u32,
    /// How many requests then fail.
    pub times: u32,
}

impl Injection {
    /// Stands for every operation of every service.
    pub const EVERY: &'static str = "*";

    fn covers(&self, operation: &str) -> bool {
        self.operation == Self::EVERY || self.operation == operation
    }
}

/// How a request fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It is refused with 429.
    Throttled,
    /// It is answered with 500, and nothing was done.
    Internal,
    /// It is answered with 500, and yet it was done.
    Lost,
    /// It is done, and its connection ends without an answer.
    Dropped,
    /// Its connection ends without an answer, and nothing was done.
    Refused,
    /// It is done, and answered as usual after this long.
    Delayed(Duration),
    /// It is never answered, and nothing was done.
    Hang,
    /// It is done, and never answered.
    Silent,
    /// It is done and answered as usual once [`Server::release`](super::Server::release) lets it.
    Held,
}

/// An [`Injection`] as JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    operation: String,
    failure: Kind,
    /// Only with `delayed`.
    milliseconds: Option<u64>,
    #[serde(default)]
    after: u32,
    #[serde(default = "once")]
    times: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Throttled,
    Internal,
    Lost,
    Dropped,
    Refused,
    Delayed,
    Hang,
    Silent,
}

fn once() -> u32 {
    1
}

impl TryFrom<Request> for Injection {
    type Error = &'static str;

    fn try_from(request: Request) -> Result<Self, Self::Error> {
        let failure = match (request.failure, request.milliseconds) {
            (Kind::Delayed, Some(milliseconds)) => Failure::Delayed(Duration::from_millis(milliseconds)),
            (Kind::Delayed, None) => return Err("`delayed` needs `milliseconds`"),
            (_, Some(_)) => return Err("`milliseconds` goes with `delayed` only"),
            (Kind::Throttled, None) => Failure::Throttled,
            (Kind::Internal, None) => Failure::Internal,
            (Kind::Lost, None) => Failure::Lost,
            (Kind::Dropped, None) => Failure::Dropped,
            (Kind::Refused, None) => Failure::Refused,
            (Kind::Hang, None) => Failure::Hang,
            (Kind::Silent, None) => Failure::Silent,
        };
        let Request { operation, after, times, .. } = request;
        Ok(Self { operation, failure, after, times })
    }
}

/// All failures to come, and the requests that one of them stalls.
#[derive(Default)]
pub(crate) struct Injections {
    list: Mutex<Vec<Injection>>,
    /// Told of each request that is stalled.
    pub(crate) stalled: Notify,
    /// Told when one that is held goes on.
    pub(crate) released: Notify,
}

impl Injections {
    pub(crate) fn add(&self, injection: Injection) {
        self.list.lock().unwrap_or_else(PoisonError::into_inner).push(injection);
    }

    pub(crate) fn clear(&self) {
        self.list.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// How this request for `operation` fails, if it does. Every injection that covers it counts it; of those whose
    /// turn it is, the eldest strikes and the others stay for the next request.
    pub(crate) fn next(&self, operation: &str) -> Option<Failure> {
        let mut injections = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let mut failure = None;
        for one in injections.iter_mut().filter(|one| one.covers(operation)) {
            if one.after > 0 {
                one.after -= 1;
            } else if failure.is_none() && one.times > 0 {
                one.times -= 1;
                failure = Some(one.failure);
            }
        }
        injections.retain(|one| one.times > 0);
        failure
    }
}

impl Failure {
    /// What the caller hears where it hears an error.
    pub(crate) fn fault(self) -> Fault {
        match self {
            Self::Throttled => Fault::throttled(),
            Self::Internal
            | Self::Lost
            | Self::Dropped
            | Self::Refused
            | Self::Delayed(_)
            | Self::Hang
            | Self::Silent
            | Self::Held => {
                Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "ServiceException", "An injected failure.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn injections(all: &[(&str, Failure, u32, u32)]) -> Injections {
        let injections = Injections::default();
        for (operation, failure, after, times) in all.iter().copied() {
            injections.add(Injection { operation: operation.to_owned(), failure, after, times });
        }
        injections
    }

    #[test]
    fn an_injection_waits_strikes_and_is_spent() {
        let failure = Failure::Internal;
        let injections = injections(&[("UpdateAlias", failure, 1, 2)]);
        assert_eq!(injections.next("GetAlias"), None);
        let seen: Vec<_> = (0..4).map(|_| injections.next("UpdateAlias")).collect();
        assert_eq!(seen, [None, Some(failure), Some(failure), None]);
    }

    #[test]
    fn a_star_counts_every_operation() {
        let injections = injections(&[(Injection::EVERY, Failure::Dropped, 2, 1)]);
        let seen = ["GetFunction", "GetAlias", "CreateRole", "GetAlias"].map(|one| injections.next(one));
        assert_eq!(seen, [None, None, Some(Failure::Dropped), None]);
    }

    #[test]
    fn every_injection_counts_from_its_own_beginning_and_one_strikes_at_a_time() {
        let (first, second) = (Failure::Throttled, Failure::Lost);
        let injections = injections(&[("GetAlias", first, 0, 1), (Injection::EVERY, second, 0, 1)]);
        injections.add(Injection { operation: "GetAlias".to_owned(), failure: first, after: 2, times: 1 });
        let seen: Vec<_> = (0..4).map(|_| injections.next("GetAlias")).collect();
        assert_eq!(seen, [Some(first), Some(second), Some(first), None]);
    }

    #[test]
    fn what_is_cleared_never_strikes() {
        let injections = injections(&[(Injection::EVERY, Failure::Hang, 0, 9)]);
        injections.clear();
        assert_eq!(injections.next("GetAlias"), None);
    }

    #[test]
    fn a_request_is_read_and_one_that_makes_no_sense_is_refused() {
        let read = |more: &str| {
            let text = format!(r#"{{"operation":"*",{more}}}"#);
            serde_json::from_str::<Injection>(&text).map(|injection| injection.failure).ok()
        };
        let delayed = Failure::Delayed(Duration::from_millis(300));
        for (more, failure) in [
            (r#""failure":"throttled""#, Some(Failure::Throttled)),
            (r#""failure":"internal""#, Some(Failure::Internal)),
            (r#""failure":"lost""#, Some(Failure::Lost)),
            (r#""failure":"dropped""#, Some(Failure::Dropped)),
            (r#""failure":"refused""#, Some(Failure::Refused)),
            (r#""failure":"hang""#, Some(Failure::Hang)),
            (r#""failure":"silent""#, Some(Failure::Silent)),
            (r#""failure":"held""#, None),
            (r#""failure":"delayed","milliseconds":300"#, Some(delayed)),
            (r#""failure":"delayed""#, None),
            (r#""failure":"lost","milliseconds":300"#, None),
            (r#""failure":"lost","afer":1"#, None),
            (r#""failure":"trottled""#, None),
        ] {
            assert_eq!(read(more), failure, "{more}");
        }
    }
}
