//! Credentials, region and clients.

use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::config::{
    Credentials, ProvideCredentials, SharedCredentialsProvider, StalledStreamProtectionConfig,
};
use jiff::Timestamp;

use super::clock::Clock;
use super::error::root;
use super::meter::Meter;
use super::pace::Pace;
use super::route::{self, Unreached};
use super::web_identity::WebIdentity;
use super::{Error, Iam, Kind, Lambda, Logs, Metrics, Parameters, S3, Scheduler};
use crate::console::Console;
use crate::model::{AccountId, Region};
use crate::network::Network;

/// Longer than any request has to wait for its turn: nearly a thousand others.
const LONGEST_QUEUE: Duration = Duration::from_mins(1);

/// Where and as whom to connect.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Overrides the SDK's usual chain (`AWS_REGION`, the profile).
    pub region: Option<Region>,
    /// A profile of the AWS configuration files; else the SDK's usual chain decides.
    pub profile: Option<String>,
    /// Whose servers.
    pub endpoint: Endpoint,
    /// How long to wait for an answer; uploads and invocations have their own, longer ones.
    pub read_timeout: Duration,
    /// The role to assume, in place of all other credentials.
    pub identity: Option<WebIdentity>,
    /// The way there; the local AWS is always reached directly.
    pub network: Network,
}

impl Connection {
    fn network(&self) -> Network {
        match &self.endpoint {
            Endpoint::Local(_) => Network::default(),
            Endpoint::Default | Endpoint::Url(_) => self.network.clone(),
        }
    }
}

/// Whose servers to talk to.
#[derive(Debug, Clone)]
pub enum Endpoint {
    /// AWS, or what `AWS_ENDPOINT_URL` says.
    Default,
    /// Another server that speaks the same protocols, with the usual credentials.
    Url(String),
    /// The local AWS: its URL, with fixed credentials of its own.
    Local(String),
}

impl Endpoint {
    /// Whether requests to it are kept to Lambda's rates. The local AWS has none, unless it is asked for them.
    fn is_paced(&self) -> bool {
        match self {
            Self::Default | Self::Url(_) => true,
            Self::Local(_) => false,
        }
    }
}

/// A connection to one account in one region.
#[derive(Clone)]
pub struct Aws {
    config: SdkConfig,
    console: Console,
    meter: Meter,
    clock: Clock,
    lambda: Lambda,
    region: Region,
    network: Network,
}

/// Makes a client of one service that counts its requests, and reads the server's clock.
macro_rules! client {
    ($sdk:ident, $service:literal, $aws:expr) => {
        $sdk::Client::from_conf(
            $sdk::config::Builder::from(&$aws.config)
                .interceptor($aws.meter.of($service, &$aws.console))
                .interceptor($aws.clock.clone())
                .build(),
        )
    };
}

impl Aws {
    /// Finds region and credentials. Sends nothing, except what the credential chain itself needs.
    ///
    /// # Errors
    /// When there is no region, or there are no credentials.
    pub async fn connect(connection: &Connection, console: &Console) -> Result<Self, Error> {
        let config = load(connection).await;
        let action = || format!("connect to AWS{}", profile_words(connection));
        let region = config.region().and_then(|region| Region::new(region.as_ref()).ok());
        let region = region.ok_or_else(|| Error::new(Kind::NoRegion, action(), "no region is configured"))?;
        let provider = config
            .credentials_provider()
            .ok_or_else(|| Error::new(Kind::NoCredentials, action(), "no credentials were found"))?;
        provider.provide_credentials().await.map_err(|error| {
            let (kind, cause) = credentials_cause(connection, &error);
            let hint = Unreached::behind(&error).map(Unreached::hint);
            let hint = hint.or_else(|| connection.identity.as_ref().map(WebIdentity::hint));
            let hint = hint.or_else(|| profile_hint(connection.profile.as_deref(), &root(&error)));
            Error::new(kind, action(), cause).hinted(hint)
        })?;
        let aws = Self::over(config, region, &connection.endpoint, console.clone());
        Ok(Self { network: connection.network(), ..aws })
    }

