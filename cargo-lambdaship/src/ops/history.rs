//! `history`: who deployed which commit as which version, when, and how it ended.

use futures::{StreamExt, TryStreamExt, join, stream, try_join};
use jiff::Timestamp;
use serde::Serialize;

use crate::aws::Lambda;
use crate::config::FunctionConfig;
use crate::context::Context;
use crate::error::Error;
use crate::model::{CodeSha256, EnvName, FunctionName, LambdaName, LiveAlias, Version, VersionSummary};
use crate::ops::plan::READS_SIDE_BY_SIDE;
use crate::ops::session::{Session, Target};
use crate::rollout::{self, End};
use crate::stamp::VersionStamp;
use crate::store::{self, Ended};

/// One published version of a function.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Release {
    /// The environment.
    pub env: EnvName,
    /// The function.
    pub function: FunctionName,
    /// The lambda.
    pub lambda: LambdaName,
    /// The version.
    pub version: Version,
    /// How it ended for the environment's alias.
    pub state: State,
    /// The share of the traffic, in percent, of one that is rolling out.
    pub percent: Option<f64>,
    /// When its code or settings were written, which is just before it was published.
    pub time: Option<Timestamp>,
    /// The commit that it was published from.
    pub commit: Option<String>,
    /// Who published it.
    pub by: Option<String>,
    /// The code.
    pub code_sha256: Option<CodeSha256>,
    /// The Description of one that was not published by this tool.
    pub description: Option<String>,
    /// What the store's ledger tells of it, newest first.
    pub runs: Vec<Noted>,
}

/// A run that brought the alias to a version, failed to, or took it back from there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Noted {
    /// How it ended.
    pub outcome: Ended,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: Option<String>,
    /// The page of the CI run.
    pub run: Option<String>,
    /// The environment that the code was promoted from.
    pub from: Option<EnvName>,
}

/// How a version ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The alias serves it.
    Serving,
    /// The alias gives it a share of the traffic.
    RollingOut,
    /// It was rolled back.
    RolledBack,
    /// The alias served it before.
    ServedBefore,
    /// A later one came after it.
    Replaced,
    /// The alias does not tell.
    Unknown,
}

/// The newest `limit` versions of each function, newest first.
///
/// # Errors
/// When something cannot be read.
pub async fn history(context: &Context, target: &Target, limit: usize) -> Result<Vec<Release>, Error> {
    let session = Session::open(context, target).await?;
    let environment = &session.bench.environment;
    let client = session.aws.lambda();
    let there = &session;
    let read = environment.functions.iter().map(|one| async move {
        let releases = of_one(client, &environment.env, one, limit);
        let (releases, ledger) = join!(releases, ledger(there, one, limit));
        Ok(releases?.into_iter().map(|release| release.with_runs(&ledger)).collect())
    });
    let releases: Result<Vec<Vec<Release>>, Error> =
        stream::iter(read).buffered(READS_SIDE_BY_SIDE).try_collect().await;
    session.close().await;
    Ok(releases?.concat())
}

/// What the store tells of the alias of `function`, newest first. What it does not tell is only missing.
async fn ledger(session: &Session, function: &FunctionConfig, most: usize) -> Vec<store::Release> {
    let Some(store) = &session.store else { return Vec::new() };
    store.releases(&function.lambda, &function.alias, most).await.unwrap_or_else(|error| {
        session.context().console.warn(format_args!("{error}; what the ledger tells is left out"));
        Vec::new()
    })
}

pub(super) async fn of_one(
    client: &Lambda,
    env: &EnvName,
    function: &FunctionConfig,
    limit: usize,
) -> Result<Vec<Release>, Error> {
    let lambda = &function.lambda;
    let (versions, alias) = try_join!(client.versions(lambda), client.alias(lambda, &function.alias))?;
    let newest = versions.into_iter().rev().take(limit);
    Ok(newest.map(|version| release(env, function, alias.as_ref(), version)).collect())
}

