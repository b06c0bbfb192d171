//! A look at a step: metrics and alarms, judged, and written down for the report.

use std::time::Duration;

use futures::{join, try_join};

use super::driver::{Driver, between_looks};
use super::{AlarmMark, Course, Evidence, Moment, Seen, Standing, Verdict, Watch, judge};
use crate::aws::{self, Alarm, AlarmState};
use crate::model::{Counts, Rollout, Version, Weight};
use crate::report::{StepReport, StepVerdict};

/// What was seen of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// What decides.
    pub seen: Seen,
    /// The old version and the new one; `None` when their metrics could not be read.
    pub counts: Option<(Counts, Counts)>,
    /// What is said of it.
    pub verdict: StepVerdict,
}

impl Driver<'_> {
    /// Alarms that are red before anything is moved. It also shows that metrics and alarms may be read: a rollout that
    /// could not be judged is not begun.
    pub(super) async fn red_before(&self, old: Version) -> Result<Vec<AlarmMark>, aws::Error> {
        let (function, now) = (self.function, self.tools.aws.now());
        let metrics = &self.tools.metrics;
        let minutes = metrics.minutes(&function.lambda, &function.alias, [old, old], now..now);
        let (_, alarms) = try_join!(minutes, self.alarms())?;
        for alarm in alarms.iter().filter(|alarm| is_red(alarm)) {
            self.tools.console.warn(format_args!(
                "alarm `{}` is red already: it does not stop the rollout of {}",
                alarm.name, function.function.name
            ));
        }
        Ok(alarms.iter().filter(|alarm| is_red(alarm)).map(|alarm| AlarmMark::of(&alarm.name)).collect())
    }

    /// Looks at the step that `course` is in.
    pub async fn look(&self, course: &mut Course) -> Look {
        let (evidence, unread) = {
            let _turn = self.tools.watch_turn().await;
            self.evidence(course).await
        };
        let (policy, under_way, now) = (&self.function.rollout, &course.under_way, self.tools.aws.now());
        let moment = if now < under_way.due(policy) { Moment::Baking } else { Moment::End };
        let look = Look::of(judge(&policy.limits, &evidence, moment), unread, &evidence, moment);
        let seconds = now.duration_since(under_way.since).as_secs_f64().max(0.0);
        course.note(StepReport {
            percent: under_way.weight().map_or(0.0, Weight::percent),
            seconds: (seconds * 1000.0).round() / 1000.0,
            verdict: look.verdict,
            findings: findings(&look.seen, &evidence),
            old: evidence.old.into(),
            new: evidence.new.into(),
        });
        look
    }

    /// Shows on `watch` what was seen.
    pub(super) fn show(&self, course: &Course, watch: &Watch, look: &Look) {
        let under_way = &course.under_way;
        let Some(weight) = under_way.weight() else { return };
        let left = under_way.due(&self.function.rollout).duration_since(self.tools.aws.now());
        watch.show(&Standing {
            function: &self.function.function.name,
            alias: &self.function.alias,
            old: under_way.old,
            new: under_way.next,
            weight,
            step: under_way.step,
            steps: under_way.shape.steps.len(),
            left: Duration::try_from(left).unwrap_or_default(),
            counts: look.counts,
            verdict: look.verdict,
        });
    }

    /// The alarms that the function minds. They are shared by all rollouts of the run, and never as old as the look before.
    pub(crate) async fn alarms(&self) -> Result<Vec<Alarm>, aws::Error> {
        let Rollout { limits, shape, .. } = &self.function.rollout;
        let age = between_looks(shape.bake) / 2;
        self.tools.alarms.alarms(&self.tools.metrics, &limits.alarms, age).await
    }

    /// What can be read of the step, and why the rest cannot.
    async fn evidence(&self, course: &Course) -> (Evidence, Option<Unread>) {
        let (function, under_way) = (self.function, &course.under_way);
        let metrics = &self.tools.metrics;
        let versions = [under_way.old, under_way.next];
        let (since, now) = (under_way.since, self.tools.aws.now());
        let minutes = metrics.minutes(&function.lambda, &function.alias, versions, since..now);
        let (minutes, alarms) = join!(minutes, self.alarms());
        let mut evidence = Evidence::default();
        let mut unread = None;
        match alarms {
            Ok(alarms) => {
                let red = alarms.into_iter().filter(is_red).map(|alarm| alarm.name);
                (evidence.red_before, evidence.alarms) =
                    red.partition(|name| under_way.red.contains(&AlarmMark::of(name)));
            }
            Err(error) => unread = Some(Unread::Alarms(error.cause().to_owned())),
        }
        match minutes {
            Ok([old, new]) => {
                (evidence.old, evidence.new) = (Counts::over(&old, since), Counts::over(&new, since));
            }
            Err(error) => unread = Some(Unread::Counts(error.cause().to_owned())),
        }
        (evidence, unread)
    }
}

