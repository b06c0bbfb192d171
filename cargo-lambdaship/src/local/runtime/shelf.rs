//! The idle processes: which one takes an event, and which are of no more use.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// A lambda's name and version.
pub(super) type Key = (String, String);

/// What waits for its next event. `W` is a process; tests use anything.
pub(super) struct Shelf<W> {
    entries: HashMap<Key, Vec<Entry<W>>>,
}

struct Entry<W> {
    code_key: String,
    since: Instant,
    worker: W,
}

/// Whether a process that is on the shelf can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fitness {
    /// It waits for an event.
    Idle,
    /// It still works on something.
    Busy,
    /// It has ended.
    Dead,
}

impl<W> Shelf<W> {
    pub(super) fn new() -> Self {
        Self { entries: HashMap::new() }
    }

    /// Keeps `worker` for a later event.
    pub(super) fn put(&mut self, key: Key, code_key: String, worker: W, now: Instant) {
        self.entries.entry(key).or_default().push(Entry { code_key, since: now, worker });
    }

    /// The idle process that was used last, if any is for `code_key`. The second value is what must go: processes of
    /// another code key, and dead ones.
    pub(super) fn take(
        &mut self,
        key: &Key,
        code_key: &str,
        mut fitness: impl FnMut(&mut W) -> Fitness,
    ) -> (Option<W>, Vec<W>) {
        let (mut taken, mut retired, mut kept) = (None, Vec::new(), Vec::new());
        for mut entry in self.entries.remove(key).unwrap_or_default().into_iter().rev() {
            match fitness(&mut entry.worker) {
                _ if entry.code_key != code_key => retired.push(entry.worker),
                Fitness::Dead => retired.push(entry.worker),
                Fitness::Idle if taken.is_none() => taken = Some(entry.worker),
                Fitness::Idle | Fitness::Busy => kept.push(entry),
            }
        }
        if !kept.is_empty() {
            kept.reverse();
            self.entries.insert(key.clone(), kept);
        }
        (taken, retired)
    }

    /// Takes out what has waited for `limit` or longer.
    pub(super) fn expire(&mut self, now: Instant, limit: Duration) -> Vec<W> {
        let mut expired = Vec::new();
        for entries in self.entries.values_mut() {
            let old = |entry: &mut Entry<W>| now.duration_since(entry.since) >= limit;
            expired.extend(entries.extract_if(.., old).map(|entry| entry.worker));
        }
        self.entries.retain(|_, entries| !entries.is_empty());
        expired
    }

    /// Takes out everything.
    pub(super) fn clear(&mut self) -> Vec<W> {
        self.entries.drain().flat_map(|(_, entries)| entries).map(|entry| entry.worker).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::instant;

    fn key(version: &str) -> Key {
        ("hello".to_owned(), version.to_owned())
    }

    fn shelf(now: Instant, entries: &[(&str, &str, &'static str)]) -> Shelf<&'static str> {
        let mut shelf = Shelf::new();
        for &(version, code_key, worker) in entries {
            shelf.put(key(version), code_key.to_owned(), worker, now);
        }
        shelf
    }

    fn fitness(worker: &mut &'static str) -> Fitness {
        match *worker {
            "busy" => Fitness::Busy,
            "dead" => Fitness::Dead,
            _ => Fitness::Idle,
        }
    }

    #[test]
    fn the_process_that_was_used_last_is_taken_first() {
        let mut shelf = shelf(instant(), &[("7", "a", "first"), ("7", "a", "last"), ("8", "a", "other")]);
        for taken in [Some("last"), Some("first"), None] {
            assert_eq!(shelf.take(&key("7"), "a", fitness), (taken, vec![]));
        }
    }

    #[test]
    fn busy_ones_stay_dead_ones_and_other_code_go() {
        let mut shelf = shelf(instant(), &[("7", "a", "old"), ("7", "b", "busy"), ("7", "b", "dead")]);
        assert_eq!(shelf.take(&key("7"), "b", fitness), (None, vec!["dead", "old"]));
        assert_eq!(shelf.clear(), ["busy"]);
    }

    #[test]
    fn what_waits_too_long_expires() {
        let now = instant();
        let mut shelf = shelf(now, &[("7", "a", "old")]);
        let limit = Duration::from_mins(5);
        shelf.put(key("7"), "a".to_owned(), "young", now + Duration::from_secs(1));
        assert_eq!(shelf.expire(now + Duration::from_secs(299), limit), Vec::<&str>::new());
        assert_eq!(shelf.expire(now + limit, limit), ["old"]);
        assert_eq!(shelf.clear(), ["young"]);
    }
}
