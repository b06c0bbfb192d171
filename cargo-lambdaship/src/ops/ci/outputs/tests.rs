use super::*;
use crate::model::Version;
use crate::report::VersionMove;
use crate::report::run::{PruneSummary, SCHEMA};
use crate::report::testing::{report, rolled_back, unchanged, updated};

fn run(report: Option<Report>) -> RunReport {
    RunReport {
        schema: SCHEMA.into(),
        command: "deploy".to_owned(),
        environment: None,
        result: JobResult::Changed,
        failure_reason: None,
        message: None,
        head: None,
        run_url: None,
        seconds: 0.0,
        gates: None,
        report,
        drift: None,
        pruned: None,
    }
}

fn output(run: &RunReport, name: &str) -> String {
    let outputs = of(run, &Done::default(), None);
    outputs.into_iter().find(|(output, _)| *output == name).map(|(_, value)| value).unwrap()
}

#[test]
fn versions_are_what_each_alias_serves() {
    let deployed = run(Some(report("deploy", vec![updated(), unchanged(), rolled_back()])));
    assert_eq!(output(&deployed, "versions"), r#"{"hello":7,"worker":12}"#, "the last of the same name");
    assert_eq!(
        (output(&deployed, "changed"), output(&deployed, "changed-count")),
        ("true".into(), "2".into())
    );
    assert_eq!(output(&deployed, "rolled-back"), "true");
    let planned = FunctionReport { version: VersionMove { from: Some(Version(7)), to: None }, ..updated() };
    assert_eq!(output(&run(Some(report("plan", vec![planned]))), "versions"), r#"{"hello":7}"#);
    let region = |region: &str| FunctionReport { region: Some(region.to_owned()), ..updated() };
    let several = run(Some(report("deploy", vec![region("eu-west-1"), region("us-east-1")])));
    assert_eq!(output(&several, "versions"), r#"{"hello":{"eu-west-1":8,"us-east-1":8}}"#);
}

#[test]
fn what_is_pruned_is_counted_of_all_kinds() {
    let pruned = PruneSummary { versions: 1, artifacts: 2, bytes: 9, records: 4, deleted: true };
    let run = RunReport { pruned: Some(pruned), ..run(None) };
    assert_eq!((output(&run, "changed"), output(&run, "changed-count")), ("true".into(), "7".into()));
}

#[test]
fn what_nothing_is_known_of_is_empty_and_never_left_out() {
    let outputs = of(&run(None), &Done::default(), None);
    let empty: Vec<&str> =
        outputs.iter().filter(|(_, value)| value.is_empty()).map(|(name, _)| *name).collect();
    assert_eq!(
        empty,
        ["failure-reason", "report-file", "plan-file", "plan-hash", "matrix", "matrix-count", "drift"]
    );
    assert_eq!(output(&run(None), "versions"), "{}");
    assert_eq!(output(&run(None), "changed"), "false");
}

/// Those of the other steps have other sources.
#[test]
fn action_yml_hands_on_every_output() {
    let action = include_str!("../../../../../action.yml");
    for (name, _) in of(&run(None), &Done::default(), None) {
        assert!(action.contains(&format!("value: ${{{{ steps.run.outputs.{name} }}}}")), "{name}");
    }
}
