//! Lambda: reading, waiting and invoking.

use std::time::Duration;

use aws_sdk_lambda::client::Waiters;
use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::error::SdkError;
use aws_sdk_lambda::operation::get_function::{GetFunctionError, GetFunctionOutput};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::LogType;
use aws_smithy_runtime_api::client::waiters::FinalPoll;
use aws_smithy_runtime_api::client::waiters::error::WaiterError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Error, Kind, convert};
use crate::model::{AliasName, Configuration, LambdaName, LiveFunction, Readiness, Version};

/// How long an update or a new version may take to settle; a lambda in a VPC takes minutes.
const SETTLE: Duration = Duration::from_mins(10);
/// Longer than any lambda's timeout (15 minutes).
const LONGEST_INVOCATION: Duration = Duration::from_mins(16);

/// Lambda in one account and region.
#[derive(Debug, Clone)]
pub struct Lambda(pub(super) aws_sdk_lambda::Client);

/// What a lambda answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// As the function wrote it, or Lambda's error object.
    pub payload: Vec<u8>,
    /// `Unhandled` and the like, when the function failed.
    pub function_error: Option<String>,
    /// The version that ran.
    pub version: Option<Version>,
    /// The last 4 KB of the invocation's log.
    pub log_tail: String,
}

impl Lambda {
    pub(super) fn new(client: aws_sdk_lambda::Client) -> Self {
        Self(client)
    }

    /// The lambda at `qualifier` (an alias or a version; `None` is `$LATEST`), or `None` when there is no such lambda
    /// or qualifier.
    ///
    /// # Errors
    /// When the request fails, or the lambda is not one that zips can be deployed to.
    pub async fn function(
        &self,
        lambda: &LambdaName,
        qualifier: Option<&str>,
    ) -> Result<Option<LiveFunction>, Error> {
        let action = || format!("read lambda `{lambda}`");
        let request = self.0.get_function().function_name(lambda.as_str());
        match request.set_qualifier(qualifier.map(str::to_owned)).send().await {
            Ok(answer) => usable(convert::function(answer), action).map(Some),
            Err(error) => absent(Error::sdk(action(), &error)),
        }
    }

    /// Where the zip of `version` can be read for some minutes by whoever knows the address; `None` when Lambda does not say.
    pub(super) async fn code_address(
        &self,
        lambda: &LambdaName,
        version: Version,
    ) -> Result<Option<String>, Error> {
        let call = self.0.get_function().function_name(lambda.as_str()).qualifier(version.to_string());
        let action = || format!("read version {version} of lambda `{lambda}`");
        let answer = call.send().await.map_err(|error| Error::sdk(action(), &error))?;
        Ok(answer.code.and_then(|code| code.location))
    }

