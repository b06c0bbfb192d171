//! How likely chance alone makes as many failures as were seen. Both tests are exact, so they hold for a handful of
//! failures as well, where an approximation by a normal distribution cries wolf.
//!
//! In: counts. Out: a p-value, 0.0 to 1.0. What is small enough is for the judge to say.

use std::ops::Range;

use crate::model::Counts;

/// A term that adds less than this share to a sum does not matter.
const NOTHING: f64 = 1e-12;

/// The chance that the new version has so many of the failures, or more, when each failure is as likely to fall on any
/// call of either version: Fisher's exact test, one-sided.
pub(super) fn chance_against(new: Counts, old: Counts) -> f64 {
    let (mine, theirs) = (failures(new), failures(old));
    let all = mine + theirs;
    // Of all ways to pick the failures out of the calls, those in which so many are the new version's.
    let first = ln_choose(new.invocations, mine) + ln_choose(old.invocations, theirs)
        - ln_choose(new.invocations + old.invocations, all);
    let ratio = |count: u64| {
        let (calls_left, failures_left) = (new.invocations - count, all - count);
        let old_works = (old.invocations + count + 1).saturating_sub(all);
        float(calls_left) * float(failures_left) / (float(count + 1) * float(old_works))
    };
    tail(first, ratio, mine..all.min(new.invocations))
}

/// The chance of so many failures, or more, when the true rate is just `ceiling` (0.0 to 1.0). It is below a
/// significance exactly when the rate's lower bound of that confidence (Clopper and Pearson's) is above the ceiling.
pub(super) fn chance_within(new: Counts, ceiling: f64) -> f64 {
    let (calls, errors) = (new.invocations, failures(new));
    if errors == 0 || ceiling >= 1.0 {
        return 1.0;
    }
    let works = float(calls - errors) * (-ceiling).ln_1p();
    let first = ln_choose(calls, errors) + float(errors) * ceiling.ln() + works;
    let odds = ceiling / (1.0 - ceiling);
    tail(first, |count| float(calls - count) / float(count + 1) * odds, errors..calls)
}

/// Failures and invocations are separate metrics, and of the last minute one may be known before the other.
fn failures(counts: Counts) -> u64 {
    counts.errors.min(counts.invocations)
}

/// The sum of a probability, given by its logarithm, and of those that follow it: each is the `ratio` of the count
/// before it times the one before. The sum is in units of the first, so that one which is too small for a number does
/// not make nothing of the rest.
fn tail(ln_first: f64, ratio: impl Fn(u64) -> f64, counts: Range<u64>) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for count in counts {
        let ratio = ratio(count);
        term *= ratio;
        sum += term;
        if ratio < 1.0 && term < sum * NOTHING || sum.is_infinite() {
            break;
        }
    }
    f64::min((ln_first + sum.ln()).exp(), 1.0)
}

/// The logarithm of "`from` choose `count`".
fn ln_choose(from: u64, count: u64) -> f64 {
    let Some(rest) = from.checked_sub(count) else { return f64::NEG_INFINITY };
    let ln_factorial = |number| libm::lgamma(float(number) + 1.0);
    ln_factorial(from) - ln_factorial(count) - ln_factorial(rest)
}

#[expect(clippy::cast_precision_loss, reason = "no rollout has 2^52 invocations")]
fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts((errors, invocations): (u64, u64)) -> Counts {
        Counts { invocations, errors, ..Counts::default() }
    }

    fn assert_near(value: f64, expected: f64, case: &str) {
        assert!((value - expected).abs() <= expected * 1e-6, "{case}: {value:e}, not {expected:e}");
    }

    /// The values are `fisher_exact(…, alternative='greater')` of `SciPy` 1.17.
    #[test]
    fn fishers_test_agrees_with_scipy() {
        let table = [
            ((3, 8), (4, 54), 0.039_707_492_465_292_815),
            ((172, 218), (90, 217), 6.662_405_187_349_781e-16),
            ((12, 120), (9, 1_080), 7.988_017_134_506_166e-8),
            ((5, 5), (0, 2_000), 3.722_005_759_436_672e-15),
            ((25, 500), (15, 1_500), 4.368_793_388_031_378_6e-7),
            ((1, 100), (19, 1_900), 0.643_314_021_114_598_6),
            ((10, 1_000), (10, 1_000), 0.588_542_238_303_766_7),
            ((50_000, 1_000_000), (49_000, 1_000_000), 0.000_563_618_416_320_269_7),
            ((0, 50), (0, 950), 1.0),
            ((50, 50), (950, 950), 1.0),
            ((10, 10), (0, 0), 1.0),
            ((0, 0), (10, 10), 1.0),
            ((0, 0), (0, 0), 1.0),
        ];
        for (new, old, expected) in table {
            assert_near(chance_against(counts(new), counts(old)), expected, &format!("{new:?} {old:?}"));
        }
        // A failure that is known before its invocation.
        let early = chance_against(counts((9, 8)), counts((0, 100)));
        assert_near(early, chance_against(counts((8, 8)), counts((0, 100))), "more failures than calls");
    }

    /// The values are `binom.sf(errors - 1, calls, ceiling)` of `SciPy` 1.17.
    #[test]
    fn the_binomial_tail_agrees_with_scipy() {
        let table = [
            ((10, 100), 0.05, 0.028_188_294_163_416_14),
            ((12, 100), 0.05, 0.004_274_182_466_365_919),
            ((20, 1_000), 0.01, 0.003_288_359_787_727_457),
            ((4, 50), 0.02, 0.017_758_080_697_971_617),
            ((10_300, 1_000_000), 0.01, 0.001_363_115_039_531_6),
            ((50, 50), 0.5, 8.881_784_197_001_252e-16),
            ((1, 1_000), 0.0, 0.0),
            ((0, 50), 0.01, 1.0),
            ((0, 0), 0.01, 1.0),
            ((1, 100), 1.0, 1.0),
            ((5, 100), 7.0, 1.0),
            // The first term is e^-690,000.
            ((10, 1_000_000), 0.5, 1.0),
        ];
        for (new, ceiling, expected) in table {
            assert_near(chance_within(counts(new), ceiling), expected, &format!("{new:?} {ceiling}"));
        }
    }
}
