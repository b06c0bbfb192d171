//! What is told of each thing that moved, and what is kept of a plan.

use serde_json::{Value, json};

use super::*;
use crate::model::{Expect, FunctionName, Salt, Variable, Weight};
use crate::plan::testing::{alias, configuration, desired, function, lambda, live};
use crate::plan::{Look, decide};
use crate::rollout::{AliasState, Run};

/// The plan for a lambda whose alias is at version 8.
fn planned() -> KeptFunction {
    let change = |field: &str, from: Value, to: Value| Change {
        field: field.to_owned(),
        from: Some(from),
        to: Some(to),
    };
    KeptFunction {
        function: FunctionName::new("hello").unwrap(),
        lambda: LambdaName::new("hello-staging").unwrap(),
        alias: AliasName::new("live").unwrap(),
        serves: Some(Serves { version: Some(Version(8)), revision: Some("a1".to_owned()) }),
        under_way: None,
        action: KeptAction::Publish,
        code_sha256: CodeSha256::of(b"new"),
        size: 3,
        source_hash: None,
        arch: Arch::Arm64,
        changes: vec![
            change("code", json!("0a0a0a0a"), json!("11507a0e")),
            change("memory", json!(256), json!(1024)),
            change("variables.TOKEN", json!("#01"), json!("#02")),
        ],
        extras: Vec::new(),
        kept: vec!["variables.OTHER".to_owned()],
        notes: Vec::new(),
        rollout: "all-at-once".to_owned(),
        limits: "aa".to_owned(),
        smoke: KeptSmoke { events: 1, digest: Some("cc".to_owned()) },
        variables: Some("bb".to_owned()),
    }
}

/// What is another in the plan that is made now.
type Edit = fn(&mut KeptFunction);

/// What is told when the plan that is made now is different by `edit`.
fn told(edit: impl FnOnce(&mut KeptFunction)) -> Vec<String> {
    let mut now = planned();
    edit(&mut now);
    moved(&[planned()], &[now])
}

fn at(version: Option<u64>, revision: &str) -> Serves {
    Serves { version: version.map(Version), revision: Some(revision.to_owned()) }
}

#[test]
fn what_a_run_salts_or_measures_for_itself_has_not_moved() {
    assert_eq!(told(|_| {}), [""; 0]);
    assert_eq!(told(|now| now.changes[2].to = Some(json!("#ff"))), [""; 0]);
    assert_eq!(told(|now| (now.size, now.source_hash) = (4, None)), [""; 0]);
}

#[test]
fn an_alias_that_moved_is_told_with_its_place_then_and_now() {
    let since = "when the plan was made";
    for (serves, line) in [
        (Some(at(Some(9), "a2")), format!("hello: alias live is at version 9, and was at version 8 {since}")),
        (Some(at(None, "a2")), format!("hello: alias live is at $LATEST, and was at version 8 {since}")),
        (None, format!("hello: alias live does not exist, and was at version 8 {since}")),
        (Some(at(Some(8), "a2")), "hello: alias live was written to since the plan was made".to_owned()),
    ] {
        assert_eq!(told(|now| now.serves = serves), [line]);
    }
    let mut new = planned();
    new.serves = None;
    assert_eq!(
        moved(&[new], &[planned()]),
        ["hello: alias live is at version 8, and did not exist when the plan was made"]
    );
    let under_way = |then| Some(KeptRollout { version: Version(9), then });
    for (rollout, line) in [
        (under_way(Then::Ends), "the rollout of version 9 is ended first"),
        (under_way(Then::GoesOn), "the rollout of version 9 goes on"),
    ] {
        let told = told(|now| (now.under_way, now.serves) = (rollout, Some(at(Some(8), "a2"))));
        assert_eq!(told, [format!("hello: alias live: {line}; by the plan, no rollout is under way")]);
    }
}

