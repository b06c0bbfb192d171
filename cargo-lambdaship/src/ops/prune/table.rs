//! What was pruned, or would be, as tables. Pure.

use super::{Amount, Mode, Pruned, Pruning, Shelved};
use crate::model::Version;
use crate::report::{Format, Listing, size};

/// Versions and, where there is a store, artifacts: two tables, or one document.
#[must_use]
pub fn rendered(pruned: &Pruning, mode: Mode, format: Format) -> String {
    if format == Format::Json {
        return format!("{}\n", serde_json::to_string_pretty(pruned).unwrap_or_default());
    }
    let (verb, of_lambda) = match mode {
        Mode::Show => ("WOULD DELETE", would as fn(&Pruned) -> Vec<String>),
        Mode::Delete => ("DELETED", did as fn(&Pruned) -> Vec<String>),
    };
    let header = &["FUNCTION", "LAMBDA", "VERSIONS", verb];
    let versions = Listing { header, items: &pruned.lambdas, cells: of_lambda }.render(format);
    let Some(store) = pruned.store.as_ref().filter(|store| store.left_alone.is_none()) else {
        return versions;
    };
    let of_store = match mode {
        Mode::Show => would_of_store,
        Mode::Delete => did_of_store,
    };
    let header = &["STORE", "ARTIFACTS", verb, "SIZE"];
    let artifacts = Listing { header, items: std::slice::from_ref(store), cells: of_store }.render(format);
    format!("{versions}\n{artifacts}")
}

fn would_of_store(store: &Shelved) -> Vec<String> {
    cells_of_store(store, store.unneeded)
}

fn did_of_store(store: &Shelved) -> Vec<String> {
    cells_of_store(store, store.deleted)
}

fn cells_of_store(store: &Shelved, amount: Amount) -> Vec<String> {
    let (artifacts, count) = (store.artifacts.to_string(), amount.count.to_string());
    vec![store.store.clone(), artifacts, count, size(amount.bytes)]
}

fn would(pruned: &Pruned) -> Vec<String> {
    cells(pruned, &pruned.unneeded)
}

fn did(pruned: &Pruned) -> Vec<String> {
    cells(pruned, &pruned.deleted)
}

fn cells(pruned: &Pruned, versions: &[Version]) -> Vec<String> {
    let (function, lambda) = (pruned.function.to_string(), pruned.lambda.to_string());
    vec![function, lambda, pruned.versions.to_string(), ranges(versions)]
}

/// `1-6, 8`, or a dash for none.
fn ranges(versions: &[Version]) -> String {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for Version(number) in versions {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    let word = |(first, last): &(u64, u64)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    let text = runs.iter().map(word).collect::<Vec<_>>().join(", ");
    if text.is_empty() { "-".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_of_versions_are_a_few_ranges() {
        for (numbers, text) in [(&[][..], "-"), (&[3], "3"), (&[1, 2, 3, 5, 7, 8], "1-3, 5, 7-8")] {
            let versions: Vec<Version> = numbers.iter().copied().map(Version).collect();
            assert_eq!(ranges(&versions), text);
        }
    }
}
