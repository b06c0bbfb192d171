//! CloudWatch Logs over the files that invocations write.
//!
//! The runtime says which file of `logs/` a stream is; an event is a line `<epoch-ms> <text>` in it.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use axum::http::StatusCode;
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ACCOUNT;
use super::call::Call;
use super::fault::Fault;
use super::reply::{self, Outcome};
use super::runtime;
use super::state::{LogGroup, State};

/// The spans, in days, that CloudWatch Logs keeps events for.
const RETENTIONS: [u32; 23] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
    0,
];

/// Answers `operation`.
pub(crate) async fn answer(operation: &str, call: &Call) -> Outcome {
    let shared = Arc::clone(&call.shared);
    match operation {
        "CreateLogGroup" => shared.store.update(|state| create(call, state)).await,
        "DescribeLogGroups" => describe(call, &shared.store.read()),
        "PutRetentionPolicy" => shared.store.update(|state| put_retention(call, state)).await,
        "DeleteRetentionPolicy" => shared.store.update(|state| delete_retention(call, state)).await,
        "FilterLogEvents" => filter(call).await,
        other => Err(Fault::unknown_operation(other)),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Group {
    log_group_name: String,
    retention_in_days: Option<u32>,
}

fn create(call: &Call, state: &mut State) -> Outcome {
    let Group { log_group_name: name, .. } = call.json()?;
    if state.log_groups.contains_key(&name) {
        return Err(Fault::bad("ResourceAlreadyExistsException", "The specified log group already exists"));
    }
    state.log_groups.insert(name, LogGroup { created: call.now, retention: None });
    Ok(done())
}

fn put_retention(call: &Call, state: &mut State) -> Outcome {
    let Group { log_group_name: name, retention_in_days: days } = call.json()?;
    let days = days.filter(|days| *days > 0 && RETENTIONS.contains(days));
    let days = days.ok_or_else(|| {
        Fault::bad("InvalidParameterException", "retentionInDays must be one of the allowed values")
    })?;
    group_mut(call, state, &name)?.retention = Some(days);
    Ok(done())
}

fn delete_retention(call: &Call, state: &mut State) -> Outcome {
    let Group { log_group_name: name, .. } = call.json()?;
    group_mut(call, state, &name)?.retention = None;
    Ok(done())
}

/// A group that was created, or that an invocation wrote to.
fn group_mut<'a>(call: &Call, state: &'a mut State, name: &str) -> Result<&'a mut LogGroup, Fault> {
    if !state.log_groups.contains_key(name) && !folder(call, name).exists() {
        return Err(missing_group());
    }
    let new = || LogGroup { created: call.now, retention: None };
    Ok(state.log_groups.entry(name.to_owned()).or_insert_with(new))
}

