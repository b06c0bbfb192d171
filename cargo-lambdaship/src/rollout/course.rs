//! One alias on its way from a version to another: what it is at each point, as values.

use jiff::Timestamp;

use super::{AliasState, Run, Traffic, UnderWay, settling};
use crate::aws;
use crate::model::{LiveAlias, Weight};
use crate::report::{HealthReport, RolloutEnd, RolloutReport, StepReport, StepVerdict};

/// An alias on its way.
#[derive(Debug, Clone)]
pub struct Course {
    /// The alias as it was last seen or written: the fence of the next write.
    pub live: LiveAlias,
    /// What it remembers besides the rollout.
    pub state: AliasState,
    /// Where it is.
    pub under_way: UnderWay,
    /// The run that began the rollout.
    pub run: Run,
    /// What was seen of its steps.
    pub steps: Vec<StepReport>,
    /// Whether the new version is known to have got traffic.
    begun: bool,
}

impl Course {
    /// One that was found in the middle.
    #[must_use]
    pub fn new(live: LiveAlias, state: AliasState, under_way: UnderWay, run: Run) -> Self {
        Self { begun: true, ..Self::planned(live, state, under_way, run) }
    }

    /// One that is about to begin.
    #[must_use]
    pub fn planned(live: LiveAlias, state: AliasState, under_way: UnderWay, run: Run) -> Self {
        let state = AliasState { rollout: None, ..state };
        Self { live, state, under_way, run, steps: Vec::new(), begun: false }
    }

    /// Sees to it that the alias can remember all that it has to.
    ///
    /// # Errors
    /// When it has too few characters for the alarms that are red already.
    pub fn check(&self) -> Result<(), aws::Error> {
        let remembered = AliasState::parse(&self.rolling().to_string()).rollout;
        if remembered.is_some_and(|(under_way, _)| under_way.red == self.under_way.red) {
            return Ok(());
        }
        let cause =
            format!("{} alarms are red already, more than the alias can remember", self.under_way.red.len());
        Err(aws::Error::new(aws::Kind::Invalid, "begin the rollout", cause))
    }

    /// The alias in the step that it is in.
    #[must_use]
    pub fn step(&self) -> Traffic {
        let split = self.under_way.weight().map(|weight| (self.under_way.next, weight));
        Traffic { version: self.under_way.old, split, state: self.rolling() }
    }

    /// The alias at the end.
    #[must_use]
    pub fn promoted(&self) -> Traffic {
        Traffic { version: self.under_way.next, split: None, state: self.rolling().promoted() }
    }

    /// The alias as if the rollout had never begun; it remembers a version that had traffic as undone.
    #[must_use]
    pub fn taken_back(&self) -> Traffic {
        let state = if self.begun { self.rolling().taken_back() } else { self.state.clone() };
        Traffic { version: self.under_way.old, split: None, state }
    }

    /// Whether the new version is known to have got traffic.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        self.begun
    }

    /// Whether a rollout that was found is this one, wherever it is.
    #[must_use]
    pub fn is_of(&self, under_way: &UnderWay, run: Run) -> bool {
        run == self.run && under_way.next == self.under_way.next && under_way.old == self.under_way.old
    }

    /// Takes over where it was found.
    pub fn found(&mut self, under_way: UnderWay) {
        self.under_way = under_way;
        self.begun = true;
    }

    /// Goes on to the next step, beginning at `now`. `false`: there is none but the end.
    pub fn advance(&mut self, now: Timestamp) -> bool {
        let Some(after) = self.under_way.after(now) else { return false };
        self.under_way = after;
        true
    }

    /// Whether the alias serves the new version alone and says so as a driver of this rollout does. One that a human moved
    /// there by hand says something else.
    #[must_use]
    pub fn is_promoted(&self) -> bool {
        let end = self.promoted();
        let live = &self.live;
        let is_alone = live.split.is_none() || settling(live).is_some();
        live.version == Some(end.version) && is_alone && live.description == end.state.to_string()
    }

    /// Notes that the step was begun, and nothing seen of it yet.
    pub fn begin_step(&mut self) {
        self.begun = true;
        self.note(StepReport {
            percent: self.under_way.weight().map_or(0.0, Weight::percent),
            seconds: 0.0,
            verdict: StepVerdict::Baking,
            findings: Vec::new(),
            old: HealthReport::default(),
            new: HealthReport::default(),
        });
    }

    /// Notes what was seen of the step: the last look at each is kept.
    pub fn note(&mut self, report: StepReport) {
        let same = |last: &&mut StepReport| (last.percent - report.percent).abs() < 1e-9;
        match self.steps.last_mut().filter(same) {
            Some(last) => *last = report,
            None => self.steps.push(report),
        }
    }

    /// Notes what smoke events made of the step.
    pub fn decide(&mut self, verdict: StepVerdict) {
        if let Some(last) = self.steps.last_mut() {
            last.verdict = verdict;
        }
    }

    /// The report on it.
    #[must_use]
    pub fn report(&self, end: RolloutEnd, reason: Option<String>) -> RolloutReport {
        let (old, new) = (self.under_way.old, self.under_way.next);
        RolloutReport { old, new, end, reason, steps: self.steps.clone() }
    }

    fn rolling(&self) -> AliasState {
        self.state.rolling(self.under_way.clone(), self.run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Version;
    use crate::plan::testing::alias;
    use crate::rollout::testing::under_way;

    #[test]
    fn a_course_goes_through_its_steps_to_either_end() {
        let before = AliasState { previous: Some(Version(5)), ..AliasState::default() };
        let planned = Course::planned(alias(7), before.clone(), under_way("5%,25%/1m"), Run(9));
        assert_eq!(planned.taken_back().state, before, "what had no traffic is not undone");
        let mut course = Course::new(alias(7), before, under_way("5%,25%/1m"), Run(9));
        let split =
            |course: &Course| course.step().split.map(|(version, weight)| (version.0, weight.percent()));
        assert_eq!((course.step().version, split(&course)), (Version(7), Some((8, 5.0))));
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        assert!(course.advance(now));
        assert_eq!((split(&course), course.under_way.since), (Some((8, 25.0)), now));
        assert!(!course.advance(now), "all that is left is everything");
        let (up, down) = (course.promoted(), course.taken_back());
        assert_eq!((up.version, up.split, up.state.previous), (Version(8), None, Some(Version(7))));
        assert_eq!((down.version, down.split, down.state.previous), (Version(7), None, Some(Version(5))));
        assert_eq!(down.state.undone, [Version(8)]);
        assert!(!course.is_promoted());
        (course.live.version, course.live.description) = (Some(Version(8)), up.state.to_string());
        assert!(course.is_promoted(), "by another driver");
        course.live.description = course.step().state.to_string();
        assert!(!course.is_promoted(), "by hand");
        course.live.description = up.state.to_string();
        course.run = Run(10);
        assert!(!course.is_promoted(), "by another rollout");
    }
}
