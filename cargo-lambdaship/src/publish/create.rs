//! A lambda that is not there yet: role, lambda, first version.

use super::role::Granted;
use super::wait::once_there;
use super::{Done, Error, Job, Publisher};
use crate::aws::{self, Kind, NewFunction};
use crate::model::{Configuration, Version, Versioned};
use crate::report::size;

impl Publisher<'_> {
    pub(super) async fn create(
        &self,
        job: &Job<'_>,
        settings: &Versioned,
        done: &mut Done,
    ) -> Result<Version, Error> {
        let lambda = job.lambda();
        // Before the role, which would be left behind if the artifact cannot be read.
        let load = job.load(self.tools).await?;
        let code = &load.code;
        let role = self.role_for(job, &settings.role).await?;
        let settings = Versioned { role: role.arn.clone(), ..settings.clone() };
        let bytes = code.content.in_request();
        let size_text = size(job.size);
        self.tools.console.status("Creating", format_args!("{} as {lambda}, {size_text}", job.function()));
        let _spinner = self.tools.console.progress("Creating", job.function().as_str(), None);
        let stated = &job.desired.config.settings;
        let new = NewFunction {
            lambda,
            settings: &settings,
            code,
            description: stated.description.as_deref(),
            tags: &stated.tags,
            code_signing: stated.code_signing.as_deref(),
        };
        let sent = role.patience().of(async || self.tools.aws.lambda().create(new).await).await;
        // The next one has room for its zip while this one is waited for.
        drop(load);
        if let Err(error) = sent {
            self.after_all(job, &settings, &role, error).await?;
        }
        done.uploaded = bytes;
        let client = self.tools.aws.lambda();
        let latest = once_there(async || client.active(lambda, None).await).await?;
        let default = Versioned::aws_default(lambda.as_str(), settings.arch);
        job.is_what_lambda_took(&latest)?;
        self.check(job, (&default, &settings), &latest)?;
        self.publish_latest(job, &latest).await
    }

    /// A request that failed may have been carried out all the same: its answer was lost, or came too late. The role
    /// is taken back only when it is known that no lambda uses it, nor will.
    async fn after_all(
        &self,
        job: &Job<'_>,
        settings: &Versioned,
        role: &Granted,
        error: aws::Error,
    ) -> Result<(), Error> {
        match self.tools.aws.lambda().function(job.lambda(), None).await {
            Ok(Some(live)) if is_wanted(job, &live.configuration, settings) => return Ok(()),
            Ok(None) if is_refusal(error.kind()) => self.take_back(role).await,
            Ok(Some(live)) if live.configuration.settings.role != role.arn => self.take_back(role).await,
            Ok(_) | Err(_) => self.leave(job, role),
        }
        Err(error.into())
    }
}

fn is_wanted(job: &Job<'_>, latest: &Configuration, settings: &Versioned) -> bool {
    latest.code_sha256 == job.desired.code && latest.settings == *settings
}

/// Whether a failure says that the lambda was not created, and will not be.
fn is_refusal(kind: Kind) -> bool {
    match kind {
        Kind::Invalid | Kind::AccessDenied | Kind::TooLarge | Kind::NotFound => true,
        // A conflict with a lambda that cannot be seen yet is perhaps one with our own first try.
        Kind::Conflict
        | Kind::Precondition
        | Kind::NoCredentials
        | Kind::BadCredentials
        | Kind::NoRegion
        | Kind::Throttled
        | Kind::Timeout
        | Kind::Unreachable
        | Kind::Server
        | Kind::Unexpected => false,
    }
}
