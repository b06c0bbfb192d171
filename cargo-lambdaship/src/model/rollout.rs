//! How an alias moves from one version to another, as the configuration or a flag says it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Role;

/// The most steps that a list has: what an alias can remember is limited.
pub const MOST_STEPS: usize = 16;
/// The most steps of the same size.
const MOST_LINEAR: usize = 100;

/// A share of an alias' traffic, in hundredths of a percent: more than nothing, less than everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weight(u16);

impl Weight {
    /// A weight of so many hundredths of a percent, 1 to 9,999.
    #[must_use]
    pub fn new(hundredths: u16) -> Option<Self> {
        (1..10_000).contains(&hundredths).then_some(Self(hundredths))
    }

    /// The weight that is nearest to one of Lambda's, 0.0 to 1.0.
    #[must_use]
    pub fn nearest(fraction: f64) -> Option<Self> {
        let hundredths = (fraction * 10_000.0).round();
        (1..10_000).find(|weight| (f64::from(*weight) - hundredths).abs() < 0.5).map(Self)
    }

    /// Of 1.0, as Lambda takes it.
    #[must_use]
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }

    /// Of 100.
    #[must_use]
    pub fn percent(self) -> f64 {
        f64::from(self.0) / 100.0
    }

    /// In hundredths of a percent.
    #[must_use]
    pub fn hundredths(self) -> u16 {
        self.0
    }
}

/// A number without a sign: `5`, `12.5`, `0.01`.
impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.percent().to_string())
    }
}

/// `5%`, `12.5%`; the sign may be left out.
impl FromStr for Weight {
    type Err = InvalidRollout;

    fn from_str(text: &str) -> Result<Self, InvalidRollout> {
        let refused = || InvalidRollout::Weight(text.to_owned());
        let number = text.strip_suffix('%').unwrap_or(text);
        let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let number: f64 = number.parse().ok().filter(|_| is_plain).ok_or_else(refused)?;
        let weight = Self::nearest(number / 100.0).ok_or_else(refused)?;
        // `0.001%` is no weight, and neither is `99.999%`.
        if (weight.percent() - number).abs() < 1e-9 { Ok(weight) } else { Err(refused()) }
    }
}

/// The weights that the new version goes through before it gets everything, each held for as long as `bake`. No steps:
/// all at once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shape {
    /// Rising.
    pub steps: Vec<Weight>,
    /// How long each step is watched.
    pub bake: Duration,
}

impl Shape {
    /// Whether the alias moves in one call.
    #[must_use]
    pub fn is_all_at_once(&self) -> bool {
        self.steps.is_empty()
    }

    /// Steps that rise, at most [`MOST_STEPS`] of them.
    ///
    /// # Errors
    /// When they do not rise, are too many, or none.
    pub fn steps(steps: Vec<Weight>, bake: Duration) -> Result<Self, InvalidRollout> {
        if steps.is_empty() || steps.len() > MOST_STEPS {
            return Err(InvalidRollout::Count { most: MOST_STEPS, stated: steps.len() });
        }
        if !steps.is_sorted_by(|one, next| one < next) {
            return Err(InvalidRollout::Falling);
        }
        Ok(Self { steps, bake })
    }

    /// Steps of the same size, as many as stay below everything.
    ///
    /// # Errors
    /// When that is more than a hundred.
    pub fn linear(by: Weight, every: Duration) -> Result<Self, InvalidRollout> {
        let steps: Vec<Weight> =
            (1..).map_while(|step| Weight::new(by.hundredths().checked_mul(step)?)).collect();
        if steps.len() > MOST_LINEAR {
            return Err(InvalidRollout::Count { most: MOST_LINEAR, stated: steps.len() });
        }
        Ok(Self { steps, bake: every })
    }
}

