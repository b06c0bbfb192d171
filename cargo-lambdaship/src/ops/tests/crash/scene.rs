//! The runs themselves, on a local AWS of their own.

use std::future::pending;
use std::time::Duration;

use super::super::super::rollback::{Destination, Reach, move_back};
use super::super::super::rollout::{Care, of_one};
use super::super::support::{Stage, function};
use super::case::{After, Case, Scenario, Trouble, Verb};
use super::verdict::Snapshot;
use crate::config::FunctionConfig;
use crate::context;
use crate::error::Error;
use crate::interruption::Interruption;
use crate::local::{Ended, Failure, Injection, Sample};
use crate::model::{Exit, Meeting, Quiet, Rollout, Shape, Version};
use crate::report::{FunctionReport, RolloutEnd, RolloutReport};
use crate::rollout::{Driver, Run, Stay};

/// How long a step bakes.
const BAKE: Duration = Duration::from_millis(25);
/// How long ticks may take to come to an end.
const LONG: Duration = Duration::from_mins(2);

/// How long a run may go on after a signal, beside many others; an answer is waited for longer than that.
const PROMPT: Duration = Duration::from_mins(2);

/// A local AWS with a function on it, and who does what to it.
pub(super) struct Scene {
    pub(super) stage: Stage,
    pub(super) function: FunctionConfig,
    scenario: Scenario,
}

/// What a run said at its end.
#[derive(Debug)]
#[expect(dead_code, reason = "the words are for whoever reads why a case failed")]
pub(super) struct Told {
    pub(super) exit: Option<Exit>,
    pub(super) rollout: Option<RolloutReport>,
    pub(super) to: Option<Version>,
    pub(super) words: String,
}

/// What became of the run that something came between.
pub(super) struct Disturbed {
    /// The request that it was stalled at.
    pub(super) at: String,
    /// What it said, unless it was killed.
    pub(super) told: Option<Told>,
    /// The alias before and after another run, and what that said.
    pub(super) second: Option<(Snapshot, Told, Snapshot)>,
}

impl Scene {
    /// A lambda that served "older" and serves "old", unless it is not there yet.
    pub(super) async fn new(scenario: Scenario) -> Self {
        let steps: &[&str] = match scenario {
            Scenario::AtOnce | Scenario::First => &[],
            Scenario::Steps | Scenario::Bad | Scenario::Detached | Scenario::DeadMan => &["10%", "50%"],
            Scenario::Judged => &["5%", "25%", "50%"],
        };
        let shape = Shape { steps: steps.iter().map(|step| step.parse().unwrap()).collect(), bake: BAKE };
        let rollout = Rollout {
            shape,
            quiet: Quiet::Promote,
            patience: Some(Duration::ZERO),
            dead_man: scenario == Scenario::DeadMan,
            ..Rollout::default()
        };
        let scene = Self {
            stage: Stage::new().await,
            function: FunctionConfig { rollout, ..function(|_| {}) },
            scenario,
        };
        if scenario != Scenario::First {
            let at_once = function(|_| {});
            for code in ["older", "old"] {
                assert_eq!(scene.stage.deploy(&at_once, code).await.error, None);
            }
        }
        match scenario {
            Scenario::Judged => scene.call(Ended::Succeeded),
            Scenario::Bad => scene.call(Ended::Failed),
            _ => {}
        }
        scene
    }

    /// Has both versions called often enough; in the minutes after this one, too, should the rollout come into them.
    fn call(&self, new: Ended) {
        let now = context::now();
        for at in (0..=5).map(|minutes| crate::rollout::later(now, Duration::from_mins(minutes))) {
            for (version, outcome) in [("2", Ended::Succeeded), ("3", new), ("4", new)] {
                for _ in 0..60 {
                    let (lambda, qualifier) = (self.function.lambda.to_string(), Some("live".to_owned()));
                    let executed_version = Some(version.to_owned());
                    let duration_ms = 5.0;
                    let sample = Sample { lambda, qualifier, executed_version, at, outcome, duration_ms };
                    self.stage.server.record(&sample);
                }
            }
        }
    }

