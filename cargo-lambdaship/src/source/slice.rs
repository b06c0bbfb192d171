//! The part of `Cargo.lock` that concerns one package. Pure.

use std::collections::{BTreeMap, BTreeSet};

use cargo_lock::Lockfile;

/// A lock file, whose dependencies are looked up once.
struct Lock {
    /// What each package is: name, version, origin.
    packages: Vec<String>,
    /// What each depends on, by their places.
    needs: Vec<Vec<usize>>,
    /// The workspace's own packages.
    own: BTreeMap<String, usize>,
}

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
    let (before, now) = (before.and_then(Lock::read), now.and_then(Lock::read));
    let part = |lock: &Option<Lock>, name: &str| lock.as_ref()?.part(name).map(BTreeSet::<String>::from_iter);
    let mut differing: BTreeSet<&str> = names.collect();
    differing.retain(|name| part(&before, name).is_none_or(|before| part(&now, name) != Some(before)));
    differing
}

/// How many packages each of the workspace's own packages depends on; nothing when the text cannot be read.
pub(super) fn counts(text: &str) -> BTreeMap<String, usize> {
    let Some(lock) = Lock::read(text) else { return BTreeMap::new() };
    let count = |name: &String| Some((name.clone(), lock.part(name)?.count() - 1));
    lock.own.keys().filter_map(count).collect()
}

impl Lock {
    fn read(text: &str) -> Option<Self> {
        let lock: Lockfile = text.parse().ok()?;
        let all = &lock.packages;
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, package) in all.iter().enumerate() {
            by_name.entry(package.name.as_str()).or_default().push(place);
        }
        let named = |name: &str| by_name.get(name).into_iter().flatten().copied();
        let needs = all.iter().map(|package| {
            let one = |needed: &cargo_lock::Dependency| {
                named(needed.name.as_str()).find(|place| needed.matches(&all[*place]))
            };
            package.dependencies.iter().filter_map(one).collect()
        });
        let own = all.iter().enumerate().filter(|(_, package)| package.source.is_none());
        let origin = |package: &cargo_lock::Package| {
            format!("{:?} {:?}", package.source.as_ref().map(ToString::to_string), package.checksum)
        };
        Some(Self {
            packages: all.iter().map(|one| format!("{} {} {}", one.name, one.version, origin(one))).collect(),
            needs: needs.collect(),
            own: own.map(|(place, package)| (package.name.as_str().to_owned(), place)).collect(),
        })
    }

    /// The packages that the workspace's own package `name` depends on, itself included, each once.
    fn part(&self, name: &str) -> Option<impl Iterator<Item = String>> {
        let mut open = vec![*self.own.get(name)?];
        let mut found = BTreeSet::new();
        while let Some(place) = open.pop() {
            if found.insert(place) {
                open.extend(&self.needs[place]);
            }
        }
        Some(found.into_iter().map(|place| self.packages[place].clone()))
    }
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
