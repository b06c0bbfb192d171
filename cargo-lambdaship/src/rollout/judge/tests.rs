//! Verdicts with known answers.

use super::*;

/// Failures and invocations.
type Failed = (u64, u64);

fn counts((errors, invocations): Failed) -> Counts {
    Counts { invocations, errors, ..Counts::default() }
}

fn evidence(new: Failed, old: Failed) -> Evidence {
    Evidence { old: counts(old), new: counts(new), ..Evidence::default() }
}

fn ceiling(rate: f64) -> Limits {
    Limits { max_error_rate: Some(rate), ..Limits::default() }
}

fn least(min_invocations: u64) -> Limits {
    Limits { min_invocations, ..Limits::default() }
}

fn fail(reason: &str) -> Verdict {
    Verdict::Fail(vec![reason.to_owned()])
}

/// Asserts the verdicts while it bakes and at the end.
fn assert_verdicts(limits: &Limits, evidence: &Evidence, [baking, end]: [&Verdict; 2]) {
    assert_eq!(judge(limits, evidence, Moment::Baking), *baking, "baking: {limits:?} {evidence:?}");
    assert_eq!(judge(limits, evidence, Moment::End), *end, "end: {limits:?} {evidence:?}");
}

#[test]
fn silence_is_not_health() {
    let table = [
        (least(50), (0, 0), (0, 0), Verdict::TooQuiet),
        (least(50), (0, 49), (0, 900), Verdict::TooQuiet),
        (least(50), (0, 50), (0, 900), Verdict::Pass),
        (least(50), (0, 50), (0, 0), Verdict::Pass),
        (least(0), (0, 0), (0, 900), Verdict::TooQuiet),
        (least(1), (0, 1), (0, 900), Verdict::Pass),
        // One event that cannot be handled is tried three times, and says nothing of the rest.
        (least(1), (3, 3), (0, 2_000), Verdict::TooQuiet),
        (least(50), (3, 3), (0, 2_000), Verdict::TooQuiet),
        // One call that works is enough to wait for more of them.
        (least(50), (18, 19), (0, 900), Verdict::TooQuiet),
    ];
    for (limits, new, old, verdict) in table {
        assert_verdicts(&limits, &evidence(new, old), [&verdict; 2]);
    }
}

#[test]
fn a_version_of_which_no_call_works_fails_however_few_they_are() {
    let table: [(Limits, Failed, Failed, &str); 4] = [
        (least(50), (4, 4), (0, 900), "all 4 calls failed"),
        (least(50), (19, 19), (0, 900), "all 19 calls failed"),
        (least(50), (19, 19), (0, 0), "all 19 calls failed"),
        (least(1_000), (19, 19), (900, 900), "all 19 calls failed"),
    ];
    for (limits, new, old, reason) in table {
        let verdict = fail(reason);
        assert_verdicts(&limits, &evidence(new, old), [&verdict; 2]);
    }
}

#[test]
fn more_failures_than_the_old_versions_are_told_with_their_numbers() {
    let table: [(Limits, Failed, Failed, &str); 4] = [
        (
            least(50),
            (12, 120),
            (9, 1_080),
            "12 of 120 calls failed (10 %) against 9 of 1,080 (0.8 %) of the old version",
        ),
        (
            least(50),
            (20, 20),
            (0, 100),
            "20 of 20 calls failed (100 %) against 0 of 100 (0 %) of the old version",
        ),
        (least(5), (5, 5), (0, 50), "5 of 5 calls failed (100 %) against 0 of 50 (0 %) of the old version"),
        // Not worse than the old one, and yet nothing to go on with.
        (least(50), (100, 100), (900, 900), "all 100 calls failed"),
    ];
    for (limits, new, old, reason) in table {
        let verdict = fail(reason);
        assert_verdicts(&limits, &evidence(new, old), [&verdict; 2]);
    }
}

#[test]
fn chance_is_left_its_share() {
    let table: [(Failed, Failed); 5] = [
        // p = 0.002
        ((6, 100), (21, 1_900)),
        // The poisonous event, p = 0.0001
        ((3, 50), (0, 950)),
        ((10, 1_000), (10, 1_000)),
        ((0, 100), (50, 1_000)),
        ((50, 100), (500, 1_000)),
    ];
    for (new, old) in table {
        assert_verdicts(&least(50), &evidence(new, old), [&Verdict::Pass; 2]);
    }
    // p = 0.0003: enough at the end, not for one look of many.
    let reason = "7 of 100 calls failed (7 %) against 21 of 1,900 (1.1 %) of the old version";
    assert_verdicts(&least(50), &evidence((7, 100), (21, 1_900)), [&Verdict::Pass, &fail(reason)]);
}

