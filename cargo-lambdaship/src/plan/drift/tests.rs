//! Each way in which something is not as it was left.

use super::*;
use crate::model::{Logging, Secret};
use crate::plan::Retention;
use crate::plan::testing::{alias, configuration, function, lambda, live};
use crate::rollout::testing::under_way;

/// Version 8 of code `b"new"`, deployed by this tool, and nothing touched since.
fn seen(config: &FunctionConfig) -> Seen<'_> {
    let mut configuration = configuration(Some(8), b"new", live());
    configuration.description = "lambdaship/1 git=0123 by=ada".to_owned();
    let mut alias = alias(8);
    alias.description = "lambdaship/1 prev=7 run=1795222800123".to_owned();
    let latest = Configuration { version: None, ..configuration.clone() };
    Seen {
        config,
        role: None,
        alias: Some(alias),
        served: Some(lambda(configuration)),
        latest: Some(lambda(latest)),
        newest: None,
        versions: vec![summary(7, "lambdaship/1", None), summary(8, "lambdaship/1 git=0123 by=ada", None)],
        unversioned: Unversioned::default(),
        ledger: Ledger::None,
        now: Timestamp::from_millisecond(1_795_222_860_000).unwrap(),
    }
}

fn summary(version: u64, description: &str, modified: Option<i64>) -> VersionSummary {
    VersionSummary {
        version: Version(version),
        description: description.to_owned(),
        modified: modified.map(|at| Timestamp::from_millisecond(at).unwrap()),
        code_sha256: None,
    }
}

fn last() -> Deployed {
    Deployed {
        version: Some(Version(8)),
        code: Some(CodeSha256::of(b"new")),
        at: "2026-11-21T01:00:10Z".parse().unwrap(),
        by: Some("ci".to_owned()),
        run: Some("https://ci.example/1".to_owned()),
    }
}

fn noted(config: &FunctionConfig) -> Seen<'_> {
    Seen { ledger: Ledger::Last(last()), ..seen(config) }
}

/// `field: from -> to` of each change.
fn told(drift: &Drift) -> Vec<String> {
    let shown =
        |value: &Option<serde_json::Value>| value.as_ref().map_or("-".to_owned(), ToString::to_string);
    drift.changes.iter().map(|c| format!("{}: {} -> {}", c.field, shown(&c.from), shown(&c.to))).collect()
}

fn compared(seen: &Seen<'_>) -> (DriftState, Vec<String>, String) {
    let drift = compare(seen, &Salt::random());
    (drift.state, told(&drift), drift.notes.join("; "))
}

#[test]
fn what_was_not_touched_is_the_same_and_says_who_deployed_it() {
    let config = function(|_| {});
    let drift = compare(&seen(&config), &Salt::random());
    assert_eq!((drift.state, drift.changes), (DriftState::Same, vec![]));
    assert_eq!((drift.by.as_deref(), drift.run), (Some("ada"), None));
    assert_eq!(drift.at.unwrap().as_millisecond(), 1_795_222_800_123);
    let drift = compare(&noted(&config), &Salt::random());
    assert_eq!((drift.state, drift.changes), (DriftState::Same, vec![]));
    assert_eq!((drift.by.as_deref(), drift.at), (Some("ci"), Some(last().at)));
    assert_eq!(drift.run.as_deref(), Some("https://ci.example/1"));
    assert_eq!(drift.notes, ["compared with the last release in the ledger"]);
}

#[test]
fn an_alias_that_was_moved_is_seen_by_the_ledger() {
    let config = function(|_| {});
    for (version, shown) in [(Some(7), "7"), (Some(9), "9"), (None, "\"$LATEST\"")] {
        let mut seen = noted(&config);
        seen.alias.as_mut().unwrap().version = version.map(Version);
        seen.served.as_mut().unwrap().configuration.code_sha256 = CodeSha256::of(b"old");
        let (state, changes, _) = compared(&seen);
        let (new, old) = (CodeSha256::of(b"new").short(), CodeSha256::of(b"old").short());
        assert_eq!(state, DriftState::Drifted);
        assert_eq!(changes, [format!("version: 8 -> {shown}"), format!("code: \"{new}\" -> \"{old}\"")]);
    }
}

