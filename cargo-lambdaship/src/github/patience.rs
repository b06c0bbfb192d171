//! How long it is tried: the waits between tries, all of them within one limit. The decision is pure.

use std::time::{Duration, Instant};

use super::error::Error;
use super::failure::{Again, Failure};
use crate::console::Console;
use crate::context;

/// How fast GitHub is asked, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The longest wait for one answer.
    pub answer: Duration,
    /// The first pause before something is tried again; each one after it is twice as long.
    pub pause: Duration,
    /// The longest time that one thing is tried for, pauses and rate limits included.
    pub patience: Duration,
    /// How long after a write it is looked whether it still stands: longer than another run needs from reading to writing.
    pub settle: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(30),
            pause: Duration::from_secs(1),
            patience: Duration::from_secs(90),
            settle: Duration::from_secs(2),
        }
    }
}

/// More tries than these do not help when GitHub fails without a word about when to come again.
const MOST_TRIES: u32 = 6;

/// The time that is left for one thing.
pub(super) struct Patience<'a> {
    pace: &'a Pace,
    console: &'a Console,
    until: Instant,
    failures: u32,
}

impl<'a> Patience<'a> {
    /// Begins now.
    pub(super) fn new(pace: &'a Pace, console: &'a Console) -> Self {
        Self { pace, console, until: context::instant() + pace.patience, failures: 0 }
    }

    /// Waits until it can be tried again, or gives up with the failure's error.
    pub(super) async fn after(&mut self, failure: Failure) -> Result<(), Error> {
        let left = self.until.saturating_duration_since(context::instant());
        let Some(wait) = next(failure.again, self.failures, left, self.pace.pause, fastrand::f64()) else {
            return Err(failure.error);
        };
        self.failures += 1;
        if wait > Duration::from_secs(5) {
            self.console.status("Waiting", format_args!("{:.0}s: {}", wait.as_secs_f64(), failure.error));
        } else {
            self.console.verbose("Waiting", format_args!("{:.1}s: {}", wait.as_secs_f64(), failure.error));
        }
        tokio::time::sleep(wait).await;
        Ok(())
    }

    /// Waits until another run that was about to write has written. Runs that began together do not go on together.
    pub(super) async fn settle(&self) {
        tokio::time::sleep(self.pace.settle.mul_f64(1.0 + fastrand::f64() / 2.0)).await;
    }
}

/// How long to wait before the next try, if there is one. `failures` is how many tries failed before this one, `left` the time
/// that is left, `random` from 0 to 1.
fn next(again: Again, failures: u32, left: Duration, pause: Duration, random: f64) -> Option<Duration> {
    let wait = match again {
        Again::Never => return None,
        Again::After(wait) => wait + pause.mul_f64(random),
        Again::Perhaps if failures + 1 >= MOST_TRIES => return None,
        Again::Perhaps => pause.mul_f64((0.5 + random) * f64::from(1_u32 << failures)),
    };
    (wait < left).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_it_is_tried_again() {
        let s = Duration::from_secs_f64;
        let cases = [
            (Again::Never, 0, 90.0, 0.5, None),
            (Again::Perhaps, 0, 90.0, 0.0, Some(0.5)),
            (Again::Perhaps, 0, 90.0, 1.0, Some(1.5)),
            (Again::Perhaps, 3, 90.0, 0.5, Some(8.0)),
            (Again::Perhaps, 4, 90.0, 0.5, Some(16.0)),
            (Again::Perhaps, 5, 90.0, 0.5, None),
            (Again::Perhaps, 4, 10.0, 0.5, None),
            (Again::After(s(40.0)), 0, 90.0, 0.5, Some(40.5)),
            (Again::After(s(40.0)), 20, 90.0, 0.0, Some(40.0)),
            (Again::After(s(89.9)), 0, 90.0, 0.5, None),
            (Again::After(s(3600.0)), 0, 90.0, 0.5, None),
            (Again::After(s(0.0)), 0, 0.0, 0.0, None),
        ];
        for (again, failures, left, random, expected) in cases {
            let found = next(again, failures, s(left), s(1.0), random);
            assert_eq!(found, expected.map(s), "{again:?} {failures} {left} {random}");
        }
    }
}
