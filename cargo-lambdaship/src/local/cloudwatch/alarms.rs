//! Operations on alarms. A state is worked out when it is read, from the metrics of that moment.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::alarm::{Actions, Alarm, Condition, StateValue};
use super::book::Book;
use super::evaluate::{Comparison, Missing, Rule};
use super::shapes::{self, Dimension, invalid, length};
use super::statistic::Statistic;
use crate::local::call::Call;
use crate::local::fault::Fault;
use crate::local::state::State;

/// The most alarms that one call names or answers.
const MOST: usize = 100;
/// AWS looks back a day at most, or a week with periods of an hour or more.
const DAY: i64 = 86_400;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Put {
    alarm_name: String,
    alarm_description: Option<String>,
    actions_enabled: Option<bool>,
    #[serde(rename = "OKActions", default)]
    ok_actions: Vec<String>,
    #[serde(default)]
    alarm_actions: Vec<String>,
    #[serde(default)]
    insufficient_data_actions: Vec<String>,
    metric_name: String,
    namespace: String,
    statistic: Option<String>,
    extended_statistic: Option<String>,
    dimensions: Option<Vec<Dimension>>,
    period: i64,
    unit: Option<String>,
    evaluation_periods: usize,
    datapoints_to_alarm: Option<usize>,
    threshold: f64,
    comparison_operator: Comparison,
    #[serde(default)]
    treat_missing_data: Missing,
}

/// `PutMetricAlarm`. An alarm that exists keeps its state until it is next read.
pub(crate) fn put(input: Value, state: &mut State, now: Timestamp) -> Result<(), Fault> {
    let request: Put = shapes::parse(input)?;
    let name = request.alarm_name.clone();
    length("AlarmName", &name, 255)?;
    let condition = state.alarms.get(&name).map(|alarm| Condition { set: false, ..alarm.condition.clone() });
    let alarm = alarm(request, condition.unwrap_or_else(|| Condition::new(now)), now)?;
    state.alarms.insert(name, alarm);
    Ok(())
}

fn alarm(request: Put, condition: Condition, now: Timestamp) -> Result<Alarm, Fault> {
    shapes::unit(request.unit.as_deref())?;
    if request.alarm_description.as_ref().is_some_and(|text| text.chars().count() > 1_024) {
        return Err(Fault::validation("AlarmDescription must have at most 1024 characters"));
    }
    let all = [&request.ok_actions, &request.alarm_actions, &request.insufficient_data_actions];
    if all.iter().any(|actions| actions.len() > 5) {
        return Err(Fault::validation("an alarm must have at most 5 actions for each state"));
    }
    let rule = rule(&request)?;
    Ok(Alarm {
        description: request.alarm_description,
        actions: Actions {
            enabled: request.actions_enabled.unwrap_or(true),
            ok: request.ok_actions,
            alarm: request.alarm_actions,
            insufficient_data: request.insufficient_data_actions,
        },
        metric: shapes::metric(request.namespace, request.metric_name, request.dimensions)?,
        unit: request.unit,
        rule,
        configured: now,
        condition,
    })
}

fn rule(request: &Put) -> Result<Rule, Fault> {
    shapes::period(request.period)?;
    let periods = request.evaluation_periods;
    let longest = if request.period < 3_600 { DAY } else { 7 * DAY };
    let span = i64::try_from(periods).unwrap_or(i64::MAX).saturating_mul(request.period);
    if periods == 0 || span > longest {
        let why = format!("the periods must be at least one, and not span more than {longest} seconds");
        return Err(invalid("EvaluationPeriods", &periods.to_string(), &why));
    }
    if let Some(points) = request.datapoints_to_alarm.filter(|points| !(1..=periods).contains(points)) {
        let why = "it must be 1 to EvaluationPeriods";
        return Err(invalid("DatapointsToAlarm", &points.to_string(), why));
    }
    Ok(Rule {
        statistic: statistic(request)?,
        period: request.period,
        periods,
        to_alarm: request.datapoints_to_alarm,
        threshold: request.threshold,
        comparison: request.comparison_operator,
        missing: request.treat_missing_data,
    })
}

