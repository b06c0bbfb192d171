//! `prune`.

use jiff::SignedDuration;

use super::args::{Selected, span};
use super::run::{Run, interruption};
use crate::context;
use crate::error::Error;
use crate::model::Exit;
use crate::ops::prune::{self, Mode, Pruning};
use crate::plan::prune::Keep;

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
        run.print(&prune::rendered(&pruned, mode, run.global.format.into()))?;
        Ok(say(run, mode, &pruned))
    }
}

/// Says what stays though nothing needs it, and answers what that means for the exit code.
fn say(run: &Run, mode: Mode, pruned: &Pruning) -> Exit {
    let console = &run.context.console;
    let mut exit = Exit::Done;
    for one in &pruned.lambdas {
        for kept in &one.refused {
            console.warn(format_args!("version {} of {} stays: {}", kept.version, one.place(), kept.reason));
        }
        for reason in &one.failed {
            console.error(reason);
            exit = Exit::Failed;
        }
    }
    let mut left: usize = pruned.lambdas.iter().map(|one| one.unneeded.len()).sum();
    for store in &pruned.stores {
        left += store.unneeded.count + store.gates.unneeded.count;
        if let Some(reason) = &store.left_alone {
            console.warn(format_args!("what is in {} stays: {reason}", store.store));
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
