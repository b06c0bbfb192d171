//! Carrying a plan out, for one lambda.
//!
//! In: a [`Plan`] and the artifact. Out: [`Done`], or the first thing that went wrong together with what was done
//! before it. Moving the alias comes after everything that it needs. It must not decide: what to do is in the plan.

mod create;
mod error;
mod extras;
mod role;
mod shift;
mod update;
mod wait;

use camino::Utf8PathBuf;
use fs_err as fs;

pub use error::{Error, Stopped};
use wait::{once_free, once_there};

use crate::aws::{self, Code, Content, Kind, Object};
use crate::interruption::Interruption;
use crate::model::{
    CodeSha256, Configuration, FunctionName, LambdaName, LiveAlias, Readiness, Secret, Version,
};
use crate::plan::{Action, Desired, Encounter, Extra, Glance, Plan};
use crate::report::{RolloutEnd, RolloutReport, SmokeReport};
use crate::rollout::{Prober, Run, Stay, Tools, settling};

/// What it takes to publish.
pub struct Publisher<'a> {
    /// Connection, account and console, which all lambdas of the run share.
    pub tools: &'a Tools<'a>,
    /// The run, which the aliases that it moves remember.
    pub run: Run,
    /// How far it goes along with a rollout.
    pub stay: Stay,
    /// The signal that ends the run.
    pub until: &'a Interruption,
    /// How many regions the run publishes in. IAM knows none: the lambdas of a function share one role.
    pub regions: usize,
}

/// A turn at sending requests, of [`Tools::turn`].
pub type Turn<'a> = Option<tokio::sync::SemaphorePermit<'a>>;

/// One lambda's plan and what it needs.
pub struct Job<'a> {
    /// What is wanted.
    pub desired: &'a Desired<'a>,
    /// What the alias serves, with its fence.
    pub glance: &'a Glance,
    /// What to do.
    pub plan: &'a Plan,
    /// Where the artifact is.
    pub parcel: &'a Parcel,
    /// Its size in bytes.
    pub size: u64,
    /// The Description of a version that is published.
    pub stamp: &'a str,
}

/// Where the artifact is from which Lambda takes the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parcel {
    /// On this machine: it goes with the request.
    File(Utf8PathBuf),
    /// In S3.
    Object(Object),
    /// Nowhere at hand: the plan sends none.
    None,
}

/// What is sent, and the room in memory that it takes meanwhile.
struct Load<'a> {
    code: Code,
    _room: Option<tokio::sync::SemaphorePermit<'a>>,
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
    /// How the alias moved, when there was something to move from.
    pub rollout: Option<RolloutReport>,
}

