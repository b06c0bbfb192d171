//! What an alias has served. An environment that takes only what passed its gates, or what another one serves, goes back to
//! nothing else: lambdas can be shared between environments, whose versions are then side by side.

use crate::config::{EnvironmentConfig, FunctionConfig};
use crate::error::Error;
use crate::model::{EnvName, GatesPolicy, LiveAlias, Version, VersionSummary};
use crate::rollout::{Driver, Stance, at_rest, stance};
use crate::stamp::Lineage;
use crate::store::{Ended, Release, Store};

/// The newest entries of the ledger that are looked at. What an alias served before those is out of reach.
const RELEASES: usize = 200;

/// The versions that a rollback may go to.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) enum Reach<'a> {
    /// All that there are.
    Every {
        /// The store, if there is one.
        store: Option<&'a Store>,
    },
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
            return Self::Every { store };
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

    /// The newest of `versions` within reach that is of the lineage, and that nothing is known to be wrong with; `None` when
    /// there is none of it at all.
    ///
    /// # Errors
    /// As [`Reach::check`], when all of them are out of reach; and when something is wrong with all that are not.
    pub(super) async fn newest(
        self,
        driver: &Driver<'_>,
        alias: &LiveAlias,
        lineage: &Lineage,
        mut versions: Vec<VersionSummary>,
    ) -> Result<Option<Version>, Error> {
        let (function, console) = (driver.function, driver.tools.console);
        versions.retain(|summary| lineage.newest(std::slice::from_ref(summary)).is_some());
        if versions.is_empty() {
            return Ok(None);
        }
        let ledger = self.read(driver).await?;
        let served = |version| says(alias, version) || ledger.iter().any(|release| tells(release, version));
        if let Self::Served { env, .. } = self {
            versions.retain(|summary| served(summary.version));
            if versions.is_empty() {
                return Err(never(env, function, None));
            }
        }
        let (name, newest) = (&function.function.name, versions.iter().map(|one| one.version).max());
        versions.retain(|summary| !is_sick(alias, &ledger, summary));
        let Some(best) = versions.iter().map(|one| one.version).max() else {
            return Err(sick(function, newest));
        };
        if let Some(passed) = newest.filter(|newest| *newest != best) {
            console.status("Passing over", format_args!("{name} v{passed}: {SICK}"));
        }
        if !served(best) {
            console.warn(format_args!(
                "nothing tells that alias `{}` has served version {best} of `{name}` before",
                alias.name
            ));
        }
        Ok(Some(best))
    }

    /// The ledger. Where it has no say, one that cannot be read is in nobody's way.
    async fn read(self, driver: &Driver<'_>) -> Result<Vec<Release>, Error> {
        match self {
            Self::Served { store, .. } => ledger(store, driver.function).await,
            Self::Every { store } => Ok(ledger(store, driver.function).await.unwrap_or_else(|error| {
                driver.tools.console.warn(format_args!("{error}; what the ledger tells is left out"));
                Vec::new()
            })),
        }
    }
}

/// What is wrong with a version that is passed over.
const SICK: &str = "it was rolled back, or did not pass its smoke events";

/// Whether a version was rolled back, or was to be served and did not pass its smoke events, and was not served since.
///
/// The ledger has no number for a version that no alias got to: it is known by its code, and by being newer than what was
/// served then.
fn is_sick(alias: &LiveAlias, ledger: &[Release], summary: &VersionSummary) -> bool {
    let version = summary.version;
    if alias.version == Some(version) {
        return false;
    }
    if at_rest(alias).undone.contains(&version) {
        return true;
    }
    let verdict = ledger.iter().find_map(|release| {
        let (from, to) = (release.version.from, release.version.to);
        match release.outcome {
            Ended::Failed => None,
            _ if to == Some(version) => Some(false),
            Ended::RolledBack if from == to => {
                let is_it = summary.code_sha256.is_some() && summary.code_sha256 == release.code_sha256;
                (is_it && from < Some(version)).then_some(true)
            }
            Ended::RolledBack => (from == Some(version)).then_some(true),
            // It served until then, or it would not have been left for another one.
            Ended::Updated | Ended::Moved | Ended::Promoted => (from == Some(version)).then_some(false),
        }
    });
    verdict.unwrap_or(false)
}

fn sick(function: &FunctionConfig, version: Option<Version>) -> Error {
    let version = version.map(|version| version.to_string()).unwrap_or_default();
    Error::Function {
        message: format!(
            "version {version} of lambda `{}` is the newest of that commit, and {SICK}",
            function.lambda
        ),
        hint: Some(format!("`--to-version {version}` serves it all the same")),
        held: false,
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
    use crate::model::CodeSha256;
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
    fn a_version_that_was_taken_back_is_sick_until_it_is_served_again() {
        let code = |digit: u8| CodeSha256::of(&[digit]);
        let release = |(outcome, from, to, digit): (&str, u64, u64, u8)| -> Release {
            serde_json::from_value(serde_json::json!({
                "env": "staging", "function": "hello", "lambda": "hello", "alias": "live",
                "version": { "from": from, "to": to }, "outcome": outcome, "at": "2026-11-21T12:00:00Z",
                "code_sha256": code(digit),
            }))
            .unwrap()
        };
        // The newest comes first. The code of a version is its number.
        let table: [(&str, &[_], u64, bool); 12] = [
            ("", &[], 8, false),
            (" undone=8", &[], 8, true),
            (" undone=8", &[], 9, false),
            ("", &[("rolled-back", 8, 7, 7)], 8, true),
            ("", &[("rolled-back", 8, 7, 7)], 7, false),
            // Its smoke events failed: the alias never got there.
            ("", &[("rolled-back", 7, 7, 8)], 8, true),
            ("", &[("updated", 7, 8, 8), ("rolled-back", 7, 7, 8)], 8, false),
            ("", &[("failed", 7, 7, 8)], 8, false),
            // The same code was fine before, with other settings.
            ("", &[("rolled-back", 7, 7, 5), ("updated", 4, 5, 5)], 5, false),
            // It served again: somebody went from it to the next one.
            ("", &[("updated", 8, 9, 9), ("rolled-back", 8, 7, 7)], 8, false),
            ("", &[("updated", 7, 9, 9), ("rolled-back", 8, 7, 7)], 8, true),
            ("", &[("moved", 8, 9, 9), ("rolled-back", 9, 8, 8)], 9, false),
        ];
        for (words, releases, version, expected) in table {
            let live = LiveAlias { description: format!("lambdaship/1 prev=6{words}"), ..alias(10) };
            let ledger: Vec<Release> = releases.iter().copied().map(release).collect();
            let digit = u8::try_from(version).unwrap();
            let summary = VersionSummary {
                version: Version(version),
                description: String::new(),
                modified: None,
                code_sha256: Some(code(digit)),
            };
            assert_eq!(
                is_sick(&live, &ledger, &summary),
                expected,
                "{version} by {words:?} and {releases:?}"
            );
        }
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
