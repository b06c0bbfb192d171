//! The server's time. A rollout's state holds moments that drivers on several machines act on, so the clock of none of
//! these machines is asked.
//!
//! In: the `Date` header of each answer. Out: the time there now. It never reads ahead of the server by more than the
//! servers of two services differ.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use aws_sdk_lambda::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_lambda::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_lambda::error::BoxError;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

use crate::context;

/// The server's clock as all clients of one connection saw it. A clone shares what was seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Clock(Arc<Mutex<Option<Reading>>>);

impl Clock {
    /// The time there now; before any answer, the time here.
    pub(super) fn now(&self) -> Timestamp {
        let best = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        best.map_or_else(context::now, |best| best.at(context::instant()))
    }

    /// Takes note of a `Date` header that arrived at `instant`.
    fn see(&self, date: &str, instant: Instant) {
        let Ok(server) = DateTimeParser::new().parse_timestamp(date) else { return };
        let seen = Reading { server, instant };
        let mut best = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *best = Some(best.map_or(seen, |best| best.or(seen)));
    }
}

impl Intercept for Clock {
    fn name(&self) -> &'static str {
        "lambdaship::clock"
    }

    /// Sees every answer, also one that is an error or is tried again.
    fn read_after_transmit(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(date) = context.response().headers().get("date") {
            self.see(date, context::instant());
        }
        Ok(())
    }
}

/// What the server's clock said when an answer arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reading {
    server: Timestamp,
    instant: Instant,
}

impl Reading {
    /// The server's time at another moment of the monotonic clock.
    fn at(self, instant: Instant) -> Timestamp {
        let since = |later: Instant, earlier: Instant| {
            SignedDuration::try_from(later.saturating_duration_since(earlier)).unwrap_or(SignedDuration::MAX)
        };
        let passed = since(instant, self.instant) - since(self.instant, instant);
        self.server.saturating_add(passed).unwrap_or(self.server)
    }

    /// The better of two. Each is too early: by the way of the answer, and by what is cut off below the second. So the
    /// later one is nearer to the truth.
    fn or(self, other: Self) -> Self {
        if other.server > self.at(other.instant) { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::StatusCode;

    use super::*;
    use crate::aws::testing::Recorder;

    /// `Date` headers, and when each arrived, in milliseconds.
    type Answers = &'static [(&'static str, u64)];

    #[test]
    fn the_largest_offset_is_nearest_to_the_truth() {
        let begun = context::instant();
        let at = |millis| begun + Duration::from_millis(millis);
        let table: &[(Answers, u64, i64)] = &[
            // The answers, when the clock is asked, and what it says: milliseconds after 12:00:00.
            (&[("12:00:10", 200)], 1_200, 11_000),
            (&[("12:00:10", 200), ("12:00:10", 900)], 1_200, 11_000),
            (&[("12:00:10", 200), ("12:00:11", 1_100)], 1_200, 11_100),
            // The second answer was long under way.
            (&[("12:00:10", 200), ("12:00:11", 9_200)], 9_200, 19_000),
            // The machine slept, and its monotonic clock with it.
            (&[("12:00:10", 200), ("13:00:10", 900)], 900, 3_610_000),
            (&[("12:00:10", 200), ("yesterday", 900)], 1_200, 11_000),
            // Asked for a moment before the reading.
            (&[("12:00:10", 5_000)], 4_000, 9_000),
        ];
        let noon: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        for (answers, asked, expected) in table {
            let clock = Clock::default();
            for (time, arrived) in *answers {
                clock.see(&format!("Sat, 21 Nov 2026 {time} GMT"), at(*arrived));
            }
            let best = clock.0.lock().unwrap().unwrap();
            assert_eq!(
                best.at(at(*asked)).as_millisecond() - noon.as_millisecond(),
                *expected,
                "{answers:?}"
            );
        }
    }

    #[tokio::test]
    async fn all_clients_of_a_connection_share_the_time_of_the_server() {
        const DATE: [(&str, &str); 1] = [("date", "Tue, 01 Jan 2030 00:00:00 GMT")];
        let recorder = Recorder::answering(|_| (StatusCode::FORBIDDEN, DATE)).await;
        let there: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
        assert!(recorder.aws.now().duration_since(context::now()).abs() < SignedDuration::from_secs(60));
        recorder.aws.clone().scheduler().disarm("x").await.unwrap_err();
        let passed = recorder.aws.now().duration_since(there);
        assert!((0..600).contains(&passed.as_secs()), "{passed}");
    }
}
