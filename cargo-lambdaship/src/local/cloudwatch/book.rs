//! All metrics in memory: what was measured in each minute of each series.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::statistic::Datum;

/// The seconds of a minute, which is the shortest period that is kept.
pub(crate) const MINUTE: i64 = 60;
/// AWS keeps minutes for so long: 15 days.
const KEPT: i64 = 15 * 24 * 60;
/// How many minutes of all series together are kept; the oldest fall out first.
const MOST: usize = 50_000;

/// A metric as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Metric {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) dimensions: BTreeMap<String, String>,
}

/// A metric with the unit that its values came in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Series {
    pub(crate) metric: Metric,
    pub(crate) unit: String,
}

/// The minutes, since 1970, in which a series has values.
pub(crate) type Minutes = BTreeMap<i64, Datum>;

/// A question to the book.
#[derive(Debug, Clone)]
pub(crate) struct Question<'a> {
    pub(crate) metric: &'a Metric,
    /// Only values that came in this unit.
    pub(crate) unit: Option<&'a str>,
    /// In seconds, a multiple of [`MINUTE`].
    pub(crate) period: i64,
    /// Second since 1970 that the first period begins in, at the latest.
    pub(crate) from: i64,
    /// Second since 1970 before which the last period begins.
    pub(crate) to: i64,
}

/// All metrics.
#[derive(Debug, Default)]
pub(crate) struct Book {
    series: BTreeMap<Series, Minutes>,
    changed: bool,
}

impl Book {
    /// The book that [`Self::changes`] answered once.
    pub(crate) fn new(entries: Vec<(Series, Minutes)>) -> Self {
        Self { series: entries.into_iter().collect(), changed: false }
    }

    /// Adds what was measured at `at`.
    pub(crate) fn add(&mut self, series: Series, at: Timestamp, datum: &Datum) {
        let minute = at.as_second().div_euclid(MINUTE);
        let kept = self.series.entry(series).or_default().entry(minute);
        kept.and_modify(|kept| kept.merge(datum)).or_insert_with(|| datum.clone());
        self.changed = true;
    }

    /// What was measured, by the second that each period begins with; periods without values are left out.
    pub(crate) fn read(&self, question: &Question) -> BTreeMap<i64, Datum> {
        let period = question.period;
        let (first, last) = (floor(question.from, period), question.to);
        let first_of_unit = Series { metric: question.metric.clone(), unit: String::new() };
        let all = self.series.range(first_of_unit..);
        let units = all.take_while(|(series, _)| series.metric == *question.metric);
        let wanted = units.filter(|(series, _)| question.unit.is_none_or(|unit| unit == series.unit));
        let mut found: BTreeMap<i64, Datum> = BTreeMap::new();
        for (_, minutes) in wanted {
            for (minute, datum) in minutes.range(first.div_euclid(MINUTE)..) {
                let begins = floor(minute * MINUTE, period);
                if begins >= last {
                    break;
                }
                let sum = found.entry(begins);
                sum.and_modify(|sum| sum.merge(datum)).or_insert_with(|| datum.clone());
            }
        }
        found
    }

    /// The last minute, since 1970, in which `metric` has values.
    pub(crate) fn latest(&self, metric: &Metric) -> Option<i64> {
        let first_of_unit = Series { metric: metric.clone(), unit: String::new() };
        let units = self.series.range(first_of_unit..).take_while(|(series, _)| series.metric == *metric);
        units.filter_map(|(_, minutes)| minutes.last_key_value().map(|(minute, _)| *minute)).max()
    }

    /// All that is kept, when something is new since the last time; what is too old at `now` falls out.
    pub(crate) fn changes(&mut self, now: Timestamp) -> Option<Vec<(Series, Minutes)>> {
        if !std::mem::take(&mut self.changed) {
            return None;
        }
        self.prune(now.as_second().div_euclid(MINUTE) - KEPT, MOST);
        Some(self.series.iter().map(|(series, minutes)| (series.clone(), minutes.clone())).collect())
    }

    /// What [`Self::changes`] answered was lost.
    pub(crate) fn touch(&mut self) {
        self.changed = true;
    }

