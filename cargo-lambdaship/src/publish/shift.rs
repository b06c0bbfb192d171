//! The alias: created, moved in one call, or rolled out.

use super::{Done, Error, Job, Publisher};
use crate::model::{LiveAlias, Version};
use crate::plan::Encounter;
use crate::rollout::{Course, Driver, Place, Rolled, Traffic, at_rest, write};

impl Publisher<'_> {
    /// Ends the rollout that the alias is in the middle of, when the plan says so, and answers the alias as it is then.
    pub(super) async fn end_first(&self, job: &Job<'_>, done: &mut Done) -> Result<Option<LiveAlias>, Error> {
        let (Encounter::End, Some(course)) = (job.plan.encounter, job.course()) else {
            return Ok(job.glance.alias.clone());
        };
        let rolled = self.driver(job).abort(course, "another version is deployed").await;
        Self::note(rolled, done).map(Some)
    }

    /// Moves the alias from what `live` says to `version`, or creates it. It minds signals itself: a rollout that has begun is
    /// taken back. Answers the alias as it is then.
    pub(super) async fn shift(
        &self,
        job: &Job<'_>,
        live: Option<&LiveAlias>,
        version: Version,
        done: &mut Done,
    ) -> Result<LiveAlias, Error> {
        let driver = self.driver(job);
        let rolled = match (job.plan.encounter, job.course(), live, job.plan.from) {
            (Encounter::GoOn, Some(course), ..) => driver.go_on(course, self.until).await,
            (_, _, Some(live), Some(from)) if !job.desired.config.rollout.shape.is_all_at_once() => {
                let set_out =
                    async { Ok::<_, Error>(driver.set_out(live, (from, version), self.run).await?) };
                let course = self.until.unless(set_out).await?;
                driver.begin(course, self.until).await
            }
            _ => {
                let moved = self.until.unless(self.at_once(job, live, version)).await;
                done.version = match moved {
                    Ok(_) => Some(version),
                    // The last request may have moved the alias or not.
                    Err(Error::Interrupted) => None,
                    Err(_) => done.version,
                };
                return moved;
            }
        };
        Self::note(rolled, done)
    }

    /// Moves the alias, or creates it, in one call that is fenced by what was read before the build.
    async fn at_once(
        &self,
        job: &Job<'_>,
        live: Option<&LiveAlias>,
        version: Version,
    ) -> Result<LiveAlias, Error> {
        let (lambda, alias) = (job.lambda(), &job.desired.config.alias);
        let from = job.plan.from.map(|from| format!("v{from} -> ")).unwrap_or_default();
        self.tools.console.status("Shifting", format_args!("{} {alias} {from}v{version}", job.function()));
        let state = live.map(at_rest).unwrap_or_default();
        let state = state.moved(live.and_then(|live| live.version), version, self.run);
        let target = Traffic { version, split: None, state };
        Ok(write(self.tools.aws.lambda(), Place { lambda, alias }, live, target).await?)
    }

    pub(super) fn driver<'a>(&'a self, job: &'a Job<'_>) -> Driver<'a> {
        Driver { tools: self.tools, function: job.desired.config, stay: self.stay }
    }

    /// Keeps the report on a rollout, and where it left the alias.
    fn note(rolled: Rolled, done: &mut Done) -> Result<LiveAlias, Error> {
        done.version = rolled.live.version;
        done.rollout = Some(rolled.report);
        rolled.error.map_or(Ok(rolled.live), |error| Err(error.into()))
    }
}

impl Job<'_> {
    /// The rollout that the alias was found in.
    fn course(&self) -> Option<Course> {
        let (live, rolling) = (self.glance.alias.clone()?, self.glance.rolling.as_ref()?);
        Some(Course::new(live, rolling.state.clone(), rolling.under_way.clone(), rolling.run))
    }
}
