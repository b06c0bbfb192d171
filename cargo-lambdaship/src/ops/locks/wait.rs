//! Waiting for a lock that somebody else has.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{Locksmith, words};
use crate::error::Error;
use crate::interruption::Interruption;
use crate::store::{Guarded, Lease, Owner, Standing, decide};

/// The first pause between two looks, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));

/// How long to wait for a lock that somebody else has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wait {
    /// Not at all.
    #[default]
    No,
    /// This long.
    AtMost(Duration),
    /// Until it is free.
    Forever,
}

/// A run that may have to wait.
pub(super) struct Queue<'a> {
    smith: &'a Locksmith<'a>,
    until: &'a Interruption,
    wait: Wait,
    /// Since when it waits.
    since: Option<Instant>,
    /// Whom it said that it waits for.
    said: Option<Owner>,
}

impl<'a> Queue<'a> {
    pub(super) fn new(smith: &'a Locksmith<'a>, wait: Wait, until: &'a Interruption) -> Self {
        Self { smith, until, wait, since: None, said: None }
    }

    pub(super) fn has_waited(&self) -> bool {
        self.since.is_some()
    }

    /// Waits until the lock on `place`, of which `lease` was seen, can be tried again.
    pub(super) async fn wait_for(&mut self, place: Guarded<'_>, mut lease: Lease) -> Result<(), Error> {
        let mut longest = PAUSES.0;
        loop {
            let left = self.left();
            if left.is_zero() {
                return Err(self.held(place, &lease));
            }
            self.say(place, &lease);
            let pause = jittered(longest, fastrand::f64()).min(left);
            self.until
                .unless(async {
                    sleep(pause).await;
                    Ok::<_, Error>(())
                })
                .await?;
            longest = (longest * 2).min(PAUSES.1);
            let look = async { Ok::<_, Error>(self.smith.store.lease(place).await?) };
            match self.until.unless(look).await? {
                Some(there) if decide(Some(&there), self.smith.aws.now()) == Standing::Held => lease = there,
                Some(_) | None => return Ok(()),
            }
        }
    }

    /// How much longer it may wait.
    fn left(&mut self) -> Duration {
        let now = Instant::now();
        match self.wait {
            Wait::No => Duration::ZERO,
            Wait::AtMost(most) => most.saturating_sub(now - *self.since.get_or_insert(now)),
            Wait::Forever => {
                self.since.get_or_insert(now);
                Duration::MAX
            }
        }
    }

    /// Says whom it waits for, once for each.
    fn say(&mut self, place: Guarded<'_>, lease: &Lease) {
        let Lease { owner, run, host, .. } = lease.clone();
        let holder = Some(Owner { owner, run, host });
        if self.said != holder {
            self.smith.console.status("Waiting", words::waiting(place, lease));
            self.said = holder;
        }
    }

    fn held(&self, place: Guarded<'_>, lease: &Lease) -> Error {
        let hint = match self.wait {
            Wait::No => "`--wait` waits until it is free, `--wait=10m` no longer than that",
            Wait::AtMost(_) | Wait::Forever => "run it again later, or let it `--wait` longer",
        };
        Error::Function { message: words::held(place, lease), hint: Some(hint.to_owned()), held: true }
    }
}

/// Half of `longest` to all of it, as `random` of 0 to 1 says: runs that wait for the same lock do not all come at once.
fn jittered(longest: Duration, random: f64) -> Duration {
    longest.mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_half_of_the_longest_at_least() {
        for (random, millis) in [(0.0, 2500), (0.5, 3750), (1.0, 5000)] {
            assert_eq!(jittered(PAUSES.1, random), Duration::from_millis(millis));
        }
    }
}
