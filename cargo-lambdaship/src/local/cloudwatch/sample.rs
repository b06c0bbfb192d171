//! Invocations as metrics: which series of `AWS/Lambda` an invocation counts in.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::book::{Metric, Series};
use super::statistic::Datum;

/// An invocation as CloudWatch counts it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Sample {
    /// The lambda's name.
    pub lambda: String,
    /// The alias or the version that was asked for.
    #[serde(default)]
    pub qualifier: Option<String>,
    /// The version that ran, where an alias with routing weights was asked for. Without weights AWS does not tell.
    #[serde(default)]
    pub executed_version: Option<String>,
    /// When it began; it counts in this minute.
    pub at: Timestamp,
    /// How it ended.
    pub outcome: Ended,
    /// How long the function worked, in milliseconds.
    #[serde(default)]
    pub duration_ms: f64,
}

/// How an invocation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// The function answered.
    Succeeded,
    /// The function failed.
    Failed,
    /// It was refused for want of concurrency, and is no invocation.
    Throttled,
}

impl Sample {
    /// Each series that the invocation counts in, with its value there.
    pub(crate) fn measured(&self) -> Vec<(Series, Datum)> {
        let sets = self.dimensions();
        let sets = sets.iter().flat_map(|set| self.values().into_iter().map(move |value| (set, value)));
        let series = |dimensions: &BTreeMap<String, String>, name: &str, unit: &str| {
            let (namespace, dimensions) = ("AWS/Lambda".to_owned(), dimensions.clone());
            let metric = Metric { namespace, name: name.to_owned(), dimensions };
            Series { metric, unit: unit.to_owned() }
        };
        sets.map(|(set, (name, unit, value))| (series(set, name, unit), Datum::of(value, 1.0))).collect()
    }

    /// The sets of dimensions that AWS publishes, widest first.
    fn dimensions(&self) -> Vec<BTreeMap<String, String>> {
        let mut set = BTreeMap::from([("FunctionName".to_owned(), self.lambda.clone())]);
        let mut sets = vec![set.clone()];
        if let Some(qualifier) = &self.qualifier {
            set.insert("Resource".to_owned(), format!("{}:{qualifier}", self.lambda));
            sets.push(set.clone());
            if let Some(version) = &self.executed_version {
                set.insert("ExecutedVersion".to_owned(), version.clone());
                sets.push(set);
            }
        }
        sets
    }

    /// Name, unit and value. As on AWS, what went well counts as an error of 0.
    fn values(&self) -> Vec<(&'static str, &'static str, f64)> {
        if self.outcome == Ended::Throttled {
            return vec![("Throttles", "Count", 1.0)];
        }
        let errors = if self.outcome == Ended::Failed { 1.0 } else { 0.0 };
        vec![
            ("Invocations", "Count", 1.0),
            ("Errors", "Count", errors),
            ("Throttles", "Count", 0.0),
            ("Duration", "Milliseconds", self.duration_ms.max(0.0)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(qualifier: Option<&str>, version: Option<&str>, outcome: Ended) -> Sample {
        Sample {
            lambda: "hello".to_owned(),
            qualifier: qualifier.map(str::to_owned),
            executed_version: version.map(str::to_owned),
            at: Timestamp::UNIX_EPOCH,
            outcome,
            duration_ms: 12.5,
        }
    }

    #[test]
    fn an_invocation_counts_under_each_of_its_names() {
        let function = "FunctionName=hello";
        let alias = "FunctionName=hello Resource=hello:live";
        let version = "ExecutedVersion=8 FunctionName=hello Resource=hello:live";
        for (qualifier, executed, expected) in [
            (None, None, vec![function]),
            (Some("3"), None, vec![function, "FunctionName=hello Resource=hello:3"]),
            (Some("live"), None, vec![function, alias]),
            (Some("live"), Some("8"), vec![function, alias, version]),
        ] {
            let sets = sample(qualifier, executed, Ended::Succeeded).dimensions();
            let shown = |set: &BTreeMap<String, String>| {
                set.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
            };
            assert_eq!(sets.iter().map(shown).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn an_outcome_decides_what_is_counted() {
        let counted = |outcome| {
            let values = sample(None, None, outcome).values();
            values.into_iter().map(|(name, _, value)| format!("{name}={value}")).collect::<Vec<_>>()
        };
        let good = ["Invocations=1", "Errors=0", "Throttles=0", "Duration=12.5"];
        assert_eq!(counted(Ended::Succeeded), good);
        assert_eq!(counted(Ended::Failed), ["Invocations=1", "Errors=1", "Throttles=0", "Duration=12.5"]);
        assert_eq!(counted(Ended::Throttled), ["Throttles=1"]);
    }
}
