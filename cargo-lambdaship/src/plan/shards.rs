//! Functions split over the jobs of a pipeline, so that the longest job is short. Pure.
//!
//! What a job costs is a guess that is the same everywhere: a package's weight once, and something for each of its functions, as
//! each is linked for itself. So functions of a package stay together unless there is a job to spare for some of them.

use std::collections::{BTreeMap, BTreeSet};

/// GitHub runs no more jobs of one matrix.
pub const MOST_SHARDS: usize = 256;

/// What it takes to link one function more, in the unit of packages' weights.
pub const LINK: u64 = 1_000_000;

/// A function to be put into a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item<'a> {
    /// Its name, which no other has.
    pub function: &'a str,
    /// Its package.
    pub package: &'a str,
    /// What it takes to build the package and what it depends on, before anything is linked.
    pub weight: u64,
}

/// Puts `items` into at most `shards` shards, none of which is empty, whatever the order that they come in: each shard has its
/// functions by name, and the shards are in the order of their first functions.
///
/// A package is split in two as long as there are too few parts, or as it is more than a shard's share and most of it is
/// linking. Then each part, the longest first, goes where the work is least with it: with one function a package, the longest
/// shard is at most 4/3 of the best possible.
#[must_use]
pub fn pack<'a>(items: &[Item<'a>], shards: usize) -> Vec<Vec<&'a str>> {
    let items: BTreeSet<Item<'a>> = items.iter().copied().collect();
    let count = shards.clamp(1, MOST_SHARDS).min(items.len());
    let mut packages: BTreeMap<&str, Part<'a>> = BTreeMap::new();
    for item in items {
        let part = Part { package: item.package, weight: item.weight, functions: Vec::new() };
        packages.entry(item.package).or_insert(part).functions.push(item.function);
    }
    let parts = split(packages.into_values().collect(), count);
    let mut filled: Vec<Shard<'a>> = (0..count).map(|_| Shard::default()).collect();
    for part in parts {
        if let Some(shard) = filled.iter_mut().min_by_key(|shard| shard.with(&part)) {
            shard.take(part);
        }
    }
    let mut names: Vec<Vec<&str>> = filled.into_iter().map(Shard::into_names).collect();
    names.sort_unstable();
    names
}

/// Some functions of one package.
struct Part<'a> {
    package: &'a str,
    weight: u64,
    functions: Vec<&'a str>,
}

impl Part<'_> {
    fn linking(&self) -> u64 {
        LINK * self.functions.len() as u64
    }

    fn cost(&self) -> u64 {
        self.weight + self.linking()
    }
}

/// The parts, the longest first.
fn split(mut parts: Vec<Part<'_>>, count: usize) -> Vec<Part<'_>> {
    let share = parts.iter().map(Part::cost).sum::<u64>() / (count.max(1) as u64);
    loop {
        // By name where the cost is the same.
        parts.sort_by_key(|part| (std::cmp::Reverse(part.cost()), part.functions.first().copied()));
        let too_few = parts.len() < count;
        let too_long = |part: &Part<'_>| part.cost() > share && part.linking() > part.weight;
        let next = parts.iter_mut().find(|part| part.functions.len() > 1 && (too_few || too_long(part)));
        let Some(part) = next else { return parts };
        let functions = part.functions.split_off(part.functions.len().div_ceil(2));
        let other = Part { functions, ..*part };
        parts.push(other);
    }
}

#[derive(Default)]
struct Shard<'a> {
    packages: BTreeSet<&'a str>,
    names: Vec<&'a str>,
    cost: u64,
}

impl<'a> Shard<'a> {
    /// What it costs with `part`. A package is built once.
    fn with(&self, part: &Part<'a>) -> u64 {
        self.cost + if self.packages.contains(part.package) { part.linking() } else { part.cost() }
    }

    fn take(&mut self, part: Part<'a>) {
        self.cost = self.with(&part);
        self.packages.insert(part.package);
        self.names.extend(part.functions);
    }

    fn into_names(mut self) -> Vec<&'a str> {
        self.names.sort_unstable();
        self.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEGA: u64 = 1_000_000;

