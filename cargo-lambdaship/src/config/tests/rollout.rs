//! `rollout`: how it is written, what merges, and what is refused.

use std::time::Duration;

use insta::assert_snapshot;

use super::{refused, resolve};
use crate::model::{Limits, Meeting, Quiet, Role, Rollout, Shape};

/// The rollout of `hello` in `prod`.
fn rollout(text: &str) -> Rollout {
    resolve(text, "prod").unwrap().functions.remove(0).rollout
}

fn shape(text: &str) -> Shape {
    text.parse().unwrap()
}

/// The messages alone.
fn messages(value: &str) -> Vec<String> {
    let text = format!("[function]\nrollout = {value}\n");
    let error = refused(&text, "local");
    error.split("\n\n").skip(1).filter_map(|problem| problem.lines().next().map(str::to_owned)).collect()
}

#[test]
fn a_shape_is_a_table_or_the_flags_text() {
    for (value, expected) in [
        ("'all-at-once'", "all-at-once"),
        ("'10%/5m'", "10%/5m"),
        ("'linear:25%/30s'", "25%,50%,75%/30s"),
        ("{ steps = ['5%', '12.5%', '50'], bake = '2h' }", "5%,12.5%,50%/2h"),
        ("{ linear = { by = '30%', every = '1m' } }", "30%,60%,90%/1m"),
        ("{}", "all-at-once"),
        ("{ quiet = 'hold' }", "all-at-once"),
    ] {
        let text = format!("[env.prod]\nrollout = {value}\n");
        assert_eq!(rollout(&text).shape, shape(expected), "{value}");
    }
}

#[test]
fn every_key_is_read() {
    assert_eq!(rollout("[env.prod]\n"), Rollout::default());
    let text = "[env.prod.rollout]\nsteps = ['10%']\nbake = '5m'\nmax-error-rate = '2%'\nmax-p95-growth = '150%'\n\
                min-invocations = 7\nalarms = ['one', 'two']\nquiet = 'promote'\npatience = '10m'\nmetrics-delay = '90s'\n\
                under-way = 'refuse'\ndead-man = true\ndead-man-role = 'back'\n";
    let expected = Rollout {
        shape: shape("10%/5m"),
        limits: Limits {
            max_error_rate: Some(0.02),
            max_p95_growth: Some(1.5),
            min_invocations: 7,
            alarms: vec!["one".to_owned(), "two".to_owned()],
        },
        quiet: Quiet::Promote,
        patience: Some(Duration::from_mins(10)),
        metrics_delay: Some(Duration::from_secs(90)),
        meeting: Meeting::Refuse,
        dead_man: true,
        dead_man_role: Some(Role::Name("back".to_owned())),
    };
    assert_eq!(rollout(text), expected);
}

#[test]
fn a_limit_is_switched_off_by_false() {
    let limits = |value: &str| rollout(&format!("[env.prod.rollout]\n{value}\n")).limits;
    assert_eq!((limits("").max_error_rate, limits("").max_p95_growth), (None, Some(0.5)));
    assert_eq!(limits("max-p95-growth = false").max_p95_growth, None);
    assert_eq!(limits("max-error-rate = '0%'").max_error_rate, Some(0.0));
    let text = "[function]\nrollout.max-error-rate = '2%'\n[env.prod]\nrollout.max-error-rate = false\n";
    assert_eq!(rollout(text).limits.max_error_rate, None);
}

#[test]
fn a_shape_replaces_the_shape_below_it_and_every_other_key_its_like() {
    let lower = "[function]\nrollout = { steps = ['5%', '50%'], bake = '5m', max-error-rate = '1%', alarms = ['a'], \
                 quiet = 'hold', under-way = 'abort', patience = '1m' }\n";
    let below = rollout(&format!("{lower}[env.prod]\n"));
    let table = [
        ("{ max-error-rate = '3%' }", "5%,50%/5m", Some(0.03), "a"),
        ("{ steps = ['20%'], bake = '1h' }", "20%/1h", Some(0.01), "a"),
        ("{ linear = { by = '50%', every = '9s' }, alarms = ['b'] }", "50%/9s", Some(0.01), "b"),
        ("'all-at-once'", "all-at-once", Some(0.01), "a"),
    ];
    for (upper, expected, max_error_rate, alarm) in table {
        for place in ["[functions.hello]", "[env.prod]", "[env.prod.functions.hello]"] {
            let found =
                rollout(&format!("{lower}{place}\nrollout = {upper}\n[env.staging]\n[env.prod.logging]\n"));
            let limits = Limits { max_error_rate, alarms: vec![alarm.to_owned()], ..below.limits.clone() };
            assert_eq!(found, Rollout { shape: shape(expected), limits, ..below.clone() }, "{place} {upper}");
        }
    }
}