#[test]
fn a_lambda_that_was_made_anew_has_other_code_under_the_same_number() {
    let config = function(|_| {});
    let mut seen = noted(&config);
    seen.served.as_mut().unwrap().configuration.code_sha256 = CodeSha256::of(b"other");
    let (state, changes, notes) = compared(&seen);
    assert_eq!((state, changes.len()), (DriftState::Drifted, 1));
    assert!(changes[0].starts_with("code: ") && notes.contains("made anew"), "{changes:?} {notes}");
}

#[test]
fn a_ledger_that_lacks_the_last_run_is_not_believed() {
    let config = function(|_| {});
    let mut seen = noted(&config);
    let alias = seen.alias.as_mut().unwrap();
    alias.version = Some(Version(9));
    alias.description = "lambdaship/1 prev=8 run=1795299999999".to_owned();
    let (state, changes, notes) = compared(&seen);
    assert_eq!((state, changes), (DriftState::Same, vec![]));
    assert!(notes.contains("the ledger lacks the last run"), "{notes}");
}

#[test]
fn without_a_store_an_alias_tells_when_it_is_where_no_run_left_it() {
    let config = function(|_| {});
    let ours = |words: &str| format!("lambdaship/1 {words} run=9");
    let cases = [
        (8, ours("prev=7"), DriftState::Same),
        (9, ours("prev=7"), DriftState::Same),
        (7, ours("prev=7"), DriftState::Drifted),
        (6, ours("prev=7"), DriftState::Drifted),
        (6, "lambdaship/1 prev=7 run=9 undone=7".to_owned(), DriftState::Same),
        (6, "lambdaship/1 prev=7 run=9 down=6".to_owned(), DriftState::Same),
        (5, "lambdaship/1 prev=7 run=9 down=6".to_owned(), DriftState::Drifted),
        (7, "lambdaship/1 prev=5 run=9 undone=7".to_owned(), DriftState::Drifted),
        (1, "lambdaship/1 run=9".to_owned(), DriftState::Same),
        (8, String::new(), DriftState::Unknown),
        (8, "by hand".to_owned(), DriftState::Unknown),
    ];
    for (version, description, expected) in cases {
        let mut seen = seen(&config);
        let alias = seen.alias.as_mut().unwrap();
        (alias.version, alias.description) = (Some(Version(version)), description.clone());
        assert_eq!(compared(&seen).0, expected, "version {version}, {description:?}");
    }
    let mut latest = seen(&config);
    latest.alias.as_mut().unwrap().version = None;
    assert_eq!(compared(&latest).1, ["version: - -> \"$LATEST\""]);
}

#[test]
fn a_version_of_somebody_else_is_drift_unless_a_run_can_have_left_the_alias_there() {
    let config = function(|_| {});
    let ours = "lambdaship/1 prev=7 run=1795222800123";
    let run = 1_795_222_800_123;
    let (stamped, by_hand) = ("lambdaship/1", "by hand");
    let cases = [
        // Published after the last run, so that no run can have moved there.
        (ours, stamped, Some(run + 1), DriftState::Drifted),
        (ours, stamped, None, DriftState::Drifted),
        // It was there, and was what the run was to bring.
        (ours, stamped, Some(run - 1), DriftState::Same),
        // A rollback to what was there before this tool.
        ("lambdaship/1 prev=9 run=1795222800123 undone=9", stamped, None, DriftState::Same),
        // Nothing of this lambda is known to be published by this tool.
        (ours, by_hand, None, DriftState::Same),
    ];
    for (words, other, modified, expected) in cases {
        let mut seen = seen(&config);
        seen.alias.as_mut().unwrap().description = words.to_owned();
        seen.served.as_mut().unwrap().configuration.description = by_hand.to_owned();
        seen.versions = vec![summary(7, other, None), summary(8, by_hand, modified)];
        let (state, changes, notes) = compared(&seen);
        assert_eq!(state, expected, "{words} {other} {modified:?}");
        let shown: &[&str] = if expected == DriftState::Drifted { &["version: - -> 8"] } else { &[] };
        assert_eq!(changes, shown);
        assert!(notes.contains("version 8 was not published by this tool"), "{notes}");
    }
}