impl Publisher<'_> {
    /// Carries out `job`. `turn` is given back once the version is there: watching it takes none.
    ///
    /// # Errors
    /// The first step that failed, or that a signal came, and what was done before it.
    pub async fn publish(&self, job: &Job<'_>, turn: Turn<'_>) -> Result<Done, Stopped> {
        let mut done = Done { version: job.plan.from, ..Done::default() };
        let carried_out = self.carry_out(job, &mut done, turn).await;
        let secrets: Vec<&str> = job.secrets().collect();
        let redacted = |text: &str| aws::redact(text, secrets.iter().copied());
        done.rollout = done.rollout.map(|rollout| rollout.reworded(redacted));
        match carried_out {
            Ok(()) => Ok(done),
            Err(error) => {
                let error = error.of_rollout(job.still_rolling(&done));
                Err(Stopped { done, error: error.redacted(&secrets) })
            }
        }
    }

    async fn carry_out(&self, job: &Job<'_>, done: &mut Done, turn: Turn<'_>) -> Result<(), Error> {
        // After the signal not even a rollout is ended: whoever drives it minds the signal.
        self.until.unless(async { Ok::<_, Error>(()) }).await?;
        let live = self.end_first(job, done).await?;
        let version = self.until.unless(self.prepare(job, done)).await?;
        drop(turn);
        let is_moved = version.is_some();
        let live = match version {
            Some(version) => Some(self.shift(job, live.as_ref(), version, done).await?),
            None => live,
        };
        let rolls = done.rollout.as_ref().is_some_and(|rollout| rollout.end == RolloutEnd::UnderWay);
        let is_split = rolls || self.is_unsettled(job, live, is_moved).await?;
        let is_due = |extra: &&Extra| {
            // AWS refuses it for an alias that splits its traffic; the next deploy writes it.
            let waits = is_split && matches!(extra, Extra::ProvisionedConcurrency(_));
            !extra.comes_first() && !waits
        };
        let after = job.plan.extras.iter().filter(is_due).collect::<Vec<_>>();
        self.until.unless(self.write_extras(job, &after)).await
    }

    /// Whether Lambda has not yet moved the traffic of the alias, however long it was waited for. One that was not moved now
    /// is waited for only when its provisioned concurrency is to be written.
    async fn is_unsettled(
        &self,
        job: &Job<'_>,
        live: Option<LiveAlias>,
        is_moved: bool,
    ) -> Result<bool, Error> {
        let provisions = |extra: &Extra| matches!(extra, Extra::ProvisionedConcurrency(_));
        let Some(live) = live else { return Ok(false) };
        // A new alias has none.
        let waits = if is_moved {
            job.glance.alias.is_some()
        } else {
            settling(&live).is_some() && job.plan.extras.iter().any(provisions)
        };
        if !waits {
            return Ok(false);
        }
        let driver = self.driver(job);
        let settled = async { Ok::<_, Error>(driver.settled(live).await) };
        Ok(settling(&self.until.unless(settled).await?).is_some())
    }

    /// Everything that comes before the alias moves. Answers the version that it is to move to, if it is to move.
    async fn prepare(&self, job: &Job<'_>, done: &mut Done) -> Result<Option<Version>, Error> {
        let first = job.plan.extras.iter().filter(|extra| extra.comes_first()).collect::<Vec<_>>();
        let version = match &job.plan.action {
            Action::Create { settings } => Some(self.create(job, settings, done).await?),
            Action::Publish { .. } => Some(self.update(job, &first, done).await?),
            Action::Move { to } => {
                self.write_extras(job, &first).await?;
                let there = self.tools.aws.lambda().ready(job.lambda(), *to).await?;
                // A smoke event wakes it before it gets traffic.
                if job.desired.config.smoke.is_empty() {
                    self.driver(job).warn_of_sleep(&there);
                }
                Some(*to)
            }
            Action::Unchanged => {
                self.wait_for_served(job).await?;
                self.say_unchanged(job);
                self.write_extras(job, &first).await?;
                None
            }
        };
        let version = version.filter(|version| Some(*version) != job.plan.from);
        // A version that has traffic passed before it got any.
        if let Some(version) = version.filter(|_| job.plan.encounter != Encounter::GoOn) {
            self.test(job, version, done).await?;
        }
        Ok(version)
    }

    /// Gives `version` its smoke events.
    async fn test(&self, job: &Job<'_>, version: Version, done: &mut Done) -> Result<(), Error> {
        let prober = Prober { client: self.tools.aws.lambda(), console: self.tools.console };
        let secrets: Vec<&str> = job.secrets().collect();
        let answers = prober.probe(job.desired.config, version, &secrets).await?;
        done.smoke = answers.reports;
        answers.failed.map_or(Ok(()), |failed| Err(Error::Smoke(failed)))
    }

    /// Somebody may have moved the alias onto a version that cannot be invoked yet.
    async fn wait_for_served(&self, job: &Job<'_>) -> Result<(), Error> {
        let served = job.glance.served.as_ref().map(|served| &served.configuration);
        let pending = served.filter(|served| served.readiness == Readiness::Pending);
        if let Some(version) = pending.and_then(|served| served.version) {
            self.tools.aws.lambda().ready(job.lambda(), version).await?;
        }
        Ok(())
    }

    fn say_unchanged(&self, job: &Job<'_>) {
        if let Some(version) = job.plan.from.filter(|_| job.plan.extras.is_empty()) {
            self.tools.console.status("Unchanged", format_args!("{} v{version}", job.function()));
        }
    }

    /// Publishes `$LATEST` as it was read, and waits until the version can be invoked.
    async fn publish_latest(&self, job: &Job<'_>, latest: &Configuration) -> Result<Version, Error> {
        let lambda = job.lambda();
        let client = self.tools.aws.lambda();
        let publish = async || client.publish(lambda, job.desired.code, job.stamp, &latest.revision).await;
        let sent = once_free(publish).await;
        let (version, active) = match sent {
            Ok(published) => (published.version, published.active),
            Err(error) => (self.published_all_the_same(job, latest).await.ok_or(error)?, false),
        };
        self.tools.console.status("Publishing", format_args!("{} v{version}", job.function()));
        if !active {
            once_there(async || client.ready(lambda, version).await).await?;
        }
        Ok(version)
    }

    /// The version that a publication made whose answer was lost, and its repetition refused: the newest one with our
    /// code, if it is ours in all else, too. The plan knew of none such, or it would have moved the alias onto it.
    async fn published_all_the_same(&self, job: &Job<'_>, latest: &Configuration) -> Option<Version> {
        let (client, lambda) = (self.tools.aws.lambda(), job.lambda());
        let newest = client.versions_of(lambda, job.desired.code).await.ok()?.pop()?;
        let live = client.function(lambda, Some(&newest.to_string())).await.ok()??.configuration;
        let is_ours = live.settings == latest.settings
            && live.description == job.stamp
            && Some(newest) > job.plan.from
            && !matches!(live.readiness, Readiness::Broken(_));
        is_ours.then_some(newest)
    }
}

