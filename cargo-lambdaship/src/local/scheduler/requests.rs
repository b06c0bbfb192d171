//! The bodies of requests, and the limits that Scheduler's service model sets.

use serde::Deserialize;

use crate::local::fault::Fault;
use crate::local::lambda::shape;
use crate::local::state::{AfterCompletion, RetryPolicy, ScheduleState, ScheduleTarget};

/// `CreateSchedule` and `UpdateSchedule`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ScheduleRequest {
    pub(crate) schedule_expression: String,
    pub(crate) schedule_expression_timezone: Option<String>,
    pub(crate) flexible_time_window: FlexibleTimeWindow,
    pub(crate) target: ScheduleTarget,
    pub(crate) group_name: Option<String>,
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) state: ScheduleState,
    #[serde(default)]
    pub(crate) action_after_completion: AfterCompletion,
    pub(crate) client_token: Option<String>,
}

/// `FlexibleTimeWindow`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct FlexibleTimeWindow {
    mode: String,
    maximum_window_in_minutes: Option<i64>,
}

impl ScheduleRequest {
    /// Refuses what the service model does not allow, and windows: the local AWS calls on time.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        let window = &self.flexible_time_window;
        if window.mode != "OFF" || window.maximum_window_in_minutes.is_some() {
            return Err(Fault::validation(
                "the local AWS has FlexibleTimeWindow of mode OFF only, without minutes",
            ));
        }
        length("scheduleExpression", Some(&self.schedule_expression), 1, 256)?;
        length("scheduleExpressionTimezone", self.schedule_expression_timezone.as_deref(), 1, 50)?;
        length("description", self.description.as_deref(), 0, 512)?;
        length("target.arn", Some(&self.target.arn), 1, 1_600)?;
        length("target.roleArn", Some(&self.target.role_arn), 1, 1_600)?;
        length("target.input", self.target.input.as_deref(), 1, usize::MAX)?;
        if let Some(token) = &self.client_token {
            word(
                "clientToken",
                token,
                |byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte),
                "[a-zA-Z0-9-_]+",
            )?;
        }
        self.target.retry_policy.as_ref().map_or(Ok(()), retries)
    }
}

fn retries(policy: &RetryPolicy) -> Result<(), Fault> {
    let within =
        |value: Option<u32>, least: u32, most: u32| value.is_none_or(|value| (least..=most).contains(&value));
    if !within(policy.maximum_event_age_in_seconds, 60, 86_400) {
        return Err(Fault::validation("maximumEventAgeInSeconds must be 60 to 86400"));
    }
    if !within(policy.maximum_retry_attempts, 0, 185) {
        return Err(Fault::validation("maximumRetryAttempts must be 0 to 185"));
    }
    Ok(())
}

/// Refuses what cannot be the name of a schedule.
pub(crate) fn name(member: &str, text: &str) -> Result<(), Fault> {
    word(member, text, |byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte), "^[0-9a-zA-Z-_.]+$")
}

fn word(member: &str, text: &str, allowed: fn(u8) -> bool, pattern: &str) -> Result<(), Fault> {
    length(member, Some(text), 1, 64)?;
    if text.bytes().all(allowed) { Ok(()) } else { Err(shape(member, text, pattern)) }
}

fn length(member: &str, text: Option<&str>, least: usize, most: usize) -> Result<(), Fault> {
    let Some(text) = text else { return Ok(()) };
    let (length, bound) = (text.chars().count(), if text.is_empty() { "greater" } else { "less" });
    if (least..=most).contains(&length) {
        return Ok(());
    }
    let limit = if text.is_empty() { least } else { most };
    Err(Fault::validation(format!(
        "1 validation error detected: Value '{text}' at '{member}' failed to satisfy constraint: Member must have \
         length {bound} than or equal to {limit}"
    )))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn good(member: &str, value: Value) -> bool {
        let mut request = json!({
            "ScheduleExpression": "at(2026-11-21T04:05:06)",
            "FlexibleTimeWindow": { "Mode": "OFF" },
            "Target": { "Arn": "a", "RoleArn": "r" },
        });
        if !member.is_empty() {
            request[member] = value;
        }
        serde_json::from_value::<ScheduleRequest>(request).is_ok_and(|request| request.check().is_ok())
    }

    #[test]
    fn a_request_keeps_to_the_model() {
        let target = |member: &str, value: Value| json!({ "Arn": "a", "RoleArn": "r", member: value });
        for (member, value, expected) in [
            ("", json!(null), true),
            ("Description", json!("x".repeat(512)), true),
            ("Description", json!("x".repeat(513)), false),
            ("ScheduleExpression", json!(""), false),
            ("ScheduleExpressionTimezone", json!(""), false),
            ("FlexibleTimeWindow", json!({ "Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5 }), false),
            ("FlexibleTimeWindow", json!({ "Mode": "OFF", "MaximumWindowInMinutes": 5 }), false),
            ("State", json!("DISABLED"), true),
            ("State", json!("PAUSED"), false),
            ("ActionAfterCompletion", json!("DELETE"), true),
            ("ActionAfterCompletion", json!("KEEP"), false),
            ("ClientToken", json!("3f-_"), true),
            ("ClientToken", json!("a b"), false),
            ("Target", target("Input", json!("")), false),
            ("Target", target("RetryPolicy", json!({ "MaximumRetryAttempts": 0 })), true),
            ("Target", target("RetryPolicy", json!({ "MaximumRetryAttempts": 186 })), false),
            ("Target", target("RetryPolicy", json!({ "MaximumEventAgeInSeconds": 59 })), false),
            ("Target", target("DeadLetterConfig", json!({})), false),
            ("StartDate", json!(1), false),
            ("targetArn", json!("a"), false),
        ] {
            assert_eq!(good(member, value.clone()), expected, "{member} {value}");
        }
    }

    #[test]
    fn names_are_words_of_up_to_64() {
        for (text, good) in
            [("a.B-9_", true), (&"x".repeat(64), true), (&"x".repeat(65), false), ("", false), ("a/b", false)]
        {
            assert_eq!(name("name", text).is_ok(), good, "{text}");
        }
    }
}
