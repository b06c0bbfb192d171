//! Deployments on GitHub: begun by the step that deploys, ended by the one that reports, so that a cancel ends them too.

use super::event::Event;
use super::inputs::Inputs;
use super::job::{Done, Job};
use super::tell;
use crate::console::Console;
use crate::context::Context;
use crate::error::Error;
use crate::github::workflow::Level;
use crate::github::{Access, DeploymentState, GitHub, NewDeployment};
use crate::ops::session::Target;

/// The API of github.com.
const PUBLIC: &str = "https://api.github.com";

/// Says that a deploy begins, where that was asked for. What GitHub refuses is a warning: it must not keep anybody from
/// deploying, nor from rolling back.
pub(super) async fn begin(job: &Job<'_>, target: &Target, done: &mut Done) {
    if !job.inputs.deployments || !done.deployments.is_empty() {
        return;
    }
    match begun(job, target).await {
        Ok(Some(id)) => {
            done.deployments.push(id);
            if let Err(error) = job.files.write_deployments(&done.deployments) {
                tell(&job.context, Level::Warning, &format!("the Deployment will not be ended: {error}"));
            }
        }
        Ok(None) => tell(
            &job.context,
            Level::Warning,
            "there is no Deployment: `github-token`, the repository or the commit is not known",
        ),
        Err(error) => {
            let hint = error.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
            tell(&job.context, Level::Warning, &format!("there is no Deployment on GitHub: {error}{hint}"));
        }
    }
}

async fn begun(job: &Job<'_>, target: &Target) -> Result<Option<u64>, Error> {
    let Some(access) = access(&job.context, &job.inputs, &job.event) else { return Ok(None) };
    let Some(commit) = job.event.head.clone() else { return Ok(None) };
    let github = GitHub::connect(&access, &job.context.console)?;
    let new = NewDeployment {
        environment: target.env.to_string(),
        commit,
        description: format!("cargo lambdaship {}", job.inputs.command.as_str()),
    };
    job.until
        .unless(async {
            let id = github.begin_deployment(&new).await?;
            let page = job.event.page.as_deref();
            github.deployment_status(id, DeploymentState::InProgress, &new.description, page).await?;
            Ok::<_, Error>(Some(id))
        })
        .await
}

/// Where the repository is, as far as the job says.
#[must_use]
pub(super) fn access(context: &Context, inputs: &Inputs, event: &Event) -> Option<Access> {
    let api = inputs.api_url.clone().or_else(|| context.environment.get("GITHUB_API_URL").map(str::to_owned));
    Some(Access {
        api_url: api.unwrap_or_else(|| PUBLIC.to_owned()),
        repository: event.repository.clone()?,
        token: inputs.token.clone()?,
    })
}

/// Says how they ended.
///
/// # Errors
/// What GitHub refuses.
pub(super) async fn end(
    (access, console): (&Access, &Console),
    ids: &[u64],
    (state, page): (DeploymentState, Option<&str>),
) -> Result<(), Error> {
    let github = GitHub::connect(access, console)?;
    for id in ids {
        let description = match state {
            DeploymentState::Success => "deployed",
            DeploymentState::Failure => "failed",
            DeploymentState::Error => "did not come to an end",
            DeploymentState::InProgress => "under way",
        };
        github.deployment_status(*id, state, description, page).await?;
    }
    Ok(())
}
