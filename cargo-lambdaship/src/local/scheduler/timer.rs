//! Making the calls of schedules when they are due: each once, however the server ends.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State as Injected;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::target::Target;
use crate::context;
use crate::local::call::Call;
use crate::local::fault::{Fault, Protocol};
use crate::local::handler::answered;
use crate::local::lambda;
use crate::local::reply;
use crate::local::server::Shared;
use crate::local::state::{AfterCompletion, Schedule, ScheduledCall, State};

/// How long the timer trusts the clock, which may be set.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// How long a state that could not be written is left alone.
const PAUSE: Duration = Duration::from_secs(1);
/// How many calls are remembered; the eldest are forgotten first.
const REMEMBERED: usize = 100;

/// Makes calls as they fall due, for ever.
pub(crate) async fn run(shared: Arc<Shared>) {
    loop {
        let wait = match catch_up(&shared, context::now()).await {
            Ok(()) => until_next(&shared.store.read(), context::now()),
            Err(_) => PAUSE,
        };
        // Over when a schedule changes, or the time is up.
        let _ = tokio::time::timeout(wait, shared.schedules_changed.notified()).await;
    }
}

/// Makes all calls that are due at `now`, the eldest first.
///
/// # Errors
/// When the state cannot be written; nothing was called then that is not noted.
pub(crate) async fn catch_up(shared: &Arc<Shared>, now: Timestamp) -> Result<(), Fault> {
    loop {
        let state = shared.store.read();
        let Some((name, schedule)) = due(&state, now) else { return Ok(()) };
        match Target::read(&schedule.target.arn, schedule.target.input.as_deref()) {
            Ok(target @ Target::UpdateAlias { .. }) => change(shared, name, schedule, target).await?,
            Ok(target @ Target::Invoke(_)) => invoke(shared, name, schedule, target).await?,
            // It was read when the schedule was made, by another version of this program.
            Err(fault) => {
                let note = |state: &mut State| {
                    finish(state, name, schedule, Err(&fault));
                    Ok(())
                };
                shared.store.update(note).await?;
            }
        }
    }
}

/// The schedule that is due for the longest time.
fn due(state: &State, now: Timestamp) -> Option<(&str, &Schedule)> {
    let ripe = state.schedules.iter().filter(|(_, one)| one.next().is_some_and(|moment| moment <= now));
    ripe.min_by_key(|(_, one)| one.due).map(|(name, one)| (name.as_str(), one))
}

fn until_next(state: &State, now: Timestamp) -> Duration {
    let next = state.schedules.values().filter_map(Schedule::next).min();
    let wait = next.and_then(|moment| Duration::try_from(moment.duration_since(now)).ok());
    match (next, wait) {
        (None, _) => LONGEST_WAIT,
        // It fell due just now.
        (Some(_), None) => Duration::ZERO,
        (Some(_), Some(wait)) => wait.min(LONGEST_WAIT),
    }
}

/// Changes an alias, and notes it in the same write.
async fn change(shared: &Arc<Shared>, name: &str, schedule: &Schedule, target: Target) -> Result<(), Fault> {
    let call = target.call(shared, schedule);
    shared
        .store
        .update(|state| {
            // It may have been changed or deleted since it was read.
            if state.schedules.get(name) == Some(schedule) {
                let mut changed = state.clone();
                let outcome = lambda::update_alias(&call, &mut changed).map(drop);
                if outcome.is_ok() {
                    *state = changed;
                }
                finish(state, name, schedule, outcome.as_ref().copied());
            }
            Ok(())
        })
        .await
}

/// Calls a function, after it was noted: a call that a kill cuts off is not made twice.
async fn invoke(shared: &Arc<Shared>, name: &str, schedule: &Schedule, target: Target) -> Result<(), Fault> {
    let call = target.call(shared, schedule);
    let begun = shared.store.update(|state| {
        let unchanged = state.schedules.get(name) == Some(schedule);
        if unchanged {
            finish(state, name, schedule, Ok(()));
        }
        Ok(unchanged)
    });
    if begun.await?
        && let Err(fault) = lambda::invoke(call).await
    {
        let error = Some((fault.code.to_owned(), fault.message));
        let note = |state: &mut State| {
            let noted = state.scheduled_calls.iter_mut().rfind(|call| call.schedule == name);
            if let Some(call) = noted {
                call.error = error;
            }
            Ok(())
        };
        shared.store.update(note).await?;
    }
    Ok(())
}

/// Notes the call, and does what comes after it.
fn finish(state: &mut State, name: &str, schedule: &Schedule, outcome: Result<(), &Fault>) {
    match schedule.after_completion {
        AfterCompletion::Delete => drop(state.schedules.remove(name)),
        AfterCompletion::None => {
            state.schedules.entry(name.to_owned()).and_modify(|schedule| schedule.done = true);
        }
    }
    if state.scheduled_calls.len() >= REMEMBERED {
        state.scheduled_calls.remove(0);
    }
    state.scheduled_calls.push(ScheduledCall {
        schedule: name.to_owned(),
        target: schedule.target.arn.clone(),
        at: context::now(),
        error: outcome.err().map(|fault| (fault.code.to_owned(), fault.message.clone())),
    });
}

/// The calls that schedules made, for tests.
pub(crate) async fn calls(Injected(shared): Injected<Arc<Shared>>) -> Response {
    reply::json(StatusCode::OK, &json!(shared.store.read().scheduled_calls))
}

/// A time that a test takes for the present.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Present {
    now: Timestamp,
}

/// Makes the calls that are due at the time that a test names, and answers once they were made.
pub(crate) async fn make_due(call: Call) -> Response {
    let made = match call.json::<Present>() {
        Ok(Present { now }) => catch_up(&call.shared, now).await,
        Err(fault) => Err(fault),
    };
    let outcome = made.map(|()| reply::empty(StatusCode::NO_CONTENT));
    answered(outcome, Protocol::RestJson, &call.request_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::state::{ScheduleState, ScheduleTarget};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn state(schedules: &[(&str, i64, ScheduleState, bool)]) -> State {
        let schedule = |(name, due, state, done): &(&str, i64, ScheduleState, bool)| {
            let target = ScheduleTarget {
                arn: String::new(),
                role_arn: String::new(),
                input: None,
                retry_policy: None,
            };
            let schedule = Schedule {
                region: String::new(),
                expression: String::new(),
                timezone: String::new(),
                due: at(*due),
                description: None,
                state: *state,
                after_completion: AfterCompletion::None,
                target,
                created: at(0),
                modified: at(0),
                client_token: None,
                done: *done,
            };
            ((*name).to_owned(), schedule)
        };
        State { schedules: schedules.iter().map(schedule).collect(), ..State::default() }
    }

    #[test]
    fn the_eldest_that_is_in_force_and_not_done_is_next() {
        use ScheduleState::{Disabled, Enabled};
        let all = [
            ("a", 30, Enabled, false),
            ("b", 20, Enabled, false),
            ("c", 10, Enabled, true),
            ("d", 5, Disabled, false),
        ];
        for (now, expected, wait) in [(19, None, 1), (20, Some("b"), 0), (40, Some("b"), 0)] {
            let state = state(&all);
            assert_eq!(due(&state, at(now)).map(|(name, _)| name), expected, "{now}");
            assert_eq!(until_next(&state, at(now)), Duration::from_secs(wait), "{now}");
        }
        assert_eq!(until_next(&state(&all[2..]), at(0)), LONGEST_WAIT);
        assert_eq!(until_next(&state(&[("e", 1_000_000, Enabled, false)]), at(0)), LONGEST_WAIT);
    }
}
