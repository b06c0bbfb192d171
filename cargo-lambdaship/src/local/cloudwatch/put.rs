//! `PutMetricData`: values of metrics of one's own.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::book::Series;
use super::metrics::Metrics;
use super::shapes::{self, Dimension, Epoch};
use super::statistic::Datum;
use crate::local::fault::Fault;

/// The most metrics of one call.
const MOST_METRICS: usize = 1_000;
/// The most values of one metric in a call.
const MOST_VALUES: usize = 150;
/// Two weeks and two hours: how far from now a time may be.
const PAST: SignedDuration = SignedDuration::from_hours(14 * 24);
const FUTURE: SignedDuration = SignedDuration::from_hours(2);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Request {
    namespace: String,
    metric_data: Option<Vec<DatumMembers>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DatumMembers {
    metric_name: String,
    dimensions: Option<Vec<Dimension>>,
    timestamp: Option<Epoch>,
    value: Option<f64>,
    values: Option<Vec<f64>>,
    counts: Option<Vec<f64>>,
    statistic_values: Option<Value>,
    unit: Option<String>,
    storage_resolution: Option<i64>,
}

/// Adds all of the values, or none.
pub(crate) fn put(input: Value, metrics: &Metrics, now: Timestamp) -> Result<(), Fault> {
    let Request { namespace, metric_data } = shapes::parse(input)?;
    if namespace.starts_with("AWS/") {
        return Err(Fault::invalid(format!("The value {namespace} for parameter Namespace is invalid.")));
    }
    let data = metric_data.filter(|data| !data.is_empty());
    let data = data.ok_or_else(|| missing("The parameter MetricData is required."))?;
    if data.len() > MOST_METRICS {
        return Err(Fault::invalid(format!("MetricData must have at most {MOST_METRICS} members.")));
    }
    let read = data.into_iter().map(|datum| read(&namespace, datum, now));
    for (at, series, datum) in read.collect::<Result<Vec<_>, _>>()? {
        metrics.add(at, vec![(series, datum)]);
    }
    Ok(())
}

fn read(namespace: &str, members: DatumMembers, now: Timestamp) -> Result<(Timestamp, Series, Datum), Fault> {
    let datum = datum(&members)?;
    let at = members.timestamp.map_or(now, |Epoch(at)| at);
    if at.duration_since(now) > FUTURE || now.duration_since(at) > PAST {
        let message =
            format!("The parameter Timestamp {at} must be within two weeks before and two hours after now.");
        return Err(Fault::invalid(message));
    }
    if !matches!(members.storage_resolution, None | Some(60)) {
        return Err(Fault::invalid("StorageResolution must be 60: the local AWS keeps whole minutes only."));
    }
    shapes::unit(members.unit.as_deref())?;
    let metric = shapes::metric(namespace.to_owned(), members.metric_name, members.dimensions)?;
    Ok((at, Series { metric, unit: members.unit.unwrap_or_else(|| "None".to_owned()) }, datum))
}

/// The values, in the one of three ways in which they are given.
fn datum(members: &DatumMembers) -> Result<Datum, Fault> {
    let name = &members.metric_name;
    match (members.value, &members.values, &members.statistic_values) {
        (_, _, Some(_)) => Err(Fault::invalid(format!(
            "{name}: the local AWS does not take StatisticValues, which have no percentiles: send Values and Counts."
        ))),
        (Some(value), None, None) if members.counts.is_none() => Ok(Datum::of(finite(name, value)?, 1.0)),
        (None, Some(values), None) => many(name, values, members.counts.as_deref()),
        (None, None, None) => Err(missing(&format!("{name}: one of Value and Values is required."))),
        _ => Err(Fault::bad(
            "InvalidParameterCombinationException",
            format!("{name}: Value goes with neither Values nor Counts."),
        )),
    }
}

fn many(name: &str, values: &[f64], counts: Option<&[f64]>) -> Result<Datum, Fault> {
    if !(1..=MOST_VALUES).contains(&values.len()) || counts.is_some_and(|counts| counts.len() != values.len())
    {
        return Err(Fault::invalid(format!(
            "{name}: Values must have 1 to {MOST_VALUES} members, and Counts as many as Values."
        )));
    }
    let counts = counts.unwrap_or_default().iter().copied().chain(std::iter::repeat(1.0));
    let mut sum: Option<Datum> = None;
    for (value, count) in values.iter().zip(counts) {
        let datum = Datum::of(finite(name, *value)?, positive(name, count)?);
        match &mut sum {
            Some(sum) => sum.merge(&datum),
            None => sum = Some(datum),
        }
    }
    sum.ok_or_else(|| missing(&format!("{name}: Values is empty.")))
}

/// A value within what CloudWatch takes: -2^360 to 2^360.
fn finite(name: &str, value: f64) -> Result<f64, Fault> {
    if value.abs() <= 2_f64.powi(360) {
        return Ok(value);
    }
    Err(Fault::invalid(format!("{name}: the value {value} is not within -2^360 and 2^360.")))
}

fn positive(name: &str, count: f64) -> Result<f64, Fault> {
    if count > 0.0 {
        finite(name, count)
    } else {
        Err(Fault::invalid(format!("{name}: a count must be over 0.")))
    }
}

fn missing(message: &str) -> Fault {
    Fault::bad("MissingRequiredParameterException", message)
}
