//! How a rollout ends, whatever happens: at one version, or with a word on what is left of the split.

use std::time::Duration;

use super::back::{Taken, at, is_elsewhere};
use super::driver::{Came, Driver, First};
use super::{Course, Error, Failed, Place, Stance, Stay, stance};
use crate::aws::{self, Kind};
use crate::interruption::Interruption;
use crate::model::LiveAlias;
use crate::report::{RolloutEnd, RolloutReport};

/// How long the way back may take once a signal came: whoever sent it does not wait for ever.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came of a rollout.
#[derive(Debug)]
pub struct Rolled {
    /// The alias as it was last seen.
    pub live: LiveAlias,
    /// The report on it.
    pub report: RolloutReport,
    /// Why the alias does not serve what it was to serve.
    pub error: Option<Error>,
}

/// Why a version is taken back.
enum Why {
    /// It is not as it has to be; and the smoke events that say so.
    Sick(String, Option<Box<Failed>>),
    /// The rollout could not go on.
    Broken(aws::Error),
}

/// What became of an alias that somebody else moved.
enum Overtaken {
    /// Another driver took the same rollout a step further.
    Further,
    /// Another driver brought it to its end.
    Promoted,
    /// Nobody moved it: what was refused was something else.
    Not,
    /// It is where this says.
    Elsewhere(String),
}

