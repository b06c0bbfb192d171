//! Deployments on GitHub: begun by the step that deploys, ended by the one that reports, so that a cancel ends them too.

use serde::{Deserialize, Serialize};

use super::event::Event;
use super::inputs::Inputs;
use super::job::{Done, Job};
use super::tell;
use crate::console::Console;
use crate::context::Context;
use crate::error::Error;
use crate::github::workflow::Level;
use crate::github::{Access, DeploymentState, DeploymentStatus, GitHub, NewDeployment};
use crate::network::Network;
use crate::ops::session::Target;

/// The API of github.com.
const PUBLIC: &str = "https://api.github.com";

/// Deployments that began, on their way from the step that deploys to the one that reports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Begun {
    /// Their numbers.
    pub(super) ids: Vec<u64>,
    /// How much of the environment they are.
    pub(super) parts: Parts,
}

/// How much of an environment is deployed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Parts {
    /// All functions.
    #[default]
    All,
    /// Only those that were selected; other jobs can deploy others at the same time.
    Some,
}

impl Parts {
    /// Whether a success says something of what other Deployments to the environment were.
    fn replaces(self) -> bool {
        self == Self::All
    }
}

/// Says that a deploy begins, where that was asked for. What GitHub refuses is a warning: it must not keep anybody from
/// deploying.
///
/// Only a deploy is one: which commits `promote` and `rollback` bring is known when they are done, and it is seldom the one that
/// their run is about.
pub(super) async fn begin(job: &Job<'_>, (target, parts): (&Target, Parts), done: &mut Done) {
    if !job.inputs.deployments || !done.deployments.is_empty() {
        return;
    }
    if let Err(error) = begun(job, (target, parts), done).await {
        let hint = error.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
        let what = if done.deployments.is_empty() {
            "there is no Deployment on GitHub"
        } else {
            "GitHub does not show that the Deployment is under way"
        };
        tell(&job.context, Level::Warning, &format!("{what}: {error}{hint}"));
    }
}

/// The number is kept as soon as it is known: whatever comes between it and the first status, the Deployment is ended.
async fn begun(job: &Job<'_>, (target, parts): (&Target, Parts), done: &mut Done) -> Result<(), Error> {
    let known = access(&job.context, &job.inputs, &job.event)?.zip(job.event.head.clone());
    let Some((access, commit)) = known else {
        let text = "there is no Deployment: `github-token`, the repository or the commit is not known";
        tell(&job.context, Level::Warning, text);
        return Ok(());
    };
    let github = GitHub::connect(&access, &job.context.console)?;
    let new = NewDeployment {
        environment: target.env.to_string(),
        commit,
        description: format!("cargo lambdaship {}", job.inputs.command.as_str()),
    };
    let id = job.until.unless(async { Ok::<_, Error>(github.begin_deployment(&new).await?) }).await?;
    done.deployments.push(id);
    if let Err(error) = job.files.write_deployments(&Begun { ids: vec![id], parts }) {
        tell(&job.context, Level::Warning, &format!("the Deployment will not be ended: {error}"));
    }
    let (state, page) = (DeploymentState::InProgress, job.event.page.as_deref());
    let status = DeploymentStatus { state, description: &new.description, page, replaces: parts.replaces() };
    job.until.unless(async { Ok(github.deployment_status(id, &status).await?) }).await
}

/// Where the repository is, as far as the job says.
///
/// # Errors
/// When there is no way to it.
pub(super) fn access(context: &Context, inputs: &Inputs, event: &Event) -> Result<Option<Access>, Error> {
    let api = inputs.api_url.clone().or_else(|| context.environment.get("GITHUB_API_URL").map(str::to_owned));
    let known = event.repository.clone().zip(inputs.token.clone());
    let Some((repository, token)) = known else { return Ok(None) };
    let (network, api_url) = (Network::of(&context.environment)?, api.unwrap_or_else(|| PUBLIC.to_owned()));
    network.way(&api_url)?;
    Ok(Some(Access { api_url, repository, token, network }))
}

/// Says how they ended.
///
/// # Errors
/// What GitHub refuses of the first that it refuses; the others are ended all the same.
pub(super) async fn end(
    (access, console): (&Access, &Console),
    begun: &Begun,
    (state, page): (DeploymentState, Option<&str>),
) -> Result<(), Error> {
    let github = GitHub::connect(access, console)?;
    let description = match state {
        DeploymentState::Success => "deployed",
        DeploymentState::Failure => "failed",
        DeploymentState::Error => "did not come to an end",
        DeploymentState::InProgress => "under way",
    };
    let status = DeploymentStatus { state, description, page, replaces: begun.parts.replaces() };
    let mut ended = Ok(());
    for id in &begun.ids {
        let one = github.deployment_status(*id, &status).await;
        ended = ended.and(one.map_err(Error::from));
    }
    ended
}