/// `one call`, `3 steps: 5 %, 25 %, 50 %, each for 300s`.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weights: Vec<String> = self.steps.iter().map(|step| format!("{step} %")).collect();
        let (count, bake) = (weights.len(), self.bake.as_secs());
        match weights.as_slice() {
            [] => f.write_str("one call"),
            [only] => write!(f, "1 step: {only} for {bake}s"),
            [first, .., last] if count > MOST_STEPS => {
                write!(f, "{count} steps: {first} to {last}, each for {bake}s")
            }
            _ => write!(f, "{count} steps: {}, each for {bake}s", weights.join(", ")),
        }
    }
}

/// `all-at-once`, `10%/5m`, `5%,25%,50%/5m`, `linear:10%/1m`.
impl FromStr for Shape {
    type Err = InvalidRollout;

    fn from_str(text: &str) -> Result<Self, InvalidRollout> {
        if text == "all-at-once" {
            return Ok(Self::default());
        }
        let (weights, bake) = text.split_once('/').ok_or_else(|| InvalidRollout::Shape(text.to_owned()))?;
        let bake = seconds(bake)?;
        match weights.strip_prefix("linear:") {
            Some(by) => Self::linear(by.parse()?, bake),
            None => Self::steps(weights.split(',').map(str::parse).collect::<Result<_, _>>()?, bake),
        }
    }
}

/// A time in whole seconds: `30s`, `5m`, `2h`.
///
/// # Errors
/// When it is not one, or longer than a week.
pub fn seconds(text: &str) -> Result<Duration, InvalidRollout> {
    const WEEK: u64 = 7 * 24 * 3600;
    let refused = || InvalidRollout::Time(text.to_owned());
    let units = [('s', 1), ('m', 60), ('h', 3600)];
    let (number, scale) = units
        .into_iter()
        .find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, scale)))
        .filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()))
        .ok_or_else(refused)?;
    let number: u64 = number.parse().map_err(|_| refused())?;
    let seconds = number.checked_mul(scale).filter(|seconds| *seconds <= WEEK).ok_or_else(refused)?;
    Ok(Duration::from_secs(seconds))
}

/// Why a text is no rollout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRollout {
    /// Not a share.
    #[error("`{0}` is not a share of the traffic, such as `5%`: 0.01 to 99.99 percent")]
    Weight(String),
    /// Not a time.
    #[error("`{0}` is not a time such as `30s`, `5m` or `2h`, of at most a week")]
    Time(String),
    /// No shape at all.
    #[error("`{0}` is neither `all-at-once` nor steps such as `10%/5m`, `5%,25%/5m` or `linear:10%/1m`")]
    Shape(String),
    /// Too many steps, or none.
    #[error("such a rollout has 1 to {most} steps, not {stated}")]
    Count {
        /// How many there may be.
        most: usize,
        /// How many there are.
        stated: usize,
    },
    /// The steps fall.
    #[error("each step must be more than the one before")]
    Falling,
}

/// What a new version must keep to. `None` is not watched.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// The share of invocations that may fail, 0.0 to 1.0.
    pub max_error_rate: Option<f64>,
    /// How much longer the p95 of the duration may be than the old version's: 0.5 is half as long again.
    pub max_p95_growth: Option<f64>,
    /// Invocations of the new version that it takes to judge a step.
    pub min_invocations: u64,
    /// Names of CloudWatch alarms.
    pub alarms: Vec<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_error_rate: None, max_p95_growth: Some(0.5), min_invocations: 50, alarms: Vec::new() }
    }
}

/// What becomes of a step that had too few invocations to be judged, also after waiting longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quiet {
    /// The smoke events are run once more and decide; without any it is held.
    #[default]
    Smoke,
    /// The alias stays where it is until somebody says more.
    Hold,
    /// It goes on.
    Promote,
    /// It goes back.
    Rollback,
}

/// What a deploy does with an alias that is in the middle of a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Meeting {
    /// Goes on with it when it brings what is wanted; ends it first when it does not and nobody drives it any more.
    #[default]
    Resume,
    /// Ends it first, at the old version.
    Abort,
    /// Leaves it alone.
    Refuse,
}

