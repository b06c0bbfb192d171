//! The way back: one call, tried until it is known to have worked or to be somebody else's business.

use std::time::Duration;

use super::driver::Driver;
use super::{Course, Error, Place, Stance, Traffic, at_rest, stance, write};
use crate::aws::{self, Kind};
use crate::model::{LiveAlias, Region, Version};

/// How often a call is tried, each time with the SDK's own retries.
pub(super) const TRIES: u32 = 5;
/// Before the second try; it doubles with each.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// How long one try may take.
const LONGEST: Duration = Duration::from_secs(15);

impl Driver<'_> {
    /// Gives the old version of `course` everything back, for `reason`, unless the new one has everything already: a
    /// request whose answer nobody heard may have been done, and so may one of another driver.
    ///
    /// # Errors
    /// [`Error::Moved`] when the alias is no longer where the rollout left it, [`Error::Stuck`] when it is and stays there.
    pub(super) async fn take_back(&self, course: &mut Course, reason: &str) -> Result<Taken, Error> {
        let (mut pause, mut tries) = (FIRST_PAUSE, 1);
        loop {
            let failed = match self.try_back(&course.live, course.taken_back()).await {
                Ok(live) => {
                    course.live = live;
                    break;
                }
                // What was refused may have been done already, or not have been needed: the alias says.
                Err(error) => match self.found(course).await? {
                    Found::Back => break,
                    Found::Promoted => {
                        self.disarm(course).await;
                        return Ok(Taken::TooLate);
                    }
                    Found::Ours if error.kind() == Kind::Precondition && tries < TRIES => None,
                    Found::Unknown(unread) if error.is_held() => Some(unread),
                    Found::Ours | Found::Unknown(_) => Some(error),
                },
            };
            if let Some(error) = failed {
                if tries >= TRIES || !may_pass(error.kind()) {
                    return Err(self.stuck(course, reason, error));
                }
                if tries == 1 {
                    self.say_how(course.under_way.old);
                }
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            tries += 1;
        }
        if course.is_begun() {
            self.say_back(course.under_way.next, course.under_way.old);
        }
        self.disarm(course).await;
        Ok(Taken::Back)
    }

    /// Takes back a version that has everything already, and that was judged too sick to keep it.
    ///
    /// # Errors
    /// As [`Driver::take_back`].
    pub(super) async fn undo(&self, course: &mut Course, reason: &str) -> Result<(), Error> {
        let (old, next) = (course.under_way.old, course.under_way.next);
        let state = at_rest(&course.live).went_back(Some(next), old, course.run);
        course.live =
            self.bring_back(&course.live, Traffic { version: old, split: None, state }, reason).await?;
        Ok(())
    }

    /// Moves an alias that serves one version back to another, for `reason`, and returns it as it is then.
    ///
    /// # Errors
    /// Held when somebody else moved it since `live` was read; [`Error::Stuck`] when it could not be moved.
    pub async fn bring_back(
        &self,
        live: &LiveAlias,
        traffic: Traffic,
        reason: &str,
    ) -> Result<LiveAlias, Error> {
        let (to, from) = (traffic.version, live.version.unwrap_or(traffic.version));
        let (mut pause, mut tries) = (FIRST_PAUSE, 1);
        loop {
            let error = match self.try_back(live, traffic.clone()).await {
                Ok(live) => {
                    let live = self.settled(live).await;
                    self.say_back(from, to);
                    return Ok(live);
                }
                Err(error) => error,
            };
            if error.kind() == Kind::Precondition {
                return Err(error.into());
            }
            if tries >= TRIES || !may_pass(error.kind()) {
                return Err(self.stuck_at(from, to, reason, error));
            }
            tokio::time::sleep(pause).await;
            (pause, tries) = (pause * 2, tries + 1);
        }
    }

    /// One try, which does not take for ever.
    async fn try_back(&self, live: &LiveAlias, traffic: Traffic) -> Result<LiveAlias, aws::Error> {
        let write = write(self.tools.aws.lambda(), self.place(), Some(live), traffic);
        tokio::time::timeout(LONGEST, write).await.unwrap_or_else(|_elapsed| {
            let action = format!("move alias `{}` of lambda `{}`", self.place().alias, self.place().lambda);
            Err(aws::Error::new(Kind::Timeout, action, "no answer in time"))
        })
    }

    /// What became of an alias that is no longer at the revision that was seen last.
    async fn found(&self, course: &mut Course) -> Result<Found, Error> {
        let Place { lambda, alias } = self.place();
        let live = match self.tools.aws.lambda().alias(lambda, alias).await {
            Ok(Some(live)) => live,
            Ok(None) => return Err(self.moved("it does not exist any more".to_owned())),
            Err(error) => return Ok(Found::Unknown(error)),
        };
        match stance(&live) {
            Stance::Rolling(_, under_way, run) if course.is_of(&under_way, run) => {
                course.found(under_way);
                course.live = live;
                Ok(Found::Ours)
            }
            Stance::AtRest(_) if live.version == Some(course.under_way.old) => {
                course.live = live;
                Ok(Found::Back)
            }
            Stance::AtRest(_) | Stance::Rolling(..) | Stance::Foreign => {
                course.live = live;
                if course.is_promoted() { Ok(Found::Promoted) } else { Err(self.moved(at(&course.live))) }
            }
        }
    }

    pub(super) fn moved(&self, now: String) -> Error {
        let Place { lambda, alias } = self.place();
        Error::Moved { lambda: lambda.clone(), alias: alias.clone(), now }
    }

    pub(super) fn stuck(&self, course: &Course, reason: &str, source: aws::Error) -> Error {
        self.stuck_at(course.under_way.next, course.under_way.old, reason, source)
    }

    fn stuck_at(&self, next: Version, old: Version, reason: &str, source: aws::Error) -> Error {
        Error::Stuck {
            lambda: self.place().lambda.clone(),
            next,
            reason: reason.to_owned(),
            command: command(self.place(), old, self.tools.aws.region()),
            source: Box::new(source),
        }
    }

    /// Says how to do it by hand, for the case that this run ends before it is done.
    fn say_how(&self, old: Version) {
        let command = command(self.place(), old, self.tools.aws.region());
        self.tools.console.warn(format_args!("the way back is tried again; by hand it is `{command}`"));
    }

    fn say_back(&self, from: Version, to: Version) {
        let (name, alias) = (&self.function.function.name, &self.function.alias);
        self.tools.console.status("Rolled back", format_args!("{name} {alias} v{from} -> v{to}"));
    }
}

