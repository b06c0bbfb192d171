//! A schedule as EventBridge Scheduler keeps it, and what came of those that fell due.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A one-time schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    pub(crate) region: String,
    pub(crate) expression: String,
    pub(crate) timezone: String,
    /// The moment that the expression names.
    pub(crate) due: Timestamp,
    pub(crate) description: Option<String>,
    pub(crate) state: ScheduleState,
    pub(crate) after_completion: AfterCompletion,
    pub(crate) target: ScheduleTarget,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    /// Of the request that created it: that request may come again.
    pub(crate) client_token: Option<String>,
    /// Whether the call was made.
    pub(crate) done: bool,
}

impl Schedule {
    /// When the call is to be made, if it is.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        (self.state == ScheduleState::Enabled && !self.done).then_some(self.due)
    }
}

/// Whether a schedule is in force, as the service writes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum ScheduleState {
    #[default]
    Enabled,
    Disabled,
}

/// What becomes of a schedule whose call was made, as the service writes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum AfterCompletion {
    #[default]
    None,
    Delete,
}

/// What is called, as the service writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ScheduleTarget {
    pub(crate) arn: String,
    pub(crate) role_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retry_policy: Option<RetryPolicy>,
}

/// `RetryPolicy`: kept, and of no effect, as a call of the local AWS fails for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct RetryPolicy {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) maximum_event_age_in_seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) maximum_retry_attempts: Option<u32>,
}

/// A call that a schedule made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledCall {
    /// The schedule's name.
    pub schedule: String,
    /// The ARN of the operation, such as `arn:aws:scheduler:::aws-sdk:lambda:updateAlias`.
    pub target: String,
    /// When it was made.
    pub at: Timestamp,
    /// The error that it was refused with: its code and its message.
    pub error: Option<(String, String)>,
}
