//! What can be asked of a metric's values, and what is kept of them for it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::histogram::Histogram;

/// One number for the values of a period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) enum Statistic {
    SampleCount,
    Sum,
    Average,
    Minimum,
    Maximum,
    /// `p95`, `p99.9`.
    Percentile(f64),
}

/// A statistic that this server does not compute.
#[derive(Debug, thiserror::Error)]
#[error(
    "the local AWS has no statistic `{0}`: it has SampleCount, Sum, Average, Minimum, Maximum and p0 to p100"
)]
pub(crate) struct UnknownStatistic(String);

impl FromStr for Statistic {
    type Err = UnknownStatistic;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownStatistic(text.to_owned());
        Ok(match text {
            "SampleCount" => Self::SampleCount,
            "Sum" => Self::Sum,
            "Average" => Self::Average,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            other => {
                let digits = other.strip_prefix('p').ok_or_else(unknown)?;
                let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
                let percent = digits.parse().ok().filter(|percent| plain && *percent <= 100.0);
                Self::Percentile(percent.ok_or_else(unknown)?)
            }
        })
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percentile(percent) => write!(formatter, "p{percent}"),
            other => fmt::Debug::fmt(other, formatter),
        }
    }
}

impl TryFrom<String> for Statistic {
    type Error = UnknownStatistic;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Statistic> for String {
    fn from(statistic: Statistic) -> Self {
        statistic.to_string()
    }
}

/// What is kept of the values of a minute, or of a longer period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Datum {
    count: f64,
    sum: f64,
    minimum: f64,
    maximum: f64,
    histogram: Histogram,
}

impl Datum {
    /// `value`, which occurred `count` times.
    pub(crate) fn of(value: f64, count: f64) -> Self {
        let histogram = Histogram::of(value, count);
        Self { count, sum: value * count, minimum: value, maximum: value, histogram }
    }

    /// Adds what `other` holds.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.minimum = self.minimum.min(other.minimum);
        self.maximum = self.maximum.max(other.maximum);
        self.histogram.merge(&other.histogram);
    }

    /// `None` for a percentile of values of which one is below zero: AWS has none either.
    pub(crate) fn read(&self, statistic: Statistic) -> Option<f64> {
        Some(match statistic {
            Statistic::SampleCount => self.count,
            Statistic::Sum => self.sum,
            Statistic::Average => self.sum / self.count,
            Statistic::Minimum => self.minimum,
            Statistic::Maximum => self.maximum,
            Statistic::Percentile(_) if self.minimum < 0.0 => return None,
            Statistic::Percentile(percent) => {
                self.histogram.percentile(percent).clamp(self.minimum, self.maximum)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statistic_is_read_as_it_is_written() {
        for text in ["SampleCount", "Sum", "Average", "Minimum", "Maximum", "p95", "p99.9", "p0", "p100"] {
            assert_eq!(text.parse::<Statistic>().unwrap().to_string(), text);
        }
        for text in ["", "sum", "p", "p101", "p-1", "pNaN", "p1e1", "tm90", "IQM"] {
            assert!(text.parse::<Statistic>().is_err(), "{text}");
        }
    }

    #[test]
    fn all_statistics_of_some_values() {
        let mut datum = Datum::of(10.0, 3.0);
        datum.merge(&Datum::of(30.0, 1.0));
        for (text, expected) in [
            ("SampleCount", 4.0),
            ("Sum", 60.0),
            ("Average", 15.0),
            ("Minimum", 10.0),
            ("Maximum", 30.0),
            ("p50", 10.0),
            ("p100", 30.0),
        ] {
            let found = datum.read(text.parse().unwrap()).unwrap();
            assert!((found / expected - 1.0).abs() < 0.01, "{text} is {found}");
        }
        datum.merge(&Datum::of(-1.0, 1.0));
        assert_eq!(datum.read(Statistic::Percentile(50.0)), None);
        assert_eq!(datum.read(Statistic::Minimum), Some(-1.0));
    }
}