    /// A connection whose region and credentials were found.
    pub(super) fn over(config: SdkConfig, region: Region, endpoint: &Endpoint, console: Console) -> Self {
        let (meter, clock) = (Meter::default(), Clock::default());
        let lambda = aws_sdk_lambda::config::Builder::from(&config).interceptor(meter.of("lambda", &console));
        let mut lambda = lambda.interceptor(clock.clone());
        if endpoint.is_paced() {
            lambda
                .set_http_client(config.http_client().map(|client| Pace::new(&console).http_client(client)));
            // To the SDK, a request that waits for its turn is an upload that stalls.
            let patient = StalledStreamProtectionConfig::enabled().grace_period(LONGEST_QUEUE).build();
            lambda.set_stalled_stream_protection(Some(patient));
        }
        let lambda = Lambda::new(aws_sdk_lambda::Client::from_conf(lambda.build()));
        Self { config, console, meter, clock, lambda, region, network: Network::default() }
    }

    /// The region in use.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The requests sent so far.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// The server's time now, by the answers so far; before any answer, the runner's.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lambda.
    #[must_use]
    pub fn lambda(&self) -> &Lambda {
        &self.lambda
    }

    /// IAM, for execution roles.
    #[must_use]
    pub fn iam(&self) -> Iam {
        Iam::new(client!(aws_sdk_iam, "iam", self))
    }

    /// CloudWatch Logs.
    #[must_use]
    pub fn logs(&self) -> Logs {
        Logs::new(client!(aws_sdk_cloudwatchlogs, "logs", self))
    }

    /// `CloudWatch`'s metrics and alarms.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        Metrics::new(client!(aws_sdk_cloudwatch, "cloudwatch", self))
    }

    /// `EventBridge` Scheduler.
    #[must_use]
    pub fn scheduler(&self) -> Scheduler {
        Scheduler::new(client!(aws_sdk_scheduler, "scheduler", self))
    }

    /// S3, for buckets of the account `owner` alone. They are in the path of a request, not in the host's name, for any other
    /// server than AWS's own.
    #[must_use]
    pub fn s3(&self, owner: &AccountId) -> S3 {
        let own_server = self.config.endpoint_url().is_some();
        let builder = aws_sdk_s3::config::Builder::from(&self.config).force_path_style(own_server);
        let builder = builder.interceptor(self.meter.of("s3", &self.console)).interceptor(self.clock.clone());
        S3::new(builder, owner)
    }

    /// Systems Manager and Secrets Manager, for variables' values.
    #[must_use]
    pub fn parameters(&self) -> Parameters {
        Parameters::new(
            client!(aws_sdk_ssm, "ssm", self),
            client!(aws_sdk_secretsmanager, "secretsmanager", self),
        )
    }

    /// The way to other addresses that AWS tells.
    pub(super) fn network(&self) -> &Network {
        &self.network
    }

    pub(super) fn sts(&self) -> aws_sdk_sts::Client {
        client!(aws_sdk_sts, "sts", self)
    }
}

async fn load(connection: &Connection) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(connection.read_timeout);
    let url = match &connection.endpoint {
        Endpoint::Local(url) => return local(url, connection.region.as_ref(), timeouts.build()),
        Endpoint::Default => None,
        Endpoint::Url(url) => Some(url),
    };
    let client = route::http_client(&connection.network);
    let loader = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts.build());
    let mut loader = loader.http_client(client);
    if let Some(url) = url {
        loader = loader.endpoint_url(url);
    }
    if let Some(region) = &connection.region {
        loader = loader.region(aws_config::Region::new(region.as_str().to_owned()));
    }
    if let Some(identity) = &connection.identity {
        // The one service that needs no credentials gives them.
        // On the heap, as below: what it takes to find out is large.
        let config = Box::pin(loader.load()).await;
        let credentials = identity.provider(aws_sdk_sts::Client::new(&config));
        return config.into_builder().credentials_provider(credentials).build();
    }
    let Some(profile) = &connection.profile else { return Box::pin(loader.load()).await };
    let config = Box::pin(loader.profile_name(profile).load()).await;
    let credentials = SharedCredentialsProvider::new(profile_credentials(profile, &config));
    config.into_builder().credentials_provider(credentials).build()
}