#[test]
fn a_rollout_that_nobody_drives_is_drift_and_so_is_what_was_edited_meanwhile() {
    let config = function(|settings| settings.reserved_concurrency = Some(5));
    let rolling = |minutes: i64| {
        let mut seen = seen(&config);
        let alias = seen.alias.as_mut().unwrap();
        alias.version = Some(Version(7));
        alias.split = Some((Version(8), 0.05));
        alias.description = AliasState::default().rolling(under_way("5%,25%/1m"), Run(9)).to_string();
        seen.now = Timestamp::from_millisecond(1_795_222_800_000 + minutes * 60_000).unwrap();
        seen
    };
    let (state, changes, notes) = compared(&rolling(30));
    assert_eq!((state, changes), (DriftState::RollingOut, vec![]));
    assert!(notes.contains("`reserved-concurrency` is not as configured"), "{notes}");
    let (state, changes, notes) = compared(&rolling(60));
    assert_eq!((state, changes.len()), (DriftState::Drifted, 1), "{changes:?}");
    assert!(changes[0].starts_with("traffic: ") && notes.contains("rollout resume` goes on"), "{notes}");
    let mut edited = rolling(1);
    edited.newest = Some(edited.served.as_ref().unwrap().configuration.clone());
    edited.latest.as_mut().unwrap().configuration.settings.memory = 512;
    let (state, changes, _) = compared(&edited);
    assert_eq!((state, changes), (DriftState::Drifted, vec!["$LATEST.memory: 128 -> 512".to_owned()]));
    edited.latest.as_mut().unwrap().configuration.updating = true;
    let (state, _, notes) = compared(&edited);
    assert_eq!(state, DriftState::RollingOut);
    assert!(notes.contains("in progress"), "{notes}");
}

#[test]
fn a_rollout_is_no_drift_but_a_split_by_hand_and_an_end_by_hand_are() {
    let config = function(|_| {});
    let rolling = AliasState { previous: Some(Version(5)), ..AliasState::default() };
    let rolling = rolling.rolling(under_way("5%,25%/1m"), Run(9)).to_string();
    let split = Some((Version(8), 0.05));
    let cases = [
        (7, split, rolling.clone(), DriftState::RollingOut, vec![]),
        (7, Some((Version(8), 0.5)), rolling.clone(), DriftState::Drifted, vec!["traffic"]),
        (8, None, rolling, DriftState::Drifted, vec!["traffic"]),
        (
            8,
            Some((Version(9), 0.1)),
            "lambdaship/1 prev=7 run=9".to_owned(),
            DriftState::Drifted,
            vec!["traffic"],
        ),
    ];
    for (version, split, description, state, fields) in cases {
        let mut seen = seen(&config);
        let alias = seen.alias.as_mut().unwrap();
        (alias.version, alias.split, alias.description) =
            (Some(Version(version)), split, description.clone());
        let drift = compare(&seen, &Salt::random());
        let changed: Vec<_> = drift.changes.iter().map(|change| change.field.as_str()).collect();
        assert_eq!((drift.state, changed), (state, fields), "{version} {split:?} {description}");
    }
}