/// What could not be read of a step, and why.
enum Unread {
    /// Metrics, and perhaps alarms.
    Counts(String),
    /// Alarms alone.
    Alarms(String),
}

impl Look {
    /// What fails by what was read fails, whatever else there is; nothing passes by half.
    fn of(verdict: Verdict, unread: Option<Unread>, evidence: &Evidence, moment: Moment) -> Self {
        let counts = (evidence.old, evidence.new);
        let (cause, counts) = match unread {
            None => (None, Some(counts)),
            Some(Unread::Alarms(cause)) => (Some(cause), Some(counts)),
            Some(Unread::Counts(cause)) => (Some(cause), None),
        };
        let seen = match (verdict, cause) {
            (Verdict::Pass | Verdict::TooQuiet, Some(cause)) => Seen::Unreadable(cause),
            (verdict, _) => Seen::Judged(verdict),
        };
        Self { verdict: self::verdict(&seen, moment), seen, counts }
    }
}

fn is_red(alarm: &Alarm) -> bool {
    match alarm.state {
        AlarmState::Alarm => true,
        AlarmState::Ok | AlarmState::InsufficientData => false,
    }
}

/// What the report says of it: a step that bakes has not passed yet.
fn verdict(seen: &Seen, moment: Moment) -> StepVerdict {
    match (seen, moment) {
        (Seen::Unreadable(_), _) => StepVerdict::Unreadable,
        (Seen::Judged(Verdict::Fail(_)), _) => StepVerdict::Fail,
        (Seen::Judged(_), Moment::Baking) => StepVerdict::Baking,
        (Seen::Judged(Verdict::Pass), Moment::End) => StepVerdict::Pass,
        (Seen::Judged(Verdict::TooQuiet), Moment::End) => StepVerdict::TooQuiet,
    }
}

fn findings(seen: &Seen, evidence: &Evidence) -> Vec<String> {
    let mut findings = match seen {
        Seen::Judged(Verdict::Fail(reasons)) => reasons.clone(),
        Seen::Judged(Verdict::Pass | Verdict::TooQuiet) => Vec::new(),
        Seen::Unreadable(cause) => vec![format!("the metrics could not be read: {cause}")],
    };
    findings.extend(
        evidence.red_before.iter().map(|name| format!("alarm `{name}` was red before, and still is")),
    );
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_has_not_passed_before_its_end() {
        let judged = |verdict| Seen::Judged(verdict);
        let table = [
            (judged(Verdict::Pass), Moment::Baking, StepVerdict::Baking),
            (judged(Verdict::Pass), Moment::End, StepVerdict::Pass),
            (judged(Verdict::TooQuiet), Moment::Baking, StepVerdict::Baking),
            (judged(Verdict::TooQuiet), Moment::End, StepVerdict::TooQuiet),
            (judged(Verdict::Fail(Vec::new())), Moment::Baking, StepVerdict::Fail),
            (Seen::Unreadable(String::new()), Moment::Baking, StepVerdict::Unreadable),
        ];
        for (seen, moment, expected) in table {
            assert_eq!(verdict(&seen, moment), expected, "{seen:?} {moment:?}");
        }
    }

    #[test]
    fn what_was_read_can_fail_a_step_and_only_all_of_it_can_pass_one() {
        let fail = || Verdict::Fail(vec!["it fails".to_owned()]);
        let unread: [fn() -> Option<Unread>; 3] =
            [|| None, || Some(Unread::Alarms("503".to_owned())), || Some(Unread::Counts("503".to_owned()))];
        for (index, unread) in unread.into_iter().enumerate() {
            let look = |verdict| Look::of(verdict, unread(), &Evidence::default(), Moment::End);
            assert_eq!(look(fail()).seen, Seen::Judged(fail()), "{index}");
            let unreadable = Seen::Unreadable("503".to_owned());
            let expected = if index == 0 { Seen::Judged(Verdict::Pass) } else { unreadable };
            assert_eq!(look(Verdict::Pass).seen, expected, "{index}");
            assert_eq!(look(Verdict::Pass).counts.is_some(), index < 2, "{index}");
        }
    }

    #[test]
    fn an_alarm_that_was_red_before_is_told_and_decides_nothing() {
        let evidence = Evidence { red_before: vec!["orders".to_owned()], ..Evidence::default() };
        let findings = findings(&Seen::Judged(Verdict::Pass), &evidence);
        assert_eq!(findings, ["alarm `orders` was red before, and still is"]);
    }
}
