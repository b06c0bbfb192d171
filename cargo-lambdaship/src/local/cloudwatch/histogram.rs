//! How values are spread, in buckets so narrow that a percentile is right within 1 %.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The logarithm of a bucket's upper end over its lower one. A value is at most half of it from its bucket's middle.
const WIDTH: f64 = 0.01;

/// How often values occurred. Values below zero are counted as zero: nobody can ask for their percentiles.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Histogram {
    zeros: f64,
    /// By the logarithm of the values, in units of [`WIDTH`], rounded down.
    buckets: BTreeMap<i32, f64>,
}

impl Histogram {
    /// `value`, which occurred `count` times.
    pub(crate) fn of(value: f64, count: f64) -> Self {
        if value > 0.0 {
            Self { zeros: 0.0, buckets: BTreeMap::from([(bucket(value), count)]) }
        } else {
            Self { zeros: count, buckets: BTreeMap::new() }
        }
    }

    /// Adds what `other` holds.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.zeros += other.zeros;
        for (bucket, count) in &other.buckets {
            *self.buckets.entry(*bucket).or_default() += count;
        }
    }

    /// The value that `percent` of all values do not exceed.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let all = self.zeros + self.buckets.values().sum::<f64>();
        let rank = (percent / 100.0 * all).ceil();
        let mut seen = self.zeros;
        if seen >= rank {
            return 0.0;
        }
        for (bucket, count) in &self.buckets {
            seen += count;
            if seen >= rank {
                return ((f64::from(*bucket) + 0.5) * WIDTH).exp();
            }
        }
        0.0
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a double's logarithm is below 1,000")]
fn bucket(value: f64) -> i32 {
    (value.ln() / WIDTH).floor() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_right_within_one_percent() {
        let mut histogram = Histogram::default();
        for value in 1..=1_000 {
            histogram.merge(&Histogram::of(f64::from(value) / 10.0, 1.0));
        }
        for (percent, expected) in [(50.0, 50.0), (95.0, 95.0), (99.9, 99.9), (100.0, 100.0)] {
            let found = histogram.percentile(percent);
            assert!((found / expected - 1.0).abs() < 0.01, "p{percent} is {found}");
        }
    }

    #[test]
    fn zeros_come_first_and_counts_weigh() {
        let mut histogram = Histogram::of(0.0, 9.0);
        histogram.merge(&Histogram::of(200.0, 1.0));
        assert!(histogram.percentile(90.0) < f64::EPSILON);
        assert!((histogram.percentile(95.0) / 200.0 - 1.0).abs() < 0.01);
    }
}
