//! Driving one rollout: shift, bake, judge, and again, to either end.
//!
//! In: an alias, and where it is to go. Out: [`Rolled`]. What to do is decided by `next` and `judge`; here it is done.
//! Whatever happens, the alias ends at one version, or what is left of the split is said.

use std::time::Duration;

use jiff::Timestamp;

use super::back::Taken;
use super::{Course, Error, Next, Place, Prober, Run, Tools, Traffic, UnderWay, Watch, at_rest, next, write};
use crate::aws;
use crate::config::FunctionConfig;
use crate::interruption::Interruption;
use crate::model::{LiveAlias, Version};
use crate::report::{RolloutEnd, RolloutReport};

/// The longest time between two looks at a step.
const LONGEST_LOOK: Duration = Duration::from_secs(15);
/// The shortest.
const SHORTEST_LOOK: Duration = Duration::from_millis(20);
/// How many looks a step gets, if the times above allow it.
const LOOKS: u32 = 20;

/// Drives the rollouts of one function's alias.
pub struct Driver<'a> {
    /// What all rollouts share.
    pub tools: &'a Tools<'a>,
    /// The function.
    pub function: &'a FunctionConfig,
    /// How far it goes along.
    pub stay: Stay,
}

/// How far a driver goes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stay {
    /// To the end.
    #[default]
    ToTheEnd,
    /// It leaves after the first thing that it did, or found that it need not do.
    OneStep,
}

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

/// How the driving ended.
enum Came {
    Promoted,
    TakeBack(String),
    Held(String),
    Left,
}

