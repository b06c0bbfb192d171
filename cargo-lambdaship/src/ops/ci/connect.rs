//! How a job reaches AWS.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::job::Job;
use crate::aws::{Identity, WebIdentity};
use crate::context::Context;
use crate::error::Error;
use crate::github::oidc::Oidc;
use crate::model::{EnvName, Secret};
use crate::ops::session::{ConnectionFlags, Target};
use crate::workspace::{CargoOptions, Selection};

/// How long to wait for an answer, unless the environment says.
const READ_TIMEOUT: u64 = 60;
/// The longest name of a session, by STS' service model.
const LONGEST_SESSION: usize = 64;

/// What the command works on.
#[must_use]
pub(super) fn target(job: &Job<'_>, env: EnvName, connection: ConnectionFlags) -> Target {
    let inputs = &job.inputs;
    Target {
        env,
        config: inputs.config.clone(),
        cargo: CargoOptions::default(),
        selection: Selection {
            functions: inputs.functions.clone(),
            packages: Vec::new(),
            changed_since: inputs.changed_since.clone(),
        },
        connection,
    }
}

/// The connection; a fork's job assumes no role.
///
/// # Errors
/// When a role is to be assumed, and GitHub gives this job no token for it.
pub(super) fn flags(job: &Job<'_>, own: bool) -> Result<ConnectionFlags, Error> {
    let (inputs, environment) = (&job.inputs, &job.context.environment);
    let stated = environment.get("LAMBDASHIP_READ_TIMEOUT");
    let seconds = stated.map_or(Ok(READ_TIMEOUT), str::parse).map_err(|_| Error::Usage {
        message: "LAMBDASHIP_READ_TIMEOUT is not a number of seconds".to_owned(),
        hint: None,
    })?;
    let identity = match &inputs.role {
        Some(role) if own => Some(identity(&job.context, role, &session(job))?),
        Some(_) | None => None,
    };
    Ok(ConnectionFlags {
        region: inputs.region.clone(),
        aws_profile: None,
        endpoint_url: None,
        read_timeout: Duration::from_secs(seconds),
        identity,
        accounts: inputs.accounts.clone(),
    })
}

fn identity(context: &Context, role: &str, session: &str) -> Result<WebIdentity, Error> {
    let oidc = Oidc::of(&context.environment)?;
    Ok(WebIdentity::new(role.to_owned(), session.to_owned(), Arc::new(OnGitHub(oidc))))
}

/// `lambdaship-owner-name-1234`: what `CloudTrail` and a version's Description say.
fn session(job: &Job<'_>) -> String {
    session_name(job.event.repository.as_deref().unwrap_or("local"), job.event.run)
}

/// The end of the repository's name is cut off rather than the run's number.
fn session_name(repository: &str, run: u64) -> String {
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || "_+=,.@-".contains(character);
    let tail = format!("-{run}");
    let name: String = repository.chars().map(|one| if is_allowed(one) { one } else { '-' }).collect();
    let mut head = format!("lambdaship-{name}");
    head.truncate(LONGEST_SESSION - tail.len());
    head + &tail
}

/// GitHub, which knows of which repository the job is.
struct OnGitHub(Oidc);

#[async_trait]
impl Identity for OnGitHub {
    async fn token(&self) -> Result<Secret, String> {
        self.0.token().await.map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_the_run_and_only_what_sts_takes() {
        for (repository, run, expected) in [
            ("acme/shop", 42, "lambdaship-acme-shop-42".to_owned()),
            ("acme/my_shop.io", 7, "lambdaship-acme-my_shop.io-7".to_owned()),
            ("ä/b c\n", 7, "lambdaship---b-c--7".to_owned()),
            (&"x".repeat(90), u64::MAX, format!("lambdaship-{}-{}", "x".repeat(32), u64::MAX)),
        ] {
            let name = session_name(repository, run);
            assert_eq!(name, expected);
            assert!((2..=64).contains(&name.len()), "{name}");
        }
    }
}