    /// The run that something comes between.
    async fn first(&self, until: &Interruption) -> Told {
        if self.scenario != Scenario::Detached {
            return self.deploy_until((Run(10), Stay::ToTheEnd), until).await;
        }
        let begun = self.deploy_until((Run(10), Stay::OneStep), until).await;
        let goes_on = begun.exit.is_none() && begun.end() == Some(RolloutEnd::UnderWay);
        if goes_on { self.ticks(until).await } else { begun }
    }

    async fn deploy(&self, run: Run) -> Told {
        self.deploy_until((run, Stay::ToTheEnd), &Interruption::never()).await
    }

    async fn deploy_until(&self, run: (Run, Stay), until: &Interruption) -> Told {
        self.deploy_of(&self.function, "new", run, until).await
    }

    async fn deploy_of(
        &self,
        function: &FunctionConfig,
        code: &str,
        run: (Run, Stay),
        until: &Interruption,
    ) -> Told {
        let line = async {
            let planned = until.unless(self.stage.plan(function, code)).await?;
            Ok(self.stage.publish_as(&planned, run, until).await)
        };
        Told::of(Box::pin(line).await)
    }

    /// A deploy of other code.
    async fn other(&self, run: Run) -> Told {
        let rollout = Rollout { meeting: Meeting::Abort, ..self.function.rollout.clone() };
        let function = FunctionConfig { rollout, ..self.function.clone() };
        self.deploy_of(&function, "other", (run, Stay::ToTheEnd), &Interruption::never()).await
    }

    async fn look_after(&self, care: Care, until: &Interruption) -> Told {
        let stay = if care == Care::Tick { Stay::OneStep } else { Stay::ToTheEnd };
        let tools = &self.stage.tools();
        let driver = Driver { tools, function: &self.function, stay };
        Told::of(Box::pin(of_one(&driver, care, until)).await)
    }

