use std::collections::BTreeMap;

use super::super::testing::{alias, configuration, desired, function, lambda, live};
use super::*;
use crate::config::FunctionConfig;
use crate::model::{Configuration, Logging, Secret, Variable};
use crate::plan::Unversioned;

fn serving(version: u64, code: &[u8], settings: Versioned) -> Glance {
    Glance {
        alias: Some(alias(version)),
        served: Some(lambda(configuration(Some(version), code, settings))),
        ..Glance::default()
    }
}

fn looking(latest: Configuration, versions: Vec<Configuration>) -> Look {
    Look { latest: Some(lambda(latest)), versions }
}

fn decided(function: &FunctionConfig, glance: &Glance, look: &Look) -> Plan {
    let desired = desired(function);
    settle(&desired, glance).unwrap_or_else(|| decide(&desired, glance, look, &Salt::random()))
}

#[test]
fn the_alias_serves_what_is_wanted() {
    let plan = settle(&desired(&function(|_| {})), &serving(7, b"new", live()));
    let plan = plan.expect("the first look is enough");
    assert!(plan.is_unchanged());
    assert_eq!((plan.from, plan.changes.len()), (Some(Version(7)), 0));
}

#[test]
fn latest_does_not_matter_while_the_alias_serves_what_is_wanted() {
    let function = function(|s| s.memory = Some(128));
    let mut other = live();
    other.memory = 9000;
    let look = looking(configuration(None, b"by hand", other), vec![]);
    assert_eq!(decided(&function, &serving(7, b"new", live()), &look).action, Action::Unchanged);
}

#[test]
fn no_lambda_is_created_with_a_role_of_its_own() {
    let plan = decided(&function(|s| s.memory = Some(256)), &Glance::default(), &Look::default());
    let Action::Create { settings } = plan.action else { panic!("{plan:?}") };
    assert_eq!((settings.memory, settings.role.as_str()), (256, ""));
    assert_eq!(plan.notes, ["an execution role is created"]);
    let fields: Vec<_> = plan.changes.iter().map(|c| (c.field.as_str(), c.from.is_some())).collect();
    assert_eq!(fields, [("code", false), ("memory", false)]);
}

#[test]
fn new_code_is_uploaded_and_published() {
    let look = looking(configuration(None, b"old", live()), vec![]);
    let plan = decided(&function(|_| {}), &serving(7, b"old", live()), &look);
    let Action::Publish { upload, settings, .. } = &plan.action else { panic!("{plan:?}") };
    assert!(*upload);
    assert_eq!(**settings, live());
    assert_eq!(plan.changes.iter().map(|c| c.field.as_str()).collect::<Vec<_>>(), ["code"]);
}

#[test]
fn new_settings_reach_the_alias_without_an_upload() {
    let look = looking(configuration(None, b"new", live()), vec![configuration(Some(7), b"new", live())]);
    let plan = decided(&function(|s| s.memory = Some(256)), &serving(7, b"new", live()), &look);
    let Action::Publish { upload, settings, .. } = &plan.action else { panic!("{plan:?}") };
    assert!(!*upload);
    assert_eq!(settings.memory, 256);
    assert_eq!(plan.changes.iter().map(|c| c.field.as_str()).collect::<Vec<_>>(), ["memory"]);
}

#[test]
fn a_run_that_was_killed_after_its_upload_is_not_uploaded_again() {
    let look = looking(configuration(None, b"new", live()), vec![]);
    let plan = decided(&function(|_| {}), &serving(7, b"old", live()), &look);
    assert!(matches!(plan.action, Action::Publish { upload: false, .. }), "{plan:?}");
}

#[test]
fn the_newest_version_that_is_what_is_wanted_gets_the_alias() {
    let versions = vec![configuration(Some(5), b"new", live()), configuration(Some(6), b"new", live())];
    let look = looking(configuration(None, b"new", live()), versions);
    let plan = decided(&function(|_| {}), &serving(7, b"old", live()), &look);
    assert_eq!(plan.action, Action::Move { to: Version(6) });
}

