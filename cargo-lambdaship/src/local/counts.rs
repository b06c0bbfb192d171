//! The server's own record of what was asked of it, which is what tests believe.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// How many requests the log remembers; the eldest are forgotten first.
const REMEMBERED: usize = 10_000;

/// How often an operation was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Requests, also those that were refused.
    pub requests: u64,
    /// Those of them that were refused because there were too many in a second.
    pub throttled: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
}

/// Counts by operation, such as `GetFunction`, and the operations in the order of arrival.
#[derive(Default)]
pub(crate) struct Counts(Mutex<Record>);

#[derive(Default)]
struct Record {
    counts: BTreeMap<String, Count>,
    log: VecDeque<String>,
}

impl Counts {
    pub(crate) fn add(&self, operation: &str, bytes: usize) {
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = record.counts.entry(operation.to_owned()).or_default();
        count.requests += 1;
        count.bytes += bytes as u64;
        if record.log.len() == REMEMBERED {
            record.log.pop_front();
        }
        record.log.push_back(operation.to_owned());
    }

    /// Notes that a request for `operation`, which was counted, was over the rate.
    pub(crate) fn throttle(&self, operation: &str) {
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        record.counts.entry(operation.to_owned()).or_default().throttled += 1;
    }

    pub(crate) fn snapshot(&self) -> BTreeMap<String, Count> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).counts.clone()
    }

    /// The operations that were asked for, in the order of arrival.
    pub(crate) fn log(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).log.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_forgets_the_eldest_and_the_counts_nothing() {
        let counts = Counts::default();
        counts.add("GetAlias", 0);
        for _ in 0..REMEMBERED {
            counts.add("GetFunction", 1);
        }
        let log = counts.log();
        assert_eq!((log.len(), log.first().map(String::as_str)), (REMEMBERED, Some("GetFunction")));
        assert_eq!(counts.snapshot()["GetAlias"].requests, 1);
    }
}
