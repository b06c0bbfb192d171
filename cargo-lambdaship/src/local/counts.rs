//! The server's own count of what was asked of it, which is what tests believe.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// How often an operation was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Requests, also those that were refused.
    pub requests: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
}

/// Counts by operation, such as `GetFunction`.
#[derive(Default)]
pub(crate) struct Counts(Mutex<BTreeMap<String, Count>>);

impl Counts {
    pub(crate) fn add(&self, operation: &str, bytes: usize) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(operation.to_owned()).or_default();
        count.requests += 1;
        count.bytes += bytes as u64;
    }

    pub(crate) fn snapshot(&self) -> BTreeMap<String, Count> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
