//! A rollout that is under way, in the words of the alias' Description.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::fields::Words;
use crate::model::{CodeSha256, Rollout, Shape, Version, Weight};

/// How much later than an invocation its metrics are there at last (AWS: within a minute or two).
const METRICS_DELAY: Duration = Duration::from_mins(2);

/// What an alias remembers of the rollout that it is in the middle of. Times are the server's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderWay {
    /// The version that has the rest of the traffic, and gets all of it back when the rollout fails.
    pub old: Version,
    /// The version that is rolled out.
    pub next: Version,
    /// The step, from 1.
    pub step: usize,
    /// All steps.
    pub shape: Shape,
    /// When the step began, to the millisecond.
    pub since: Timestamp,
    /// The alarms that were red when the rollout began.
    pub red: Vec<AlarmMark>,
    /// Whether `EventBridge` Scheduler takes the alias back when nobody drives it.
    pub dead_man: bool,
}

impl UnderWay {
    /// The share that the new version has.
    #[must_use]
    pub fn weight(&self) -> Option<Weight> {
        self.shape.steps.get(self.step.checked_sub(1)?).copied()
    }

    /// When the step has baked.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        later(self.since, self.shape.bake)
    }

    /// When the step can be judged as a whole: metrics arrive some time after what they count.
    #[must_use]
    pub fn due(&self, policy: &Rollout) -> Timestamp {
        later(self.until(), policy.metrics_delay.unwrap_or(METRICS_DELAY.min(self.shape.bake)))
    }

    /// When the step is decided at last: a quiet one is watched longer.
    #[must_use]
    pub fn at_last(&self, policy: &Rollout) -> Timestamp {
        later(self.due(policy), policy.patience.unwrap_or(self.shape.bake))
    }

    /// When a step is over for which the one who drives it may be as late as `late`.
    #[must_use]
    pub fn expected(&self, policy: &Rollout, late: Duration) -> Timestamp {
        later(self.at_last(policy), late)
    }

    /// The step after this one, beginning at `now`; `None` when there is none but everything.
    #[must_use]
    pub fn after(&self, now: Timestamp) -> Option<Self> {
        let next = Self { step: self.step + 1, since: now, ..self.clone() };
        next.weight().is_some().then_some(next)
    }

    /// What is read from the words of a Description; `None` when they do not tell all of it.
    pub(super) fn read(words: &Words<'_>) -> Option<Self> {
        let (step, steps): (usize, usize) = words.pair("step=")?;
        let under_way = Self {
            old: words.version("prev=")?,
            next: words.version("next=")?,
            step,
            shape: Shape {
                steps: words.get("at=")?.parse::<Steps>().ok()?.0,
                bake: Duration::from_millis(words.get("bake=")?.parse().ok()?),
            },
            since: Timestamp::from_millisecond(words.get("since=")?.parse().ok()?).ok()?,
            red: AlarmMark::read(words.get("red=").unwrap_or_default()),
            dead_man: words.get("dead-man").is_some(),
        };
        (under_way.shape.steps.len() == steps && under_way.weight().is_some()).then_some(under_way)
    }
}

/// The words, each with a blank before it. Those that can be missed come last.
impl fmt::Display for UnderWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { old, next, step, shape, since, red, dead_man } = self;
        let (steps, bake, since) = (&shape.steps, shape.bake.as_millis(), since.as_millisecond());
        let dead_man = if *dead_man { " dead-man" } else { "" };
        write!(f, " prev={old} next={next} step={step}/{} at={}", steps.len(), Steps(steps.clone()))?;
        write!(f, " bake={bake} since={since}{dead_man}")?;
        let red: String = red.iter().map(|mark| mark.0.as_str()).collect();
        if red.is_empty() { Ok(()) } else { write!(f, " red={red}") }
    }
}

/// The beginning of the digest of an alarm's name: a name may be as long as a whole Description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmMark(String);

impl AlarmMark {
    /// In hexadecimal digits.
    const LENGTH: usize = 5;

    /// The mark of the alarm `name`.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self(CodeSha256::of(name.as_bytes()).hex().chars().take(Self::LENGTH).collect())
    }

    /// Marks without anything between; a last one that was cut off is none.
    fn read(text: &str) -> Vec<Self> {
        let digits: Vec<char> = text.chars().collect();
        digits.chunks_exact(Self::LENGTH).map(|mark| Self(mark.iter().collect())).collect()
    }
}

/// `span` after `time`.
#[must_use]
pub fn later(time: Timestamp, span: Duration) -> Timestamp {
    let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    time.checked_add(span).unwrap_or(Timestamp::MAX)
}

/// `5,25,50`, or `1x99` for ninety-nine steps of one percent.
struct Steps(Vec<Weight>);

/// From how many steps of the same size on they are written by their number.
const MANY: usize = 4;

impl fmt::Display for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(steps) = self;
        let even = |by: &&Weight| {
            let hundredths = usize::from(by.hundredths());
            steps
                .iter()
                .enumerate()
                .all(|(index, step)| usize::from(step.hundredths()) == hundredths * (index + 1))
        };
        if let Some(by) = steps.first().filter(|_| steps.len() >= MANY).filter(even) {
            return write!(f, "{by}x{}", steps.len());
        }
        let steps: Vec<String> = steps.iter().map(Weight::to_string).collect();
        f.write_str(&steps.join(","))
    }
}

impl FromStr for Steps {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let weight = |text: &str| text.parse::<Weight>().map_err(drop);
        let Some((by, count)) = text.split_once('x') else {
            return text.split(',').map(weight).collect::<Result<_, _>>().map(Self);
        };
        let (by, count) = (weight(by)?, count.parse::<u16>().map_err(drop)?);
        let step = |index: u16| by.hundredths().checked_mul(index).and_then(Weight::new);
        (1..=count).map(step).collect::<Option<_>>().map(Self).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::testing::under_way;

    #[test]
    fn steps_are_written_short() {
        for (shape, text) in [
            ("5%,25%,50%/1m", "5,25,50"),
            ("10%/1m", "10"),
            ("0.5%,99.99%/1m", "0.5,99.99"),
            ("linear:1%/1m", "1x99"),
            ("linear:30%/1m", "30,60,90"),
            ("linear:12.5%/1m", "12.5x7"),
        ] {
            let shape: Shape = shape.parse().unwrap();
            assert_eq!(Steps(shape.steps.clone()).to_string(), text);
            assert_eq!(text.parse::<Steps>().unwrap().0, shape.steps, "{text}");
        }
        for text in ["", "5,", "5,100", "1x100", "1x-1", "0x3", "x", "five"] {
            assert!(text.parse::<Steps>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_step_has_a_weight_an_end_and_a_next_one() {
        let first = under_way("5%,25%/1m");
        assert_eq!(first.weight().unwrap().to_string(), "5");
        assert_eq!(first.until().as_millisecond(), first.since.as_millisecond() + 60_000);
        let now = Timestamp::from_second(2_000_000_000).unwrap();
        let second = first.after(now).unwrap();
        assert_eq!((second.step, second.since, second.weight().unwrap().percent()), (2, now, 25.0));
        assert_eq!(second.after(now), None);
    }
}
