//! CloudWatch Logs: retention of a log group, and its events.

use jiff::Timestamp;

use super::{Error, Kind};

/// CloudWatch Logs.
#[derive(Debug, Clone)]
pub struct Logs(aws_sdk_cloudwatchlogs::Client);

/// One line of a lambda's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEvent {
    /// Unique within the log group.
    pub id: String,
    /// When the line was written.
    pub time: Timestamp,
    /// The line.
    pub message: String,
}

impl Logs {
    pub(super) fn new(client: aws_sdk_cloudwatchlogs::Client) -> Self {
        Self(client)
    }

    /// Days that `group` keeps its events; `None` when it keeps them for ever or does not exist.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn retention(&self, group: &str) -> Result<Option<u32>, Error> {
        let request = self.0.describe_log_groups().log_group_name_prefix(group).send();
        let answer =
            request.await.map_err(|error| Error::sdk(format!("read log group `{group}`"), &error))?;
        let found = answer.log_groups().iter().find(|found| found.log_group_name() == Some(group));
        Ok(found
            .and_then(aws_sdk_cloudwatchlogs::types::LogGroup::retention_in_days)
            .and_then(|days| u32::try_from(days).ok()))
    }

    /// Makes `group` keep its events for `days`; creates the group when it is not there yet.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn set_retention(&self, group: &str, days: u32) -> Result<(), Error> {
        let action = || format!("set the retention of log group `{group}`");
        match self.0.create_log_group().log_group_name(group).send().await {
            Ok(_) => {}
            Err(error) => {
                let error = Error::sdk(format!("create log group `{group}`"), &error);
                if error.kind() != Kind::Conflict {
                    return Err(error);
                }
            }
        }
        let days = i32::try_from(days).unwrap_or(i32::MAX);
        let request = self.0.put_retention_policy().log_group_name(group).retention_in_days(days);
        request.send().await.map(drop).map_err(|error| Error::sdk(action(), &error))
    }

    /// The events of `group` from `since` on, oldest first; `pattern` is CloudWatch's filter pattern.
    ///
    /// # Errors
    /// When a request fails; [`Kind::NotFound`] when nothing was ever logged.
    pub async fn events(
        &self,
        group: &str,
        since: Timestamp,
        pattern: Option<&str>,
    ) -> Result<Vec<LogEvent>, Error> {
        let request = self.0.filter_log_events().log_group_name(group).start_time(since.as_millisecond());
        let mut pages = request.set_filter_pattern(pattern.map(str::to_owned)).into_paginator().send();
        let mut events = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| Error::sdk(format!("read log group `{group}`"), &error))?;
            events.extend(page.events.into_iter().flatten().filter_map(event));
        }
        events.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| a.id.cmp(&b.id)));
        Ok(events)
    }
}

fn event(event: aws_sdk_cloudwatchlogs::types::FilteredLogEvent) -> Option<LogEvent> {
    let time = Timestamp::from_millisecond(event.timestamp?).ok()?;
    let message = event.message?;
    // Not every stand-in gives ids.
    let id = event.event_id.filter(|id| !id.is_empty()).unwrap_or_else(|| format!("{time} {message}"));
    Some(LogEvent { id, time, message })
}
