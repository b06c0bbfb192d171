//! Credentials of a role that is assumed with the word of somebody else, such as GitHub, and renewed for as long as the run
//! takes. They are in this process alone: nothing is exported, and nothing says them, not even to have them masked. Whoever
//! can turn off the runner's commands could read them then.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future;
use aws_sdk_lambda::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use super::Error;
use crate::context;
use crate::model::Secret;

/// Credentials that end sooner are not handed out any more.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// Who says to AWS who this is.
#[async_trait]
pub trait Identity: Send + Sync {
    /// A token that says it, good for a few minutes.
    ///
    /// # Errors
    /// Why there is none, as a sentence, with the way out.
    async fn token(&self) -> Result<Secret, String>;
}

/// A role, and who vouches for the caller. A clone shares the credentials.
#[derive(Clone)]
pub struct WebIdentity {
    role: String,
    session: String,
    identity: Arc<dyn Identity>,
    kept: Arc<Mutex<Option<Credentials>>>,
}

impl WebIdentity {
    /// The role with the ARN `role`, in sessions called `session`: 2 to 64 letters, digits or `+=,.@-` (STS' service model).
    #[must_use]
    pub fn new(role: String, session: String, identity: Arc<dyn Identity>) -> Self {
        Self { role, session, identity, kept: Arc::default() }
    }

    /// The next step when the role cannot be assumed.
    #[must_use]
    pub fn hint(&self) -> String {
        format!(
            "give the job `permissions: id-token: write`, and {} a trust policy that lets this repository in: docs/github.md",
            self.role
        )
    }

    /// The credentials, asked for with `sts`.
    pub(super) fn provider(&self, sts: aws_sdk_sts::Client) -> SharedCredentialsProvider {
        SharedCredentialsProvider::new(Provider { identity: self.clone(), sts })
    }

    async fn credentials(&self, sts: &aws_sdk_sts::Client) -> Result<Credentials, CredentialsError> {
        let mut kept = self.kept.lock().await;
        if let Some(credentials) = kept.as_ref().filter(|credentials| is_good(credentials, context::now())) {
            return Ok(credentials.clone());
        }
        let credentials = self.assume(sts).await?;
        *kept = Some(credentials.clone());
        Ok(credentials)
    }

    async fn assume(&self, sts: &aws_sdk_sts::Client) -> Result<Credentials, CredentialsError> {
        let token = self.identity.token().await.map_err(CredentialsError::provider_error)?;
        let request =
            sts.assume_role_with_web_identity().role_arn(&self.role).role_session_name(&self.session);
        let answer = request.web_identity_token(token.expose()).send().await.map_err(|error| {
            let error = Error::sdk(format!("assume {}", self.role), &error);
            let secrets = std::iter::once(token.expose());
            CredentialsError::provider_error(error.redacted(secrets))
        })?;
        let given =
            answer.credentials.ok_or_else(|| CredentialsError::provider_error("STS gave no credentials"))?;
        let ends = given.expiration.try_into().map_err(CredentialsError::provider_error)?;
        let session_token = Some(given.session_token);
        Ok(Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            session_token,
            Some(ends),
            "web identity",
        ))
    }
}

impl fmt::Debug for WebIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebIdentity").field("role", &self.role).finish_non_exhaustive()
    }
}

/// Whether they last for the next requests.
fn is_good(credentials: &Credentials, now: Timestamp) -> bool {
    let ends = credentials.expiry().and_then(|ends| Timestamp::try_from(ends).ok());
    ends.is_some_and(|ends| ends.duration_since(now) > MARGIN)
}

/// The SDK's side of it.
#[derive(Debug)]
struct Provider {
    identity: WebIdentity,
    sts: aws_sdk_sts::Client,
}

impl ProvideCredentials for Provider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.identity.credentials(&self.sts))
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn credentials_are_renewed_before_they_end() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        for (left, expected) in [(3600, true), (301, true), (300, false), (0, false), (-60, false)] {
            let ends = SystemTime::from(now + SignedDuration::from_secs(left));
            let credentials = Credentials::new("id", "key", None, Some(ends), "test");
            assert_eq!(is_good(&credentials, now), expected, "{left}");
        }
        assert!(
            !is_good(&Credentials::new("id", "key", None, None, "test"), now),
            "an end that nobody knows"
        );
    }
}