#[test]
fn a_broken_version_never_gets_the_alias() {
    let mut broken = configuration(Some(6), b"new", live());
    broken.readiness = Readiness::Broken("Failed: no network".to_owned());
    let look = looking(configuration(None, b"new", live()), vec![broken]);
    let plan = decided(&function(|_| {}), &serving(7, b"old", live()), &look);
    assert!(matches!(plan.action, Action::Publish { .. }), "{plan:?}");
}

#[test]
fn a_lambda_without_the_alias_gets_it_on_the_version_that_fits() {
    let look = looking(configuration(None, b"new", live()), vec![configuration(Some(1), b"new", live())]);
    let plan = decided(&function(|_| {}), &Glance::default(), &look);
    assert_eq!((plan.action, plan.from), (Action::Move { to: Version(1) }, None));
}

#[test]
fn an_alias_on_latest_gets_a_published_version() {
    let mut glance = serving(7, b"new", live());
    if let (Some(alias), Some(served)) = (&mut glance.alias, &mut glance.served) {
        alias.version = None;
        served.configuration.version = None;
    }
    let plan = decided(&function(|_| {}), &glance, &looking(configuration(None, b"new", live()), vec![]));
    assert!(matches!(plan.action, Action::Publish { upload: false, .. }), "{plan:?}");
}

#[test]
fn another_architecture_is_an_upload() {
    let mut intel = live();
    intel.arch = crate::model::Arch::X86_64;
    let look = looking(configuration(None, b"new", intel.clone()), vec![]);
    let plan = decided(&function(|_| {}), &serving(7, b"new", intel), &look);
    assert!(matches!(plan.action, Action::Publish { upload: true, .. }), "{plan:?}");
}

#[test]
fn what_others_set_is_kept_and_what_they_did_to_latest_is_said() {
    let function = function(|s| {
        s.variables.insert("OURS".to_owned(), Variable::Value(Secret::new("1")));
    });
    let mut latest = live();
    latest.variables.insert("THEIRS".to_owned(), Secret::new("2"));
    latest.timeout = 60;
    let look = looking(configuration(None, b"old", latest), vec![]);
    let plan = decided(&function, &serving(7, b"old", live()), &look);
    assert_eq!(plan.kept, ["variables.THEIRS"]);
    assert_eq!(
        plan.notes,
        [
            "`timeout` is another on $LATEST than at the alias, by others or by a version that was rolled back, and comes along",
            "`variables.THEIRS` is another on $LATEST than at the alias, by others or by a version that was rolled back, and comes along"
        ]
    );
}

#[test]
fn what_is_outside_versions_is_written_without_publishing_and_said_not_to_roll_back() {
    let function = function(|s| {
        s.description = Some("greets".to_owned());
        s.tags = BTreeMap::from([("team".to_owned(), "a".to_owned())]);
        s.reserved_concurrency = Some(5);
        s.logging = Logging { retention: Some(14), ..Logging::default() };
    });
    let mut glance = serving(7, b"new", live());
    glance.unversioned = Unversioned { description: Some("old".to_owned()), ..Unversioned::default() };
    let plan = settle(&desired(&function), &glance).expect("no version is needed");
    assert_eq!(plan.action, Action::Unchanged);
    assert!(!plan.is_unchanged());
    assert_eq!(
        plan.extras,
        [
            Extra::Description("greets".to_owned()),
            Extra::Tags(BTreeMap::from([("team".to_owned(), "a".to_owned())])),
            Extra::ReservedConcurrency(5),
            Extra::Retention { group: "/aws/lambda/hello-staging".to_owned(), days: 14 },
        ]
    );
    assert_eq!(plan.notes.len(), 4);
    assert!(plan.notes[3].ends_with("that cannot be undone"), "{:?}", plan.notes);
}

