//! The last run that moved an alias: what a rollback without names is about.

use futures::{StreamExt, TryStreamExt, stream};

use crate::aws::Lambda;
use crate::config::FunctionConfig;
use crate::error::Error;
use crate::model::LiveAlias;
use crate::ops::plan::READS_SIDE_BY_SIDE;
use crate::rollout::{AliasState, Run, Stance, stance};

/// The aliases of all functions, and the last run that moved one of them.
pub(super) struct LastRun {
    aliases: Vec<Option<LiveAlias>>,
    run: Run,
}

impl LastRun {
    /// `None` when no alias says which run moved it.
    fn of(aliases: Vec<Option<LiveAlias>>) -> Option<Self> {
        let run = aliases.iter().flatten().filter_map(run_of).max()?;
        Some(Self { aliases, run })
    }

    /// Whether this run did not move the alias. One that splits its traffic is not at rest, and counts as moved.
    pub(super) fn left_alone(&self, index: usize) -> bool {
        let alias = self.alias(index);
        alias.and_then(run_of) != Some(self.run) && alias.is_none_or(|alias| alias.split.is_none())
    }

    pub(super) fn alias(&self, index: usize) -> Option<&LiveAlias> {
        self.aliases.get(index).and_then(Option::as_ref)
    }
}

/// The run that moved the alias, or is about to.
fn run_of(alias: &LiveAlias) -> Option<Run> {
    match stance(alias) {
        Stance::AtRest(state) => state.run,
        Stance::Rolling(_, _, run) => Some(run),
        Stance::Foreign => AliasState::parse(&alias.description).run,
    }
}

pub(super) async fn last_run(
    client: &Lambda,
    functions: &[FunctionConfig],
) -> Result<Option<LastRun>, Error> {
    let read = functions.iter().map(|function| client.alias(&function.lambda, &function.alias));
    Ok(LastRun::of(stream::iter(read).buffered(READS_SIDE_BY_SIDE).try_collect().await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Version;
    use crate::plan::testing::alias;

    #[test]
    fn only_what_the_last_run_moved_goes_back() {
        let moved_by = |run: &str| {
            let mut alias = alias(8);
            alias.description = format!("lambdaship/1 prev=7{run}");
            Some(alias)
        };
        let mut split = moved_by(" run=1");
        if let Some(alias) = &mut split {
            alias.split = Some((Version(9), 0.1));
        }
        let aliases =
            vec![moved_by(" run=1"), moved_by(" run=2"), None, split, moved_by(" run=2"), moved_by("")];
        let last = LastRun::of(aliases).unwrap();
        let left_alone: Vec<_> = (0..6).map(|index| last.left_alone(index)).collect();
        assert_eq!(left_alone, [true, false, true, false, false, true]);
        assert!(LastRun::of(vec![None, moved_by("")]).is_none(), "nobody knows, so nothing is left out");
    }
}
