//! Lambda: writing. Every write to something that exists is fenced by the revision that was read before it.

use std::time::Duration;

use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, S3ObjectStorageMode};

use super::lambda::usable;
use super::{Error, Kind, Lambda, request};
use crate::model::{AliasName, Arch, CodeSha256, CodeStorage, LambdaName, RevisionId, Version, Versioned};

/// Long enough for 50 MiB on a slow line.
const UPLOAD: Duration = Duration::from_mins(10);

/// A zip, and what it runs on.
#[derive(Debug, Clone)]
pub struct Code {
    /// The zip, or where it is.
    pub content: Content,
    /// Its SHA-256.
    pub sha256: CodeSha256,
    /// The processor that it was built for.
    pub arch: Arch,
}

/// A zip, or where Lambda finds it.
#[derive(Debug, Clone)]
pub enum Content {
    /// The whole zip, which goes with the request.
    Zip(Vec<u8>),
    /// An object in S3, in the lambda's region.
    Object(Object),
}

impl Content {
    /// How many bytes of it go with the request.
    #[must_use]
    pub fn in_request(&self) -> u64 {
        match self {
            Self::Zip(zip) => zip.len() as u64,
            Self::Object(_) => 0,
        }
    }
}

/// A zip in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The version of the object; absent in a bucket that has none.
    pub version: Option<String>,
    /// What Lambda does with it.
    pub storage: CodeStorage,
}

/// A lambda to create.
#[derive(Debug, Clone, Copy)]
pub struct NewFunction<'a> {
    /// Its name.
    pub lambda: &'a LambdaName,
    /// Its settings.
    pub settings: &'a Versioned,
    /// Its code.
    pub code: &'a Code,
    /// Its description.
    pub description: Option<&'a str>,
    /// Its tags.
    pub tags: &'a std::collections::BTreeMap<String, String>,
    /// ARN of its code signing configuration.
    pub code_signing: Option<&'a str>,
}

/// A version that was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// Its number.
    pub version: Version,
    /// Whether it can be invoked already.
    pub active: bool,
}

impl Lambda {
    /// Creates a lambda. Nothing is published.
    ///
    /// # Errors
    /// When the request fails; [`Error::is_unknown_role`] when Lambda cannot assume the role.
    pub async fn create(&self, new: NewFunction<'_>) -> Result<(), Error> {
        let code = function_code(&new.code.content);
        let call = request::create(
            self.0.create_function().function_name(new.lambda.as_str()),
            new.lambda.as_str(),
            new.settings,
        )
        .code(code)
        .set_description(new.description.map(str::to_owned))
        .set_tags((!new.tags.is_empty()).then(|| new.tags.clone().into_iter().collect()))
        .set_code_signing_config_arn(new.code_signing.filter(|arn| !arn.is_empty()).map(str::to_owned));
        let config = aws_sdk_lambda::config::Builder::new().timeout_config(upload_timeouts());
        let sent = call.customize().config_override(config).send().await;
        let failed = |error| Error::sdk(format!("create lambda `{}`", new.lambda), &error);
        sent.map(drop).map_err(failed).map_err(|error| error.redacted(values(new.settings)))
    }

    /// Changes the settings of `$LATEST` from `from` to `to`, sending only what differs.
    ///
    /// # Errors
    /// When the request fails; [`Kind::Precondition`] when `$LATEST` is no longer at `revision`.
    pub async fn update_settings(
        &self,
        lambda: &LambdaName,
        (from, to): (&Versioned, &Versioned),
        description: Option<&str>,
        revision: &RevisionId,
    ) -> Result<(), Error> {
        let call = self.0.update_function_configuration().function_name(lambda.as_str());
        let call = request::update(call, from, to).set_revision_id(revision.fence());
        let sent = call.set_description(description.map(str::to_owned)).send().await;
        let failed = |error| Error::sdk(format!("update the settings of lambda `{lambda}`"), &error);
        let secrets = values(from).chain(values(to));
        sent.map(drop).map_err(failed).map_err(|error| error.redacted(secrets))
    }

    /// Replaces the code of `$LATEST`. The architecture always goes with it: left out, Lambda would keep the old one.
    ///
    /// # Errors
    /// When the request fails; [`Kind::Precondition`] when `$LATEST` is no longer at `revision`.
    pub async fn update_code(
        &self,
        lambda: &LambdaName,
        code: &Code,
        revision: &RevisionId,
    ) -> Result<(), Error> {
        let call =
            self.0.update_function_code().function_name(lambda.as_str()).set_revision_id(revision.fence());
        let call = match &code.content {
            Content::Zip(zip) => call.zip_file(Blob::new(zip.as_slice())),
            Content::Object(object) => call
                .s3_bucket(&object.bucket)
                .s3_key(&object.key)
                .set_s3_object_version(object.version.clone())
                .set_s3_object_storage_mode(storage_mode(object)),
        };
        let call = call.architectures(request::sdk_arch(code.arch));
        let config = aws_sdk_lambda::config::Builder::new().timeout_config(upload_timeouts());
        let sent = call.customize().config_override(config).send().await;
        sent.map(drop).map_err(|error| Error::sdk(format!("update the code of lambda `{lambda}`"), &error))
    }

