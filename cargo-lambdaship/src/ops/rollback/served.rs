//! What an alias has served. An environment that takes only what passed its gates, or what another one serves, goes back to
//! nothing else: lambdas can be shared between environments, whose versions are then side by side.

use crate::config::{EnvironmentConfig, FunctionConfig};
use crate::error::Error;
use crate::model::{EnvName, GatesPolicy, LiveAlias, Version, VersionSummary};
use crate::rollout::{Stance, at_rest, stance};
use crate::stamp::Lineage;
use crate::store::{Ended, Release, Store};

/// The newest entries of the ledger that are looked at. What an alias served before those is out of reach.
const RELEASES: usize = 200;

/// The versions that a rollback may go to.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) enum Reach<'a> {
    /// All that there are.
    Every,
    /// Those that the alias served, as it says itself and as the ledger has it.
    Served {
        /// The environment.
        env: &'a EnvName,
        /// The store, if there is one.
        store: Option<&'a Store>,
    },
}

impl<'a> Reach<'a> {
    /// That of an environment.
    pub(super) fn of(environment: &'a EnvironmentConfig, store: Option<&'a Store>) -> Self {
        if environment.gates == GatesPolicy::Optional && environment.from.is_none() {
            return Self::Every;
        }
        Self::Served { env: &environment.env, store }
    }

    /// Answers `version`, if it is within reach.
    ///
    /// # Errors
    /// [`Error::NeverServed`]; and when the ledger, which has to tell, cannot be read.
    pub(super) async fn check(
        self,
        function: &FunctionConfig,
        alias: &LiveAlias,
        version: Version,
    ) -> Result<Version, Error> {
        let Self::Served { env, store } = self else { return Ok(version) };
        if says(alias, version) {
            return Ok(version);
        }
        let noted = ledger(store, function).await?.iter().any(|release| tells(release, version));
        if noted { Ok(version) } else { Err(never(env, function, Some(version))) }
    }

    /// The newest of `versions` within reach that is of the lineage; `None` when there is none of it at all.
    ///
    /// # Errors
    /// As [`Reach::check`], when all of them are out of reach.
    pub(super) async fn newest(
        self,
        (function, alias): (&FunctionConfig, &LiveAlias),
        lineage: &Lineage,
        versions: Vec<VersionSummary>,
    ) -> Result<Option<Version>, Error> {
        let newest = lineage.newest(&versions);
        let (Self::Served { env, store }, Some(_)) = (self, newest) else { return Ok(newest) };
        let ledger = ledger(store, function).await?;
        let served = |version| says(alias, version) || ledger.iter().any(|release| tells(release, version));
        let versions: Vec<VersionSummary> =
            versions.into_iter().filter(|summary| served(summary.version)).collect();
        lineage.newest(&versions).map_or_else(|| Err(never(env, function, None)), |version| Ok(Some(version)))
    }
}

async fn ledger(store: Option<&Store>, function: &FunctionConfig) -> Result<Vec<Release>, Error> {
    let Some(store) = store else { return Ok(Vec::new()) };
    Ok(store.releases(&function.lambda, &function.alias, RELEASES).await?)
}

/// Whether the alias serves it, or says that it did. What was rolled out to it came through its gates, too.
fn says(alias: &LiveAlias, version: Version) -> bool {
    let state = at_rest(alias);
    let rolling = match stance(alias) {
        Stance::Rolling(_, under_way, _) => Some(under_way.next),
        Stance::AtRest(_) | Stance::Foreign => None,
    };
    let told = [alias.version, state.previous, rolling];
    told.contains(&Some(version)) || state.undone.contains(&version)
}

/// Whether an entry of the ledger says that the alias served it. What failed may never have got there.
fn tells(release: &Release, version: Version) -> bool {
    let after = release.version.to.filter(|_| release.outcome != Ended::Failed);
    [release.version.from, after].contains(&Some(version))
}

fn never(env: &EnvName, function: &FunctionConfig, version: Option<Version>) -> Error {
    Error::NeverServed {
        env: env.clone(),
        version,
        lambda: function.lambda.clone(),
        alias: function.alias.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::alias;
    use crate::rollout::testing::under_way;
    use crate::rollout::{AliasState, Run};

    #[test]
    fn an_alias_says_what_it_served() {
        let told =
            |alias: &LiveAlias| (1..=9).filter(|number| says(alias, Version(*number))).collect::<Vec<_>>();
        let mut live = alias(8);
        assert_eq!(told(&live), [8]);
        live.description = "lambdaship/1 prev=5 run=9 undone=9,7".to_owned();
        assert_eq!(told(&live), [5, 7, 8, 9]);
        // What somebody else gives a share came through nothing.
        live.split = Some((Version(3), 0.1));
        assert_eq!(told(&live), [5, 7, 8, 9]);
        let mut rolling = alias(7);
        let state = AliasState { previous: Some(Version(5)), ..AliasState::default() };
        rolling.description = state.rolling(under_way("5%/1m"), Run(9)).to_string();
        rolling.split = Some((Version(8), 0.05));
        assert_eq!(told(&rolling), [5, 7, 8]);
    }

    #[test]
    fn the_ledger_tells_what_an_alias_served_and_not_what_failed_to_get_there() {
        let release = |outcome: &str, from: Option<u64>, to: Option<u64>| -> Release {
            serde_json::from_value(serde_json::json!({
                "env": "production", "function": "hello", "lambda": "hello", "alias": "production",
                "version": { "from": from, "to": to }, "outcome": outcome, "at": "2026-11-21T12:00:00Z",
            }))
            .unwrap()
        };
        for (outcome, from, to, expected) in [
            ("updated", None, Some(1), vec![1]),
            ("promoted", Some(1), Some(3), vec![1, 3]),
            ("rolled-back", Some(3), Some(1), vec![1, 3]),
            ("failed", Some(1), Some(4), vec![1]),
            ("failed", None, None, vec![]),
        ] {
            let release = release(outcome, from, to);
            let told: Vec<u64> = (1..=9).filter(|number| tells(&release, Version(*number))).collect();
            assert_eq!(told, expected, "{outcome}");
        }
    }
}
