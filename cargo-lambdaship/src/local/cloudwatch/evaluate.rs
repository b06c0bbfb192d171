//! What an alarm says of the latest periods of its metric: a pure function of their values, by AWS's own table of how
//! missing ones are treated.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::alarm::StateValue;
use super::book::{Book, Metric, Question, floor};
use super::statistic::Statistic;

/// How many periods before those that count are looked at when some have no value.
const SPARE: usize = 2;

/// When an alarm is red.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) statistic: Statistic,
    /// In seconds.
    pub(crate) period: i64,
    /// How many periods count.
    pub(crate) periods: usize,
    /// How many of them must breach the threshold; all when it is not said.
    pub(crate) to_alarm: Option<usize>,
    pub(crate) threshold: f64,
    pub(crate) comparison: Comparison,
    pub(crate) missing: Missing,
}

/// How a value breaches the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Comparison {
    #[serde(rename = "GreaterThanOrEqualToThreshold")]
    AtLeast,
    #[serde(rename = "GreaterThanThreshold")]
    Above,
    #[serde(rename = "LessThanThreshold")]
    Below,
    #[serde(rename = "LessThanOrEqualToThreshold")]
    AtMost,
}

/// What a period without a value counts as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Missing {
    /// Nothing: the others decide.
    #[default]
    #[serde(rename = "missing")]
    Absent,
    /// A reason to stay as it is.
    Ignore,
    Breaching,
    NotBreaching,
}

impl Comparison {
    fn breaches(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::AtLeast => value >= threshold,
            Self::Above => value > threshold,
            Self::Below => value < threshold,
            Self::AtMost => value <= threshold,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::AtLeast => "greater than or equal to",
            Self::Above => "greater than",
            Self::Below => "less than",
            Self::AtMost => "less than or equal to",
        }
    }
}

impl Rule {
    /// The values of the periods up to `now`, oldest first. The current one counts as soon as it has a value.
    pub(crate) fn window(
        &self,
        book: &Book,
        metric: &Metric,
        unit: Option<&str>,
        now: Timestamp,
    ) -> Vec<Option<f64>> {
        let current = floor(now.as_second(), self.period);
        let length = i64::try_from(self.periods + SPARE).unwrap_or(i64::MAX);
        let from = current.saturating_sub(self.period.saturating_mul(length));
        let to = current.saturating_add(self.period);
        let found = book.read(&Question { metric, unit, period: self.period, from, to });
        let value = |at: i64| found.get(&at).and_then(|datum| datum.read(self.statistic));
        let last = if value(current).is_some() { current } else { current - self.period };
        (0..length).rev().map(|back| value(last - back * self.period)).collect()
    }
}

/// The state that follows from `window`, whose last value is the latest, and why. `current` is the state until now.
pub(crate) fn evaluate(rule: &Rule, window: &[Option<f64>], current: StateValue) -> (StateValue, String) {
    let points: Vec<f64> = window.iter().rev().flatten().copied().take(rule.periods).collect();
    let breaching = points.iter().filter(|value| rule.comparison.breaches(**value, rule.threshold)).count();
    let missing = rule.periods - points.len();
    let needed = rule.to_alarm.unwrap_or(rule.periods);
    let all_breach = !points.is_empty() && breaching == points.len();
    let decide = |alarm: bool| if alarm { StateValue::Alarm } else { StateValue::Ok };
    let value = match rule.missing {
        _ if missing == 0 => decide(breaching >= needed),
        Missing::Breaching => decide(breaching + missing >= needed),
        Missing::Absent if points.is_empty() => StateValue::InsufficientData,
        Missing::Absent => decide(all_breach || breaching >= needed),
        Missing::Ignore if points.is_empty() || (all_breach && breaching < needed) => current,
        Missing::Ignore | Missing::NotBreaching => decide(breaching >= needed),
    };
    (value, reason(rule, value, breaching, missing))
}

fn reason(rule: &Rule, value: StateValue, breaching: usize, missing: usize) -> String {
    let Rule { periods, threshold, comparison, .. } = rule;
    let words = comparison.words();
    match value {
        StateValue::InsufficientData => "Insufficient Data: no datapoints were received".to_owned(),
        StateValue::Ok | StateValue::Alarm => format!(
            "Threshold Crossed: {breaching} out of the last {periods} datapoints, {missing} of them missing, \
             were {words} the threshold ({threshold})."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(to_alarm: usize, missing: Missing) -> Rule {
        Rule {
            statistic: Statistic::Sum,
            period: 60,
            periods: 3,
            to_alarm: Some(to_alarm),
            threshold: 0.0,
            comparison: Comparison::Above,
            missing,
        }
    }

    fn verdicts(to_alarm: usize, points: &str, current: StateValue) -> Vec<StateValue> {
        let value = |point: char| match point {
            'X' => Some(1.0),
            '0' => Some(0.0),
            _ => None,
        };
        let window: Vec<Option<f64>> = points.chars().map(value).collect();
        let all = [Missing::Absent, Missing::Ignore, Missing::Breaching, Missing::NotBreaching];
        all.map(|missing| evaluate(&rule(to_alarm, missing), &window, current).0).to_vec()
    }

    /// The tables of AWS's page "Configuring how CloudWatch alarms treat missing data": of the last five periods three
    /// count, X breaches, 0 does not, - is missing.
    #[test]
    fn missing_values_are_treated_as_on_aws() {
        use StateValue::{Alarm as A, InsufficientData as I, Ok as O};
        for current in [O, A, I] {
            let kept = current;
            for (to_alarm, points, expected) in [
                (3, "0-X-X", [O, O, O, O]),
                (3, "0----", [O, O, O, O]),
                (3, "----0", [O, O, O, O]),
                (3, "-----", [I, kept, A, O]),
                (3, "0XX-X", [A, A, A, A]),
                (3, "--X--", [A, kept, A, O]),
                (2, "0-X-X", [A, A, A, A]),
                (2, "00X0X", [A, A, A, A]),
                (2, "0-X--", [O, O, A, O]),
                (2, "----0", [O, O, A, O]),
                (2, "---X-", [A, kept, A, O]),
            ] {
                assert_eq!(verdicts(to_alarm, points, current), expected, "{to_alarm} of {points}");
            }
        }
    }

    #[test]
    fn a_value_is_compared_in_four_ways() {
        for (comparison, expected) in [
            (Comparison::Above, [false, false, true]),
            (Comparison::AtLeast, [false, true, true]),
            (Comparison::Below, [true, false, false]),
            (Comparison::AtMost, [true, true, false]),
        ] {
            assert_eq!([1.0, 2.0, 3.0].map(|value| comparison.breaches(value, 2.0)), expected);
        }
    }
}
