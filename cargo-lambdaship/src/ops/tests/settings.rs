//! Settings: set, changed, taken away, kept; those outside of versions; values that are not shown.

use super::support::{Stage, failure, function};
use crate::model::{AliasName, Logging, Secret, Settings, Tracing, Variable, Vpc};
use crate::report::Outcome;

const DEAD_LETTER: &str = "arn:aws:sqs:us-east-1:000000000000:dead";
const KEY: &str = "arn:aws:kms:us-east-1:000000000000:key/0123";

fn value(text: &str) -> Variable {
    Variable::Value(Secret::new(text))
}

#[tokio::test(flavor = "current_thread")]
async fn a_setting_is_set_changed_and_taken_away() {
    type Step = fn(&mut Settings);
    let table: [(&str, [Step; 3]); 6] = [
        (
            "dead-letter",
            [
                |_| {},
                |s| s.dead_letter = Some(DEAD_LETTER.to_owned()),
                |s| s.dead_letter = Some(String::new()),
            ],
        ),
        (
            "kms-key",
            [
                |s| drop(s.variables.insert("GREETING".to_owned(), value("1"))),
                |s| s.kms_key = Some(KEY.to_owned()),
                |s| s.kms_key = Some(String::new()),
            ],
        ),
        (
            "layers",
            [
                |s| s.layers = Some(vec![layer("a"), layer("b")]),
                |s| s.layers = Some(vec![layer("b"), layer("a")]),
                |s| s.layers = Some(vec![]),
            ],
        ),
        (
            "vpc",
            [
                |_| {},
                |s| {
                    let (subnets, security_groups) =
                        (vec!["subnet-b".to_owned(), "subnet-a".to_owned()], vec!["sg-a".to_owned()]);
                    s.vpc = Some(Vpc { subnets, security_groups, ipv6: false });
                },
                |s| s.vpc = Some(Vpc::default()),
            ],
        ),
        (
            "tracing",
            [
                |s| s.tracing = Some(Tracing::Active),
                |s| s.tracing = Some(Tracing::PassThrough),
                |s| s.tracing = Some(Tracing::Active),
            ],
        ),
        (
            "variables",
            [
                |s| drop(s.variables.insert("GREETING".to_owned(), value("1"))),
                |s| drop(s.variables.insert("GREETING".to_owned(), value("2"))),
                |s| drop(s.variables.insert("GREETING".to_owned(), Variable::Removed)),
            ],
        ),
    ];
    for (field, steps) in table {
        let stage = Stage::new().await;
        for (index, step) in steps.into_iter().enumerate() {
            let function = function(step);
            let report = stage.deploy(&function, "one").await;
            assert_eq!(report.error, None, "{field} {index}");
            let changed = report.changes.iter().any(|change| change.field.starts_with(field));
            assert!(changed || index == 0, "{field} {index}: {:?}", report.changes);
            let again = stage.deploy(&function, "one").await;
            assert_eq!(again.outcome, Outcome::Unchanged, "{field} {index}: {again:?}");
        }
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_key_without_variables_is_no_reason_for_a_deploy() {
    let stage = Stage::new().await;
    stage.deploy(&function(|_| {}), "one").await;
    let report = stage.deploy(&function(|s| s.kms_key = Some(KEY.to_owned())), "one").await;
    assert_eq!((report.outcome, &report.error), (Outcome::Unchanged, &None));
    let note = "`kms-key` waits for a variable: Lambda does not keep it where there is none";
    assert_eq!(report.notes, [note]);
}

fn layer(name: &str) -> String {
    format!("arn:aws:lambda:us-east-1:000000000000:layer:{name}:1")
}

#[tokio::test(flavor = "current_thread")]
async fn variables_of_others_are_kept_and_said() {
    let stage = Stage::new().await;
    stage.deploy(&function(|s| drop(s.variables.insert("THEIRS".to_owned(), value("x")))), "one").await;
    let ours = function(|s| drop(s.variables.insert("OURS".to_owned(), value("y"))));
    let report = stage.deploy(&ours, "two").await;
    assert_eq!(report.kept, ["variables.THEIRS"]);
    let served = stage.live(&ours, Some("live")).await.configuration.settings.variables;
    assert_eq!(served.keys().collect::<Vec<_>>(), ["OURS", "THEIRS"]);
}

#[tokio::test(flavor = "current_thread")]
async fn what_is_outside_of_versions_is_written_without_one() {
    let stage = Stage::new().await;
    stage.deploy(&function(|_| {}), "one").await;
    let function = function(|s| {
        s.description = Some("greets".to_owned());
        s.tags = [("team".to_owned(), "a".to_owned())].into();
        s.reserved_concurrency = Some(5);
        s.provisioned_concurrency = Some(1);
        s.logging = Logging { retention: Some(14), ..Logging::default() };
    });
    let (report, counts) = stage.counted(stage.deploy(&function, "one")).await;
    assert_eq!((report.outcome, &report.error), (Outcome::Updated, &None));
    assert_eq!(report.notes.len(), 5, "{:?}", report.notes);
    assert!(!counts.contains_key("PublishVersion") && !counts.contains_key("UpdateAlias"), "{counts:?}");
    assert_eq!(stage.deploy(&function, "one").await.outcome, Outcome::Unchanged);
}

#[tokio::test(flavor = "current_thread")]
async fn retention_is_that_of_the_group_the_lambda_logs_to() {
    let stage = Stage::new().await;
    stage.deploy(&function(|s| s.logging.group = Some("/team/hello".to_owned())), "one").await;
    let function = function(|s| s.logging.retention = Some(14));
    stage.deploy(&function, "one").await;
    assert_eq!(stage.aws.logs().retention("/team/hello").await.unwrap(), Some(14));
    assert_eq!(stage.deploy(&function, "one").await.outcome, Outcome::Unchanged);
}

#[tokio::test(flavor = "current_thread")]
async fn a_lambda_without_the_alias_keeps_its_log_group_and_its_retention() {
    let stage = Stage::new().await;
    stage.deploy(&function(|s| s.logging.group = Some("/team/hello".to_owned())), "one").await;
    let retaining = |alias: &str| {
        let mut function = function(|s| s.logging.retention = Some(14));
        function.alias = AliasName::new(alias).unwrap();
        function
    };
    for (alias, writes) in [("second", 1), ("third", 0)] {
        let (report, counts) = stage.counted(stage.deploy(&retaining(alias), "one")).await;
        assert_eq!((report.error, report.outcome), (None, Outcome::Moved), "{alias}");
        assert_eq!(counts.get("PutRetentionPolicy").copied().unwrap_or_default(), writes, "{alias}");
    }
    assert_eq!(stage.aws.logs().retention("/team/hello").await.unwrap(), Some(14));
    assert_eq!(stage.aws.logs().retention("/aws/lambda/hello-staging").await.unwrap(), None);
}

#[tokio::test(flavor = "current_thread")]
async fn a_refusal_does_not_show_a_value() {
    let stage = Stage::new().await;
    stage.deploy(&function(|_| {}), "one").await;
    let function = function(|s| {
        s.variables.insert("TOKEN".to_owned(), value("canary-\"quoted\"\nvalue"));
        s.memory = Some(1);
    });
    let report = stage.deploy(&function, "one").await;
    assert!(failure(&report).contains("memorySize"), "{}", failure(&report));
    assert!(!format!("{report:?}{}", stage.said.text()).contains("canary"));
}
