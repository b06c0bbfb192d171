//! `smoke`: what a version is asked before it gets traffic, as the file says it.
//!
//! In: the array of the key. Out: a [`SmokeTable`] for each event, and the [`Smoke`]s of a function, with the files of
//! events read. It must not run anything.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use schemars::JsonSchema;
use serde_json::Value;
use toml::Spanned;
use toml::de::DeValue;

use super::limits::{EVENT, boolean, integer, short};
use super::problem::Problem;
use super::reader::{Complaint, Section, text};
use crate::model::rollout::seconds;
use crate::model::{Expect, Smoke};

/// The longest that a function can run (Lambda's limit for timeouts).
const LONGEST: Duration = Duration::from_mins(15);

/// An event that a published version is given before it gets traffic, and what has to come back.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(rename = "Smoke", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct SmokeTable {
    /// What it is called in reports; its number when it is not stated.
    #[schemars(length(min = 1, max = 64))]
    name: Option<String>,
    /// The event: a text of JSON, `@` and a file relative to this one, or a value.
    #[schemars(with = "Value")]
    event: Spanned<Event>,
    /// What has to come back.
    #[schemars(default, with = "Keys")]
    expect: Expect,
}

/// Where an event is.
#[derive(Debug, Clone)]
enum Event {
    /// Here: JSON.
    Inline(Vec<u8>),
    /// In this file, relative to the configuration.
    File(Utf8PathBuf),
}

/// The key `smoke` of `section`.
pub(super) fn read(section: &mut Section<'_, '_>) -> Option<Vec<SmokeTable>> {
    let tables = section.tables("smoke", smoke)?;
    let mut names = BTreeSet::new();
    for (index, table) in tables.iter().enumerate() {
        let name = name_of(index, table);
        if !names.insert(name.clone()) {
            section.complain("smoke", Complaint::new(format!("has two events that are called `{name}`")));
        }
    }
    Some(tables)
}

fn smoke(place: Range<usize>, section: &mut Section<'_, '_>) -> Option<SmokeTable> {
    let name = section.take("name", name);
    let event = section.take_spanned("event", event);
    let expect = section.section("expect", expect).unwrap_or_default();
    if !section.has("event") {
        section.push(Problem::at(place, "each entry of `smoke` must have an `event`"));
    }
    Some(SmokeTable { name, event: event?, expect })
}

fn name(value: &DeValue<'_>) -> Result<String, Complaint> {
    let name = short(64)(value)?;
    if name.is_empty() || name.contains(char::is_control) {
        return Err(Complaint::new("must be a line of 1 to 64 characters"));
    }
    Ok(name)
}

/// No JSON begins with `@`.
fn event(value: &DeValue<'_>) -> Result<Event, Complaint> {
    let Some(text) = value.as_str() else {
        return Ok(Event::Inline(within_limit(json(value)?.to_string().into_bytes())?));
    };
    match text.strip_prefix('@') {
        Some("") => Err(Complaint::new("names no file after `@`")),
        Some(path) => Ok(Event::File(path.into())),
        None => {
            let event = within_limit(text.as_bytes().to_vec())?;
            is_json(&event).map_err(|error| {
                Complaint::new(format!("is not JSON: {error}"))
                    .help("a text needs quotes of its own, as in `'\"text\"'`; `\"@FILE\"` is a file")
            })?;
            Ok(Event::Inline(event))
        }
    }
}

fn is_json(text: &[u8]) -> Result<(), serde_json::Error> {
    serde_json::from_slice::<serde::de::IgnoredAny>(text).map(drop)
}

fn within_limit(event: Vec<u8>) -> Result<Vec<u8>, Complaint> {
    if event.len() <= EVENT {
        return Ok(event);
    }
    Err(Complaint::new(format!("has {} bytes, and Lambda takes at most {EVENT}", event.len())))
}

fn expect(section: &mut Section<'_, '_>) -> Expect {
    Expect {
        status: section.take("status", integer(100..=599, "")).and_then(|status| u16::try_from(status).ok()),
        body: section.take("body", json),
        pointers: section
            .pairs("json", |pointer, value| {
                is_pointer(pointer)?;
                json(value)
            })
            .into_iter()
            .collect(),
        function_error: section.take("function-error", boolean).unwrap_or_default(),
        within: section.take("within", within),
    }
}