fn statistic(request: &Put) -> Result<Statistic, Fault> {
    let (text, extended) = match (&request.statistic, &request.extended_statistic) {
        (Some(text), None) => (text, false),
        (None, Some(text)) => (text, true),
        _ => return Err(Fault::validation("an alarm must have one of Statistic and ExtendedStatistic")),
    };
    let statistic = text.parse().map_err(Fault::validation)?;
    if matches!(statistic, Statistic::Percentile(_)) == extended {
        return Ok(statistic);
    }
    let member = if extended { "ExtendedStatistic" } else { "Statistic" };
    Err(invalid(member, text, "percentiles, and only they, are extended statistics"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Describe {
    alarm_names: Option<Vec<String>>,
    alarm_name_prefix: Option<String>,
    alarm_types: Option<Vec<AlarmType>>,
    state_value: Option<StateValue>,
    max_records: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum AlarmType {
    #[serde(rename = "CompositeAlarm")]
    Composite,
    #[serde(rename = "MetricAlarm")]
    Metric,
    #[serde(rename = "LogAlarm")]
    Log,
}

/// `DescribeAlarms`, of states that [`changes`] were made to.
pub(crate) fn describe(input: Value, call: &Call, state: &State) -> Result<Value, Fault> {
    let request: Describe = shapes::parse(input)?;
    let most = request.max_records.unwrap_or(50);
    if !(1..=MOST).contains(&most) {
        return Err(invalid("MaxRecords", &most.to_string(), "it must be 1 to 100"));
    }
    if request.alarm_names.is_some() && request.alarm_name_prefix.is_some() {
        return Err(Fault::validation("AlarmNames and AlarmNamePrefix go not together"));
    }
    named(request.alarm_names.as_deref().unwrap_or_default())?;
    let wanted = |(name, alarm): &(&String, &Alarm)| {
        request.alarm_names.as_ref().is_none_or(|names| names.is_empty() || names.contains(name))
            && request.alarm_name_prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix))
            && request.alarm_types.as_ref().is_none_or(|types| types.contains(&AlarmType::Metric))
            && request.state_value.is_none_or(|value| alarm.condition.value == value)
            && request.next_token.as_ref().is_none_or(|last| *name > last)
    };
    let mut found: Vec<_> = state.alarms.iter().filter(wanted).collect();
    let more = found.len() > most;
    found.truncate(most);
    let written: Vec<Value> = found.iter().map(|(name, alarm)| alarm.written(name, &call.region)).collect();
    let mut answer = json!({ "MetricAlarms": written, "CompositeAlarms": [] });
    if let Some((last, _)) = found.last().filter(|_| more) {
        answer["NextToken"] = json!(last);
    }
    Ok(answer)
}

/// The conditions, at `now`, of the alarms that are no longer as they were last seen.
pub(crate) fn changes(state: &State, book: &Book, now: Timestamp) -> BTreeMap<String, Condition> {
    let all = state.alarms.iter();
    all.filter_map(|(name, alarm)| Some((name.clone(), alarm.change(book, now)?))).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Delete {
    alarm_names: Vec<String>,
}

/// `DeleteAlarms`. Those that exist are deleted, as on AWS, also when another one does not.
pub(crate) fn delete(input: Value, state: &mut State) -> Result<(), Fault> {
    let Delete { alarm_names } = shapes::parse(input)?;
    named(&alarm_names)?;
    state.alarms.retain(|name, _| !alarm_names.contains(name));
    Ok(())
}

fn named(names: &[String]) -> Result<(), Fault> {
    if names.len() > MOST {
        return Err(Fault::validation(format!("AlarmNames must have at most {MOST} members")));
    }
    names.iter().try_for_each(|name| length("AlarmNames", name, 255))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Set {
    alarm_name: String,
    state_value: StateValue,
    state_reason: String,
    state_reason_data: Option<String>,
}

/// `SetAlarmState`: the state holds until the metric has a value of a later minute.
pub(crate) fn set(input: Value, state: &mut State, now: Timestamp) -> Result<(), Fault> {
    let request: Set = shapes::parse(input)?;
    if request.state_reason.chars().count() > 1_023 {
        return Err(Fault::validation("StateReason must have at most 1023 characters"));
    }
    let alarm = state.alarms.get_mut(&request.alarm_name);
    let alarm = alarm.ok_or_else(|| {
        let message = format!("Unknown: alarm {} does not exist", request.alarm_name);
        Fault::new(StatusCode::NOT_FOUND, "ResourceNotFound", message)
    })?;
    alarm.condition = Condition {
        value: request.state_value,
        reason: request.state_reason,
        reason_data: request.state_reason_data,
        updated: now,
        set: true,
    };
    Ok(())
}
