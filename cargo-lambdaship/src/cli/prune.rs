//! `prune`.

use jiff::SignedDuration;

use super::args::{Selected, span};
use super::run::{Run, interruption};
use crate::context;
use crate::error::Error;
use crate::model::{Exit, Version};
use crate::ops::prune::{self, Amount, Mode, Pruned, Pruning, Shelved};
use crate::plan::prune::Keep;
use crate::report::{Format, Listing, size};

/// Delete versions that no alias serves or goes back to, and stored artifacts that no version has; shows them only, without
/// --yes
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selected: Selected,
    /// Keep the newest N versions of each lambda, at least 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: u32,
    /// Keep what is younger, such as 30d or 12h
    #[arg(long, value_name = "SPAN", value_parser = span)]
    older_than: Option<SignedDuration>,
    /// Delete them
    #[arg(long)]
    yes: bool,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let target = self.selected.target(&run.global, run.global.environment()?);
        let mode = if self.yes { Mode::Delete } else { Mode::Show };
        let newest = usize::try_from(self.keep).unwrap_or(usize::MAX);
        let keep = Keep { newest, younger_than: self.older_than, now: context::now() };
        let pruned = Run::finish(prune::prune(&run.context, &target, (keep, mode), &interruption()))?;
        run.print(&rendered(&pruned, mode, run.global.format.into()))?;
        Ok(say(run, mode, &pruned))
    }
}

/// Versions and, where there is a store, artifacts: two tables, or one document.
fn rendered(pruned: &Pruning, mode: Mode, format: Format) -> String {
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

/// Says what stays though nothing needs it, and answers what that means for the exit code.
fn say(run: &Run, mode: Mode, pruned: &Pruning) -> Exit {
    let console = &run.context.console;
    let mut exit = Exit::Done;
    for one in &pruned.lambdas {
        for kept in &one.refused {
            console.warn(format_args!("version {} of {} stays: {}", kept.version, one.lambda, kept.reason));
        }
        for reason in &one.failed {
            console.error(reason);
            exit = Exit::Failed;
        }
    }
    let mut left: usize = pruned.lambdas.iter().map(|one| one.unneeded.len()).sum();
    if let Some(store) = &pruned.store {
        left += store.unneeded.count;
        if let Some(reason) = &store.left_alone {
            console.warn(format_args!("the artifacts in {} stay: {reason}", store.store));
        }
        if let Some(reason) = &store.failed {
            console.error(reason);
            exit = Exit::Failed;
        }
    }
    match (mode, left) {
        (_, 0) => {}
        (Mode::Show, _) => console.hint("nothing was deleted; the same command with --yes deletes them"),
        (Mode::Delete, _) => console.hint(format_args!("{left} are left; run the command again")),
    }
    exit
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
