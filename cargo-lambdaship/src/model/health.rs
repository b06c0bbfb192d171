//! How a version did, as CloudWatch counts it.

use jiff::Timestamp;

/// What one version did for one alias in one minute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Minute {
    /// When the minute begins.
    pub start: Timestamp,
    /// Invocations.
    pub invocations: u64,
    /// Those that ended in a function error.
    pub errors: u64,
    /// Requests that were throttled; they are no invocations.
    pub throttles: u64,
    /// The 95th percentile of the duration, in milliseconds.
    pub p95: Option<f64>,
}

/// What one version did over some minutes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// Invocations.
    pub invocations: u64,
    /// Those that ended in a function error.
    pub errors: u64,
    /// Requests that were throttled.
    pub throttles: u64,
    /// The mean of the minutes' 95th percentiles of the duration, by their invocations, in milliseconds.
    pub p95: Option<f64>,
}

impl Counts {
    /// The minutes from the one on that `since` is in.
    #[must_use]
    pub fn over(minutes: &[Minute], since: Timestamp) -> Self {
        let mut counts = Self::default();
        let (mut measured, mut weighted) = (0.0, 0.0);
        for minute in minutes.iter().filter(|minute| minute.start.as_second() + 60 > since.as_second()) {
            counts.invocations += minute.invocations;
            counts.errors += minute.errors;
            counts.throttles += minute.throttles;
            if let Some(p95) = minute.p95 {
                #[expect(clippy::cast_precision_loss, reason = "no minute has 2^52 invocations")]
                let weight = minute.invocations.max(1) as f64;
                measured += weight;
                weighted += weight * p95;
            }
        }
        counts.p95 = (measured > 0.0).then(|| weighted / measured);
        counts
    }

    /// The share of invocations that failed, 0.0 to 1.0; 0 without any.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "no rollout has 2^52 invocations")]
    pub fn error_rate(&self) -> f64 {
        if self.invocations == 0 { 0.0 } else { self.errors as f64 / self.invocations as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_add_up_from_the_one_that_the_step_began_in() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let minute = |start, invocations, errors, p95| Minute {
            start: at(start),
            invocations,
            errors,
            throttles: 1,
            p95,
        };
        let minutes =
            [minute(0, 100, 50, Some(9.0)), minute(60, 30, 3, Some(10.0)), minute(120, 10, 0, Some(50.0))];
        let counts = Counts::over(&minutes, at(90));
        assert_eq!(counts, Counts { invocations: 40, errors: 3, throttles: 2, p95: Some(20.0) });
        assert!((counts.error_rate() - 0.075).abs() < 1e-12);
        assert_eq!(Counts::over(&minutes, at(180)), Counts::default());
        assert!(Counts::default().error_rate().abs() < 1e-12);
    }
}
