//! An alarm: its rule, and the state that it was last seen in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::book::{Book, MINUTE, Metric};
use super::evaluate::{self, Rule};
use super::shapes::{dimensions, epoch};
use super::statistic::Statistic;
use crate::local::ACCOUNT;

/// What an alarm says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StateValue {
    #[serde(rename = "OK")]
    Ok,
    #[serde(rename = "ALARM")]
    Alarm,
    #[serde(rename = "INSUFFICIENT_DATA")]
    InsufficientData,
}

/// An alarm on one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Alarm {
    pub(crate) description: Option<String>,
    pub(crate) actions: Actions,
    pub(crate) metric: Metric,
    pub(crate) unit: Option<String>,
    pub(crate) rule: Rule,
    pub(crate) configured: Timestamp,
    pub(crate) condition: Condition,
}

/// What AWS would do when the state changes. Here nothing is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Actions {
    pub(crate) enabled: bool,
    pub(crate) ok: Vec<String>,
    pub(crate) alarm: Vec<String>,
    pub(crate) insufficient_data: Vec<String>,
}

/// The state of an alarm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Condition {
    pub(crate) value: StateValue,
    pub(crate) reason: String,
    pub(crate) reason_data: Option<String>,
    pub(crate) updated: Timestamp,
    /// Set by request: it holds until the metric has a value of a later minute.
    pub(crate) set: bool,
}

impl Condition {
    /// That of an alarm that is new.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            value: StateValue::InsufficientData,
            reason: "Unchecked: Initial alarm creation".to_owned(),
            reason_data: None,
            updated: now,
            set: false,
        }
    }
}

impl Alarm {
    /// The condition at `now`, where it is not the one that the alarm was last seen in.
    pub(crate) fn change(&self, book: &Book, now: Timestamp) -> Option<Condition> {
        let since = self.condition.updated.as_second().div_euclid(MINUTE);
        if self.condition.set && book.latest(&self.metric).is_none_or(|minute| minute <= since) {
            return None;
        }
        let window = self.rule.window(book, &self.metric, self.unit.as_deref(), now);
        let (value, reason) = evaluate::evaluate(&self.rule, &window, self.condition.value);
        if value == self.condition.value {
            return self.condition.set.then(|| Condition { set: false, ..self.condition.clone() });
        }
        Some(Condition { value, reason, reason_data: None, updated: now, set: false })
    }

    /// The alarm as `DescribeAlarms` answers it.
    pub(crate) fn written(&self, name: &str, region: &str) -> Value {
        let Self { actions, rule, condition, metric, .. } = self;
        let mut written = json!({
            "AlarmName": name,
            "AlarmArn": format!("arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:{name}"),
            "AlarmConfigurationUpdatedTimestamp": epoch(self.configured),
            "ActionsEnabled": actions.enabled,
            "OKActions": actions.ok,
            "AlarmActions": actions.alarm,
            "InsufficientDataActions": actions.insufficient_data,
            "StateValue": condition.value,
            "StateReason": condition.reason,
            "StateUpdatedTimestamp": epoch(condition.updated),
            "StateTransitionedTimestamp": epoch(condition.updated),
            "MetricName": metric.name,
            "Namespace": metric.namespace,
            "Dimensions": dimensions(metric),
            "Period": rule.period,
            "EvaluationPeriods": rule.periods,
            "Threshold": rule.threshold,
            "ComparisonOperator": rule.comparison,
            "TreatMissingData": rule.missing,
        });
        let statistic = match rule.statistic {
            Statistic::Percentile(_) => "ExtendedStatistic",
            _ => "Statistic",
        };
        written[statistic] = json!(rule.statistic);
        for (member, value) in [
            ("AlarmDescription", json!(self.description)),
            ("Unit", json!(self.unit)),
            ("DatapointsToAlarm", json!(rule.to_alarm)),
            ("StateReasonData", json!(condition.reason_data)),
        ] {
            if !value.is_null() {
                written[member] = value;
            }
        }
        written
    }
}
