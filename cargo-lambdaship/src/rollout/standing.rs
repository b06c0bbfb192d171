//! Where a rollout stands, in words.
//!
//! In: the step, its weight and what both versions did. Out: text, as a line of a log or as two on a terminal.

use std::time::Duration;

use crate::model::{AliasName, Counts, FunctionName, Version, Weight};
use crate::report::{HealthReport, StepVerdict, numbers};

/// The most characters of a function's name on a terminal, so that what follows it fits.
const NAME: usize = 20;
/// The cells of the bar that fills while a step bakes.
const BAR: u16 = 12;

/// Where a rollout stands, as it is shown while it runs.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The function.
    pub function: &'a FunctionName,
    /// The alias that moves.
    pub alias: &'a AliasName,
    /// The version that it served before.
    pub old: Version,
    /// The version that it is to serve.
    pub new: Version,
    /// The share of the new version.
    pub weight: Weight,
    /// The step, from 1.
    pub step: usize,
    /// How many steps there are.
    pub steps: usize,
    /// How long the step still bakes.
    pub left: Duration,
    /// What the old and the new version did since the step began; absent as long as it was not read.
    pub counts: Option<(Counts, Counts)>,
    /// What is made of it.
    pub verdict: StepVerdict,
}

/// A standing as one line: `hello live 5 % v8 · 120 calls 0.8 % failed p95 32 ms · v7 2,280 calls … · 3m12s left`.
#[must_use]
pub fn standing(standing: &Standing<'_>) -> String {
    let Standing { function, alias, old, new, weight, left, verdict, .. } = standing;
    let mut parts = vec![format!("{function} {alias} {weight} % v{new}")];
    if let Some((of_old, of_new)) = standing.counts {
        parts.push(tally(&of_new.into()));
        parts.push(format!("v{old} {}", tally(&of_old.into())));
    }
    if !left.is_zero() {
        parts.push(format!("{} left", numbers::span(*left)));
    }
    parts.extend(remark(*verdict).map(str::to_owned));
    parts.join(" · ")
}

/// What is worth a word; that a step still bakes is not.
fn remark(verdict: StepVerdict) -> Option<&'static str> {
    match verdict {
        StepVerdict::Baking => None,
        StepVerdict::TooQuiet => Some("too quiet to judge"),
        StepVerdict::Unreadable => Some("the metrics cannot be read"),
        StepVerdict::Pass | StepVerdict::Fail | StepVerdict::SmokePassed | StepVerdict::SmokeFailed => {
            Some(verdict.word())
        }
    }
}

/// `120 calls 0.8 % failed p95 32 ms`.
fn tally(health: &HealthReport) -> String {
    let mut text = match health.invocations {
        0 => "no calls".to_owned(),
        1 => format!("1 call {} failed", numbers::failed(health)),
        calls => format!("{} calls {} failed", numbers::count(calls), numbers::failed(health)),
    };
    if let Some(p95) = health.p95 {
        text.extend([" p95 ", &numbers::milliseconds(p95)]);
    }
    if health.throttles > 0 {
        text.extend([" ", &numbers::count(health.throttles), " throttled"]);
    }
    text
}

/// The first line on a terminal: `hello 5 % v8 baking, step 1/3`. What matters least is last: it is cut off first.
pub(super) fn headline(standing: &Standing<'_>) -> String {
    let Standing { new, weight, step, steps, verdict, .. } = standing;
    let name = shortened(standing.function.as_str());
    format!("{name} {weight} % v{new} {}, step {step}/{steps}", verdict.word())
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME {
        return name.to_owned();
    }
    name.chars().take(NAME - 1).chain(['…']).collect()
}

/// The second line on a terminal: `v8 120 calls 0.8 % failed p95 32 ms · v7 2,280 calls 0.9 % 30 ms`.
pub(super) fn comparison(standing: &Standing<'_>) -> String {
    let Standing { old, new, verdict, .. } = standing;
    let Some((of_old, of_new)) = standing.counts else {
        let words =
            if *verdict == StepVerdict::Unreadable { "the metrics cannot be read" } else { "no metrics yet" };
        return words.to_owned();
    };
    // The words of the first are those of the second too.
    let terse = tally(&of_old.into()).replace(" failed", "").replace(" p95", "");
    format!("v{new} {} · v{old} {terse}", tally(&of_new.into()))
}

