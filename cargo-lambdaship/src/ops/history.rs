//! `history`: who deployed which commit as which version, when, and how it ended.

mod ledger;

use futures::{StreamExt, TryStreamExt, join, stream, try_join};
use jiff::Timestamp;
use serde::Serialize;

use crate::aws::Lambda;
use crate::config::FunctionConfig;
use crate::context::Context;
use crate::error::Error;
use crate::model::{
    CodeSha256, EnvName, FunctionName, LambdaName, LiveAlias, Region, Version, VersionSummary,
};
use crate::ops::plan::READS_SIDE_BY_SIDE;
use crate::ops::session::{Session, Target, Workbench, close};
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
    /// The region, when the environment has several.
    pub region: Option<Region>,
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
    /// The alias served it once, and another one serves now.
    Replaced,
    /// Its smoke events or its rollout did not hold, and the alias is not at it because of that.
    DidNotPass,
    /// The alias never served it.
    NeverServed,
    /// A later one serves. Nothing tells whether this one ever did.
    Older,
    /// Nothing tells.
    Unknown,
}

/// The newest `limit` versions of each function, newest first.
///
/// # Errors
/// When something cannot be read.
pub async fn history(context: &Context, target: &Target, limit: usize) -> Result<Vec<Release>, Error> {
    let bench = Workbench::open(context, target)?;
    let sessions = Box::pin(Session::connect_all(bench, target)).await?;
    let mut releases = Vec::new();
    for session in &sessions {
        let region = (sessions.len() > 1).then(|| session.aws.region());
        releases.push(in_region(session, region, limit).await);
    }
    close(sessions).await;
    Ok(releases.into_iter().collect::<Result<Vec<_>, _>>()?.concat())
}

async fn in_region(session: &Session, region: Option<&Region>, limit: usize) -> Result<Vec<Release>, Error> {
    let environment = &session.bench.environment;
    let read = environment.functions.iter().map(|one| async move {
        let releases = of_one(session.aws.lambda(), &environment.env, one, limit);
        // One more: the run before a version shows that the ledger was kept by then.
        let (releases, ledger) = join!(releases, entries(session, one, limit.saturating_add(1)));
        let of_one = releases?
            .into_iter()
            .map(|release| ledger::told(Release { region: region.cloned(), ..release }, &ledger));
        Ok(of_one.collect())
    });
    let releases: Result<Vec<Vec<Release>>, Error> =
        stream::iter(read).buffered(READS_SIDE_BY_SIDE).try_collect().await;
    Ok(releases?.concat())
}

/// What the store tells of the alias of `function`, newest first. What it does not tell is only missing.
async fn entries(session: &Session, function: &FunctionConfig, most: usize) -> Vec<store::Release> {
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
        region: None,
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

fn told(end: End) -> (State, Option<f64>) {
    match end {
        End::Serving => (State::Serving, None),
        // Weights have four digits at most.
        End::RollingOut(share) => (State::RollingOut, Some((share * 10_000.0).round() / 100.0)),
        End::RolledBack => (State::RolledBack, None),
        End::ServedBefore => (State::ServedBefore, None),
        End::Replaced => (State::Older, None),
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
