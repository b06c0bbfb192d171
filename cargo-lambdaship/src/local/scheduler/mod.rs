//! EventBridge Scheduler, as far as one-time calls of Lambda need it.
//!
//! In: schedules in the default group, with an `at(...)` expression and a universal target of Lambda. Out: the call, once,
//! when it is due. What else the service can do is refused. Schedules outlive the server: what fell due in between
//! is done at the next start.

mod expression;
mod requests;
mod schedules;
mod target;
mod timer;
mod trust;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use super::call::Call;
use super::fault::Protocol;
use super::handler::{Answering, perform};
use super::reply::Outcome;
use super::server::Shared;
use super::state::State;

pub(crate) use timer::{catch_up, run};

/// All operations, at the paths of Scheduler's service model.
pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/schedules", get(read("ListSchedules", schedules::list)))
        .route(
            "/schedules/{name}",
            get(read("GetSchedule", schedules::get))
                .post(write("CreateSchedule", schedules::create))
                .put(write("UpdateSchedule", schedules::update))
                .delete(write("DeleteSchedule", schedules::delete)),
        )
        .route("/_lambdaship/schedules", get(timer::calls).post(timer::make_due))
}

fn read(
    operation: &'static str,
    run: fn(&Call, &State) -> Outcome,
) -> impl Fn(Call) -> Answering + Clone + Send + Sync + 'static {
    move |call: Call| {
        Box::pin(perform(operation.to_owned(), Protocol::Scheduler, call, move |call| async move {
            let state = call.shared.store.read();
            run(&call, &state)
        }))
    }
}

/// The timer looks again at what is due once the change is made.
fn write(
    operation: &'static str,
    run: fn(&Call, &mut State) -> Outcome,
) -> impl Fn(Call) -> Answering + Clone + Send + Sync + 'static {
    move |call: Call| {
        Box::pin(perform(operation.to_owned(), Protocol::Scheduler, call, move |call| async move {
            let shared = Arc::clone(&call.shared);
            let outcome = shared.store.update(|state| run(&call, state)).await;
            shared.schedules_changed.notify_one();
            outcome
        }))
    }
}
