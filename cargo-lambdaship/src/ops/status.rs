//! `status`: what the environments serve now.

use futures::{StreamExt, stream};
use serde::Serialize;

use crate::config;
use crate::config::FunctionConfig;
use crate::context::Context;
use crate::error::Error;
use crate::model::{
    AliasName, CodeSha256, EnvName, Exit, FunctionName, LambdaName, LiveAlias, LiveFunction, Region, Version,
};
use crate::ops::artifacts::blocking;
use crate::ops::plan::READS_SIDE_BY_SIDE;
use crate::ops::session::{Session, Target, Workbench, close};
use crate::rollout::{Stance, settling, stance};
use crate::stamp::VersionStamp;
use crate::{package, workspace};

/// What one lambda serves.
#[derive(Debug, Clone, Serialize)]
pub struct Served {
    /// The environment.
    pub env: EnvName,
    /// The function.
    pub function: FunctionName,
    /// The lambda.
    pub lambda: LambdaName,
    /// The region, when the environment has several.
    pub region: Option<Region>,
    /// The alias.
    pub alias: AliasName,
    /// The version that it serves; absent when it is not deployed, or serves `$LATEST`.
    pub version: Option<Version>,
    /// Where a rollback goes.
    pub previous: Option<Version>,
    /// A second version that has a share of the traffic.
    pub next: Option<Version>,
    /// That share, in percent.
    pub percent: Option<f64>,
    /// The code that it serves.
    pub code_sha256: Option<CodeSha256>,
    /// The size of that code in bytes.
    pub size: Option<u64>,
    /// The commit that the version was published from.
    pub commit: Option<String>,
    /// How it compares with the artifact that was built last.
    pub state: State,
}

/// How what is served compares with what the workspace built last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// There is no such lambda or alias.
    NotDeployed,
    /// The alias splits its traffic between two versions.
    Split,
    /// It is the artifact under the target folder.
    Current,
    /// It is other code than the artifact under the target folder.
    Differs,
    /// There is no artifact under the target folder to compare with.
    Unknown,
}

/// Which environments are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The one of the target.
    One,
    /// Every one in the configuration; the one of the target when it has none.
    All,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Seen {
    /// What the lambdas serve.
    pub served: Vec<Served>,
    /// The environments that could not be read, beside others that may have been.
    pub unread: Vec<(EnvName, Error)>,
}

impl Seen {
    /// The exit code that the environments which could not be read stand for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.unread.iter().map(|(_, error)| error.exit()).fold(Exit::Done, Exit::worse)
    }
}

/// Reads what every function serves. Of several environments, one that cannot be read does not hide the others.
///
/// # Errors
/// When workspace or configuration cannot be read, or the one environment.
pub async fn status(context: &Context, target: &Target, scope: Scope) -> Result<Seen, Error> {
    let mut seen = Seen::default();
    if scope == Scope::One {
        seen.served = of_one(context, target).await?;
        return Ok(seen);
    }
    for env in environments(context, target)? {
        let target = Target { env: env.clone(), ..target.clone() };
        match of_one(context, &target).await {
            Ok(served) => seen.served.extend(served),
            Err(error) => seen.unread.push((env, error)),
        }
    }
    Ok(seen)
}

fn environments(context: &Context, target: &Target) -> Result<Vec<EnvName>, Error> {
    let workspace = workspace::discover(context, &target.cargo)?;
    let explicit = target.config.as_ref().map(|path| context.absolute(path));
    let config = config::load(context, &workspace.root, explicit.as_deref())?;
    let named: Vec<EnvName> = config.environments().cloned().collect();
    Ok(if named.is_empty() { vec![target.env.clone()] } else { named })
}

