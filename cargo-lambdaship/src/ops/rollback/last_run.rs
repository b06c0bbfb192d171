//! The last run that moved an alias: what a rollback without names is about.

use futures::{StreamExt, TryStreamExt, stream};

use crate::aws::Lambda;
use crate::config::FunctionConfig;
use crate::error::Error;
use crate::model::LiveAlias;
use crate::ops::plan::READS_SIDE_BY_SIDE;
use crate::rollout::{AliasState, Run, Stance, stance};

/// The aliases of all functions, and the last run that moved one of them; no run when no alias says which moved it.
pub(super) struct LastRun {
    aliases: Vec<Option<LiveAlias>>,
    run: Option<Run>,
}

impl LastRun {
    fn of(aliases: Vec<Option<LiveAlias>>) -> Self {
        let run = aliases.iter().flatten().filter_map(run_of).max();
        Self { aliases, run }
    }

    /// Why the alias is left alone: this run did not move it, or somebody else splits its traffic. `None`: it goes back.
    pub(super) fn left_alone(&self, index: usize) -> Option<&'static str> {
        let alias = self.alias(index);
        if alias.is_some_and(|alias| stance(alias) == Stance::Foreign) {
            return Some("somebody else splits its traffic");
        }
        let is_other = self.run.is_some() && alias.and_then(run_of) != self.run;
        is_other.then_some("the last run did not move it")
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

pub(super) async fn last_run(client: &Lambda, functions: &[FunctionConfig]) -> Result<LastRun, Error> {
    let read = functions.iter().map(|function| client.alias(&function.lambda, &function.alias));
    Ok(LastRun::of(stream::iter(read).buffered(READS_SIDE_BY_SIDE).try_collect().await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Version;
    use crate::plan::testing::alias;
    use crate::rollout::testing::under_way;

    #[test]
    fn only_what_the_last_run_moved_goes_back() {
        let moved_by = |run: &str| {
            let mut alias = alias(8);
            alias.description = format!("lambdaship/1 prev=7{run}");
            Some(alias)
        };
        let split =
            |run: &str| moved_by(run).map(|alias| LiveAlias { split: Some((Version(9), 0.1)), ..alias });
        let rolling = |run| {
            let mut alias = alias(7);
            alias.description = AliasState::default().rolling(under_way("5%/1m"), Run(run)).to_string();
            alias.split = Some((Version(8), 0.05));
            Some(alias)
        };
        let (other, foreign) =
            (Some("the last run did not move it"), Some("somebody else splits its traffic"));
        let table = [
            (moved_by(" run=1"), other),
            (moved_by(" run=2"), None),
            (None, other),
            (split(" run=1"), foreign),
            (split(" run=2"), foreign),
            (rolling(1), other),
            (rolling(2), None),
            (moved_by(""), other),
        ];
        let last = LastRun::of(table.iter().map(|(alias, _)| alias.clone()).collect());
        for (index, (alias, expected)) in table.iter().enumerate() {
            assert_eq!(last.left_alone(index), *expected, "{alias:?}");
        }
        let unknown = LastRun::of(vec![moved_by(""), split("")]);
        assert_eq!(unknown.left_alone(0), None, "nobody knows, so nothing is left out");
        assert_eq!(unknown.left_alone(1), foreign);
    }
}