    fn prune(&mut self, oldest: i64, most: usize) {
        let first = oldest.max(self.first_of(most));
        self.series.retain(|_, minutes| {
            *minutes = minutes.split_off(&first);
            !minutes.is_empty()
        });
    }

    /// The minute from which on there are at most `most` minutes of all series.
    fn first_of(&self, most: usize) -> i64 {
        let mut minutes: Vec<i64> =
            self.series.values().flat_map(|minutes| minutes.keys().copied()).collect();
        if minutes.len() <= most {
            return i64::MIN;
        }
        minutes.sort_unstable_by(|one, other| other.cmp(one));
        // All that shares its minute with the first one too many falls out with it.
        minutes.get(most).map_or(i64::MIN, |minute| minute + 1)
    }
}

/// The last multiple of `period` that is not after `second`.
pub(crate) fn floor(second: i64, period: i64) -> i64 {
    second.div_euclid(period) * period
}

#[cfg(test)]
mod tests {
    use super::super::statistic::Statistic;
    use super::*;

    fn metric(name: &str) -> Metric {
        Metric { namespace: "Test".to_owned(), name: name.to_owned(), dimensions: BTreeMap::new() }
    }

    fn add(book: &mut Book, name: &str, unit: &str, second: i64) {
        let series = Series { metric: metric(name), unit: unit.to_owned() };
        book.add(series, Timestamp::from_second(second).unwrap(), &Datum::of(1.0, 1.0));
    }

    fn sums(book: &Book, unit: Option<&str>, period: i64, (from, to): (i64, i64)) -> Vec<(i64, f64)> {
        let found = book.read(&Question { metric: &metric("b"), unit, period, from, to });
        found.into_iter().map(|(at, datum)| (at, datum.read(Statistic::Sum).unwrap())).collect()
    }

    #[test]
    fn values_are_found_by_metric_unit_period_and_time() {
        let mut book = Book::default();
        for (name, unit, second) in [
            ("a", "Count", 600),
            ("b", "Count", 600),
            ("b", "Count", 659),
            ("b", "None", 660),
            ("b", "Count", 900),
            ("c", "Count", 600),
        ] {
            add(&mut book, name, unit, second);
        }
        let minutes = [(600, 2.0), (660, 1.0), (900, 1.0)];
        assert_eq!(sums(&book, None, 60, (600, 901)), minutes);
        assert_eq!(sums(&book, None, 60, (659, 900)), minutes[..2]);
        assert_eq!(sums(&book, Some("None"), 60, (0, 9_999)), minutes[1..2]);
        assert_eq!(sums(&book, None, 300, (700, 901)), [(600, 3.0), (900, 1.0)]);
        assert_eq!(sums(&book, None, 300, (901, 901)), [(900, 1.0)]);
        assert_eq!((book.latest(&metric("b")), book.latest(&metric("d"))), (Some(15), None));
    }

    #[test]
    fn changes_are_answered_once() {
        let (mut book, now) = (Book::default(), Timestamp::from_second(6_000).unwrap());
        assert!(book.changes(now).is_none());
        add(&mut book, "b", "Count", 600);
        let again = Book::new(book.changes(now).unwrap());
        assert_eq!(sums(&again, None, 60, (0, 9_999)), [(600, 1.0)]);
        assert!(book.changes(now).is_none());
        book.touch();
        assert!(book.changes(now).is_some());
    }

    #[test]
    fn the_oldest_minutes_fall_out() {
        for (oldest, most, kept) in
            [(0, 9, 4), (11, 9, 3), (13, 9, 0), (0, 3, 3), (0, 2, 1), (0, 1, 1), (0, 0, 0)]
        {
            let mut book = Book::default();
            for (name, second) in [("a", 600), ("a", 660), ("b", 660), ("b", 720)] {
                add(&mut book, name, "Count", second);
            }
            book.prune(oldest, most);
            let count: usize = book.series.values().map(BTreeMap::len).sum();
            assert_eq!(count, kept, "from {oldest}, at most {most}");
        }
    }
}
