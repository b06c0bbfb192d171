//! What was pruned, or would be, as tables. Pure.

use serde::Serialize;

use super::{Amount, Mode, Pruned, Pruning, Shelved};
use crate::model::Version;
use crate::report::{Format, Listing, size};

/// Versions and, where there is a store, what is in it: two tables, or one document.
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
    let stores = pruned.stores.iter().filter(|store| store.left_alone.is_none());
    let kinds: Vec<Kind> = stores.flat_map(|store| kinds(store, mode)).collect();
    if kinds.is_empty() {
        return versions;
    }
    let header = &["STORE", "KEEPS", "OBJECTS", verb, "SIZE"];
    let kept = Listing { header, items: &kinds, cells: cells_of_kind }.render(format);
    format!("{versions}\n{kept}")
}

/// One kind of what is in a store.
#[derive(Serialize)]
struct Kind {
    store: String,
    keeps: &'static str,
    objects: usize,
    gone: Amount,
}

/// Artifacts; and records of gates, where there are any.
fn kinds(store: &Shelved, mode: Mode) -> Vec<Kind> {
    let (gates, shown) = (&store.gates, mode == Mode::Show);
    let of = |keeps, objects, gone| Kind { store: store.store.clone(), keeps, objects, gone };
    let mut kinds =
        vec![of("artifacts", store.artifacts, if shown { store.unneeded } else { store.deleted })];
    if gates.records > 0 {
        kinds.push(of("gates", gates.records, if shown { gates.unneeded } else { gates.deleted }));
    }
    kinds
}

fn cells_of_kind(kind: &Kind) -> Vec<String> {
    let (objects, count) = (kind.objects.to_string(), kind.gone.count.to_string());
    vec![kind.store.clone(), kind.keeps.to_owned(), objects, count, size(kind.gone.bytes)]
}

fn would(pruned: &Pruned) -> Vec<String> {
    cells(pruned, &pruned.unneeded)
}

fn did(pruned: &Pruned) -> Vec<String> {
    cells(pruned, &pruned.deleted)
}

fn cells(pruned: &Pruned, versions: &[Version]) -> Vec<String> {
    vec![pruned.function.to_string(), pruned.place(), pruned.versions.to_string(), ranges(versions)]
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