#[test]
fn each_other_difference_is_one_line() {
    let memory = |from: u32, to: u32| Change {
        field: "memory".to_owned(),
        from: Some(json!(from)),
        to: Some(json!(to)),
    };
    let cases: [(Edit, &str); 18] = [
        (
            |now| now.lambda = LambdaName::new("other").unwrap(),
            "it would be lambda other, and not hello-staging",
        ),
        (|now| now.alias = AliasName::new("main").unwrap(), "its alias would be main, and not live"),
        (
            |now| now.code_sha256 = CodeSha256::of(b"other"),
            "the code is another artifact (sha256 d9298a10) than the reviewed one (11507a0e)",
        ),
        (|now| now.arch = Arch::X86_64, "it is built for x86_64, and was for arm64"),
        (
            |now| now.action = KeptAction::Move { to: Version(7) },
            "the alias is to move to version 7; by the plan, a version is to be published",
        ),
        (
            |now| now.action = KeptAction::Create,
            "the lambda is to be created; by the plan, a version is to be published",
        ),
        (
            |now| now.action = KeptAction::Unchanged,
            "no version is to be published; by the plan, a version is to be published",
        ),
        (|now| drop(now.changes.remove(1)), "memory would stay, and by the plan goes from 256 to 1024"),
        (
            |now| now.changes[2].to = None,
            "variables.TOKEN would go from #01 to nothing, and not from #01 to #02",
        ),
        (|now| now.extras = vec!["tags".to_owned()], "tags would be written, which was not planned"),
        (
            |now| now.variables = Some("b0".to_owned()),
            "the variables and their values are not those of the plan",
        ),
        (|now| now.variables = None, "the variables and their values are not those of the plan"),
        (
            |now| now.kept.clear(),
            "variables.OTHER, set by others, is not there to be kept, and was when the plan was made",
        ),
        (|now| now.notes = vec!["a role is created".to_owned()], "the plan did not say: a role is created"),
        (
            |now| now.rollout = "10%/300s".to_owned(),
            "its alias would move by `10%/300s`, and not by `all-at-once`",
        ),
        (|now| now.limits = "ab".to_owned(), "what a rollout holds it to is not what the plan was made with"),
        (|now| now.smoke.events = 2, "it would be given 2 smoke events, and not 1"),
        (|now| now.smoke.digest = Some("cd".to_owned()), "its smoke events are not those of the plan"),
    ];
    for (edit, line) in cases {
        assert_eq!(told(edit), [format!("hello: {line}")]);
    }
    for (now, line) in [
        (memory(256, 512), "memory would go from 256 to 512, and not to 1024"),
        (memory(128, 1024), "memory would go from 128 to 1024, and not from 256"),
        (memory(128, 512), "memory would go from 128 to 512, and not from 256 to 1024"),
    ] {
        assert_eq!(told(|kept| kept.changes[1] = now), [format!("hello: {line}")]);
    }
    let timeout = Change { field: "timeout".to_owned(), from: None, to: Some(json!("3s")) };
    let line = "hello: timeout would go from nothing to 3s, which was not planned";
    assert_eq!(told(|now| now.changes.push(timeout)), [line]);
}

#[test]
fn functions_that_come_and_go_are_told() {
    let named = |name: &str| KeptFunction { function: FunctionName::new(name).unwrap(), ..planned() };
    assert_eq!(
        moved(&[named("hello"), named("worker")], &[named("audit"), named("hello")]),
        [
            "audit: the function was added, and is not in the plan",
            "worker: the function is not there any more"
        ]
    );
}

#[test]
fn a_plan_is_deployed_once_every_function_is_unchanged_with_its_code() {
    let done = KeptFunction { action: KeptAction::Unchanged, ..planned() };
    let other = KeptFunction { code_sha256: CodeSha256::of(b"other"), ..done.clone() };
    let extra = KeptFunction { extras: vec!["tags".to_owned()], ..done.clone() };
    for (now, expected) in [(done, true), (planned(), false), (other, false), (extra, false)] {
        assert_eq!(is_deployed(&[planned()], &[now]), expected);
    }
    assert!(!is_deployed(&[planned()], &[]));
}