fn missing_group() -> Fault {
    Fault::bad("ResourceNotFoundException", "The specified log group does not exist.")
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Describe {
    log_group_name_prefix: Option<String>,
    limit: Option<usize>,
    next_token: Option<String>,
}

fn describe(call: &Call, state: &State) -> Outcome {
    let request: Describe = call.json()?;
    let prefix = request.log_group_name_prefix.unwrap_or_default();
    // A function that ran has a group that nobody created by request.
    let implied = state
        .functions
        .iter()
        .map(|(name, function)| super::lambda::log_group(name, &function.latest.settings));
    let implied = implied.filter(|name| !state.log_groups.contains_key(name) && folder(call, name).exists());
    let names = state.log_groups.keys().cloned().chain(implied).filter(|name| name.starts_with(&prefix));
    let names: BTreeSet<String> = names.collect();
    let page = Page::new(request.next_token.as_deref(), request.limit, 50)?;
    let described = names.iter().map(|name| described(call, name, state.log_groups.get(name)));
    Ok(reply::aws_json(StatusCode::OK, &page.cut("logGroups", described)))
}

/// A part of a list.
struct Page {
    begin: usize,
    limit: usize,
}

impl Page {
    fn new(token: Option<&str>, limit: Option<usize>, most: usize) -> Result<Self, Fault> {
        let begin = token.map_or(Ok(0), str::parse);
        let invalid = |_| Fault::bad("InvalidParameterException", "The specified nextToken is invalid.");
        Ok(Self { begin: begin.map_err(invalid)?, limit: limit.unwrap_or(most).clamp(1, most) })
    }

    /// The answer with this part of `items` under `member`.
    fn cut(&self, member: &str, items: impl Iterator<Item = Value>) -> Value {
        let mut items = items.skip(self.begin);
        let part: Vec<Value> = items.by_ref().take(self.limit).collect();
        let mut answer = json!({ member: part });
        if items.next().is_some() {
            answer["nextToken"] = json!(self.begin.saturating_add(self.limit).to_string());
        }
        answer
    }
}

fn described(call: &Call, name: &str, group: Option<&LogGroup>) -> Value {
    let arn = format!("arn:aws:logs:{}:{ACCOUNT}:log-group:{name}", call.region);
    let mut answer = json!({
        "logGroupName": name,
        "arn": format!("{arn}:*"),
        "logGroupArn": arn,
        "creationTime": group.map_or(call.now, |group| group.created).as_millisecond(),
        "metricFilterCount": 0,
        "storedBytes": 0,
    });
    if let Some(days) = group.and_then(|group| group.retention) {
        answer["retentionInDays"] = json!(days);
    }
    answer
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Filter {
    log_group_name: String,
    start_time: Option<i64>,
    end_time: Option<i64>,
    #[serde(rename = "filterPattern")]
    pattern: Option<String>,
    limit: Option<usize>,
    next_token: Option<String>,
    log_stream_names: Option<Vec<String>>,
    log_stream_name_prefix: Option<String>,
    #[serde(rename = "interleaved")]
    _interleaved: Option<bool>,
}

/// An event of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LogEvent {
    time: i64,
    stream: String,
    /// The line's number in its stream, which tells events of one millisecond apart.
    line: usize,
    text: String,
}

async fn filter(call: &Call) -> Outcome {
    let request: Filter = call.json()?;
    let folder = folder(call, &request.log_group_name);
    if !call.shared.store.read().log_groups.contains_key(&request.log_group_name) && !folder.exists() {
        return Err(missing_group());
    }
    let read = tokio::task::spawn_blocking(move || read_events(&folder)).await;
    let events = read.map_err(|error| Fault::internal(&error))?.map_err(|error| Fault::internal(&error))?;
    let page = Page::new(request.next_token.as_deref(), request.limit, 10_000)?;
    let wanted = events.iter().filter(|event| matches(&request, event)).map(written);
    Ok(reply::aws_json(StatusCode::OK, &page.cut("events", wanted)))
}

fn matches(request: &Filter, event: &LogEvent) -> bool {
    let pattern = request.pattern.as_deref().unwrap_or("").trim().trim_matches('"');
    request.start_time.is_none_or(|start| event.time >= start)
        && request.end_time.is_none_or(|end| event.time <= end)
        && event.text.contains(pattern)
        && request.log_stream_names.as_ref().is_none_or(|names| names.contains(&event.stream))
        && request.log_stream_name_prefix.as_ref().is_none_or(|prefix| event.stream.starts_with(prefix))
}

fn written(event: &LogEvent) -> Value {
    json!({
        "logStreamName": event.stream,
        "timestamp": event.time,
        "ingestionTime": event.time,
        "message": event.text,
        "eventId": format!("{:020}{:012}", event.time, event.line),
    })
}

/// All events of a group, in the order of their times. Blocks.
fn read_events(folder: &Utf8Path) -> io::Result<Vec<LogEvent>> {
    let mut events = Vec::new();
    let streams = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(events),
        streams => streams?,
    };
    for stream in streams {
        let stream = stream?;
        let Some(name) = runtime::log_stream(&stream.file_name().to_string_lossy()) else { continue };
        let text = String::from_utf8_lossy(&fs::read(stream.path())?).into_owned();
        events.extend(text.lines().enumerate().filter_map(|(line, text)| parse(&name, line, text)));
    }
    events.sort_by(|a, b| (a.time, &a.stream, a.line).cmp(&(b.time, &b.stream, b.line)));
    Ok(events)
}

fn parse(stream: &str, line: usize, text: &str) -> Option<LogEvent> {
    let (time, text) = text.split_once(' ')?;
    Some(LogEvent { time: time.parse().ok()?, stream: stream.to_owned(), line, text: text.to_owned() })
}

fn folder(call: &Call, group: &str) -> Utf8PathBuf {
    runtime::log_folder(&call.shared.options.root.join("logs"), group)
}

fn done() -> axum::response::Response {
    reply::aws_json(StatusCode::OK, &json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_all_streams_are_read_in_the_order_of_their_times() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        fs::write(folder.join("b.log"), "20 second\n40 fourth\nnot an event\n").unwrap();
        fs::write(folder.join("a.log"), "10 first\n30 third line\n").unwrap();
        let texts: Vec<String> = read_events(folder).unwrap().into_iter().map(|event| event.text).collect();
        assert_eq!(texts, ["first", "second", "third line", "fourth"]);
        assert_eq!(read_events(&folder.join("absent")).unwrap(), []);
    }
}
