//! Somebody who calls an alias all the time, and remembers what came back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::stage::SIGNED;
use crate::support::http::exchange;
use crate::support::wait_until;

/// How many callers share the work, so that a slow answer does not hold up the next call.
const CALLERS: u32 = 24;

/// Calls of one alias at a steady rate, until they are stopped.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    callers: Vec<JoinHandle<Vec<Call>>>,
}

/// What came of one call that was answered at all; any other fails the test.
#[derive(Debug, Clone, Copy)]
struct Call {
    at: Instant,
    version: u64,
    failed: bool,
}

impl Load {
    /// Calls the alias `live` of `lambda` so many times a second, on the server at `port`.
    pub(crate) fn start(port: u16, lambda: &str, per_second: u32) -> Self {
        let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let begun = Instant::now();
        let interval = Duration::from_secs(1) / per_second;
        let callers = (0..CALLERS).map(|caller| {
            let (stop, answered) = (Arc::clone(&stop), Arc::clone(&answered));
            let lambda = lambda.to_owned();
            let first = begun + interval * caller;
            std::thread::spawn(move || {
                let mut calls = Vec::new();
                let mut next = first;
                while !stop.load(Ordering::Relaxed) {
                    // What could not be called in time is not caught up with: the rate has a bound.
                    next = next.max(Instant::now().checked_sub(interval * CALLERS).unwrap_or(next));
                    std::thread::sleep(next.saturating_duration_since(Instant::now()));
                    next += interval * CALLERS;
                    calls.push(call(port, &lambda));
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                calls
            })
        });
        let callers = callers.collect();
        Self { stop, answered, callers }
    }

    /// Waits for so many more answers.
    pub(crate) fn goes_on(&self, more: usize) {
        let before = self.answered.load(Ordering::Relaxed);
        let answered = || (self.answered.load(Ordering::Relaxed) >= before + more).then_some(());
        wait_until("answers", answered);
    }

    /// Stops, once all calls are answered.
    pub(crate) fn stop(mut self) -> Calls {
        self.stop.store(true, Ordering::Relaxed);
        let callers = std::mem::take(&mut self.callers);
        Calls(callers.into_iter().flat_map(|caller| caller.join().expect("every call is answered")).collect())
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for caller in self.callers.drain(..) {
            // One that failed has said so.
            let _ = caller.join();
        }
    }
}

fn call(port: u16, lambda: &str) -> Call {
    let at = Instant::now();
    let request = format!("POST /2015-03-31/functions/{lambda}/invocations?Qualifier=live");
    let answer = exchange(port, &request, &[SIGNED], "{}").expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.body);
    let header = |name: &str| {
        answer.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::to_owned)
    };
    let version = header("x-amz-executed-version").and_then(|version| version.parse().ok());
    let failed = header("x-amz-function-error").is_some();
    Call { at, version: version.expect("a published version"), failed }
}

/// What came back.
pub(crate) struct Calls(Vec<Call>);

impl Calls {
    /// Those that began between two moments.
    pub(crate) fn between(&self, from: Instant, to: Instant) -> Self {
        Self(self.0.iter().filter(|call| call.at >= from && call.at < to).copied().collect())
    }

    /// Those that this version answered.
    pub(crate) fn of(&self, version: u64) -> Self {
        Self(self.0.iter().filter(|call| call.version == version).copied().collect())
    }

    /// Those from the first that `version` answered to the last: when its share began and ended is known to the callers
    /// alone, as whoever sets it says so some time before or after.
    pub(crate) fn while_shared(&self, version: u64) -> Self {
        let of = self.of(version);
        let (first, last) = (of.0.iter().map(|call| call.at).min(), of.0.iter().map(|call| call.at).max());
        Self(self.0.iter().filter(|call| Some(call.at) >= first && Some(call.at) <= last).copied().collect())
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Those that failed.
    pub(crate) fn failures(&self) -> usize {
        self.0.iter().filter(|call| call.failed).count()
    }

    /// Fails the test unless `version` answered about `percent` of them: as many as chance explains in all but one of a
    /// million runs, and a few more for the calls that were on their way when the weight changed.
    #[expect(clippy::cast_precision_loss, reason = "no test makes 2^52 calls")]
    pub(crate) fn assert_share(&self, version: u64, percent: f64) {
        let (calls, share) = (self.count() as f64, percent / 100.0);
        let expected = calls * share;
        let bound = 5.0 * (expected * (1.0 - share)).sqrt() + f64::from(CALLERS);
        let answered = self.of(version).count() as f64;
        let what = format!("version {version} answered {answered} of {calls} calls at {percent} %");
        assert!((answered - expected).abs() <= bound, "{what}");
        assert!(answered > 0.0 && answered < calls, "{what}");
    }
}
