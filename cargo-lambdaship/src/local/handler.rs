//! The way from a request to an answer: count, fail if a test asked for it, run the operation, write what came of it.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;

use axum::response::Response;

use super::call::Call;
use super::fault::Protocol;
use super::injection::{Failure, Injections};
use super::reply::{self, Outcome};
use super::state::State;

/// A handler's answer, boxed so that handlers of all kinds share one type.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A handler of `operation` that reads the state.
pub(crate) fn read(
    operation: &'static str,
    run: fn(&Call, &State) -> Outcome,
) -> impl Fn(Call) -> Answering + Clone + Send + Sync + 'static {
    on(operation, move |call| async move {
        let state = call.shared.store.read();
        run(&call, &state)
    })
}

/// A handler of `operation` that changes the state: all of the change is kept, or none of it.
pub(crate) fn write(
    operation: &'static str,
    run: fn(&Call, &mut State) -> Outcome,
) -> impl Fn(Call) -> Answering + Clone + Send + Sync + 'static {
    on(operation, move |call| async move {
        let shared = Arc::clone(&call.shared);
        shared.store.update(|state| run(&call, state)).await
    })
}

/// A handler of `operation` that waits for something else than the state.
pub(crate) fn on<F, A>(
    operation: &'static str,
    run: F,
) -> impl Fn(Call) -> Answering + Clone + Send + Sync + 'static
where
    F: Fn(Call) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Outcome> + Send + 'static,
{
    move |call: Call| Box::pin(perform(operation.to_owned(), Protocol::RestJson, call, run.clone()))
}

/// Answers a request for `operation` by `run`, unless a test asked for a failure or there were too many.
pub(crate) async fn perform<F, A>(operation: String, protocol: Protocol, call: Call, run: F) -> Response
where
    F: FnOnce(Call) -> A,
    A: Future<Output = Outcome>,
{
    let (shared, request_id) = (Arc::clone(&call.shared), call.request_id.clone());
    shared.counts.add(&operation, call.body.len());
    let outcome = match shared.injections.next(&operation) {
        Some(failure) => fail(failure, &shared.injections, call, run).await,
        None => match shared.limiter.admit(protocol, &operation, &call.region) {
            Ok(()) => run(call).await,
            Err(fault) => {
                shared.counts.throttle(&operation);
                Err(fault)
            }
        },
    };
    answered(outcome, protocol, &request_id)
}

/// Does what `failure` leaves of the request. An outcome after a hangup reaches nobody.
async fn fail<F, A>(failure: Failure, injections: &Injections, call: Call, run: F) -> Outcome
where
    F: FnOnce(Call) -> A,
    A: Future<Output = Outcome>,
{
    let hangup = call.hangup.clone();
    match failure {
        Failure::Throttled | Failure::Internal => Err(failure.fault()),
        Failure::Lost => run(call).await.and(Err(failure.fault())),
        Failure::Dropped => {
            let outcome = run(call).await;
            hangup.now();
            outcome
        }
        Failure::Refused => {
            hangup.now();
            Err(failure.fault())
        }
        Failure::Delayed(span) => {
            let outcome = run(call).await;
            tokio::time::sleep(span).await;
            outcome
        }
        Failure::Hang => {
            injections.stalled.notify_one();
            pending().await
        }
        Failure::Silent => {
            // Whether it was done or refused, nobody hears of it.
            let _ = run(call).await;
            injections.stalled.notify_one();
            pending().await
        }
        Failure::Held => {
            injections.stalled.notify_one();
            injections.released.notified().await;
            run(call).await
        }
    }
}

/// The response to an outcome.
pub(crate) fn answered(outcome: Outcome, protocol: Protocol, request_id: &str) -> Response {
    let mut response = outcome.unwrap_or_else(|fault| fault.respond(protocol, request_id));
    reply::set(&mut response, "x-amzn-requestid", request_id);
    response
}