fn release(
    env: &EnvName,
    function: &FunctionConfig,
    alias: Option<&LiveAlias>,
    version: VersionSummary,
) -> Release {
    let stamp = VersionStamp::parse(&version.description);
    let (state, percent) = told(rollout::end(alias, version.version));
    Release {
        env: env.clone(),
        function: function.function.name.clone(),
        lambda: function.lambda.clone(),
        version: version.version,
        state,
        percent,
        time: version.modified,
        description: Some(version.description).filter(|text| stamp.is_none() && !text.is_empty()),
        commit: stamp.as_ref().and_then(|stamp| stamp.commit.clone()),
        by: stamp.and_then(|stamp| stamp.by),
        code_sha256: version.code_sha256,
        runs: Vec::new(),
    }
}

impl Release {
    fn with_runs(mut self, ledger: &[store::Release]) -> Self {
        let own = ledger.iter().filter(|noted| is_about(noted) == Some(self.version));
        self.runs = own
            .map(|noted| Noted {
                outcome: noted.outcome,
                at: noted.at,
                by: noted.by.clone(),
                run: noted.run.clone(),
                from: noted.from.clone(),
            })
            .collect();
        self
    }
}

/// The version that an entry of the ledger tells of: what was taken back is what a rollback is about.
fn is_about(noted: &store::Release) -> Option<Version> {
    match noted.outcome {
        Ended::RolledBack => noted.version.from,
        Ended::Updated | Ended::Moved | Ended::Promoted | Ended::Failed => noted.version.to,
    }
}

fn told(end: End) -> (State, Option<f64>) {
    match end {
        End::Serving => (State::Serving, None),
        // Weights have four digits at most.
        End::RollingOut(share) => (State::RollingOut, Some((share * 10_000.0).round() / 100.0)),
        End::RolledBack => (State::RolledBack, None),
        End::ServedBefore => (State::ServedBefore, None),
        End::Replaced => (State::Replaced, None),
        End::Unknown => (State::Unknown, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{alias, function};

    fn told_of(description: &str) -> Release {
        let version = VersionSummary {
            version: Version(7),
            description: description.to_owned(),
            modified: None,
            code_sha256: None,
        };
        release(&EnvName::new("staging").unwrap(), &function(|_| {}), Some(&alias(7)), version)
    }

    fn noted(outcome: &str, from: u64, to: u64) -> store::Release {
        serde_json::from_value(serde_json::json!({
            "env": "staging", "function": "hello", "lambda": "hello-staging", "alias": "live",
            "version": { "from": from, "to": to }, "outcome": outcome, "at": "2026-11-21T12:00:00Z",
        }))
        .unwrap()
    }

    #[test]
    fn the_ledger_tells_of_the_version_that_came_or_was_taken_back() {
        let ledger = [noted("rolled-back", 7, 6), noted("failed", 7, 7), noted("promoted", 6, 7)];
        for (version, expected) in [(7, &[Ended::RolledBack, Ended::Failed, Ended::Promoted][..]), (6, &[])] {
            let release = Release { version: Version(version), ..told_of("") }.with_runs(&ledger);
            let outcomes: Vec<Ended> = release.runs.iter().map(|noted| noted.outcome).collect();
            assert_eq!(outcomes, expected, "version {version}");
        }
    }

    #[test]
    fn a_version_that_others_published_is_told_by_its_description() {
        let ours = told_of("lambdaship/1 git=0123456789ab by=ada");
        assert_eq!((ours.commit.as_deref(), ours.by.as_deref()), (Some("0123456789ab"), Some("ada")));
        assert_eq!((ours.state, ours.description), (State::Serving, None));
        let theirs = told_of("by hand");
        assert_eq!((theirs.commit, theirs.by, theirs.description.as_deref()), (None, None, Some("by hand")));
        assert_eq!(told_of("").description, None);
    }

    #[test]
    fn a_share_is_told_in_percent() {
        assert_eq!(told(End::RollingOut(0.0725)), (State::RollingOut, Some(7.25)));
    }
}
