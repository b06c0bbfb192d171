//! Creating, changing, reading, listing and deleting schedules.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::expression::{self, invalid};
use super::requests::{self, ScheduleRequest};
use super::target::Target;
use super::trust::assumable;
use crate::local::ACCOUNT;
use crate::local::call::Call;
use crate::local::fault::Fault;
use crate::local::reply::{self, Outcome};
use crate::local::ssm::seconds;
use crate::local::state::{Schedule, State};

/// The one group.
const GROUP: &str = "default";
/// The largest page of a list, which is also the usual one.
const PAGE: usize = 100;

/// `CreateSchedule`. The same request may come again, as from a client that lost the answer.
pub(crate) fn create(call: &Call, state: &mut State) -> Outcome {
    let (name, request) = read(call)?;
    if let Some(existing) = state.schedules.get(&name) {
        if request.client_token.is_some() && existing.client_token == request.client_token {
            return answer(call, &name);
        }
        let message = format!("Schedule {name} already exists.");
        return Err(Fault::new(StatusCode::CONFLICT, "ConflictException", message));
    }
    let schedule = schedule(call, state, request)?;
    state.schedules.insert(name.clone(), schedule);
    answer(call, &name)
}

/// `UpdateSchedule`: what the request does not state goes back to its default. A call that was made can be made again.
pub(crate) fn update(call: &Call, state: &mut State) -> Outcome {
    let (name, request) = read(call)?;
    let created = state.schedules.get(&name).ok_or_else(|| missing(&name))?.created;
    let schedule = Schedule { created, ..schedule(call, state, request)? };
    state.schedules.insert(name.clone(), schedule);
    answer(call, &name)
}

fn read(call: &Call) -> Result<(String, ScheduleRequest), Fault> {
    call.only(&[])?;
    let name = call.path("name").to_owned();
    requests::name("name", &name)?;
    let request: ScheduleRequest = call.json()?;
    request.check()?;
    group(request.group_name.as_deref())?;
    Ok((name, request))
}

/// What the request asks for, if it can be done.
fn schedule(call: &Call, state: &State, request: ScheduleRequest) -> Result<Schedule, Fault> {
    let expression = request.schedule_expression;
    let timezone = request.schedule_expression_timezone;
    let due = expression::moment(&expression, timezone.as_deref())?;
    if due <= call.now {
        return Err(invalid(&expression));
    }
    Target::read(&request.target.arn, request.target.input.as_deref())?;
    assumable(call, state, &request.target.role_arn)?;
    Ok(Schedule {
        region: call.region.clone(),
        expression,
        timezone: timezone.unwrap_or_else(|| "UTC".to_owned()),
        due,
        description: request.description,
        state: request.state,
        after_completion: request.action_after_completion,
        target: request.target,
        created: call.now,
        modified: call.now,
        client_token: request.client_token,
        done: false,
    })
}

fn answer(call: &Call, name: &str) -> Outcome {
    reply::ok(&json!({ "ScheduleArn": arn(&call.region, name) }))
}

/// `GetSchedule`.
pub(crate) fn get(call: &Call, state: &State) -> Outcome {
    let (name, schedule) = find(call, state, &["groupName"])?;
    let mut answer = summary(name, schedule);
    answer["ScheduleExpression"] = json!(schedule.expression);
    answer["ScheduleExpressionTimezone"] = json!(schedule.timezone);
    answer["FlexibleTimeWindow"] = json!({ "Mode": "OFF" });
    answer["ActionAfterCompletion"] = json!(schedule.after_completion);
    answer["Target"] = json!(schedule.target);
    if let Some(description) = &schedule.description {
        answer["Description"] = json!(description);
    }
    reply::ok(&answer)
}

/// `DeleteSchedule`.
pub(crate) fn delete(call: &Call, state: &mut State) -> Outcome {
    find(call, state, &["groupName", "clientToken"])?;
    state.schedules.remove(call.path("name"));
    reply::ok(&json!({}))
}

/// `ListSchedules`.
pub(crate) fn list(call: &Call, state: &State) -> Outcome {
    call.only(&["ScheduleGroup", "NamePrefix", "State", "MaxResults", "NextToken"])?;
    group(call.query("ScheduleGroup"))?;
    let most = match call.query("MaxResults").map(str::parse::<usize>) {
        None => PAGE,
        Some(Ok(most)) if (1..=PAGE).contains(&most) => most,
        Some(_) => return Err(Fault::validation("maxResults must be 1 to 100")),
    };
    let (prefix, after) = (call.query("NamePrefix").unwrap_or(""), call.query("NextToken").unwrap_or(""));
    let wanted = |name: &str, schedule: &Schedule| {
        let in_state = call.query("State").is_none_or(|state| json!(schedule.state) == state);
        name.starts_with(prefix) && name > after && in_state
    };
    let mut found = state.schedules.iter().filter(|(name, schedule)| wanted(name, schedule));
    let page: Vec<_> = found.by_ref().take(most).collect();
    let mut answer = json!({ "Schedules": [] });
    answer["Schedules"] = page.iter().map(|(name, schedule)| summary(name, schedule)).collect();
    if let (Some(_), Some((last, _))) = (found.next(), page.last()) {
        answer["NextToken"] = json!(last);
    }
    reply::ok(&answer)
}

/// What a list tells of a schedule.
fn summary(name: &str, schedule: &Schedule) -> Value {
    json!({
        "Arn": arn(&schedule.region, name),
        "Name": name,
        "GroupName": GROUP,
        "State": schedule.state,
        "CreationDate": seconds(schedule.created),
        "LastModificationDate": seconds(schedule.modified),
        "Target": { "Arn": schedule.target.arn },
    })
}

/// The schedule in the path, which must exist.
fn find<'a>(call: &'a Call, state: &'a State, parameters: &[&str]) -> Result<(&'a str, &'a Schedule), Fault> {
    call.only(parameters)?;
    group(call.query("groupName"))?;
    let name = call.path("name");
    requests::name("name", name)?;
    Ok((name, state.schedules.get(name).ok_or_else(|| missing(name))?))
}

fn group(name: Option<&str>) -> Result<(), Fault> {
    match name {
        None | Some(GROUP) => Ok(()),
        Some(other) => Err(Fault::not_found(format!("Schedule group {other} does not exist."))),
    }
}

fn missing(name: &str) -> Fault {
    Fault::not_found(format!("Schedule {name} does not exist."))
}

fn arn(region: &str, name: &str) -> String {
    format!("arn:aws:scheduler:{region}:{ACCOUNT}:schedule/{GROUP}/{name}")
}
