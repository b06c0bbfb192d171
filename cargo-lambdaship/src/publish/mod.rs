//! Carrying a plan out, for one lambda.
//!
//! In: a [`Plan`] and the artifact. Out: [`Done`], or the first thing that went wrong, with nothing live changed unless
//! the last step, moving the alias, was reached. It must not decide: what to do is in the plan.

mod error;
mod extras;
mod role;

use camino::Utf8Path;
use fs_err as fs;

pub use error::Error;

use crate::aws::{AliasTarget, Aws, Caller, Code, NewFunction};
use crate::console::Console;
use crate::model::{CodeSha256, Configuration, FunctionName, LambdaName, Secret, Version, Versioned};
use crate::plan::{Action, Desired, Glance, Plan};
use crate::report::size;
use crate::rollout::AliasState;

/// What it takes to publish.
pub struct Publisher<'a> {
    /// The connection.
    pub aws: &'a Aws,
    /// Whose account it is.
    pub caller: &'a Caller,
    /// Where progress goes.
    pub console: &'a Console,
}

/// One lambda's plan and what it needs.
pub struct Job<'a> {
    /// What is wanted.
    pub desired: &'a Desired<'a>,
    /// What the alias serves, with its fence.
    pub glance: &'a Glance,
    /// What to do.
    pub plan: &'a Plan,
    /// The artifact.
    pub zip: &'a Utf8Path,
    /// The Description of a version that is published.
    pub stamp: &'a str,
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// The version that the alias serves now.
    pub version: Option<Version>,
    /// Bytes of artifact that were sent.
    pub uploaded: u64,
}

