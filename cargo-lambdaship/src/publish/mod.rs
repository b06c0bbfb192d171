//! Carrying a plan out, for one lambda.
//!
//! In: a [`Plan`] and the artifact. Out: [`Done`], or the first thing that went wrong together with what was done
//! before it. Moving the alias comes after everything that it needs. It must not decide: what to do is in the plan.

mod create;
mod error;
mod extras;
mod role;
mod smoke;
mod update;

use camino::Utf8Path;
use fs_err as fs;

pub use error::{Error, Stopped};
pub use smoke::Failed;

use crate::aws::{self, Aws, Caller, Code, Kind};
use crate::console::Console;
use crate::model::{CodeSha256, Configuration, FunctionName, LambdaName, Readiness, Secret, Version};
use crate::plan::{Action, Desired, Extra, Glance, Plan};
use crate::report::SmokeReport;
use crate::rollout::{self, Move, Run};

/// What it takes to publish.
pub struct Publisher<'a> {
    /// The connection.
    pub aws: &'a Aws,
    /// Whose account it is.
    pub caller: &'a Caller,
    /// Where progress goes.
    pub console: &'a Console,
    /// The run, which the aliases that it moves remember.
    pub run: Run,
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
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Done {
    /// The version that the alias serves now.
    pub version: Option<Version>,
    /// Bytes of artifact that were sent.
    pub uploaded: u64,
    /// The smoke events that a version was given.
    pub smoke: Vec<SmokeReport>,
}

impl Publisher<'_> {
    /// Carries out `job`.
    ///
    /// # Errors
    /// The first step that failed, and what was done before it.
    pub async fn publish(&self, job: &Job<'_>) -> Result<Done, Stopped> {
        let mut done = Done { version: job.plan.from, ..Done::default() };
        match self.carry_out(job, &mut done).await {
            Ok(()) => Ok(done),
            Err(error) => Err(Stopped { done, error: error.redacted(job.secrets()) }),
        }
    }

    async fn carry_out(&self, job: &Job<'_>, done: &mut Done) -> Result<(), Error> {
        let (first, after) = job.plan.extras.iter().partition::<Vec<_>, _>(|extra| extra.comes_first());
        let version = match &job.plan.action {
            Action::Create { settings } => Some(self.create(job, settings, done).await?),
            Action::Publish { .. } => Some(self.update(job, &first, done).await?),
            Action::Move { to } => {
                self.write_extras(job, &first).await?;
                self.aws.lambda().ready(job.lambda(), *to).await?;
                Some(*to)
            }
            Action::Unchanged => {
                self.wait_for_served(job).await?;
                self.say_unchanged(job);
                self.write_extras(job, &first).await?;
                None
            }
        };
        if let Some(version) = version.filter(|version| Some(*version) != job.plan.from) {
            self.test(job, version, done).await?;
            self.shift(job, version).await?;
            done.version = Some(version);
        }
        self.write_extras(job, &after).await
    }

    /// Somebody may have moved the alias onto a version that cannot be invoked yet.
    async fn wait_for_served(&self, job: &Job<'_>) -> Result<(), Error> {
        let served = job.glance.served.as_ref().map(|served| &served.configuration);
        let pending = served.filter(|served| served.readiness == Readiness::Pending);
        if let Some(version) = pending.and_then(|served| served.version) {
            self.aws.lambda().ready(job.lambda(), version).await?;
        }
        Ok(())
    }

    fn say_unchanged(&self, job: &Job<'_>) {
        if let Some(version) = job.plan.from.filter(|_| job.plan.extras.is_empty()) {
            self.console.status("Unchanged", format_args!("{} v{version}", job.function()));
        }
    }

    /// Publishes `$LATEST` as it was read, and waits until the version can be invoked.
    async fn publish_latest(&self, job: &Job<'_>, latest: &Configuration) -> Result<Version, Error> {
        let lambda = job.lambda();
        let client = self.aws.lambda();
        let sent = client.publish(lambda, job.desired.code, job.stamp, &latest.revision).await;
        let (version, active) = match sent {
            Ok(published) => (published.version, published.active),
            Err(error) => (self.published_all_the_same(job, latest).await.ok_or(error)?, false),
        };
        self.console.status("Publishing", format_args!("{} v{version}", job.function()));
        if !active {
            client.ready(lambda, version).await?;
        }
        Ok(version)
    }

    /// The version that a publication made whose answer was lost, and its repetition refused: the newest one with our
    /// code, if it is ours in all else, too. The plan knew of none such, or it would have moved the alias onto it.
    async fn published_all_the_same(&self, job: &Job<'_>, latest: &Configuration) -> Option<Version> {
        let (client, lambda) = (self.aws.lambda(), job.lambda());
        let newest = client.versions_of(lambda, job.desired.code).await.ok()?.pop()?;
        let live = client.function(lambda, Some(&newest.to_string())).await.ok()??.configuration;
        let is_ours = live.settings == latest.settings
            && live.description == job.stamp
            && Some(newest) > job.plan.from
            && !matches!(live.readiness, Readiness::Broken(_));
        is_ours.then_some(newest)
    }

    /// Moves the alias, or creates it, in one call that is fenced by what was read before the build.
    async fn shift(&self, job: &Job<'_>, version: Version) -> Result<(), Error> {
        let (lambda, alias) = (job.lambda(), &job.desired.config.alias);
        let from = job.plan.from.map(|from| format!("v{from} -> ")).unwrap_or_default();
        self.console.status("Shifting", format_args!("{} {alias} {from}v{version}", job.function()));
        let (live, step) = (job.glance.alias.as_ref(), Move { to: version, run: self.run });
        Ok(rollout::shift(self.aws.lambda(), lambda, alias, live, step).await?)
    }
}

impl Job<'_> {
    fn lambda(&self) -> &LambdaName {
        &self.desired.config.lambda
    }

    fn function(&self) -> &FunctionName {
        &self.desired.config.function.name
    }

    fn changed_meanwhile(&self) -> Error {
        Error::ChangedMeanwhile { lambda: self.lambda().clone() }
    }

    /// Whether it can be told what is there: our own key may be one that we may not use.
    fn readable(&self, latest: &Configuration) -> Result<(), Error> {
        let Some(cause) = &latest.settings.variables_error else { return Ok(()) };
        let action = format!("read the variables of lambda `{}`", self.lambda());
        Err(aws::Error::new(Kind::Unexpected, action, cause).into())
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

/// The description among `extras`, which goes with the settings when these are written anyway.
fn description<'a>(extras: &[&'a Extra]) -> Option<&'a str> {
    extras.iter().find_map(|extra| match extra {
        Extra::Description(text) => Some(text.as_str()),
        Extra::CodeSigning(_)
        | Extra::Tags(_)
        | Extra::ReservedConcurrency(_)
        | Extra::ProvisionedConcurrency(_)
        | Extra::Retention { .. } => None,
    })
}
