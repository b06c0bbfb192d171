//! The server's time. A rollout's state holds moments that drivers on several machines act on, so the clock of none of
//! these machines is asked.
//!
//! In: the `Date` header of each answer. Out: the time there now. It reads ahead of the server by no more than the servers of
//! two services differ, and one whose clock is far off has no say as long as most answers agree. While this machine sleeps, its
//! monotonic clock may stand still: what was heard before that says nothing of the time there now.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use aws_sdk_lambda::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_lambda::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_lambda::error::BoxError;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use crate::context;

/// How many of the last answers have a say.
const RECENT: usize = 9;
/// How far clocks may be apart that tell the same time, in milliseconds: an answer can be long under way.
const NEAR: u64 = 10_000;

/// The server's clock as all clients of one connection saw it. A clone shares what was seen.
#[derive(Debug, Clone, Default)]
pub(super) struct Clock(Arc<Mutex<Option<Readings>>>);

impl Clock {
    /// The time there now; before any answer, the time here.
    pub(super) fn now(&self) -> Timestamp {
        let here = Moment::now();
        self.at(here).unwrap_or(here.wall)
    }

    /// The time there at the moment `here`; none before any answer, or when all were heard before this machine slept.
    fn at(&self, here: Moment) -> Option<Timestamp> {
        let readings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let readings = readings.as_ref().filter(|readings| !went_apart(readings.last, here));
        readings.and_then(|readings| readings.at(here.instant))
    }

    /// Takes note of a `Date` header that arrived at the moment `here`.
    fn see(&self, date: &str, here: Moment) {
        let Ok(server) = DateTimeParser::new().parse_timestamp(date) else { return };
        let mut readings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if readings.as_ref().is_some_and(|readings| went_apart(readings.last, here)) {
            *readings = None;
        }
        readings.get_or_insert_with(|| Readings::since(here)).add(server, here);
    }
}

/// A moment by both clocks of this machine.
#[derive(Debug, Clone, Copy)]
struct Moment {
    instant: Instant,
    wall: Timestamp,
}

impl Moment {
    fn now() -> Self {
        Self { instant: context::instant(), wall: context::now() }
    }
}

/// Whether this machine slept between two moments, or its clock was set: its clocks do not agree on how long that was.
fn went_apart(one: Moment, other: Moment) -> bool {
    let monotonic = milliseconds(one.instant, other.instant);
    let wall = other.wall.as_millisecond().saturating_sub(one.wall.as_millisecond());
    wall.abs_diff(monotonic) > NEAR
}

/// The milliseconds from one moment to another, which may be before it.
fn milliseconds(from: Instant, to: Instant) -> i64 {
    let since = |later: Instant, earlier: Instant| {
        i64::try_from(later.saturating_duration_since(earlier).as_millis()).unwrap_or(i64::MAX)
    };
    since(to, from).saturating_sub(since(from, to))
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
            self.see(date, Moment::now());
        }
        Ok(())
    }
}

/// What the server's clock said, each time as what it would have said at `origin`: in milliseconds since 1970.
#[derive(Debug)]
struct Readings {
    origin: Instant,
    /// When the last one arrived.
    last: Moment,
    recent: VecDeque<i64>,
    best: Option<i64>,
}

impl Readings {
    fn since(here: Moment) -> Self {
        Self { origin: here.instant, last: here, recent: VecDeque::new(), best: None }
    }

    fn add(&mut self, server: Timestamp, here: Moment) {
        self.last = here;
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent
            .push_back(server.as_millisecond().saturating_sub(milliseconds(self.origin, here.instant)));
        self.best = believed(self.recent.make_contiguous(), self.best);
    }

    /// The server's time at a moment of the monotonic clock.
    fn at(&self, instant: Instant) -> Option<Timestamp> {
        let there = self.best?.saturating_add(milliseconds(self.origin, instant));
        Timestamp::from_millisecond(there).ok()
    }
}