#[test]
fn edits_of_latest_are_told_and_values_of_variables_are_not() {
    let config = function(|_| {});
    let mut seen = seen(&config);
    seen.newest = Some(seen.served.as_ref().unwrap().configuration.clone());
    let latest = &mut seen.latest.as_mut().unwrap().configuration;
    latest.settings.memory = 512;
    latest.settings.variables.insert("TOKEN".to_owned(), Secret::new("canary"));
    latest.code_sha256 = CodeSha256::of(b"hot fix");
    let (state, changes, _) = compared(&seen);
    assert_eq!((state, changes.len()), (DriftState::Drifted, 3));
    assert!(changes[0].starts_with("$LATEST.code: "), "{changes:?}");
    assert_eq!(changes[1], "$LATEST.memory: 128 -> 512");
    assert!(changes[2].starts_with("$LATEST.variables.TOKEN: - -> "), "{changes:?}");
    assert!(!changes.concat().contains("canary"));

    let latest = &mut seen.latest.as_mut().unwrap().configuration;
    latest.settings.variables_error = Some("denied".to_owned());
    let (_, changes, notes) = compared(&seen);
    assert!(!changes.concat().contains("TOKEN") && notes.contains("variables cannot be read"), "{notes}");
}

#[test]
fn what_is_outside_of_versions_is_compared_with_the_configuration() {
    let config = function(|s| {
        s.reserved_concurrency = Some(5);
        s.tags = [("team".to_owned(), "a".to_owned())].into();
        s.logging = Logging { retention: Some(14), ..Logging::default() };
        s.description = Some("greets".to_owned());
    });
    let mut seen = seen(&config);
    let latest = seen.latest.as_mut().unwrap();
    latest.reserved_concurrency = Some(9);
    latest.tags = [("team", "b"), ("theirs", "kept")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let group = "/aws/lambda/hello-staging".to_owned();
    seen.unversioned.retention = Some(Retention { group, days: None });
    seen.unversioned.description = Some("greets".to_owned());
    let (state, changes, _) = compared(&seen);
    assert_eq!(state, DriftState::Drifted);
    assert_eq!(
        changes,
        ["tags.team: \"a\" -> \"b\"", "reserved-concurrency: 5 -> 9", "logging.retention: 14 -> -"]
    );
}

#[test]
fn a_configuration_that_is_not_deployed_is_no_drift() {
    let config = function(|s| {
        s.memory = Some(1024);
        s.variables = [("LEVEL".to_owned(), Variable::Ssm("/x".to_owned()))].into();
    });
    let (state, changes, notes) = compared(&noted(&config));
    assert_eq!((state, changes), (DriftState::Same, vec![]));
    assert!(notes.ends_with("`memory` of the configuration is not deployed"), "{notes}");
}

#[test]
fn what_is_missing_is_gone_only_where_it_is_known_to_have_been_there() {
    let config = function(|_| {});
    let bare = |ledger: Ledger| Seen { alias: None, served: None, latest: None, ledger, ..seen(&config) };
    for (ledger, state) in [
        (Ledger::Last(last()), DriftState::Gone),
        (Ledger::Empty, DriftState::Unknown),
        (Ledger::None, DriftState::Unknown),
    ] {
        let (found, changes, notes) = compared(&bare(ledger));
        assert_eq!((found, changes.len()), (state, 0));
        assert!(notes.starts_with("there is no lambda `hello-staging`"), "{notes}");
    }
    let ours = seen(&config).served.unwrap().configuration;
    let deleted = Seen { alias: None, served: None, newest: Some(ours), ..seen(&config) };
    let (state, _, notes) = compared(&deleted);
    assert_eq!(state, DriftState::Gone);
    assert_eq!(notes, "there is no alias `live` of lambda `hello-staging` any more");
}

#[test]
fn latest_is_compared_with_the_newest_version() {
    let summary = |version| summary(version, "", None);
    let config = function(|_| {});
    let seen = seen(&config);
    let (served, latest) = (seen.served.unwrap().configuration, seen.latest.unwrap().configuration);
    let mut edited = latest.clone();
    edited.settings.memory = 1;
    let versions = [summary(7), summary(8)];
    assert_eq!(newest(&[], None, &latest), None);
    assert_eq!(newest(&versions, Some(&served), &latest), None);
    assert_eq!(newest(&versions, Some(&served), &edited), Some(Version(8)));
    assert_eq!(newest(&versions[..1], None, &latest), Some(Version(7)));
    assert_eq!(newest(&[summary(8), summary(9)], Some(&served), &latest), Some(Version(9)));
}