#[test]
fn a_ceiling_is_not_crossed_by_chance() {
    let (pass, old) = (Verdict::Pass, (500, 1_000));
    let twelve = fail("12 of 100 calls failed (12 %), at most 5 % may");
    let many = fail("25 of 100 calls failed (25 %), at most 5 % may");
    let one = fail("1 of 100 calls failed (1 %), at most 0 % may");
    let table = [
        (0.05, (7, 100), [&pass, &pass]),
        (0.05, (12, 100), [&pass, &twelve]),
        (0.05, (25, 100), [&many, &many]),
        (0.0, (1, 100), [&one, &one]),
        (0.0, (0, 100), [&pass, &pass]),
    ];
    for (rate, new, verdicts) in table {
        assert_verdicts(&ceiling(rate), &evidence(new, old), verdicts);
    }
}

#[test]
fn failures_that_nothing_can_be_held_against_are_not_health() {
    assert_verdicts(&least(50), &evidence((10, 100), (0, 0)), [&Verdict::TooQuiet; 2]);
    assert_verdicts(&least(50), &evidence((10, 100), (0, 19)), [&Verdict::TooQuiet; 2]);
    assert_verdicts(&least(50), &evidence((2, 100), (0, 0)), [&Verdict::Pass; 2]);
    assert_verdicts(&ceiling(0.2), &evidence((10, 100), (0, 0)), [&Verdict::Pass; 2]);
}

#[test]
fn throttles_are_not_the_versions_doing() {
    let mut throttled = evidence((0, 100), (0, 900));
    throttled.new.throttles = 1_000;
    assert_verdicts(&least(50), &throttled, [&Verdict::Pass; 2]);
}

#[test]
fn an_alarm_that_went_red_is_a_failure_and_one_that_was_is_not() {
    let mut red = evidence((0, 100), (0, 900));
    red.red_before.push("old-trouble".to_owned());
    assert_verdicts(&least(50), &red, [&Verdict::Pass; 2]);
    let mut quiet = evidence((0, 0), (0, 0));
    quiet.alarms.push("errors".to_owned());
    assert_verdicts(&least(50), &quiet, [&fail("alarm `errors` went red"); 2]);
}

#[test]
fn a_p95_that_grew_past_the_limit_is_told_with_its_numbers() {
    let lasting = |old: (u64, f64), new: (u64, f64)| {
        let counts = |(invocations, p95)| Counts { invocations, p95: Some(p95), ..Counts::default() };
        Evidence { old: counts(old), new: counts(new), ..Evidence::default() }
    };
    let half = Limits::default();
    let slower = |now, growth| {
        fail(&format!(
            "the p95 of the duration is {now} ms against 100 ms of the old version, {growth} more; at most 50 % more may be"
        ))
    };
    let (pass, double, triple) = (Verdict::Pass, slower(200, "100 %"), slower(300, "200 %"));
    let table = [
        ((1_000, 100.0), (1_000, 140.0), [&pass, &pass]),
        ((1_000, 100.0), (1_000, 200.0), [&double, &double]),
        ((1_000, 100.0), (200, 200.0), [&pass, &double]),
        ((1_000, 100.0), (100, 300.0), [&triple, &triple]),
        // Too few calls of one of the two.
        ((1_000, 100.0), (99, 300.0), [&pass, &pass]),
        ((99, 100.0), (1_000, 300.0), [&pass, &pass]),
        // Four times as long, and nobody notices.
        ((1_000, 2.0), (1_000, 8.0), [&pass, &pass]),
        ((1_000, 0.0), (1_000, 80.0), [&pass, &pass]),
        ((1_000, 100.0), (1_000, f64::NAN), [&pass, &pass]),
    ];
    for (old, new, verdicts) in table {
        assert_verdicts(&half, &lasting(old, new), verdicts);
    }
    let unwatched = Limits { max_p95_growth: None, ..Limits::default() };
    assert_verdicts(&unwatched, &lasting((1_000, 100.0), (1_000, 300.0)), [&pass; 2]);
    let unknown = evidence((0, 1_000), (0, 1_000));
    assert_verdicts(&half, &unknown, [&pass; 2]);
}

#[test]
fn every_reason_is_told() {
    let mut bad = evidence((60, 200), (9, 1_800));
    (bad.old.p95, bad.new.p95) = (Some(50.0), Some(500.0));
    bad.alarms.push("errors".to_owned());
    let Verdict::Fail(reasons) = judge(&ceiling(0.05), &bad, Moment::End) else { panic!("it passed") };
    assert_eq!(reasons.len(), 4, "{reasons:?}");
}