/// The credentials of a profile that was named. The SDK's usual chain would prefer keys in the environment, and so an
/// account that nobody asked for. What else `config` has holds for STS and SSO as for any other service.
fn profile_credentials(profile: &str, config: &SdkConfig) -> ProfileFileCredentialsProvider {
    let mut provider = ProviderConfig::default()
        .with_region(config.region().cloned())
        .with_use_fips(config.use_fips())
        .with_use_dual_stack(config.use_dual_stack());
    if let Some(client) = config.http_client() {
        provider = provider.with_http_client(client);
    }
    ProfileFileCredentialsProvider::builder().profile_name(profile).configure(&provider).build()
}

/// The local AWS takes nothing from the user's AWS configuration, so that no mistake there can reach it, and no
/// request of it can reach AWS.
pub(super) fn local(url: &str, region: Option<&Region>, timeouts: TimeoutConfig) -> SdkConfig {
    let region = region.map_or("us-east-1", Region::as_str).to_owned();
    let credentials = Credentials::new("local", "local", None, None, "local");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(aws_config::Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(url)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard())
        .http_client(route::http_client(&Network::default()))
        .build()
}

fn credentials_cause(connection: &Connection, error: &CredentialsError) -> (Kind, String) {
    if let Some(unreached) = Unreached::behind(error) {
        return (Kind::Unreachable, unreached.to_string());
    }
    match (error, &connection.profile) {
        (CredentialsError::CredentialsNotLoaded(_), Some(profile)) => (
            Kind::NoCredentials,
            format!("the AWS configuration files have no profile `{profile}`, or no credentials for it"),
        ),
        (CredentialsError::CredentialsNotLoaded(_), None) => {
            (Kind::NoCredentials, "no credentials were found".to_owned())
        }
        (CredentialsError::ProviderTimedOut(_), _) => {
            (Kind::NoCredentials, "the credentials provider did not answer in time".to_owned())
        }
        // The last link of the chain: with it switched off, or on another machine, there was nothing before it.
        (other, None) if root(other).contains("IMDS") => {
            (Kind::NoCredentials, "no credentials were found".to_owned())
        }
        (other, _) => (Kind::BadCredentials, root(other)),
    }
}

/// The next step for a profile that the AWS CLI can use and the SDK cannot, and for a role that may not be assumed.
fn profile_hint(profile: Option<&str>, cause: &str) -> Option<String> {
    let profile = profile.map(|profile| format!(" --profile {profile}")).unwrap_or_default();
    let export = format!("eval \"$(aws configure export-credentials{profile} --format env)\"");
    if cause.contains("credentials-login") {
        return Some(format!(
            "profiles of `aws login` are not read: `{export}` hands their keys over, without --profile and aws-profile"
        ));
    }
    cause.contains("sts:AssumeRole").then(|| {
        format!(
            "let the trust policy of the role in, or sign in as somebody that it lets in; `mfa_serial` in a profile is not read: \
             `{export}` asks for the code and hands the keys over, without --profile and aws-profile"
        )
    })
}

fn profile_words(connection: &Connection) -> String {
    connection.profile.as_ref().map(|profile| format!(" with profile `{profile}`")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_that_only_the_cli_can_use_has_a_way_around() {
        let denied = "User: arn:aws:iam::111111111111:user/a is not authorized to perform: sts:AssumeRole on resource: b";
        let table = [
            (denied, Some("`mfa_serial`")),
            ("requires cargo feature(s) enabled: credentials-login", Some("`aws login`")),
            ("the token has expired", None),
        ];
        for (cause, expected) in table {
            let hint = profile_hint(Some("acme"), cause);
            assert_eq!(hint.is_some(), expected.is_some(), "{cause}");
            let (hint, part) = (hint.unwrap_or_default(), expected.unwrap_or_default());
            assert!(hint.contains(part), "{hint}");
            assert!(part.is_empty() || hint.contains("export-credentials --profile acme"), "{hint}");
        }
    }
}
