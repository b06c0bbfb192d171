//! What several requests have in common, checked against the limits of the service's model.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::book::{MINUTE, Metric};
use crate::local::fault::Fault;

const UNITS: [&str; 27] = [
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
    "None",
];

/// The members of a request; one that is not known is refused by its name.
pub(crate) fn parse<T: DeserializeOwned>(input: Value) -> Result<T, Fault> {
    serde_json::from_value(input).map_err(Fault::validation)
}

/// A time, which is written as seconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Epoch(pub(crate) Timestamp);

impl<'de> Deserialize<'de> for Epoch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = SignedDuration::try_from_secs_f64(f64::deserialize(deserializer)?);
        let time = seconds.and_then(Timestamp::from_duration);
        time.map(Self).map_err(|_| D::Error::custom("a time is out of range"))
    }
}

/// How a time is written, with its fraction.
pub(crate) fn epoch(time: Timestamp) -> Value {
    json!(time.as_duration().as_secs_f64())
}

/// A name and a value that narrow a metric down.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Dimension {
    name: String,
    value: String,
}

/// The metric that a request names.
pub(crate) fn metric(
    namespace: String,
    name: String,
    dimensions: Option<Vec<Dimension>>,
) -> Result<Metric, Fault> {
    length("Namespace", &namespace, 255)?;
    if namespace.starts_with(':') {
        return Err(invalid("Namespace", &namespace, "it must not begin with a colon"));
    }
    length("MetricName", &name, 255)?;
    let given = dimensions.unwrap_or_default();
    if given.len() > 30 {
        return Err(Fault::validation("Dimensions must have at most 30 members"));
    }
    let mut dimensions = BTreeMap::new();
    for Dimension { name, value } in given {
        length("Dimensions.Name", &name, 255)?;
        length("Dimensions.Value", &value, 1_024)?;
        if let Some(other) = dimensions.insert(name.clone(), value) {
            return Err(invalid("Dimensions", &name, &format!("it is there twice, once as {other}")));
        }
    }
    Ok(Metric { namespace, name, dimensions })
}

/// A metric's dimensions as answers have them.
pub(crate) fn dimensions(metric: &Metric) -> Value {
    metric.dimensions.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect()
}

/// Refuses a unit that AWS does not have.
pub(crate) fn unit(unit: Option<&str>) -> Result<(), Fault> {
    match unit {
        Some(unit) if !UNITS.contains(&unit) => {
            Err(invalid("Unit", unit, "it is none of CloudWatch's units"))
        }
        _ => Ok(()),
    }
}

/// Refuses a period that AWS does not have, or that this server does not keep values for.
pub(crate) fn period(seconds: i64) -> Result<(), Fault> {
    let text = seconds.to_string();
    if matches!(seconds, 1 | 5 | 10 | 20 | 30) {
        return Err(invalid("Period", &text, "the local AWS keeps whole minutes only"));
    }
    if seconds < MINUTE || seconds % MINUTE != 0 || seconds > 86_400 * 30 {
        return Err(invalid("Period", &text, "it must be 1, 5, 10, 20, 30 or a multiple of 60"));
    }
    Ok(())
}

/// Refuses an empty text, and one that is longer than the model allows.
pub(crate) fn length(member: &str, text: &str, most: usize) -> Result<(), Fault> {
    if (1..=most).contains(&text.chars().count()) {
        return Ok(());
    }
    let message = format!("{member} must have 1 to {most} characters");
    Err(Fault::validation(message))
}

/// The refusal of a value.
pub(crate) fn invalid(member: &str, value: &str, why: &str) -> Fault {
    Fault::validation(format!("The value {value} for parameter {member} is invalid: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_whole_minutes() {
        for (seconds, taken) in
            [(60, true), (300, true), (86_400, true), (0, false), (-60, false), (30, false), (90, false)]
        {
            assert_eq!(period(seconds).is_ok(), taken, "{seconds}");
        }
    }

    #[test]
    fn a_metric_is_checked() {
        let dimension = |name: &str| Dimension { name: name.to_owned(), value: "x".to_owned() };
        let check = |namespace: &str, name: &str, dimensions: Vec<Dimension>| {
            metric(namespace.to_owned(), name.to_owned(), Some(dimensions)).is_ok()
        };
        assert!(check("AWS/Lambda", "Errors", vec![dimension("a"), dimension("b")]));
        assert!(!check("", "Errors", vec![]));
        assert!(!check(":a", "Errors", vec![]));
        assert!(!check("a", &"x".repeat(256), vec![]));
        assert!(!check("a", "b", vec![dimension("a"), dimension("a")]));
        assert!(!check("a", "b", vec![dimension("")]));
        assert!(!check("a", "b", (0..31).map(|number| dimension(&number.to_string())).collect()));
    }

    #[test]
    fn a_time_is_read_with_its_fraction() {
        let Epoch(time) = parse(json!(1.5)).unwrap();
        assert_eq!((time.as_millisecond(), epoch(time)), (1_500, json!(1.5)));
        assert!(parse::<Epoch>(json!(1e300)).is_err());
    }
}