/// What to believe after the readings `recent`, when `before` was believed until now.
///
/// What most readings agree on, which is near their median; of two medians, the one that is nearer to what was believed. Each
/// reading is too early: by the way of the answer, and by what is cut off below the second. So the latest one of those that
/// agree is nearest to the truth.
fn believed(recent: &[i64], before: Option<i64>) -> Option<i64> {
    let mut sorted = recent.to_vec();
    sorted.sort_unstable();
    let (low, high) = (*sorted.get(sorted.len().saturating_sub(1) / 2)?, *sorted.get(sorted.len() / 2)?);
    let last = before.unwrap_or(low);
    let median = if high.abs_diff(last) < low.abs_diff(last) { high } else { low };
    let agreeing = sorted.into_iter().chain(before).filter(|reading| reading.abs_diff(median) <= NEAR);
    agreeing.max()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::StatusCode;
    use jiff::SignedDuration;

    use super::*;
    use crate::aws::testing::Recorder;

    /// `Date` headers, and when each arrived, in milliseconds.
    type Answers = &'static [(&'static str, u64)];

    #[test]
    fn the_largest_offset_is_nearest_to_the_truth() {
        let begun = Moment::now();
        let at = |millis| after(begun, millis, 0);
        let table: &[(Answers, u64, i64)] = &[
            // The answers, when the clock is asked, and what it says: milliseconds after 12:00:00.
            (&[("12:00:10", 200)], 1_200, 11_000),
            (&[("12:00:10", 200), ("12:00:10", 900)], 1_200, 11_000),
            (&[("12:00:10", 200), ("12:00:11", 1_100)], 1_200, 11_100),
            // The second answer was long under way.
            (&[("12:00:10", 200), ("12:00:11", 9_200)], 9_200, 19_000),
            // Neither clock here saw it: one answer alone could be a clock that is off.
            (&[("12:00:10", 200), ("13:00:10", 900)], 900, 10_700),
            (&[("12:00:10", 200), ("13:00:10", 900), ("13:00:11", 1_800)], 1_800, 3_611_000),
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
            let there = clock.at(at(*asked));
            let passed = there.map(|there| there.as_millisecond() - noon.as_millisecond());
            assert_eq!(passed, Some(*expected), "{answers:?}");
        }
    }

    /// A moment that is `millis` later, of which `slept` are known to the wall clock alone.
    fn after(begun: Moment, millis: u64, slept: i64) -> Moment {
        let wall = SignedDuration::from_millis(i64::try_from(millis).unwrap() + slept);
        Moment { instant: begun.instant + Duration::from_millis(millis), wall: begun.wall + wall }
    }

    #[test]
    fn what_was_heard_before_this_machine_slept_has_no_say() {
        const HOUR: i64 = 3_600_000;
        let table: [(&[i64], i64, Option<i64>); 8] = [
            // How far the wall clock is ahead when each answer arrives, then when the time is asked; and how far the server is
            // ahead then of what the monotonic clock tells.
            (&[0; 9], 0, Some(0)),
            (&[0; 9], 9_000, Some(0)),
            (&[0; 9], HOUR, None),
            (&[0, 0, 0, 0, 0, 0, 0, 0, HOUR], HOUR, Some(HOUR)),
            (&[0, 0, 0, HOUR, HOUR], HOUR, Some(HOUR)),
            (&[0, HOUR, 2 * HOUR], 2 * HOUR, Some(2 * HOUR)),
            // A clock that is set back, and one that is slowly put right.
            (&[0; 9], -HOUR, None),
            (&[0, 4_000, 8_000, 12_000, 16_000], 20_000, Some(16_000)),
        ];
        let noon: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let begun = Moment { wall: noon, ..Moment::now() };
        for (answers, asked, expected) in table {
            let clock = Clock::default();
            for slept in answers {
                let there = noon + SignedDuration::from_millis(*slept);
                clock.see(&there.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(), after(begun, 0, *slept));
            }
            let there = clock.at(after(begun, 0, asked));
            let passed = there.map(|there| there.as_millisecond() - noon.as_millisecond());
            assert_eq!(passed, expected, "{answers:?}, {asked}");
        }
    }

    #[test]
    fn a_clock_that_is_far_off_is_outvoted() {
        const DAY: i64 = 86_400_000;
        // The readings in their order, and what is believed after the last of them.
        let table: [(&[i64], i64); 10] = [
            (&[0], 0),
            (&[0, 400, -300], 400),
            (&[0, DAY], 0),
            (&[0, DAY, 0, 400], 400),
            (&[0, -DAY], 0),
            (&[DAY, 0], DAY),
            (&[DAY, 0, 400], 400),
            // One server of several: it is asked now and then.
            (&[0, 0, DAY, 0, DAY, 0, 0, DAY, 400], 400),
            // All of them jump: it was this machine that slept.
            (&[0, 0, 0, DAY, DAY, DAY, DAY], DAY),
            // What was heard long ago has no say.
            (&[DAY, DAY, DAY, 0, 0, 0, 0, 0, 0, 0, 0, DAY], 0),
        ];
        for (readings, expected) in table {
            let begun = Moment::now();
            let mut all = Readings::since(begun);
            for reading in readings {
                all.add(Timestamp::from_millisecond(*reading).unwrap(), begun);
            }
            assert_eq!(all.best, Some(expected), "{readings:?}");
        }
        assert_eq!(believed(&[], None), None);
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