impl Job<'_> {
    /// The version whose rollout the alias was found in the middle of, and is still.
    fn still_rolling(&self, done: &Done) -> Option<Version> {
        let rolling = self.glance.rolling.as_ref().filter(|_| done.rollout.is_none())?;
        Some(rolling.under_way.next)
    }

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

    /// Refuses code that Lambda took from the store and that is not what its name there says.
    fn is_what_lambda_took(&self, latest: &Configuration) -> Result<(), Error> {
        match self.parcel {
            Parcel::Object(object) if latest.code_sha256 != self.desired.code => Err(Error::OtherObject {
                lambda: self.lambda().clone(),
                object: format!("s3://{}/{}", object.bucket, object.key),
                found: latest.code_sha256,
            }),
            Parcel::Object(_) | Parcel::File(_) | Parcel::None => Ok(()),
        }
    }

    /// Every variable's value that is wanted or served.
    fn secrets(&self) -> impl Iterator<Item = &str> {
        let served =
            self.glance.served.iter().flat_map(|served| served.configuration.settings.variables.values());
        self.desired.variables.values().flatten().chain(served).map(Secret::expose)
    }

    /// The zip, checked once more: what is sent is what was planned. It is read once there is room for it in memory.
    async fn load<'t>(&self, tools: &'t Tools<'_>) -> Result<Load<'t>, Error> {
        let (sha256, arch) = (self.desired.code, self.desired.arch);
        let path = match self.parcel {
            Parcel::File(path) => path,
            Parcel::Object(object) => {
                let content = Content::Object(object.clone());
                return Ok(Load { code: Code { content, sha256, arch }, _room: None });
            }
            Parcel::None => return Err(self.changed_meanwhile()),
        };
        let room = tools.room(fs::metadata(path)?.len()).await;
        let zip = fs::read(path)?;
        if CodeSha256::of(&zip) != sha256 {
            return Err(Error::ArtifactChanged { path: path.clone() });
        }
        Ok(Load { code: Code { content: Content::Zip(zip), sha256, arch }, _room: room })
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