/// RFC 6901: nothing, or parts that each begin with `/`, in which `~` stands only before `0` or `1`.
fn is_pointer(text: &str) -> Result<(), Complaint> {
    let mut escapes = text.split('~').skip(1);
    if (text.is_empty() || text.starts_with('/')) && escapes.all(|rest| rest.starts_with(['0', '1'])) {
        return Ok(());
    }
    Err(Complaint::new("is not a JSON pointer such as `/items/0/id`"))
}

fn within(value: &DeValue<'_>) -> Result<Duration, Complaint> {
    let text = text(value)?;
    let milliseconds = text.strip_suffix("ms").and_then(|number| number.parse().ok());
    let time = milliseconds.map(Duration::from_millis).or_else(|| seconds(text).ok());
    time.filter(|time| !time.is_zero() && *time <= LONGEST).ok_or_else(|| {
        Complaint::new(format!("must be a time such as `500ms` or `2s`, of at most 15m, not `{text}`"))
    })
}

/// A value of the file as JSON. A date becomes a text.
fn json(value: &DeValue<'_>) -> Result<Value, Complaint> {
    let no_number = || Complaint::new("holds a number that JSON does not have");
    Ok(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).map_err(|_| no_number())?.into()
        }
        DeValue::Float(float) => {
            let number = float.as_str().parse().ok().and_then(serde_json::Number::from_f64);
            Value::Number(number.ok_or_else(no_number)?)
        }
        DeValue::Boolean(boolean) => Value::Bool(*boolean),
        DeValue::Datetime(date) => Value::String(date.to_string()),
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect::<Result<_, _>>()?,
        DeValue::Table(table) => table
            .iter()
            .map(|(name, value)| Ok((name.get_ref().to_string(), json(value.get_ref())?)))
            .collect::<Result<_, Complaint>>()?,
    })
}

fn name_of(index: usize, table: &SmokeTable) -> String {
    table.name.clone().unwrap_or_else(|| (index + 1).to_string())
}

/// The files of events, each read once for many functions.
pub(super) struct EventFiles<'a> {
    directory: &'a Utf8Path,
    read: BTreeMap<Utf8PathBuf, Result<Vec<u8>, Complaint>>,
}

impl<'a> EventFiles<'a> {
    /// Files relative to `directory`.
    pub(super) fn new(directory: &'a Utf8Path) -> Self {
        Self { directory, read: BTreeMap::new() }
    }

    /// The events of one function. What is wrong with a file is added to `problems`.
    pub(super) fn smoke(&mut self, tables: &[SmokeTable], problems: &mut Vec<Problem>) -> Vec<Smoke> {
        let mut found = Vec::new();
        for (index, table) in tables.iter().enumerate() {
            let (name, expect) = (name_of(index, table), table.expect.clone());
            let event = match table.event.get_ref() {
                Event::Inline(event) => Ok(event.clone()),
                Event::File(path) => self.file(path),
            };
            match event {
                Ok(event) => found.push(Smoke { name, event, expect }),
                Err(complaint) => problems.push(complaint.problem("event", table.event.span())),
            }
        }
        found
    }

    fn file(&mut self, path: &Utf8Path) -> Result<Vec<u8>, Complaint> {
        let path = self.directory.join(path);
        self.read.entry(path).or_insert_with_key(|path| event_file(path)).clone()
    }
}

fn event_file(path: &Utf8Path) -> Result<Vec<u8>, Complaint> {
    let event = fs_err::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Complaint::new(format!("names {path}, which does not exist")),
        kind => Complaint::new(format!("names {path}, which cannot be read: {kind}")),
    })?;
    is_json(&event).map_err(|error| Complaint::new(format!("names {path}, which is not JSON: {error}")))?;
    within_limit(event)
        .map_err(|complaint| Complaint::new(format!("names {path}, which {}", complaint.phrase)))
}

/// What has to come back. What is not stated may be anything.
#[derive(JsonSchema)]
#[schemars(rename = "Expect", rename_all = "kebab-case", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct Keys {
    /// The `statusCode` of the answer.
    #[schemars(range(min = 100, max = 599))]
    status: Option<u16>,
    /// The whole answer; of one with a `statusCode`, its `body`.
    body: Option<Value>,
    /// Parts of the same by JSON pointer, such as `/items/0/id`.
    json: Option<BTreeMap<String, Value>>,
    /// Whether the function has to fail; it must not when this is not stated.
    function_error: Option<bool>,
    /// How long it may take, such as `500ms` or `2s`.
    #[schemars(regex(pattern = r"^[0-9]+(ms|s|m)$"))]
    within: Option<String>,
}