async fn of_one(context: &Context, target: &Target) -> Result<Vec<Served>, Error> {
    let bench = Workbench::open(context, target)?;
    let sessions = Box::pin(Session::connect_all(bench, target)).await?;
    let mut served = Vec::new();
    for session in &sessions {
        let functions = session.bench.environment.functions.iter();
        let region = (sessions.len() > 1).then(|| session.aws.region());
        let read = functions.map(|function| read(session, region, function));
        served.extend(stream::iter(read).buffered(READS_SIDE_BY_SIDE).collect::<Vec<_>>().await);
    }
    close(sessions).await;
    served.into_iter().collect()
}

async fn read(
    session: &Session,
    region: Option<&Region>,
    function: &FunctionConfig,
) -> Result<Served, Error> {
    let client = session.aws.lambda();
    let served = client.function(&function.lambda, Some(function.alias.as_str()));
    let (served, alias) = futures::try_join!(served, client.alias(&function.lambda, &function.alias))?;
    let path = package::path(&session.bench.workspace.target_directory, &function.function.name);
    // An artifact that cannot be read is as good as none.
    let built = blocking(move || package::code_sha256(&path)).await.ok();
    let configuration = served.as_ref().map(|live| &live.configuration);
    let split = alias.as_ref().and_then(|alias| alias.split);
    Ok(Served {
        env: session.bench.environment.env.clone(),
        function: function.function.name.clone(),
        lambda: function.lambda.clone(),
        region: region.cloned(),
        alias: function.alias.clone(),
        version: configuration.and_then(|configuration| configuration.version),
        previous: alias.as_ref().and_then(previous),
        next: split.map(|(next, _)| next),
        percent: split.map(|(_, weight)| (weight * 10_000.0).round() / 100.0),
        code_sha256: configuration.map(|configuration| configuration.code_sha256),
        size: configuration.map(|configuration| configuration.code_size),
        commit: configuration
            .and_then(|configuration| VersionStamp::parse(&configuration.description)?.commit),
        state: state(served.as_ref(), alias.as_ref(), built),
    })
}

/// Where a rollback goes: in the middle of a rollout, to the version that has the rest of the traffic.
fn previous(alias: &LiveAlias) -> Option<Version> {
    match stance(alias) {
        Stance::AtRest(state) => state.previous.filter(|previous| !state.undone.contains(previous)),
        Stance::Rolling(..) | Stance::Foreign => alias.version,
    }
}

fn state(served: Option<&LiveFunction>, alias: Option<&LiveAlias>, built: Option<CodeSha256>) -> State {
    let (Some(served), Some(alias)) = (served, alias) else { return State::NotDeployed };
    match built {
        _ if alias.split.is_some() && settling(alias).is_none() => State::Split,
        None => State::Unknown,
        Some(built) if built == served.configuration.code_sha256 => State::Current,
        Some(_) => State::Differs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{alias, configuration, lambda, live};

    #[test]
    fn what_is_served_is_compared_with_what_was_built() {
        let served = lambda(configuration(Some(7), b"code", live()));
        let mut split = alias(7);
        split.split = Some((Version(8), 0.1));
        let same = Some(CodeSha256::of(b"code"));
        let table = [
            (None, None, same, State::NotDeployed),
            (Some(&served), None, same, State::NotDeployed),
            (Some(&served), Some(&alias(7)), same, State::Current),
            (Some(&served), Some(&alias(7)), Some(CodeSha256::of(b"other")), State::Differs),
            (Some(&served), Some(&alias(7)), None, State::Unknown),
            (Some(&served), Some(&split), same, State::Split),
        ];
        for (served, alias, built, expected) in table {
            assert_eq!(state(served, alias, built), expected);
        }
    }

    #[test]
    fn an_environment_that_is_held_does_not_hide_one_that_fails() {
        let env = |name| EnvName::new(name).unwrap();
        let held = Error::Function { message: "held".to_owned(), hint: None, held: true };
        let mut seen = Seen::default();
        assert_eq!(seen.exit(), Exit::Done);
        seen.unread.push((env("staging"), held));
        assert_eq!(seen.exit(), Exit::Held);
        seen.unread.push((env("prod"), Error::Interrupted));
        assert_eq!(seen.exit(), Exit::Failed);
    }
}