    /// Ticks until nothing is under way, or one fails.
    async fn ticks(&self, until: &Interruption) -> Told {
        let begun = context::instant();
        loop {
            let told = self.look_after(Care::Tick, until).await;
            if told.exit.is_some() || told.end() != Some(RolloutEnd::UnderWay) {
                return told;
            }
            assert!(begun.elapsed() < LONG, "ticks do not come to an end: {told:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn run(&self, verb: Verb) -> Told {
        let (run, until) = (Run(11), &Interruption::never());
        match verb {
            Verb::Same => self.deploy(run).await,
            Verb::Other => self.other(run).await,
            Verb::Tick => self.look_after(Care::Tick, until).await,
            Verb::Resume => self.look_after(Care::Resume, until).await,
            Verb::Abort => self.look_after(Care::Abort, until).await,
            Verb::Rollback => {
                let tools = &self.stage.tools();
                let driver = Driver { tools, function: &self.function, stay: Stay::ToTheEnd };
                let back = move_back(
                    &driver,
                    (&Destination::Before, run, Reach::Every { store: None }),
                    &Interruption::never(),
                )
                .await
                .map(drop);
                Told { exit: back.as_ref().err().map(Error::exit), ..Told::nothing(format!("{back:?}")) }
            }
        }
    }

    /// What is run at last.
    pub(super) async fn afterwards(&self, after: After) -> Told {
        match after {
            After::Deploy => self.deploy(Run(12)).await,
            After::Other => self.other(Run(12)).await,
            After::Ticks | After::Switch => self.ticks(&Interruption::never()).await,
        }
    }

    /// How many requests the run makes when nothing comes between.
    pub(super) async fn requests(&self) -> u32 {
        let before = self.stage.server.requests().len();
        let told = self.first(&Interruption::never()).await;
        assert_eq!(told.exit.is_none(), self.scenario.is_good(), "{told:?}");
        u32::try_from(self.stage.server.requests().len() - before).unwrap()
    }

    /// The run with the trouble of `case`.
    pub(super) async fn disturbed(&self, case: &Case) -> Disturbed {
        let (failure, times) = match case.trouble {
            Trouble::KilledBefore | Trouble::SignalledBefore => (Failure::Hang, 1),
            Trouble::KilledAfter | Trouble::SignalledAfter => (Failure::Silent, 1),
            Trouble::Fails(failure, times) => (failure, times),
            Trouble::NoMetrics | Trouble::Second(_) => (Failure::Held, 1),
        };
        self.inject(Injection::EVERY, failure, (case.at, times));
        let (signal, signalled) = tokio::sync::oneshot::channel::<()>();
        // A sender that is dropped is no signal.
        let until = Interruption::new(async {
            if signalled.await.is_err() {
                pending::<()>().await;
            }
        });
        let mut first = Box::pin(self.first(&until));
        let reached = tokio::select! {
            biased;
            told = &mut first => Err(told),
            () = self.stage.server.stalled() => Ok(()),
        };
        let at = self.stage.server.requests().pop().unwrap_or_default();
        let mut second = None;
        let told = match (reached, case.trouble) {
            (Err(told), _) => Some(told),
            (Ok(()), Trouble::SignalledBefore | Trouble::SignalledAfter) => {
                signal.send(()).unwrap();
                let told = tokio::time::timeout(PROMPT, first).await;
                Some(told.expect("a signal does not wait for answers"))
            }
            (Ok(()), Trouble::NoMetrics) => {
                for operation in ["GetMetricData", "DescribeAlarms"] {
                    self.inject(operation, Failure::Internal, (0, u32::MAX));
                }
                self.stage.server.release();
                Some(first.await)
            }
            (Ok(()), Trouble::Second(verb)) => {
                let before = Snapshot::of(self).await;
                let told = self.run(verb).await;
                second = Some((before, told, Snapshot::of(self).await));
                self.stage.server.release();
                Some(first.await)
            }
            // A future that is dropped does no more than a process that is killed.
            (Ok(()), Trouble::KilledBefore | Trouble::KilledAfter | Trouble::Fails(..)) => None,
        };
        self.stage.server.clear_injections();
        Disturbed { at, told, second }
    }

    fn inject(&self, operation: &str, failure: Failure, (after, times): (u32, u32)) {
        let operation = operation.to_owned();
        self.stage.server.inject(Injection { operation, failure, after, times });
    }

    /// The server once more, at a time when every schedule is due. What is armed then takes the alias back; `last` is the
    /// request that the trouble came at.
    pub(super) async fn when_schedules_are_due(self, trouble: Trouble, last: &str) -> Self {
        let Self { stage, function, scenario } = self;
        let edit = |state: &mut serde_json::Value| {
            let schedules = state.get_mut("schedules").and_then(serde_json::Value::as_object_mut);
            for schedule in schedules.into_iter().flat_map(serde_json::Map::values_mut) {
                schedule["due"] = "2020-01-01T00:00:00Z".into();
            }
        };
        let scene = Self { stage: stage.restarted(edit).await, function, scenario };
        // Between a step and its switch there is a moment without any.
        let moment = match trouble {
            Trouble::KilledBefore => ["UpdateSchedule", "CreateSchedule"].contains(&last),
            Trouble::KilledAfter => last == "UpdateAlias",
            _ => true,
        };
        let now = Snapshot::of(&scene).await;
        assert!(!now.is_split() || moment, "killed at {last}, and nothing takes it back: {now:?}");
        scene
    }
}

impl Told {
    fn nothing(words: String) -> Self {
        Self { exit: None, rollout: None, to: None, words }
    }

    fn of(report: Result<FunctionReport, Error>) -> Self {
        match report {
            Err(error) => Self { exit: Some(error.exit()), ..Self::nothing(format!("{error:?}")) },
            Ok(report) => Self {
                exit: report.error.as_ref().map(|error| error.exit),
                rollout: report.rollout,
                to: report.version.to,
                words: format!("{:?} {:?}", report.outcome, report.error),
            },
        }
    }

    pub(super) fn end(&self) -> Option<RolloutEnd> {
        self.rollout.as_ref().map(|rollout| rollout.end)
    }
}
