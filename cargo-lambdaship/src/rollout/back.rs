//! The way back: one call, tried until it is known to have worked or to be somebody else's business.

use std::time::Duration;

use super::driver::Driver;
use super::{Course, Error, Place, Stance, stance, write};
use crate::aws::{self, Kind};
use crate::model::{LiveAlias, Region, Version};

/// How often the call is tried, each time with the SDK's own retries.
const TRIES: u32 = 5;
/// Before the second try; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

impl Driver<'_> {
    /// Gives the old version of `course` everything back, for `reason`, unless the new one has everything already: a
    /// request whose answer nobody heard may have been done, and so may one of another driver.
    ///
    /// # Errors
    /// [`Error::Moved`] when the alias is no longer where the rollout left it, [`Error::Stuck`] when it is and stays there.
    pub(super) async fn take_back(&self, course: &mut Course, reason: &str) -> Result<Taken, Error> {
        let (place, client) = (self.place(), self.tools.aws.lambda());
        let mut pause = FIRST_PAUSE;
        let mut tries = 1;
        loop {
            let failed = match write(client, place, Some(&course.live), course.taken_back()).await {
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
                    Found::Ours if error.is_held() && tries < TRIES => None,
                    Found::Unknown(unread) if error.is_held() => Some(unread),
                    Found::Ours | Found::Unknown(_) => Some(error),
                },
            };
            if let Some(error) = failed {
                if tries >= TRIES || !may_pass(error.kind()) {
                    return Err(self.stuck(course, reason, error));
                }
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            tries += 1;
        }
        self.say_back(course);
        self.disarm(course).await;
        Ok(Taken::Back)
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
            Stance::Rolling(_, under_way, run)
                if run == course.run && under_way.next == course.under_way.next =>
            {
                course.under_way = under_way;
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

    fn stuck(&self, course: &Course, reason: &str, source: aws::Error) -> Error {
        let (place, under_way) = (self.place(), &course.under_way);
        Error::Stuck {
            lambda: place.lambda.clone(),
            next: under_way.next,
            reason: reason.to_owned(),
            command: command(place, under_way.old, self.tools.aws.region()),
            source: Box::new(source),
        }
    }

    fn say_back(&self, course: &Course) {
        let (function, under_way) = (self.function, &course.under_way);
        let (name, alias, old, next) =
            (&function.function.name, &function.alias, under_way.old, under_way.next);
        self.tools.console.status("Rolled back", format_args!("{name} {alias} v{next} -> v{old}"));
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
fn may_pass(kind: Kind) -> bool {
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