/// How a function's alias moves.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rollout {
    /// The steps.
    pub shape: Shape,
    /// What the new version must keep to.
    pub limits: Limits,
    /// What becomes of a step that is too quiet.
    pub quiet: Quiet,
    /// How much longer than the bake a quiet step is watched; the bake once more when it is not stated.
    pub patience: Option<Duration>,
    /// How much later than an invocation its metrics are counted on; two minutes when it is not stated, and at most as long as
    /// the bake.
    pub metrics_delay: Option<Duration>,
    /// What a deploy does when it meets a rollout.
    pub meeting: Meeting,
    /// Whether `EventBridge` Scheduler takes the alias back when nobody drives the rollout any more.
    pub dead_man: bool,
    /// The role that Scheduler does it with; one is created when it is not stated.
    pub dead_man_role: Option<Role>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(hundredths: &[u16]) -> Vec<Weight> {
        hundredths.iter().map(|weight| Weight::new(*weight).unwrap()).collect()
    }

    #[test]
    fn a_share_is_read_and_written() {
        for (text, hundredths, written) in
            [("5%", 500, "5"), ("12.5%", 1250, "12.5"), ("0.01", 1, "0.01"), ("99.99%", 9999, "99.99")]
        {
            let weight: Weight = text.parse().unwrap();
            assert_eq!((weight.hundredths(), weight.to_string().as_str()), (hundredths, written), "{text}");
            assert_eq!(Weight::nearest(weight.fraction()), Some(weight), "{text}");
        }
        for text in ["0%", "100%", "0.001%", "99.999%", "-5%", "five", "", "%", "NaN"]
            .into_iter()
            .chain(["5%%", "+5%", "5 %", "5e0%", "1.2.3%", ".%", "inf%"])
        {
            assert_eq!(text.parse::<Weight>(), Err(InvalidRollout::Weight(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn a_shape_is_read() {
        let minutes = |n: u64| Duration::from_secs(n * 60);
        let table = [
            ("all-at-once", Shape::default()),
            ("10%/5m", Shape { steps: weights(&[1000]), bake: minutes(5) }),
            ("5%,25%,50%/1h", Shape { steps: weights(&[500, 2500, 5000]), bake: minutes(60) }),
            ("linear:30%/90s", Shape { steps: weights(&[3000, 6000, 9000]), bake: Duration::from_secs(90) }),
            ("linear:50%/1m", Shape { steps: weights(&[5000]), bake: minutes(1) }),
        ];
        for (text, shape) in table {
            assert_eq!(text.parse::<Shape>().unwrap(), shape, "{text}");
        }
        for (text, told) in [
            ("all-at-once", "one call"),
            ("10%/5m", "1 step: 10 % for 300s"),
            ("5%,12.5%/30s", "2 steps: 5 %, 12.5 %, each for 30s"),
            ("linear:1%/1m", "99 steps: 1 % to 99 %, each for 60s"),
        ] {
            assert_eq!(text.parse::<Shape>().unwrap().to_string(), told);
        }
        assert_eq!("linear:1%/1m".parse::<Shape>().unwrap().steps.len(), 99);
        let many = InvalidRollout::Count { most: 100, stated: 199 };
        assert_eq!("linear:0.5%/1m".parse::<Shape>(), Err(many));
        assert_eq!("25%,5%/1m".parse::<Shape>(), Err(InvalidRollout::Falling));
        assert_eq!("5%,5%/1m".parse::<Shape>(), Err(InvalidRollout::Falling));
        for text in ["10%", "", "canary"] {
            assert_eq!(text.parse::<Shape>(), Err(InvalidRollout::Shape(text.to_owned())), "{text}");
        }
        for time in ["5", "", "m", "5d", "-1s", "+5s", "5ss", "5 s", "1.5s", "200h", "ü"] {
            let text = format!("10%/{time}");
            assert_eq!(text.parse::<Shape>(), Err(InvalidRollout::Time(time.to_owned())), "{text}");
        }
    }
}
