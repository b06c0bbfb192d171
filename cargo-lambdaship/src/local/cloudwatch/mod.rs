//! CloudWatch: metrics of every invocation and of one's own, by minute, and alarms on them.
//!
//! In: samples of invocations, and requests in either of CloudWatch's protocols. Out: answers, and the file that keeps
//! the metrics. Alarms are part of the state. It performs no alarm's actions, computes no expressions, and does not
//! tell regions apart.

mod alarm;
mod alarms;
mod book;
mod evaluate;
mod get;
mod histogram;
mod metrics;
mod page;
mod put;
mod sample;
mod shapes;
mod statistic;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use serde_json::Value;

pub(crate) use alarm::Alarm;
pub(crate) use metrics::Metrics;
pub use sample::{Ended, Sample};
pub(crate) use wire::{SERVICE, Wire, by_target};

use super::call::Call;
use super::fault::{Fault, Protocol};
use super::handler::answered;
use super::reply;
use super::server::Shared;

/// Operations that the path names, and the way in for samples.
pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route(&format!("/service/{SERVICE}/operation/{{operation}}"), post(wire::by_path))
        .route("/_lambdaship/metrics", post(record))
}

/// Takes a list of [`Sample`]s as JSON.
async fn record(call: Call) -> Response {
    let taken = call.json::<Vec<Sample>>().map(|samples| {
        for sample in &samples {
            call.shared.metrics.record(sample);
        }
        reply::empty(StatusCode::NO_CONTENT)
    });
    answered(taken, Protocol::RestJson, &call.request_id)
}

impl Metrics {
    /// Counts an invocation in all series that AWS counts it in.
    pub(crate) fn record(&self, sample: &Sample) {
        self.add(sample.at, sample.measured());
    }
}

/// Answers `operation`; `None` where it answers nothing.
async fn answer(operation: &str, call: &Call, input: Value) -> Result<Option<Value>, Fault> {
    let (shared, now) = (Arc::clone(&call.shared), call.now);
    let done = |()| None;
    match operation {
        "GetMetricData" => shared.metrics.read(|book| get::get(input, book)).map(Some),
        "PutMetricData" => put::put(input, &shared.metrics, now).map(done),
        "PutMetricAlarm" => shared.store.update(|state| alarms::put(input, state, now)).await.map(done),
        "DescribeAlarms" => describe(call, input).await.map(Some),
        "DeleteAlarms" => shared.store.update(|state| alarms::delete(input, state)).await.map(done),
        "SetAlarmState" => shared.store.update(|state| alarms::set(input, state, now)).await.map(done),
        other => Err(Fault::unknown_operation(other)),
    }
}

/// Brings the states up to date first; the file is written only when one changed.
async fn describe(call: &Call, input: Value) -> Result<Value, Fault> {
    let shared = &call.shared;
    let changes = |state: &_| shared.metrics.read(|book| alarms::changes(state, book, call.now));
    if !changes(&shared.store.read()).is_empty() {
        let update = shared.store.update(|state| {
            for (name, condition) in changes(state) {
                if let Some(alarm) = state.alarms.get_mut(&name) {
                    alarm.condition = condition;
                }
            }
            Ok(())
        });
        update.await?;
    }
    alarms::describe(input, call, &shared.store.read())
}