impl Publisher<'_> {
    /// Carries out `job`.
    ///
    /// # Errors
    /// The first step that failed; the alias is then as it was.
    pub async fn publish(&self, job: &Job<'_>) -> Result<Done, Error> {
        self.carry_out(job).await.map_err(|error| error.redacted(job.secrets()))
    }

    async fn carry_out(&self, job: &Job<'_>) -> Result<Done, Error> {
        let (first, after) = job.plan.extras.iter().partition::<Vec<_>, _>(|extra| extra.comes_first());
        self.write_extras(job, &first).await?;
        let done = match &job.plan.action {
            Action::Unchanged => {
                self.say_unchanged(job, &after);
                Done { version: job.plan.from, uploaded: 0 }
            }
            Action::Create { settings } => self.create(job, settings).await?,
            Action::Publish { latest, settings, upload } => {
                // A description was written just now, and moved the fence.
                let latest =
                    if first.is_empty() { latest.as_ref().clone() } else { self.settled(job).await? };
                self.update(job, latest, settings, *upload).await?
            }
            Action::Move { to } => Done { version: Some(*to), uploaded: 0 },
        };
        if let Some(version) = done.version.filter(|version| Some(*version) != job.plan.from) {
            self.shift(job, version).await?;
        }
        self.write_extras(job, &after).await?;
        Ok(done)
    }

    fn say_unchanged(&self, job: &Job<'_>, extras: &[&crate::plan::Extra]) {
        if extras.is_empty()
            && let Some(version) = job.plan.from
        {
            self.console.status("Unchanged", format_args!("{} v{version}", job.function()));
        }
    }

    async fn create(&self, job: &Job<'_>, settings: &Versioned) -> Result<Done, Error> {
        let lambda = job.lambda();
        let role = self.role_for(job, &settings.role).await?;
        let settings = Versioned { role: role.arn.clone(), ..settings.clone() };
        let code = job.read()?;
        self.console.status(
            "Creating",
            format_args!("{} as {lambda}, {}", job.function(), size(code.zip.len() as u64)),
        );
        let stated = &job.desired.config.settings;
        let new = NewFunction {
            lambda,
            settings: &settings,
            code: &code,
            description: stated.description.as_deref(),
            tags: &stated.tags,
            code_signing: stated.code_signing.as_deref(),
            role_is_new: role.is_new,
        };
        if let Err(error) = self.aws.lambda().create(new).await {
            self.take_back(&role).await;
            return Err(error.into());
        }
        let latest = self.aws.lambda().active(lambda, None).await?;
        let version = self.publish_latest(job, &latest).await?;
        Ok(Done { version: Some(version), uploaded: code.zip.len() as u64 })
    }

    /// Settings → wait → code → wait → publish, each fenced by the revision read after the wait before it.
    async fn update(
        &self,
        job: &Job<'_>,
        mut latest: Configuration,
        settings: &Versioned,
        upload: bool,
    ) -> Result<Done, Error> {
        let lambda = job.lambda();
        // The architecture goes with the code.
        let before_code = Versioned { arch: latest.settings.arch, ..settings.clone() };
        if latest.settings != before_code {
            self.console.status("Configuring", job.function());
            let change = (&latest.settings, &before_code);
            self.aws.lambda().update_settings(lambda, change, None, &latest.revision).await?;
            latest = self.settled(job).await?;
        }
        let mut uploaded = 0;
        if upload {
            let code = job.read()?;
            uploaded = code.zip.len() as u64;
            self.console.status("Uploading", format_args!("{} {}", job.function(), size(uploaded)));
            self.aws.lambda().update_code(lambda, &code, &latest.revision).await?;
            latest = self.settled(job).await?;
        }
        if latest.code_sha256 != job.desired.code || latest.settings != *settings {
            return Err(Error::ChangedMeanwhile { lambda: lambda.clone() });
        }
        let version = self.publish_latest(job, &latest).await?;
        Ok(Done { version: Some(version), uploaded })
    }

    async fn publish_latest(&self, job: &Job<'_>, latest: &Configuration) -> Result<Version, Error> {
        let lambda = job.lambda();
        let client = self.aws.lambda();
        let published = client.publish(lambda, job.desired.code, job.stamp, &latest.revision).await?;
        self.console.status("Publishing", format_args!("{} v{}", job.function(), published.version));
        if !published.active {
            client.active(lambda, Some(published.version)).await?;
        }
        Ok(published.version)
    }

    /// Moves the alias, or creates it, in one call that is fenced by what was read before the build.
    async fn shift(&self, job: &Job<'_>, version: Version) -> Result<(), Error> {
        let (lambda, alias) = (job.lambda(), &job.desired.config.alias);
        let from = job.plan.from.map(|from| format!("v{from} -> ")).unwrap_or_default();
        self.console.status("Shifting", format_args!("{} {alias} {from}v{version}", job.function()));
        let Some(live) = &job.glance.alias else {
            let target = AliasTarget { version, description: AliasState::default().to_string() };
            return Ok(self.aws.lambda().create_alias(lambda, alias, &target).await?);
        };
        let state = AliasState::parse(&live.description).moved_from(live.version);
        let target = AliasTarget { version, description: state.to_string() };
        Ok(self.aws.lambda().move_alias(lambda, alias, &target, &live.revision).await?)
    }

    async fn settled(&self, job: &Job<'_>) -> Result<Configuration, Error> {
        Ok(self.aws.lambda().settled(job.lambda()).await?)
    }
}

impl Job<'_> {
    fn lambda(&self) -> &LambdaName {
        &self.desired.config.lambda
    }

    fn function(&self) -> &FunctionName {
        &self.desired.config.function.name
    }

    /// Every variable's value that is wanted or served.
    fn secrets(&self) -> impl Iterator<Item = &str> {
        let served =
            self.glance.served.iter().flat_map(|served| served.configuration.settings.variables.values());
        self.desired.variables.values().flatten().chain(served).map(Secret::expose)
    }

    /// The zip, checked once more: what is sent is what was planned.
    fn read(&self) -> Result<Code, Error> {
        let zip = fs::read(self.zip)?;
        let sha256 = CodeSha256::of(&zip);
        if sha256 != self.desired.code {
            return Err(Error::ArtifactChanged { path: self.zip.to_owned() });
        }
        Ok(Code { zip, sha256, arch: self.desired.arch })
    }
}