impl Driver<'_> {
    /// Drives `course` to an end.
    pub(super) async fn conclude(
        &self,
        mut course: Course,
        mut first: First,
        until: &Interruption,
    ) -> Rolled {
        loop {
            let driven = tokio::select! {
                biased;
                () = until.came() => return self.interrupted(course, first, until).await,
                driven = self.drive(&mut course, first) => driven,
            };
            let refusal = match driven {
                Ok(came) => return self.arrive(course, came).await,
                Err(error) if is_elsewhere(&error) => error,
                Err(error) => return self.fail(course, Why::Broken(error)).await,
            };
            match self.overtaken(&mut course).await {
                Overtaken::Further => first = First::Look,
                Overtaken::Promoted => return Rolled::of(course, RolloutEnd::Promoted, None, None),
                Overtaken::Not => return self.fail(course, Why::Broken(refusal)).await,
                Overtaken::Elsewhere(now) => {
                    let error = self.moved(now.clone());
                    return Rolled::of(course, RolloutEnd::Overtaken, Some(now), Some(error));
                }
            }
        }
    }

    /// Ends a rollout that was found under way at the old version.
    pub async fn abort(&self, mut course: Course, reason: &str) -> Rolled {
        let error = match self.take_back(&mut course, reason).await {
            Ok(Taken::Back) => None,
            Ok(Taken::TooLate) => Some(self.moved(at(&course.live))),
            Err(error) => Some(error),
        };
        rolled_back(course, reason.to_owned(), error)
    }

    async fn arrive(&self, course: Course, came: Came) -> Rolled {
        match came {
            Came::Promoted => Rolled::of(course, RolloutEnd::Promoted, None, None),
            Came::Left => Rolled::of(course, RolloutEnd::UnderWay, None, None),
            Came::Failed(reason, smoke) => self.fail(course, Why::Sick(reason, smoke)).await,
            Came::Held(reason) => {
                // It waits for somebody, and not for a switch.
                self.disarm(&course).await;
                let error = self.held(&course, &reason);
                Rolled::of(course, RolloutEnd::Held, Some(reason), Some(error))
            }
        }
    }

    /// A signal came. Whoever only looked after somebody else's rollout leaves it; else the new version is taken back.
    async fn interrupted(&self, mut course: Course, first: First, until: &Interruption) -> Rolled {
        let (lambda, next) = (self.function.lambda.clone(), course.under_way.next);
        if self.stay == Stay::OneStep && first == First::Look {
            return Rolled::of(course, RolloutEnd::UnderWay, None, Some(Error::Left { lambda, next }));
        }
        let reason = "interrupted";
        let say = || {
            self.tools.console.warn(format_args!(
                "interrupted already: version {next} of lambda `{lambda}` is being taken back, which is waited for \
                 {} seconds at most",
                PATIENCE.as_secs()
            ));
        };
        let back = tokio::time::timeout(PATIENCE, self.take_back(&mut course, reason));
        let taken = until.meanwhile(back, say).await;
        let taken = taken.unwrap_or_else(|_elapsed| {
            let error = aws::Error::new(Kind::Timeout, "take the version back", "no answer in time");
            Err(self.stuck(&course, reason, error))
        });
        let error = match taken {
            Ok(Taken::TooLate) => return Rolled::of(course, RolloutEnd::Promoted, None, None),
            Ok(Taken::Back) => Error::Interrupted { lambda, next },
            Err(error) => error,
        };
        rolled_back(course, reason.to_owned(), Some(error))
    }

    /// Takes the new version back. One that is sick is taken back also when another driver gave it everything meanwhile.
    async fn fail(&self, mut course: Course, why: Why) -> Rolled {
        let reason = why.reason();
        let mut taken = self.take_back(&mut course, &reason).await;
        if matches!((&taken, &why), (Ok(Taken::TooLate), Why::Sick(..))) {
            taken = self.undo(&mut course, &reason).await.map(|()| Taken::Back);
        }
        let (lambda, next) = (self.function.lambda.clone(), course.under_way.next);
        let error = match (taken, why) {
            (Ok(Taken::TooLate), _) => return Rolled::of(course, RolloutEnd::Promoted, None, None),
            (Ok(Taken::Back), Why::Sick(reason, smoke)) => Error::TakenBack { lambda, next, reason, smoke },
            (Ok(Taken::Back), Why::Broken(error)) => {
                Error::BrokenOff { lambda, next, source: Box::new(error) }
            }
            (Err(error), _) => error,
        };
        rolled_back(course, reason, Some(error))
    }

    /// Where the alias is after a write was refused because somebody else was there.
    async fn overtaken(&self, course: &mut Course) -> Overtaken {
        let Place { lambda, alias } = self.place();
        let live = match self.tools.aws.lambda().alias(lambda, alias).await {
            Ok(Some(live)) => live,
            Ok(None) => return Overtaken::Elsewhere("it does not exist any more".to_owned()),
            Err(error) => {
                return Overtaken::Elsewhere(format!("where it is could not be read: {}", error.cause()));
            }
        };
        if live.revision == course.live.revision {
            return Overtaken::Not;
        }
        let found = stance(&live);
        course.live = live;
        match found {
            Stance::Rolling(_, under_way, run) if course.is_of(&under_way, run) => {
                course.found(under_way);
                Overtaken::Further
            }
            _ if course.is_promoted() => Overtaken::Promoted,
            Stance::AtRest(_) | Stance::Rolling(..) | Stance::Foreign => {
                Overtaken::Elsewhere(at(&course.live))
            }
        }
    }

    fn held(&self, course: &Course, reason: &str) -> Error {
        let percent = course.under_way.weight().map(|weight| weight.to_string()).unwrap_or_default();
        Error::Held {
            lambda: self.function.lambda.clone(),
            alias: self.function.alias.clone(),
            percent,
            next: course.under_way.next,
            reason: reason.to_owned(),
        }
    }
}

impl Why {
    fn reason(&self) -> String {
        match self {
            Self::Sick(reason, _) => reason.clone(),
            Self::Broken(error) => format!("{error}: {}", error.cause()),
        }
    }
}

impl Rolled {
    pub(super) fn of(course: Course, end: RolloutEnd, reason: Option<String>, error: Option<Error>) -> Self {
        Self { report: course.report(end, reason), live: course.live, error }
    }
}

/// A rollout that was taken back, or that was to be.
fn rolled_back(course: Course, reason: String, error: Option<Error>) -> Rolled {
    let end = match &error {
        Some(Error::Stuck { .. }) => RolloutEnd::Stuck,
        Some(Error::Moved { .. }) => RolloutEnd::Overtaken,
        Some(
            Error::Aws(_)
            | Error::TakenBack { .. }
            | Error::BrokenOff { .. }
            | Error::Interrupted { .. }
            | Error::Left { .. }
            | Error::Held { .. },
        )
        | None => RolloutEnd::RolledBack,
    };
    Rolled::of(course, end, Some(reason), error)
}
