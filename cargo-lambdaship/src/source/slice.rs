//! The part of `Cargo.lock` that concerns one package. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::lock::Lock;

/// Those of the workspace's own packages `names` whose dependencies are not locked alike in both texts. What cannot be read
/// is alike with nothing but itself.
pub(super) fn differing<'a>(
    names: impl Iterator<Item = &'a str>,
    before: Option<&str>,
    now: Option<&str>,
) -> BTreeSet<&'a str> {
    if before == now {
        return BTreeSet::new();
    }
    let read = |text: &str| Lock::parse(text).ok();
    let (before, now) = (before.and_then(read), now.and_then(read));
    let mut differing: BTreeSet<&str> = names.collect();
    differing.retain(|name| {
        let part = |lock: &Option<Lock>| lock.as_ref().and_then(|lock| Some(part(lock, lock.own(name)?)));
        part(&before).is_none_or(|before| part(&now) != Some(before))
    });
    differing
}

/// The digests of the packages that the one with the number `start` depends on, its own among them.
fn part(lock: &Lock, start: usize) -> BTreeSet<String> {
    lock.reach(start).into_iter().map(|number| lock.get(number).digest.clone()).collect()
}

/// How many packages each of the workspace's own packages depends on; nothing when the text cannot be read.
pub(super) fn counts(text: &str) -> BTreeMap<String, usize> {
    let Ok(lock) = Lock::parse(text) else { return BTreeMap::new() };
    let own = (0..lock.len()).filter(|number| lock.get(*number).source.is_none());
    own.map(|number| (lock.get(number).name.clone(), lock.reach(number).len() - 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "hello"
version = "0.1.0"
dependencies = ["shared", "serde"]

[[package]]
name = "other"
version = "0.1.0"
dependencies = ["log"]

[[package]]
name = "shared"
version = "0.1.0"
dependencies = ["itoa"]

[[package]]
name = "serde"
version = "1.0.1"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "0000000000000000000000000000000000000000000000000000000000000001"

[[package]]
name = "itoa"
version = "1.0.2"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "0000000000000000000000000000000000000000000000000000000000000002"

[[package]]
name = "log"
version = "0.4.1"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "0000000000000000000000000000000000000000000000000000000000000003"
"#;

    #[test]
    fn only_what_a_package_depends_on_concerns_it() {
        // The change, and whether it concerns `hello` and `other`.
        for (from, to, hello, other) in [
            ("1.0.1", "1.0.9", true, false),
            ("1.0.2", "1.0.9", true, false),
            ("0000000002", "0000000009", true, false),
            ("0.4.1", "0.4.9", false, true),
            ("\"itoa\"]", "\"itoa\", \"log\"]", true, false),
            ("\"serde\"]", "]", true, false),
            ("version = 4", "version = 3", false, false),
            ("[[package]]", "[[package", true, true),
        ] {
            let now = LOCK.replace(from, to);
            assert_ne!(now, LOCK, "{from}");
            let found = differing(["hello", "other"].into_iter(), Some(LOCK), Some(&now));
            let concerned = (found.contains("hello"), found.contains("other"));
            assert_eq!(concerned, (hello, other), "{from} -> {to}");
        }
        for (before, now, expected) in [
            (None, None, &[][..]),
            (Some(LOCK), Some(LOCK), &[]),
            (None, Some(LOCK), &["hello", "none"]),
            (Some(LOCK), None, &["hello", "none"]),
        ] {
            let found = differing(["hello", "none"].into_iter(), before, now);
            assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn packages_are_counted_once() {
        let counts = counts(LOCK);
        assert_eq!(["hello", "other", "shared"].map(|name| counts[name]), [3, 1, 1]);
    }
}