    /// Publishes `$LATEST`, if its code is `code` and it is still at `revision`.
    ///
    /// # Errors
    /// When the request fails, or the version that Lambda answers has other code.
    pub async fn publish(
        &self,
        lambda: &LambdaName,
        code: CodeSha256,
        description: &str,
        revision: &RevisionId,
    ) -> Result<Published, Error> {
        let action = || format!("publish a version of lambda `{lambda}`");
        let call = self.0.publish_version().function_name(lambda.as_str()).code_sha256(code.to_string());
        let answer = call.description(description).set_revision_id(revision.fence()).send().await;
        let answer = answer.map_err(|error| Error::sdk(action(), &error))?;
        let version = answer.version().and_then(Version::parse).ok_or("the answer holds no version number");
        let version = usable(version.map_err(str::to_owned), action)?;
        let live = CodeSha256::parse(answer.code_sha256().unwrap_or_default());
        let code_sha256 = usable(live.map_err(|invalid| invalid.to_string()), action)?;
        if code_sha256 != code {
            let cause = format!("version {version} has code {code_sha256}, not {code}");
            return Err(Error::new(Kind::Unexpected, action(), cause));
        }
        let active = answer.state().is_none_or(|state| *state == aws_sdk_lambda::types::State::Active);
        Ok(Published { version, active })
    }

    /// Sets tags; those that are not named are kept.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn tag(
        &self,
        arn: &str,
        tags: &std::collections::BTreeMap<String, String>,
    ) -> Result<(), Error> {
        let call = self.0.tag_resource().resource(arn).set_tags(Some(tags.clone().into_iter().collect()));
        call.send().await.map(drop).map_err(|error| Error::sdk(format!("tag `{arn}`"), &error))
    }

    /// Sets reserved concurrency.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn reserve(&self, lambda: &LambdaName, executions: u32) -> Result<(), Error> {
        let call = self.0.put_function_concurrency().function_name(lambda.as_str());
        let sent = call.reserved_concurrent_executions(number(executions)).send().await;
        sent.map(drop)
            .map_err(|error| Error::sdk(format!("reserve concurrency for lambda `{lambda}`"), &error))
    }

    /// Sets provisioned concurrency of an alias; 0 takes it away.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn provision(
        &self,
        lambda: &LambdaName,
        alias: &AliasName,
        executions: u32,
    ) -> Result<(), Error> {
        let action = || format!("provision concurrency for alias `{alias}` of lambda `{lambda}`");
        if executions == 0 {
            let call = self.0.delete_provisioned_concurrency_config().function_name(lambda.as_str());
            let sent = call.qualifier(alias.as_str()).send().await;
            return sent.map(drop).map_err(|error| Error::sdk(action(), &error));
        }
        let call = self.0.put_provisioned_concurrency_config().function_name(lambda.as_str());
        let call = call.qualifier(alias.as_str()).provisioned_concurrent_executions(number(executions));
        call.send().await.map(drop).map_err(|error| Error::sdk(action(), &error))
    }

    /// Sets the code signing configuration; an empty ARN takes it away.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn sign(&self, lambda: &LambdaName, arn: &str) -> Result<(), Error> {
        let action = || format!("set the code signing of lambda `{lambda}`");
        if arn.is_empty() {
            let call = self.0.delete_function_code_signing_config().function_name(lambda.as_str());
            return call.send().await.map(drop).map_err(|error| Error::sdk(action(), &error));
        }
        let call = self.0.put_function_code_signing_config().function_name(lambda.as_str());
        call.code_signing_config_arn(arn).send().await.map(drop).map_err(|error| Error::sdk(action(), &error))
    }
}

fn function_code(content: &Content) -> FunctionCode {
    let code = FunctionCode::builder();
    match content {
        Content::Zip(zip) => code.zip_file(Blob::new(zip.as_slice())),
        Content::Object(object) => code
            .s3_bucket(&object.bucket)
            .s3_key(&object.key)
            .set_s3_object_version(object.version.clone())
            .set_s3_object_storage_mode(storage_mode(object)),
    }
    .build()
}

/// Stated only for what is not Lambda's default, which is a copy: an update that does not state it goes back to that.
fn storage_mode(object: &Object) -> Option<S3ObjectStorageMode> {
    (object.storage == CodeStorage::Reference).then_some(S3ObjectStorageMode::Reference)
}

fn upload_timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().read_timeout(UPLOAD).build()
}

fn values(settings: &Versioned) -> impl Iterator<Item = &str> {
    settings.variables.values().map(crate::model::Secret::expose)
}

fn number(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