impl Driver<'_> {
    /// The course of a rollout of `to` over what `live` serves, `old`, in the steps of the configuration. Nothing has moved
    /// yet, and it is known that it can be judged, and called back.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn set_out(
        &self,
        live: &LiveAlias,
        (old, to): (Version, Version),
        run: Run,
    ) -> Result<Course, aws::Error> {
        let policy = &self.function.rollout;
        let red = {
            let _turn = self.tools.turn().await;
            self.red_before(old).await?
        };
        let (shape, dead_man, since) = (policy.shape.clone(), policy.dead_man, self.tools.aws.now());
        let under_way = UnderWay { old, next: to, step: 1, shape, since, red, dead_man };
        let course = Course::new(live.clone(), at_rest(live), under_way, run);
        self.ready_to_arm(&course).await?;
        self.arm(&course).await?;
        Ok(course)
    }

    /// Begins a rollout that has set out.
    pub async fn begin(&self, course: Course, until: &Interruption) -> Rolled {
        self.conclude(course, First::Shift, until).await
    }

    /// Goes on with a rollout that was found under way.
    pub async fn go_on(&self, course: Course, until: &Interruption) -> Rolled {
        self.conclude(course, First::Look, until).await
    }

    /// Ends a rollout that was found under way at the old version.
    pub async fn abort(&self, mut course: Course, reason: &str) -> Rolled {
        let error = match self.take_back(&mut course, reason).await {
            Ok(Taken::Back) => None,
            Ok(Taken::TooLate) => Some(self.moved(super::back::at(&course.live))),
            Err(error) => Some(error),
        };
        rolled_back(course, reason.to_owned(), error)
    }

    async fn conclude(&self, mut course: Course, first: First, until: &Interruption) -> Rolled {
        let driven = tokio::select! {
            biased;
            () = until.came() => None,
            driven = self.drive(&mut course, first) => Some(driven),
        };
        let Some(driven) = driven else {
            return self.interrupted(course).await;
        };
        match driven {
            Ok(Came::Promoted) => Rolled::of(course, RolloutEnd::Promoted, None, None),
            Ok(Came::Left) => Rolled::of(course, RolloutEnd::UnderWay, None, None),
            Ok(Came::Held(reason)) => {
                let error = self.held(&course, &reason);
                Rolled::of(course, RolloutEnd::Held, Some(reason), Some(error))
            }
            Ok(Came::TakeBack(reason)) => self.fail(course, reason).await,
            Err(error) if is_elsewhere(&error) => self.overtaken(course, &error).await,
            Err(error) => self.fail(course, told(&error)).await,
        }
    }

    /// Takes the new version back because a signal came.
    async fn interrupted(&self, mut course: Course) -> Rolled {
        let error = match self.take_back(&mut course, "it was interrupted").await {
            Ok(Taken::TooLate) => return Rolled::of(course, RolloutEnd::Promoted, None, None),
            Ok(Taken::Back) => {
                let (lambda, next) = (self.function.lambda.clone(), course.under_way.next);
                Error::Interrupted { lambda, next }
            }
            Err(error) => error,
        };
        rolled_back(course, "interrupted".to_owned(), Some(error))
    }

    /// Takes the new version back because of what was seen of it.
    async fn fail(&self, mut course: Course, reason: String) -> Rolled {
        let error = match self.take_back(&mut course, &reason).await {
            Ok(Taken::TooLate) => return Rolled::of(course, RolloutEnd::Promoted, None, None),
            Ok(Taken::Back) => {
                let (lambda, next) = (self.function.lambda.clone(), course.under_way.next);
                Error::TakenBack { lambda, next, reason: reason.clone() }
            }
            Err(error) => error,
        };
        rolled_back(course, reason, Some(error))
    }

    async fn drive(&self, course: &mut Course, first: First) -> Result<Came, aws::Error> {
        if first == First::Shift {
            self.shift(course).await?;
            if self.stay == Stay::OneStep {
                return Ok(Came::Left);
            }
        }
        let watch = Watch::new(self.tools.console);
        loop {
            let look = self.look(course).await;
            self.show(course, &watch, &look);
            let now = self.tools.aws.now();
            let mut next = next(&course.under_way, &self.function.rollout, now, &look.seen);
            if next == Next::Smoke {
                next = self.probe(course).await?;
            }
            match next {
                Next::Wait(_) if self.stay == Stay::OneStep => return Ok(Came::Left),
                Next::Wait(until) => tokio::time::sleep(pause(course, now, until)).await,
                Next::Advance if course.advance(now) => {
                    self.shift(course).await?;
                    if self.stay == Stay::OneStep {
                        return Ok(Came::Left);
                    }
                }
                Next::Advance => {
                    self.promote(course).await?;
                    return Ok(Came::Promoted);
                }
                Next::TakeBack(reason) => return Ok(Came::TakeBack(reason)),
                Next::Hold(reason) => return Ok(Came::Held(reason)),
                // What the smoke events said is none of these any more.
                Next::Smoke => return Ok(Came::Held(super::next::TOO_QUIET.to_owned())),
            }
        }
    }

    /// Lets the smoke events decide on a step that is too quiet.
    async fn probe(&self, course: &Course) -> Result<Next, aws::Error> {
        let function = self.function;
        if function.smoke.is_empty() {
            let reason = format!("{}, and there are no smoke events to ask it", super::next::TOO_QUIET);
            return Ok(Next::Hold(reason));
        }
        let _turn = self.tools.turn().await;
        let prober = Prober { client: self.tools.aws.lambda(), console: self.tools.console };
        let answers = prober.probe(function, course.under_way.next, &[]).await?;
        Ok(match answers.failed {
            None => Next::Advance,
            Some(failure) => Next::TakeBack(format!("{failure}, at a step with too few invocations")),
        })
    }

    /// Gives the new version the share of the step that `course` is in.
    async fn shift(&self, course: &mut Course) -> Result<(), aws::Error> {
        let (function, under_way) = (self.function, &course.under_way);
        let (name, alias, weight) = (&function.function.name, &function.alias, under_way.weight());
        let percent = weight.map(|weight| weight.to_string()).unwrap_or_default();
        let (step, steps) = (under_way.step, under_way.shape.steps.len());
        self.tools.console.status(
            "Shifting",
            format_args!("{name} {alias} {percent} % to v{} (step {step} of {steps})", under_way.next),
        );
        self.bring(course, course.step()).await?;
        course.begin_step();
        self.arm(course).await
    }

    async fn promote(&self, course: &mut Course) -> Result<(), aws::Error> {
        let (function, under_way) = (self.function, &course.under_way);
        let (name, alias, old, new) =
            (&function.function.name, &function.alias, under_way.old, under_way.next);
        self.tools.console.status("Shifting", format_args!("{name} {alias} v{old} -> v{new}"));
        self.bring(course, course.promoted()).await?;
        self.disarm(course).await;
        Ok(())
    }

    async fn bring(&self, course: &mut Course, target: Traffic) -> Result<(), aws::Error> {
        let _turn = self.tools.turn().await;
        course.live = write(self.tools.aws.lambda(), self.place(), Some(&course.live), target).await?;
        Ok(())
    }

    /// A request was refused because somebody else was there. When that was another driver of the same rollout, what it
    /// came to is what this one was to bring; when the alias is where this driver left it, the refusal was about something
    /// else, and the split is this driver's to end.
    async fn overtaken(&self, mut course: Course, refusal: &aws::Error) -> Rolled {
        let Place { lambda, alias } = self.place();
        let now = match self.tools.aws.lambda().alias(lambda, alias).await {
            Ok(Some(live)) if live.revision == course.live.revision => {
                return self.fail(course, told(refusal)).await;
            }
            Ok(Some(live)) => {
                course.live = live;
                if course.is_promoted() {
                    return Rolled::of(course, RolloutEnd::Promoted, None, None);
                }
                super::back::at(&course.live)
            }
            Ok(None) => "it does not exist any more".to_owned(),
            Err(error) => format!("where it is could not be read: {}", error.cause()),
        };
        let error = self.moved(now.clone());
        Rolled::of(course, RolloutEnd::UnderWay, Some(now), Some(error))
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

    pub(super) fn place(&self) -> Place<'_> {
        Place { lambda: &self.function.lambda, alias: &self.function.alias }
    }
}

/// An error with its cause, as a reason.
fn told(error: &aws::Error) -> String {
    format!("{error}: {}", error.cause())
}

/// How long to wait before the next look.
fn pause(course: &Course, now: Timestamp, until: Timestamp) -> Duration {
    let every = (course.under_way.shape.bake / LOOKS).clamp(SHORTEST_LOOK, LONGEST_LOOK);
    let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
    left.min(every).max(Duration::from_millis(1))
}

/// What a driver begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    /// The step's shift is still to be made.
    Shift,
    /// It was made.
    Look,
}

impl Rolled {
    fn of(course: Course, end: RolloutEnd, reason: Option<String>, error: Option<Error>) -> Self {
        Self { report: course.report(end, reason), live: course.live, error }
    }
}

/// A rollout that was taken back, or that was to be.
fn rolled_back(course: Course, reason: String, error: Option<Error>) -> Rolled {
    let end = match &error {
        Some(Error::Stuck { .. }) => RolloutEnd::Stuck,
        Some(Error::Moved { .. }) => RolloutEnd::UnderWay,
        Some(Error::Aws(_) | Error::TakenBack { .. } | Error::Interrupted { .. } | Error::Held { .. })
        | None => RolloutEnd::RolledBack,
    };
    Rolled::of(course, end, Some(reason), error)
}