/// A bar that fills while `whole` passes, and the time that is left of it: `[======>     ]  3m12s`.
pub(super) fn clock(left: Duration, whole: Duration) -> String {
    let left = left.min(whole);
    let share = if whole.is_zero() { 1.0 } else { 1.0 - left.as_secs_f64() / whole.as_secs_f64() };
    let full = numbers::filled(share, BAR);
    let head = if full > 0 && full < usize::from(BAR) { ">" } else { "" };
    let bar = format!("{}{head}", "=".repeat(full - head.len()));
    // A second that has begun is still left.
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    format!("[{bar:<0$}] {1:>6}", usize::from(BAR), numbers::span(Duration::from_secs(seconds)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::rollout) fn names() -> (FunctionName, AliasName) {
        (FunctionName::new("hello").unwrap(), AliasName::new("live").unwrap())
    }

    pub(in crate::rollout) fn at((function, alias): &(FunctionName, AliasName)) -> Standing<'_> {
        let old = Counts { invocations: 2_280, errors: 20, throttles: 0, p95: Some(30.2) };
        let new = Counts { invocations: 120, errors: 1, throttles: 0, p95: Some(31.9) };
        Standing {
            function,
            alias,
            old: Version(7),
            new: Version(8),
            weight: Weight::new(500).unwrap(),
            step: 1,
            steps: 3,
            left: Duration::from_secs(192),
            counts: Some((old, new)),
            verdict: StepVerdict::Baking,
        }
    }

    #[test]
    fn a_standing_is_one_line() {
        let names = names();
        let at = at(&names);
        let (old, new) = at.counts.unwrap();
        let silent = Counts::default();
        let fast = Counts { invocations: 1, errors: 0, throttles: 1_200, p95: Some(0.84) };
        let counts = |old, new| Standing { counts: Some((old, new)), ..at };
        let table = [
            (
                at,
                "hello live 5 % v8 · 120 calls 0.8 % failed p95 32 ms · v7 2,280 calls 0.9 % failed p95 30 ms · 3m12s left",
            ),
            (
                Standing { verdict: StepVerdict::TooQuiet, left: Duration::ZERO, ..counts(silent, silent) },
                "hello live 5 % v8 · no calls · v7 no calls · too quiet to judge",
            ),
            (
                Standing { verdict: StepVerdict::Pass, ..counts(old, fast) },
                "hello live 5 % v8 · 1 call 0 % failed p95 0.8 ms 1,200 throttled · v7 2,280 calls 0.9 % failed p95 30 ms \
                 · 3m12s left · pass",
            ),
            (Standing { counts: None, ..at }, "hello live 5 % v8 · 3m12s left"),
            (
                Standing { counts: None, verdict: StepVerdict::Unreadable, ..at },
                "hello live 5 % v8 · 3m12s left · the metrics cannot be read",
            ),
            (
                Standing { verdict: StepVerdict::Fail, left: Duration::ZERO, ..counts(silent, new) },
                "hello live 5 % v8 · 120 calls 0.8 % failed p95 32 ms · v7 no calls · fail",
            ),
        ];
        for (at, expected) in table {
            assert_eq!(standing(&at), expected);
        }
    }

    #[test]
    fn on_a_terminal_the_verdict_is_not_cut_off_by_a_long_name() {
        let mut names = names();
        assert_eq!(headline(&at(&names)), "hello 5 % v8 baking, step 1/3");
        names.0 = FunctionName::new("a-function-of-a-very-long-name").unwrap();
        assert_eq!(headline(&at(&names)), "a-function-of-a-ver… 5 % v8 baking, step 1/3");
    }

    #[test]
    fn both_versions_fit_on_a_line_of_the_terminal() {
        let names = names();
        let at = at(&names);
        let unread = Standing { counts: None, ..at };
        let table = [
            (at, "v8 120 calls 0.8 % failed p95 32 ms · v7 2,280 calls 0.9 % 30 ms"),
            (unread, "no metrics yet"),
            (Standing { verdict: StepVerdict::Unreadable, ..unread }, "the metrics cannot be read"),
        ];
        for (at, expected) in table {
            assert_eq!(comparison(&at), expected);
        }
    }

    #[test]
    fn the_bar_fills_while_the_time_goes_down() {
        let table = [
            (300, 300, "[            ]  5m00s"),
            (299, 300, "[>           ]  4m59s"),
            (192, 300, "[===>        ]  3m12s"),
            (1, 300, "[==========> ]     1s"),
            (0, 300, "[============]     0s"),
            (400, 300, "[            ]  5m00s"),
            (0, 0, "[============]     0s"),
        ];
        for (left, whole, expected) in table {
            assert_eq!(clock(Duration::from_secs(left), Duration::from_secs(whole)), expected);
        }
        let left = Duration::from_millis(59_001);
        assert_eq!(clock(left, Duration::from_mins(2)), "[=====>      ]  1m00s");
    }
}
