//! One event, from the start of a process or an idle one to the answer, with the platform's log lines around it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::api::Delivery;
use super::failure::Failure;
use super::log::{Log, Report, init_report};
use super::worker::{Trouble, Worker};
use super::{Answer, Error, Event, Target};
use crate::context;

/// A process that is ready for an event.
pub(super) struct Ready {
    worker: Worker,
    start: Start,
    /// How long the event may take.
    limit: Duration,
}

/// How a process came to be ready.
enum Start {
    Warm,
    /// Initialised for this event, which took so long. `None` when it took too long the first time and was done again
    /// within the event's own time.
    Cold(Option<Duration>),
}

impl Ready {
    /// A process that has waited for an event.
    pub(super) fn warm(worker: Worker, target: &Target) -> Self {
        Self { worker, start: Start::Warm, limit: target.timeout }
    }

    /// Starts a process. As on AWS, one that does not initialise within `init_limit` is started once more, and then has
    /// the function's own timeout for initialisation and event together.
    pub(super) async fn cold(
        target: &Target,
        log: &Arc<Log>,
        inherited: &BTreeMap<String, String>,
        init_limit: Duration,
    ) -> Result<Self, Trouble> {
        let begun = context::instant();
        let first = initialise(target, log, inherited, init_limit).await;
        match first {
            Ok(worker) => {
                let start = Start::Cold(Some(begun.elapsed()));
                return Ok(Self { worker, start, limit: target.timeout });
            }
            Err(Trouble::Function(failure)) => {
                log.line(&init_report(begun.elapsed(), &failure));
                if !matches!(failure, Failure::Timeout(_)) {
                    return Err(Trouble::Function(failure));
                }
            }
            Err(trouble) => return Err(trouble),
        }
        let begun = context::instant();
        let worker = initialise(target, log, inherited, target.timeout).await?;
        let limit = target.timeout.saturating_sub(begun.elapsed());
        Ok(Self { worker, start: Start::Cold(None), limit })
    }

    /// Runs the event, and waits for `settle` until the process can be given the next one. It comes back with the answer; it
    /// may have ended.
    pub(super) async fn run(mut self, target: &Target, event: Event, settle: Duration) -> (Worker, Answer) {
        let log = Arc::clone(self.worker.log());
        let request_id = event.request_id.clone();
        log.line(&format!("START RequestId: {request_id} Version: {}", target.version));
        let begun = context::instant();
        let result = self.worker.handle(delivery(target, event, self.limit), self.limit).await;
        let duration = begun.elapsed();
        // The limit can be what initialisation left of the timeout; the message names the whole of it.
        let result = result.map_err(|failure| match failure {
            Failure::Timeout(_) => Failure::Timeout(target.timeout),
            other => other,
        });
        self.worker.settle(settle).await;
        let (cold, init) = match self.start {
            Start::Warm => (false, None),
            Start::Cold(init) => (true, init),
        };
        let used = self.worker.peak_memory();
        let end = End { request_id, duration, used, init, cold };
        (self.worker, end.answer(&log, target, result))
    }
}

/// The answer for an event whose process could not initialise.
pub(super) fn not_started(
    begun: Instant,
    log: &Log,
    target: &Target,
    event: &Event,
    failure: Failure,
) -> Answer {
    let request_id = event.request_id.clone();
    log.line(&format!("START RequestId: {request_id} Version: {}", target.version));
    let end = End { request_id, duration: begun.elapsed(), used: None, init: None, cold: true };
    end.answer(log, target, Err(failure))
}

async fn initialise(
    target: &Target,
    log: &Arc<Log>,
    inherited: &BTreeMap<String, String>,
    limit: Duration,
) -> Result<Worker, Trouble> {
    let mut worker = Worker::start(target, Arc::clone(log), inherited).await?;
    worker.initialised(limit).await.map_err(Trouble::Function)?;
    Ok(worker)
}

fn delivery(target: &Target, event: Event, limit: Duration) -> Delivery {
    let now = context::now().as_millisecond();
    Delivery {
        request_id: event.request_id,
        deadline: now.saturating_add(i64::try_from(limit.as_millis()).unwrap_or(i64::MAX)),
        function_arn: target.function_arn.clone(),
        trace_id: trace_id(now / 1000, target.tracing),
        client_context: event.client_context,
        payload: event.payload,
    }
}

/// A trace header of X-Ray's form, `Root=1-<time>-<96 random bits>;Parent=<64 random bits>;Sampled=<0 or 1>`.
fn trace_id(seconds: i64, sampled: bool) -> String {
    let random = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    format!("Root=1-{seconds:08x}-{:.24};Parent={:.16};Sampled={}", random, &random[32..], u8::from(sampled))
}

/// What is known when an event is done.
struct End {
    request_id: String,
    duration: Duration,
    used: Option<u64>,
    init: Option<Duration>,
    cold: bool,
}

impl End {
    fn answer(&self, log: &Log, target: &Target, result: Result<Vec<u8>, Failure>) -> Answer {
        let request_id = &self.request_id;
        match &result {
            Ok(_) | Err(Failure::Reported(_)) => {}
            Err(failure @ Failure::Timeout(_)) => {
                log.line(&format!("{:.3} {request_id} {}", context::now(), failure.message()));
            }
            Err(failure) => log.line(&format!("RequestId: {request_id} Error: {}", failure.message())),
        }
        log.line(&format!("END RequestId: {request_id}"));
        let report = Report {
            request_id,
            duration: self.duration,
            memory: target.memory,
            used: self.used,
            init: self.init,
            failure: result.as_ref().err(),
        };
        log.line(&report.line());
        let function_error = result.is_err().then(|| "Unhandled".to_owned());
        let payload = result.unwrap_or_else(|failure| failure.payload(request_id));
        let log_tail = log.take_tail();
        Answer { payload, function_error, log_tail, duration: self.duration, cold: self.cold }
    }
}

/// The log of a new process.
pub(super) fn open_log(options: &super::PoolOptions, target: &Target) -> Result<Arc<Log>, Error> {
    let log = Log::create(options, target);
    log.map(Arc::new).map_err(|source| Error::Log { lambda: target.lambda.clone(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_header_has_the_form_of_x_ray() {
        let header = trace_id(0x5bef_4de7, true);
        let lengths: Vec<usize> = header.split([';', '=', '-']).map(str::len).collect();
        assert!(header.starts_with("Root=1-5bef4de7-"), "{header}");
        assert!(header.ends_with(";Sampled=1"), "{header}");
        assert_eq!(lengths, [4, 1, 8, 24, 6, 16, 7, 1]);
    }
}