/// What is kept of the plan for a function with the variable `TOKEN`, next to a variable that others set.
fn kept_with(token: &str, others: &str, salt: &KeptSalt) -> KeptFunction {
    let mut config = function(|settings| {
        settings.variables.insert("TOKEN".to_owned(), Variable::Value(Secret::new(token)));
    });
    let expect = Expect { body: Some(json!("canary answer")), ..Expect::default() };
    config.smoke = vec![Smoke { name: "1".to_owned(), event: b"canary".to_vec(), expect }];
    let mut settings = live();
    settings.variables.insert("OTHER".to_owned(), Secret::new(others));
    let there = lambda(configuration(Some(8), b"old", settings));
    let glance = Glance { alias: Some(alias(8)), served: Some(there.clone()), ..Glance::default() };
    let desired = desired(&config);
    let look = Look { latest: Some(there), versions: Vec::new() };
    let plan = decide(&desired, &glance, &look, &Salt::random());
    KeptFunction::of(&desired, &glance, &plan, (3, None), salt).unwrap()
}

#[test]
fn no_value_is_kept_and_another_value_is_noticed() {
    let salt = KeptSalt::random();
    let kept = kept_with("canary", "canary too", &salt);
    let text = serde_json::to_string(&kept).unwrap();
    assert!(!text.contains("canary"), "{text}");
    assert_eq!(serde_json::from_str::<KeptFunction>(&text).unwrap(), kept);
    assert_eq!(moved(std::slice::from_ref(&kept), &[kept_with("canary", "canary too", &salt)]), [""; 0]);
    for other in [kept_with("another", "canary too", &salt), kept_with("canary", "another", &salt)] {
        let line = "hello: the variables and their values are not those of the plan";
        assert_eq!(moved(std::slice::from_ref(&kept), &[other]), [line]);
    }
}

#[test]
fn what_is_under_way_is_kept() {
    let under_way = crate::rollout::testing::under_way("5%/1m");
    let rolling = super::super::Rolling { state: AliasState::default(), under_way, run: Run(9), next: None };
    let glance = Glance { rolling: Some(rolling), ..Glance::default() };
    let kept = |then| Some(KeptRollout { version: Version(8), then });
    for (encounter, expected) in
        [(Encounter::None, None), (Encounter::GoOn, kept(Then::GoesOn)), (Encounter::End, kept(Then::Ends))]
    {
        assert_eq!(super::under_way(&glance, encounter), expected, "{encounter:?}");
    }
}

#[test]
fn a_shape_is_kept_as_the_flag_reads_it() {
    for text in ["all-at-once", "10%/300s", "5%,12.5%,50%/3600s", "linear:1%/60s", "30%,60%,90%/90s"] {
        let shape: Shape = text.parse().unwrap();
        assert_eq!((flag(&shape).as_str(), flag(&shape).parse()), (text, Ok(shape)), "{text}");
    }
    let linear = Shape::linear(Weight::new(500).unwrap(), std::time::Duration::from_mins(1)).unwrap();
    assert_eq!(flag(&linear).parse(), Ok(linear), "19 steps");
}

#[test]
fn the_limits_of_a_rollout_are_told_apart() {
    let rollout = Rollout::default();
    let mut strict = Rollout::default();
    strict.limits.max_error_rate = Some(0.01);
    let stepped = Rollout { shape: "10%/5m".parse().unwrap(), ..Rollout::default() };
    assert_ne!(limits(&rollout), limits(&strict));
    assert_eq!(limits(&rollout), limits(&stepped), "the shape is kept in words");
}

#[test]
fn the_kept_schema_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/plan.schema.json");
    let kept = fs_err::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    assert!(kept == schema(), "run `cargo lambdaship schema plan > docs/plan.schema.json`");
}
