//! How often the judge is wrong, by simulating whole rollouts. Every line of its output has the seed that makes it:
//! `cargo test -p cargo-lambdaship --lib rollout::simulation -- --nocapture`.

use fastrand::Rng;

use super::judge::{Evidence, Moment, Verdict, judge};
use crate::model::{Counts, Limits};

const ROLLOUTS: u32 = 2_000;
/// One look every ten seconds of five minutes.
const LOOKS: u64 = 30;
const THREE: &[f64] = &[0.05, 0.25, 0.5];
const FOUR: &[f64] = &[0.05, 0.1, 0.25, 0.5];

/// Two versions that fail now and then, and how many calls the alias gets in each step.
#[derive(Debug, Clone, Copy)]
struct Failing {
    old: f64,
    new: f64,
    calls: u64,
}

impl Failing {
    /// Goes through a step as a driver does. Whether any look failed the new version.
    fn is_caught(self, weight: f64, rng: &mut Rng) -> bool {
        let mut evidence = Evidence::default();
        let more = |counts: &mut Counts, calls, rate, rng: &mut Rng| {
            counts.invocations += calls;
            counts.errors += binomial(calls, rate, rng);
        };
        for look in 1..=LOOKS {
            let calls = self.calls * look / LOOKS - self.calls * (look - 1) / LOOKS;
            let new = binomial(calls, weight, rng);
            more(&mut evidence.new, new, self.new, rng);
            more(&mut evidence.old, calls - new, self.old, rng);
            if is_failed(&evidence, Moment::Baking) {
                return true;
            }
        }
        is_failed(&evidence, Moment::End)
    }
}

/// How many of some calls it hits, when it hits each with the same chance: by the gaps between hits.
fn binomial(calls: u64, chance: f64, rng: &mut Rng) -> u64 {
    let (mut hits, mut at) = (0, 0);
    loop {
        let gap = ((1.0 - rng.f64()).ln() / (-chance).ln_1p()).floor();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a cast of f64 saturates"
        )]
        let gap = gap as u64;
        at = gap.saturating_add(at).saturating_add(1);
        if at > calls {
            return hits;
        }
        hits += 1;
    }
}

fn is_failed(evidence: &Evidence, moment: Moment) -> bool {
    matches!(judge(&Limits::default(), evidence, moment), Verdict::Fail(_))
}

/// The share of rollouts that are caught in any of their steps.
fn rate(seed: u64, steps: &[f64], is_caught: impl Fn(f64, &mut Rng) -> bool) -> f64 {
    let mut rng = Rng::with_seed(seed);
    let caught = |_: &u32| steps.iter().any(|weight| is_caught(*weight, &mut rng));
    let caught = (0..ROLLOUTS).filter(caught).count();
    f64::from(u32::try_from(caught).unwrap()) / f64::from(ROLLOUTS)
}

#[test]
fn versions_that_fail_alike_are_hardly_ever_rolled_back() {
    let table = [(THREE, 500), (FOUR, 500), (THREE, 2_000), (FOUR, 2_000), (THREE, 5_000), (FOUR, 5_000)];
    for (seed, (steps, calls)) in (1..).zip(table) {
        let equal = Failing { old: 0.01, new: 0.01, calls };
        let rate = rate(seed, steps, |weight, rng| equal.is_caught(weight, rng));
        println!("1 % against 1 %, {calls} calls in each of {steps:?}: {rate:.4} rolled back (seed {seed})");
        assert!(rate < 0.01, "{rate}");
    }
}

/// 2,000 calls of the alias are enough at a weight of 25 % and above. Below, it takes as many as give the new version
/// about 400, and a step sees only its own.
#[test]
fn a_version_that_fails_five_times_as_often_is_caught() {
    let table: [(&[f64], u64, f64); 8] = [
        (&[0.5], 2_000, 0.95),
        (&[0.25], 2_000, 0.95),
        (&[0.1], 4_000, 0.95),
        (&[0.05], 8_000, 0.95),
        (THREE, 2_000, 0.95),
        (THREE, 2_000 / 3, 0.6),
        (&[0.1], 2_000, 0.6),
        (&[0.05], 2_000, 0.3),
    ];
    for (seed, (steps, calls, least)) in (11..).zip(table) {
        let worse = Failing { old: 0.01, new: 0.05, calls };
        let rate = rate(seed, steps, |weight, rng| worse.is_caught(weight, rng));
        println!("5 % against 1 %, {calls} calls in each of {steps:?}: {rate:.4} caught (seed {seed})");
        assert!(rate >= least, "{rate}");
    }
}