#[test]
fn outside_settings_that_agree_are_not_written() {
    let function = function(|s| {
        s.description = Some("greets".to_owned());
        s.tags = BTreeMap::from([("team".to_owned(), "a".to_owned())]);
        s.provisioned_concurrency = Some(0);
        s.reserved_concurrency = Some(5);
    });
    let mut glance = serving(7, b"new", live());
    glance.unversioned = Unversioned {
        description: Some("greets".to_owned()),
        provisioned_concurrency: Some(0),
        ..Unversioned::default()
    };
    if let Some(served) = &mut glance.served {
        served.tags.insert("team".to_owned(), "a".to_owned());
        served.tags.insert("owner".to_owned(), "b".to_owned());
        served.reserved_concurrency = Some(5);
    }
    let plan = settle(&desired(&function), &glance).expect("no version is needed");
    assert!(plan.is_unchanged(), "{plan:?}");
    assert_eq!(plan.kept, ["tags.owner"]);
}

#[test]
fn what_does_not_work_is_not_unchanged_and_is_sent_again() {
    let failed = || Readiness::Broken("Failed: no network".to_owned());
    let function = function(|_| {});
    let mut glance = serving(7, b"new", live());
    if let Some(served) = &mut glance.served {
        served.configuration.readiness = failed();
    }
    assert_eq!(settle(&desired(&function), &glance), None);
    let mut update_failed = configuration(None, b"new", live());
    update_failed.update_failed = true;
    let mut broken = configuration(None, b"new", live());
    broken.readiness = failed();
    for latest in [update_failed, broken] {
        let plan = decided(&function, &glance, &looking(latest, vec![]));
        assert!(matches!(plan.action, Action::Publish { upload: true, .. }), "{plan:?}");
    }
}

#[test]
fn a_version_that_is_still_pending_is_waited_for_and_not_published_again() {
    let mut pending = configuration(Some(8), b"new", live());
    pending.readiness = Readiness::Pending;
    let look = looking(configuration(None, b"new", live()), vec![pending]);
    let plan = decided(&function(|_| {}), &serving(7, b"old", live()), &look);
    assert_eq!(plan.action, Action::Move { to: Version(8) });
}

#[test]
fn what_is_served_and_still_pending_is_looked_at_twice_and_stays() {
    let (function, mut glance) = (function(|_| {}), serving(7, b"new", live()));
    let mut pending = configuration(Some(7), b"new", live());
    pending.readiness = Readiness::Pending;
    glance.served = Some(lambda(pending.clone()));
    assert_eq!(settle(&desired(&function), &glance), None);
    let look = looking(configuration(None, b"new", live()), vec![pending]);
    assert_eq!(decided(&function, &glance, &look).action, Action::Unchanged);
}

#[test]
fn variables_that_cannot_be_read_are_neither_unchanged_nor_overwritten() {
    let mut denied = live();
    denied.variables_error = Some("AccessDeniedException: no".to_owned());
    let (function, glance) = (function(|_| {}), serving(7, b"new", denied.clone()));
    assert_eq!(settle(&desired(&function), &glance), None);
    let look = looking(
        configuration(None, b"new", denied.clone()),
        vec![configuration(Some(7), b"new", denied.clone())],
    );
    let plan = decided(&function, &glance, &look);
    let Action::Publish { settings, .. } = &plan.action else { panic!("{plan:?}") };
    assert!(crate::plan::check(settings).is_err(), "it is refused");
}

#[test]
fn variables_that_only_latest_shows_are_not_told_as_changes() {
    let mut denied = live();
    denied.variables_error = Some("AccessDeniedException: no".to_owned());
    let mut repaired = live();
    repaired.variables.insert("THEIRS".to_owned(), Secret::new("2"));
    let look = looking(configuration(None, b"new", repaired.clone()), vec![]);
    let plan = decided(&function(|_| {}), &serving(7, b"new", denied), &look);
    assert_eq!((plan.changes, plan.notes), (vec![], Vec::<String>::new()));
    let Action::Publish { settings, .. } = plan.action else { panic!("{:?}", plan.action) };
    assert_eq!(*settings, repaired);
}