    /// `name/package/weight` in words.
    fn items(text: &str) -> Vec<Item<'_>> {
        let item = |word| {
            let mut parts = str::split(word, '/');
            let mut next = || parts.next().unwrap();
            Item { function: next(), package: next(), weight: next().parse::<u64>().unwrap() * MEGA }
        };
        text.split_whitespace().map(item).collect()
    }

    fn shown(packed: &[Vec<&str>]) -> String {
        packed.iter().map(|shard| shard.join(" ")).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn functions_are_spread_by_what_they_cost() {
        for (functions, shards, expected) in [
            ("", 4, ""),
            ("a/p/10", 4, "a"),
            ("a/p/10 b/q/20", 4, "a | b"),
            ("a/p/10 b/q/20 c/r/30", 1, "a b c"),
            ("a/p/10 b/q/20 c/r/30", 2, "a b | c"),
            ("a/p/10 b/q/20 c/r/30", 0, "a b c"),
            // Of one package, they stay together as long as others fill the rest.
            ("a/p/10 b/p/10 c/q/10 d/q/10", 2, "a b | c d"),
            ("a/p/10 b/p/10 c/q/30", 2, "a b | c"),
            // There is a job to spare for each.
            ("a/p/10 b/p/10 c/q/10", 3, "a | b | c"),
            ("a/p/10 b/p/10 c/p/10 d/p/10", 2, "a b | c d"),
            // One that was split for nothing is one again.
            ("a/p/10 b/p/10 c/q/10 d/r/10 e/s/10", 4, "a b | c | d | e"),
            // Many functions are too much for one job, even if there are other packages.
            ("a/p/1 b/p/1 c/p/1 d/p/1 e/p/1 f/p/1 g/q/1 h/r/1", 3, "a b g | c f | d e h"),
        ] {
            let mut items = items(functions);
            assert_eq!(shown(&pack(&items, shards)), expected, "{functions} over {shards}");
            items.reverse();
            assert_eq!(shown(&pack(&items, shards)), expected, "{functions} over {shards}, backwards");
        }
    }

    #[test]
    fn each_function_is_in_one_shard_and_no_shard_is_empty() {
        let names: Vec<String> = (0..600).map(|number| format!("f{number:03}")).collect();
        let packages: Vec<String> = (0..600).map(|number| format!("p{}", number * number % 97)).collect();
        let item = |number: usize| Item {
            function: &names[number],
            package: &packages[number],
            weight: (number * number % 97) as u64 * MEGA,
        };
        for (functions, shards, expected) in [
            (600, 1000, MOST_SHARDS),
            (600, 256, 256),
            (600, 7, 7),
            (300, 299, 256),
            (20, 256, 20),
            (5, 5, 5),
            (1, 256, 1),
        ] {
            let items: Vec<Item<'_>> = (0..functions).map(item).collect();
            let packed = pack(&items, shards);
            assert_eq!(packed.len(), expected, "{functions} over {shards}");
            assert!(packed.iter().all(|shard| !shard.is_empty()), "{functions} over {shards}");
            let mut all: Vec<&str> = packed.concat();
            all.sort_unstable();
            assert_eq!(all, names[..functions], "{functions} over {shards}");
        }
    }

    #[test]
    fn the_longest_job_is_at_most_a_third_longer_than_need_be() {
        let mut random = fastrand::Rng::with_seed(7);
        let names = ["a", "b", "c", "d", "e", "f", "g"];
        for round in 0..200 {
            let (functions, shards) = (random.usize(1..=7), random.usize(1..=3));
            let weights: Vec<u64> = (0..functions).map(|_| random.u64(1..60) * MEGA).collect();
            let item = |(name, weight): (&&'static str, &u64)| Item {
                function: name,
                package: name,
                weight: *weight,
            };
            let items: Vec<Item<'_>> = names.iter().zip(&weights).map(item).collect();
            let cost = |shard: &Vec<&str>| -> u64 {
                items
                    .iter()
                    .filter(|item| shard.contains(&item.function))
                    .map(|item| item.weight + LINK)
                    .sum()
            };
            let longest = pack(&items, shards).iter().map(cost).max().unwrap();
            let best = best(&items, &mut vec![0; shards]);
            assert!(3 * longest <= 4 * best, "round {round}: {longest} and {best}: {items:?} over {shards}");
        }
    }

    /// The shortest that the longest shard can be, by trying everything.
    fn best(items: &[Item<'_>], shards: &mut Vec<u64>) -> u64 {
        let Some((first, rest)) = items.split_first() else { return shards.iter().copied().max().unwrap() };
        let count = shards.len();
        let with = |number: usize| {
            shards[number] += first.weight + LINK;
            let best = best(rest, shards);
            shards[number] -= first.weight + LINK;
            best
        };
        (0..count).map(with).min().unwrap()
    }
}
