//! The execution role of a new lambda that states none: one fixed name per lambda, so that a run that was killed
//! leaves nothing that the next one does not use.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Error, Job, Publisher};
use crate::aws::{self, Kind, LiveRole, NewRole, Trusted};
use crate::context;
use crate::model::{LambdaName, cut};

/// IAM's limit for the name of a role.
const LIMIT: usize = 64;
/// How long after its creation Lambda may still say that a role cannot be assumed.
const NEW: SignedDuration = SignedDuration::from_secs(90);
/// Between the first two tries; it doubles with each, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The role that a new lambda gets.
pub(super) struct Granted {
    pub(super) arn: String,
    /// Whether Lambda may not be able to assume it yet.
    pub(super) is_new: bool,
    /// Its name, when this run created it.
    created: Option<String>,
}

impl Granted {
    /// How long Lambda's refusal of it is not believed.
    pub(super) fn patience(&self) -> Patience {
        if self.is_new { Patience::New } else { Patience::Stated }
    }
}

/// How long Lambda's refusal of a role is not believed: IAM takes some seconds to spread one. The SDK's own retries are no way
/// to wait for it: all requests of a client share their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// Of a role that the tool created just now, with all that it needs.
    New,
    /// Of one that somebody else may have created just now: not long, since mostly it is a mistake.
    Stated,
    /// No other role than before.
    None,
}

impl Patience {
    /// Sends the request until the role is believed to be as Lambda says.
    pub(super) async fn of(self, call: impl AsyncFn() -> Result<(), aws::Error>) -> Result<(), aws::Error> {
        let (begun, mut pause) = (context::instant(), FIRST_PAUSE);
        loop {
            let sent = call().await;
            if !sent.as_ref().is_err_and(|error| self.covers(error) && begun.elapsed() < self.longest()) {
                return sent;
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    fn covers(self, error: &aws::Error) -> bool {
        match self {
            Self::New => error.is_role_too_new(),
            Self::Stated => error.is_unknown_role(),
            Self::None => false,
        }
    }

    fn longest(self) -> Duration {
        match self {
            Self::New => Duration::from_secs(90),
            Self::Stated => Duration::from_secs(15),
            Self::None => Duration::ZERO,
        }
    }
}

impl Publisher<'_> {
    /// The stated role, or the lambda's own, created when it is not there yet.
    pub(super) async fn role_for(&self, job: &Job<'_>, stated: &str) -> Result<Granted, Error> {
        if !stated.is_empty() {
            return Ok(Granted { arn: stated.to_owned(), is_new: false, created: None });
        }
        let (iam, lambda) = (self.tools.aws.iam(), job.lambda());
        let name = role_name(lambda);
        let found = iam.role(&name).await?;
        let granted = match found {
            Some(role) => found_already(role),
            None => self.create_role(&name, lambda).await?,
        };
        if granted.created.is_none() && self.may_log(&name).await? {
            return Ok(granted);
        }
        // Also for a role that was found: the run that created it may have been killed before this.
        if let Err(error) = iam.allow_logging(&name, self.tools.caller.partition()).await {
            self.take_back(&granted).await;
            return Err(error.into());
        }
        Ok(granted)
    }

    /// Creates the role `name`, or takes the one that another region's turn, or a request whose answer was lost, has created
    /// since.
    async fn create_role(&self, name: &str, lambda: &LambdaName) -> Result<Granted, Error> {
        let iam = self.tools.aws.iam();
        self.tools.console.status("Creating", format_args!("role {name} for {lambda}"));
        match iam.create_role(NewRole { name, lambda, trusted: Trusted::Lambda }).await {
            Ok(role) => Ok(Granted { arn: role.arn, is_new: true, created: Some(name.to_owned()) }),
            Err(error) if error.kind() == Kind::Conflict => match iam.role(name).await? {
                Some(role) => Ok(found_already(role)),
                None => Err(error.into()),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the role `name` is known to have the logging policy. One whose policies may not be read is not.
    async fn may_log(&self, name: &str) -> Result<bool, Error> {
        match self.tools.aws.iam().may_log(name, self.tools.caller.partition()).await {
            Err(error) if error.kind() == Kind::AccessDenied => Ok(false),
            answer => Ok(answer?),
        }
    }

    /// Deletes the role again, if this run created it.
    pub(super) async fn take_back(&self, role: &Granted) {
        let Some(name) = &role.created else { return };
        if self.regions > 1 {
            let other = "that of another region may have it";
            self.tools
                .console
                .warn(format_args!("role `{name}` stays: the lambda was not created, and {other}"));
            return;
        }
        let deleted = self.tools.aws.iam().delete_role(name, self.tools.caller.partition()).await;
        if let Err(error) = deleted
            && error.kind() != Kind::NotFound
        {
            self.tools
                .console
                .warn(format_args!("role `{name}` was created and could not be deleted: {}", error.cause()));
        }
    }

    /// Says that the role stays, if this run created it: a lambda that is created late may use it.
    pub(super) fn leave(&self, job: &Job<'_>, role: &Granted) {
        let Some(name) = &role.created else { return };
        let lambda = job.lambda();
        self.tools.console.warn(format_args!(
            "role `{name}` stays: {lambda} may have been created with it after all, and the next deploy uses it"
        ));
    }
}

/// `lambdaship-<lambda>`, within IAM's limit.
fn role_name(lambda: &LambdaName) -> String {
    cut(format!("lambdaship-{lambda}"), LIMIT)
}

fn found_already(role: LiveRole) -> Granted {
    Granted { arn: role.arn, is_new: is_new(role.created, context::now()), created: None }
}

fn is_new(created: Option<Timestamp>, now: Timestamp) -> bool {
    created.is_some_and(|created| now.duration_since(created) < NEW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_one_name_for_each_lambda_within_iams_limit() {
        assert_eq!(role_name(&LambdaName::new("hello-staging").unwrap()), "lambdaship-hello-staging");
        assert_eq!(role_name(&LambdaName::new("x".repeat(64)).unwrap()).len(), 64);
    }

    #[test]
    fn a_role_is_new_for_ninety_seconds() {
        let now = Timestamp::from_second(1_000).unwrap();
        for (created, new) in [(Some(911), true), (Some(909), false), (None, false)] {
            let created = created.map(|second| Timestamp::from_second(second).unwrap());
            assert_eq!(is_new(created, now), new, "{created:?}");
        }
    }
}