    /// ARN of the code signing configuration, or `None`.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn code_signing(&self, lambda: &LambdaName) -> Result<Option<String>, Error> {
        let answer = self.0.get_function_code_signing_config().function_name(lambda.as_str()).send().await;
        match answer {
            Ok(answer) => Ok(Some(answer.code_signing_config_arn).filter(|arn| !arn.is_empty())),
            Err(error) => absent(Error::sdk(format!("read the code signing of lambda `{lambda}`"), &error)),
        }
    }

    /// Provisioned concurrency of the alias, or `None`.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn provisioned(&self, lambda: &LambdaName, alias: &AliasName) -> Result<Option<u32>, Error> {
        let request = self.0.get_provisioned_concurrency_config().function_name(lambda.as_str());
        match request.qualifier(alias.as_str()).send().await {
            Ok(answer) => {
                let requested = answer.requested_provisioned_concurrent_executions;
                Ok(requested.and_then(|n| u32::try_from(n).ok()))
            }
            Err(error) => {
                absent(Error::sdk(format!("read the provisioned concurrency of `{lambda}`"), &error))
            }
        }
    }

    /// Waits until no update of `$LATEST` is under way, and returns it as it is then.
    ///
    /// # Errors
    /// When the update failed (with Lambda's reason), or takes more than ten minutes.
    pub async fn settled(&self, lambda: &LambdaName) -> Result<Configuration, Error> {
        let action = || format!("update lambda `{lambda}`");
        let waiter = self.0.wait_until_function_updated_v2().function_name(lambda.as_str());
        after_wait(waiter.wait(SETTLE).await.map(FinalPoll::into_result), action)
    }

    /// Waits until `$LATEST` (or the version) is Active, and returns it as it is then.
    ///
    /// # Errors
    /// When Lambda says that it failed (with its reason), or it takes more than ten minutes.
    pub async fn active(
        &self,
        lambda: &LambdaName,
        version: Option<Version>,
    ) -> Result<Configuration, Error> {
        let action = || match version {
            Some(version) => format!("activate version {version} of lambda `{lambda}`"),
            None => format!("activate lambda `{lambda}`"),
        };
        let waiter = self.0.wait_until_function_active_v2().function_name(lambda.as_str());
        let waiter = waiter.set_qualifier(version.map(|version| version.to_string()));
        after_wait(waiter.wait(SETTLE).await.map(FinalPoll::into_result), action)
    }

    /// A published version, once it can be invoked.
    ///
    /// # Errors
    /// When there is no such version, or it cannot be invoked (with Lambda's reason).
    pub async fn ready(&self, lambda: &LambdaName, version: Version) -> Result<Configuration, Error> {
        let action = || format!("use version {version} of lambda `{lambda}`");
        let live = self.function(lambda, Some(&version.to_string())).await?;
        let live = live.ok_or_else(|| Error::new(Kind::NotFound, action(), "there is no such version"))?;
        match &live.configuration.readiness {
            Readiness::Active | Readiness::Asleep => Ok(live.configuration),
            Readiness::Pending => self.active(lambda, Some(version)).await,
            Readiness::Broken(reason) => Err(Error::new(Kind::Unexpected, action(), reason)),
        }
    }

    /// Calls the lambda at `qualifier` and waits for its answer. It is sent once: a retry could run the function twice.
    ///
    /// # Errors
    /// When the call could not be made. A function that fails is an [`Answer`] with `function_error`.
    pub async fn invoke(
        &self,
        lambda: &LambdaName,
        qualifier: &str,
        payload: Vec<u8>,
    ) -> Result<Answer, Error> {
        let timeouts = TimeoutConfig::builder().read_timeout(LONGEST_INVOCATION).build();
        let once = aws_sdk_lambda::config::Builder::new()
            .timeout_config(timeouts)
            .retry_config(aws_sdk_lambda::config::retry::RetryConfig::disabled());
        let request = self.0.invoke().function_name(lambda.as_str()).qualifier(qualifier);
        let request = request.log_type(LogType::Tail).payload(Blob::new(payload));
        let answer = request.customize().config_override(once).send().await;
        let answer = answer.map_err(|error| Error::sdk(format!("invoke lambda `{lambda}`"), &error))?;
        let log_tail = STANDARD.decode(answer.log_result.unwrap_or_default()).unwrap_or_default();
        Ok(Answer {
            payload: answer.payload.map(Blob::into_inner).unwrap_or_default(),
            function_error: answer.function_error,
            version: answer.executed_version.as_deref().and_then(Version::parse),
            log_tail: String::from_utf8_lossy(&log_tail).into_owned(),
        })
    }
}

/// Turns "not found" into `None`.
pub(super) fn absent<T>(error: Error) -> Result<Option<T>, Error> {
    if error.kind() == Kind::NotFound { Ok(None) } else { Err(error) }
}

/// Says for what an answer could not be used.
pub(super) fn usable<T>(value: Result<T, String>, action: impl Fn() -> String) -> Result<T, Error> {
    value.map_err(|cause| Error::new(Kind::Unexpected, action(), cause))
}

type Polled = Result<GetFunctionOutput, SdkError<GetFunctionError, HttpResponse>>;
type Waited = Result<Polled, WaiterError<GetFunctionOutput, GetFunctionError>>;

/// The last answer that a waiter saw, or why it gave up.
fn after_wait(waited: Waited, action: impl Fn() -> String) -> Result<Configuration, Error> {
    let cause = match waited {
        Ok(Ok(answer)) => return usable(convert::function(answer).map(|live| live.configuration), action),
        Ok(Err(error)) => return Err(Error::sdk(action(), &error)),
        Err(WaiterError::FailureState(state)) => match state.into_final_poll().into_result() {
            Ok(answer) => reason(&answer),
            Err(error) => error.to_string(),
        },
        Err(WaiterError::ExceededMaxWait(_)) => {
            return Err(Error::new(Kind::Timeout, action(), "Lambda did not finish within 10 minutes"));
        }
        Err(WaiterError::OperationFailed(failed)) => return Err(Error::sdk(action(), &failed.into_error())),
        Err(other) => other.to_string(),
    };
    Err(Error::new(Kind::Unexpected, action(), cause))
}

/// Lambda's own words for a failed state or update.
fn reason(answer: &GetFunctionOutput) -> String {
    let configuration = answer.configuration.as_ref();
    let update = configuration.and_then(|c| c.last_update_status_reason());
    let state = configuration.and_then(|c| c.state_reason());
    update.or(state).unwrap_or("Lambda says that it failed, and gives no reason").to_owned()
}