/// Two versions whose durations are lognormal, and how many calls the alias gets in each of a step's five minutes.
#[derive(Debug, Clone, Copy)]
struct Lasting {
    /// How many times as long the new version takes.
    times: f64,
    sigma: f64,
    calls: u32,
}

impl Lasting {
    /// Goes through a step with a look after each minute.
    fn is_caught(self, weight: f64, rng: &mut Rng) -> bool {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        let mut evidence = Evidence::default();
        for _ in 0..5 {
            let (mut olds, mut news) = (Vec::new(), Vec::new());
            for _ in 0..self.calls {
                let millis = 100.0 * (self.sigma * normal(rng)).exp();
                if rng.f64() < weight { news.push(millis * self.times) } else { olds.push(millis) }
            }
            old.extend(p95(olds));
            new.extend(p95(news));
            evidence = Evidence { old: over(&old), new: over(&new), ..Evidence::default() };
            if is_failed(&evidence, Moment::Baking) {
                return true;
            }
        }
        is_failed(&evidence, Moment::End)
    }
}

/// A standard normal deviate, by Box and Muller.
fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (std::f64::consts::TAU * rng.f64()).cos()
}

/// A minute's calls, and the 95th percentile by nearest rank, which of a few calls is the longest one.
fn p95(mut durations: Vec<f64>) -> Option<(u32, f64)> {
    let rank = (durations.len() * 95).div_ceil(100).checked_sub(1)?;
    let (_, p95, _) = durations.select_nth_unstable_by(rank, f64::total_cmp);
    let p95 = *p95;
    Some((u32::try_from(durations.len()).ok()?, p95))
}

/// As `Counts::over` adds minutes up.
fn over(minutes: &[(u32, f64)]) -> Counts {
    let invocations: u32 = minutes.iter().map(|(calls, _)| calls).sum();
    let p95 =
        minutes.iter().map(|(calls, p95)| f64::from(*calls) * p95).sum::<f64>() / f64::from(invocations);
    Counts { invocations: u64::from(invocations), p95: p95.is_finite().then_some(p95), ..Counts::default() }
}

#[test]
fn versions_that_last_alike_are_hardly_ever_rolled_back() {
    // With a sigma of 0.5 the p95 is 2.3 times the median, with 1.0 it is 5.2 times.
    let table = [(0.5, 80, 0.002), (0.5, 200, 0.002), (1.0, 80, 0.02), (1.0, 200, 0.02)];
    for (seed, (sigma, calls, most)) in (31..).zip(table) {
        let equal = Lasting { times: 1.0, sigma, calls };
        let rate = rate(seed, THREE, |weight, rng| equal.is_caught(weight, rng));
        println!(
            "durations alike, sigma {sigma}, {calls} calls a minute in each of {THREE:?}: {rate:.4} rolled back (seed {seed})"
        );
        assert!(rate < most, "{rate}");
    }
}

#[test]
fn a_version_that_is_twice_as_slow_is_caught() {
    let table: [(&[f64], f64, u32); 4] =
        [(&[0.5], 0.1, 80), (&[0.5], 0.5, 200), (&[0.1], 0.5, 600), (THREE, 0.5, 200)];
    for (seed, (steps, sigma, calls)) in (41..).zip(table) {
        let slow = Lasting { times: 2.0, sigma, calls };
        let rate = rate(seed, steps, |weight, rng| slow.is_caught(weight, rng));
        println!(
            "twice as slow, sigma {sigma}, {calls} calls a minute in each of {steps:?}: {rate:.4} caught (seed {seed})"
        );
        assert!(rate >= 0.95, "{rate}");
    }
}
