//! Driving one rollout: shift, bake, judge, and again, to either end.
//!
//! In: an alias, and where it is to go. Out: [`Rolled`]. What to do is decided by `next` and `judge`; here it is done.
//! Whatever happens, the alias ends at one version, or what is left of the split is said.

use std::time::Duration;

use jiff::Timestamp;

use super::back::{FIRST_PAUSE, TRIES, is_elsewhere, may_pass};
use super::ending::Rolled;
use super::next::TOO_QUIET;
use super::{
    Course, Failed, Look, Next, Place, Prober, Run, Tools, Traffic, UnderWay, Watch, at_rest, next, write,
};
use crate::aws;
use crate::config::FunctionConfig;
use crate::interruption::Interruption;
use crate::model::{LiveAlias, Version};
use crate::report::{RolloutEnd, StepVerdict};

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

/// How the driving ended.
pub(super) enum Came {
    /// The new version serves everything.
    Promoted,
    /// The new version is not as it has to be; why, and the smoke events that say so.
    Failed(String, Option<Box<Failed>>),
    /// It waits for somebody to say more; why.
    Held(String),
    /// It goes on without this driver.
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
            let _turn = self.tools.watch_turn().await;
            self.red_before(old).await?
        };
        let (shape, dead_man, since) = (policy.shape.clone(), policy.dead_man, self.tools.aws.now());
        let under_way = UnderWay { old, next: to, step: 1, shape, since, red, dead_man };
        let course = Course::planned(live.clone(), at_rest(live), under_way, run);
        course.check()?;
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

    /// Gives the new version of a rollout that was found under way everything, as somebody asked for.
    pub async fn finish(&self, mut course: Course) -> Rolled {
        match self.promote(&mut course).await {
            Ok(()) => Rolled::of(course, RolloutEnd::Promoted, None, None),
            Err(error) => {
                let end = if is_elsewhere(&error) { RolloutEnd::Overtaken } else { RolloutEnd::UnderWay };
                Rolled::of(course, end, None, Some(error.into()))
            }
        }
    }

    pub(super) async fn drive(&self, course: &mut Course, first: First) -> Result<Came, aws::Error> {
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
            match next(&course.under_way, &self.function.rollout, now, &look.seen) {
                Next::Wait(_) if self.stay == Stay::OneStep => return Ok(Came::Left),
                Next::Wait(until) => tokio::time::sleep(pause(course, now, until)).await,
                Next::Advance => {
                    if let Some(came) = self.advance(course, now).await? {
                        return Ok(came);
                    }
                }
                Next::TakeBack(reason) => return Ok(Came::Failed(reason, None)),
                Next::Hold(reason) => return Ok(Came::Held(reason)),
                Next::Smoke => match self.probe(course).await? {
                    Some(came) => return Ok(came),
                    None => {
                        if let Some(came) = self.advance(course, now).await? {
                            return Ok(came);
                        }
                    }
                },
            }
        }
    }

    /// Goes on to the next step, or to everything. Answers how that ended the driving, if it did.
    async fn advance(&self, course: &mut Course, now: Timestamp) -> Result<Option<Came>, aws::Error> {
        if !course.advance(now) {
            self.promote(course).await?;
            return Ok(Some(Came::Promoted));
        }
        self.shift(course).await?;
        Ok((self.stay == Stay::OneStep).then_some(Came::Left))
    }

    /// Why the rollout would stand still until somebody says more, going by `look`; `None` when it would not.
    #[must_use]
    pub fn stands_still(&self, course: &Course, look: &Look) -> Option<String> {
        match next(&course.under_way, &self.function.rollout, self.tools.aws.now(), &look.seen) {
            Next::Hold(reason) => Some(reason),
            Next::Smoke if self.function.smoke.is_empty() => Some(nobody_to_ask()),
            Next::Wait(_) | Next::Advance | Next::TakeBack(_) | Next::Smoke => None,
        }
    }

    /// Lets the smoke events decide on a step that is too quiet. `None`: it goes on.
    async fn probe(&self, course: &mut Course) -> Result<Option<Came>, aws::Error> {
        let function = self.function;
        if function.smoke.is_empty() {
            return Ok(Some(Came::Held(nobody_to_ask())));
        }
        let prober = Prober { client: self.tools.aws.lambda(), console: self.tools.console };
        let answers = prober.probe(function, course.under_way.next, &[]).await?;
        let failed = answers.failed.is_some();
        course.decide(if failed { StepVerdict::SmokeFailed } else { StepVerdict::SmokePassed });
        Ok(answers.failed.map(|failed| {
            Came::Failed(format!("{failed}, at a step with {TOO_QUIET}"), Some(Box::new(failed)))
        }))
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
        // Its time begins now, and not when it was prepared.
        course.under_way.since = self.tools.aws.now();
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

    /// Brings the alias forward. What may pass is waited for: a healthy rollout is not broken off for one busy moment.
    async fn bring(&self, course: &mut Course, traffic: Traffic) -> Result<(), aws::Error> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..TRIES {
            match self.bring_once(course, traffic.clone()).await {
                Err(error) if may_pass(error.kind()) => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                brought => return brought,
            }
        }
        self.bring_once(course, traffic).await
    }

    async fn bring_once(&self, course: &mut Course, traffic: Traffic) -> Result<(), aws::Error> {
        let _turn = self.tools.watch_turn().await;
        course.live = write(self.tools.aws.lambda(), self.place(), Some(&course.live), traffic).await?;
        Ok(())
    }

    pub(super) fn place(&self) -> Place<'_> {
        Place { lambda: &self.function.lambda, alias: &self.function.alias }
    }
}

fn nobody_to_ask() -> String {
    format!("{TOO_QUIET}, and there are no smoke events to ask it")
}

/// How long to wait before the next look.
fn pause(course: &Course, now: Timestamp, until: Timestamp) -> Duration {
    let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
    left.min(between_looks(left.max(course.under_way.shape.bake))).max(Duration::from_millis(1))
}

/// The time between two looks at a step that bakes for `bake`.
pub(super) fn between_looks(bake: Duration) -> Duration {
    (bake / LOOKS).clamp(SHORTEST_LOOK, LONGEST_LOOK)
}

/// What a driver begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// The step's shift is still to be made.
    Shift,
    /// It was made.
    Look,
}