/// What came of taking a version back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Taken {
    /// The old version serves everything.
    Back,
    /// The rollout had come to its end: the new version serves everything.
    TooLate,
}

/// What became of an alias.
enum Found {
    /// It is in the middle of the same rollout.
    Ours,
    /// It serves the old version alone.
    Back,
    /// It serves the new version alone, by this rollout.
    Promoted,
    /// It could not be read.
    Unknown(aws::Error),
}

/// Whether a write may have failed because the alias was moved, or deleted.
pub(super) fn is_elsewhere(error: &aws::Error) -> bool {
    error.is_held() || error.kind() == Kind::NotFound
}

/// Whether the same call may work a moment later.
pub(super) fn may_pass(kind: Kind) -> bool {
    match kind {
        Kind::Throttled | Kind::Timeout | Kind::Unreachable | Kind::Server | Kind::Conflict => true,
        Kind::NotFound
        | Kind::Precondition
        | Kind::TooLarge
        | Kind::Invalid
        | Kind::AccessDenied
        | Kind::NoCredentials
        | Kind::BadCredentials
        | Kind::NoRegion
        | Kind::Unexpected => false,
    }
}

/// The command that points an alias to one version alone.
#[must_use]
pub fn command(Place { lambda, alias }: Place<'_>, to: Version, region: &Region) -> String {
    format!(
        "aws lambda update-alias --region {region} --function-name {lambda} --name {alias} --function-version {to} \
         --routing-config AdditionalVersionWeights={{}}"
    )
}

/// Where an alias is: `version 7, and 5 % to version 8`.
#[must_use]
pub fn at(alias: &LiveAlias) -> String {
    let version = alias.version.map_or_else(|| "$LATEST".to_owned(), |version| version.to_string());
    match alias.split {
        Some((next, weight)) => {
            let percent = (weight * 10_000.0).round() / 100.0;
            format!("version {version}, with {percent} % to version {next}")
        }
        None => format!("version {version}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AliasName, LambdaName};
    use crate::plan::testing::alias;

    #[test]
    fn the_command_is_one_that_can_be_pasted() {
        let (lambda, alias) = (LambdaName::new("hello-prod").unwrap(), AliasName::new("live").unwrap());
        let place = Place { lambda: &lambda, alias: &alias };
        assert_eq!(
            command(place, Version(7), &Region::new("eu-west-1").unwrap()),
            "aws lambda update-alias --region eu-west-1 --function-name hello-prod --name live --function-version 7 \
             --routing-config AdditionalVersionWeights={}"
        );
    }

    #[test]
    fn where_an_alias_is_is_told_with_its_split() {
        let mut live = alias(7);
        assert_eq!(at(&live), "version 7");
        live.split = Some((Version(8), 0.125));
        assert_eq!(at(&live), "version 7, with 12.5 % to version 8");
    }
}