#[test]
fn a_value_that_is_wrong() {
    for (value, expected) in [
        ("true", "`rollout` must be a table, not a boolean"),
        (
            "'canary'",
            "`rollout` is not valid: `canary` is neither `all-at-once` nor steps such as `10%/5m`, `5%,25%/5m` or \
             `linear:10%/1m`",
        ),
        ("{ steps = ['5%'] }", "`steps` needs `bake`: how long each step is watched"),
        ("{ bake = '5m' }", "`bake` needs `steps` in the same table"),
        ("{ steps = [], bake = '5m' }", "`steps` is not valid: such a rollout has 1 to 16 steps, not 0"),
        (
            "{ steps = ['5%', '5%'], bake = '5m' }",
            "`steps` is not valid: each step must be more than the one before",
        ),
        ("{ steps = '5%', bake = '5m' }", "`steps` must be an array of strings, not a string"),
        (
            "{ steps = ['100%'], bake = '5m' }",
            "`steps` is not valid: `100%` is not a share of the traffic, such as `5%`: 0.01 to 99.99 percent",
        ),
        ("{ steps = [5], bake = '5m' }", "`steps` must be a string with a percent sign, not a bare number"),
        (
            "{ steps = ['5%'], bake = '5 minutes' }",
            "`bake` is not valid: `5 minutes` is not a time such as `30s`, `5m` or `2h`, of at most a week",
        ),
        ("{ steps = ['5%'], bake = 300 }", "`bake` must be a string with a unit, not a bare number"),
        ("{ linear = { by = '10%' } }", "`by` needs `every` beside it"),
        ("{ linear = { every = '1m' } }", "`every` needs `by` beside it"),
        (
            "{ linear = { by = '0.5%', every = '1m' } }",
            "`by` is not valid: such a rollout has 1 to 100 steps, not 199",
        ),
        ("{ max-error-rate = true }", "`max-error-rate` must be a percentage such as `5%`, or `false`"),
        ("{ max-error-rate = '2' }", "`max-error-rate` must be a percentage from `0%` to `100%`, not `2`"),
        (
            "{ max-error-rate = '101%' }",
            "`max-error-rate` must be a percentage from `0%` to `100%`, not `101%`",
        ),
        (
            "{ max-error-rate = '-1%' }",
            "`max-error-rate` must be a percentage from `0%` to `100%`, not `-1%`",
        ),
        (
            "{ max-error-rate = 0.02 }",
            "`max-error-rate` must be a string with a percent sign, not a bare number",
        ),
        (
            "{ max-p95-growth = 'NaN%' }",
            "`max-p95-growth` must be a percentage from `0%` to `1000%`, not `NaN%`",
        ),
        ("{ min-invocations = 0 }", "`min-invocations` must be 1 to 1000000, not 0"),
        ("{ alarms = [''] }", "`alarms` must hold names of 1 to 255 characters, and this one has 0"),
        ("{ quiet = 'wait' }", "`quiet` must be `smoke` or `hold` or `promote` or `rollback`, not `wait`"),
        ("{ under-way = 'stop' }", "`under-way` must be `resume` or `abort` or `refuse`, not `stop`"),
        ("{ dead-man = 'yes' }", "`dead-man` must be a boolean, not a string"),
        ("{ dead-man = true, dead-man-role = '' }", "`dead-man-role` must be a role's ARN or name, not ``"),
        ("{ canary = 1 }", "unknown key `canary` in [function.rollout]"),
        ("{ queues = 1 }", "this version does not know the key `queues` in [function.rollout] yet"),
    ] {
        assert_eq!(messages(value), [expected], "{value}");
    }
    let long = format!("{{ alarms = ['{}'] }}", "x".repeat(256));
    assert_eq!(messages(&long), ["`alarms` must hold names of 1 to 255 characters, and this one has 256"]);
    let many = format!("{{ alarms = [{}] }}", "'x',".repeat(101));
    assert_eq!(messages(&many), ["`alarms` has 101 entries, and AWS takes at most 100"]);
}

#[test]
fn two_shapes_in_one_table() {
    let text =
        "[env.prod.rollout]\nsteps = [\"5%\"]\nbake = \"5m\"\nlinear = { by = \"10%\", every = \"1m\" }\n";
    assert_snapshot!(refused(text, "prod"), @"
    lambdaship.toml has 2 problems

    `steps` cannot stand beside `linear`
     --> lambdaship.toml:2:1
      |
    2 | steps = […]
      | ^^^^^

    `bake` cannot stand beside `linear`
     --> lambdaship.toml:3:1
      |
    3 | bake = …
      | ^^^^
    ");
}

#[test]
fn steps_without_a_time() {
    assert_snapshot!(refused("[env.prod]\nrollout = { steps = [\"5%\", \"50%\"] }\n", "prod"), @r#"
    lambdaship.toml has 1 problem

    `steps` needs `bake`: how long each step is watched
     --> lambdaship.toml:2:13
      |
    2 | rollout = { steps = […, …] }
      |             ^^^^^
      = help: add `bake = "5m"`
    "#);
}

#[test]
fn a_step_that_is_none() {
    let text = "[env.prod]\nrollout = { steps = [\"5%\", 25], bake = \"5m\" }\n";
    assert_snapshot!(refused(text, "prod"), @r#"
    lambdaship.toml has 1 problem

    `steps` must be a string with a percent sign, not a bare number
     --> lambdaship.toml:2:28
      |
    2 | rollout = { steps = […, 25], bake = … }
      |                         ^^
      = help: write it as in `"5%"`
    "#);
}

#[test]
fn a_role_for_a_switch_that_nobody_states() {
    let text =
        "[function]\nrollout.dead-man-role = \"back\"\n[env.prod]\nrollout.dead-man = true\n[env.staging]\n";
    assert_snapshot!(refused(text, "staging"), @r#"
    lambdaship.toml has 2 problems

    `rollout.dead-man-role` of function `hello` needs `dead-man`
     --> lambdaship.toml:2:25
      |
    2 | rollout.dead-man-role = "back"
      |                         ^^^^^^
      = help: add `dead-man = true` to `rollout`, or `dead-man = false` to do without

    `rollout.dead-man-role` of function `worker` needs `dead-man`
     --> lambdaship.toml:2:25
      |
    2 | rollout.dead-man-role = "back"
      |                         ^^^^^^
      = help: add `dead-man = true` to `rollout`, or `dead-man = false` to do without
    "#);
    assert!(resolve(text, "prod").is_ok());
    assert!(resolve(&format!("{text}rollout.dead-man = false\n"), "staging").is_ok());
}
