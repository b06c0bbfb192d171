//! A version gets traffic only when it answers its smoke events as it has to. The functions are shell scripts that the
//! local AWS really runs.

use serde_json::json;

use super::support::{Stage, failure, function};
use crate::config::FunctionConfig;
use crate::local::{Failure, Injection};
use crate::model::{Exit, Expect, Secret, Smoke, Variable, Version};
use crate::report::{FunctionReport, Outcome};

/// A function that answers `answer` to all events, and logs a line for each.
fn answering(answer: &str) -> String {
    format!(
        r#"#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while headers=$(curl -sS -D - -o /dev/null "$api/next"); do
    id=$(printf '%s' "$headers" | tr -d '\r' | sed -n 's/^lambda-runtime-aws-request-id: //p')
    echo "asked with $TOKEN"
    printf '%s' '{answer}' | curl -sS -o /dev/null --data-binary @- "$api/$id/response"
done
"#
    )
}

fn expecting(name: &str, body: &str) -> Smoke {
    let expect = Expect { body: Some(json!(body)), ..Expect::default() };
    Smoke { name: name.to_owned(), event: br#"{"ping":1}"#.to_vec(), expect }
}

/// A function whose version has to answer `pong`.
fn tested() -> FunctionConfig {
    FunctionConfig { smoke: vec![expecting("ping", "pong")], ..function(|_| {}) }
}

fn exit(report: &FunctionReport) -> Option<Exit> {
    report.error.as_ref().map(|error| error.exit)
}

#[tokio::test(flavor = "current_thread")]
async fn a_version_that_passes_gets_the_alias() {
    let (stage, function) = (Stage::new().await, tested());
    let code = answering("\"pong\"");
    let report = stage.deploy(&function, &code).await;
    assert_eq!((report.outcome, exit(&report)), (Outcome::Created, None), "{report:?}");
    let passed: Vec<_> = report.smoke.iter().map(|smoke| (smoke.name.as_str(), smoke.passed)).collect();
    assert_eq!(passed, [("ping", true)]);
    stage.serves(&function, &code).await;
    assert!(stage.said.text().contains("     Testing hello v1: 1 smoke event\n"), "{}", stage.said.text());
    let again = stage.deploy(&function, &code).await;
    assert_eq!(
        (again.outcome, stage.count("Invoke")),
        (Outcome::Unchanged, 1),
        "what is served is not tested"
    );
}

#[tokio::test(flavor = "current_thread")]
async fn a_first_version_that_fails_gets_no_alias_until_it_passes() {
    let (stage, mut function) = (Stage::new().await, tested());
    let code = answering("\"nope\"");
    for _again in 0..2 {
        let report = stage.deploy(&function, &code).await;
        assert_eq!(
            (report.outcome, exit(&report)),
            (Outcome::RolledBack, Some(Exit::RolledBack)),
            "{report:?}"
        );
        assert_eq!(report.version.to, None);
        assert_eq!(stage.aws.lambda().alias(&function.lambda, &function.alias).await.unwrap(), None);
    }
    assert_eq!(stage.count("PublishVersion"), 1, "the same version is tested again");
    function.smoke = vec![expecting("ping", "nope")];
    let report = stage.deploy(&function, &code).await;
    assert_eq!((report.outcome, report.version.to), (Outcome::Moved, Some(Version(1))), "{report:?}");
    stage.serves(&function, &code).await;
}

#[tokio::test(flavor = "current_thread")]
async fn an_update_that_fails_leaves_the_alias_and_shows_event_answer_and_log() {
    let (stage, mut function) = (Stage::new().await, tested());
    let token = Variable::Value(Secret::new("hunter2-hunter2"));
    function.settings.variables.insert("TOKEN".to_owned(), token);
    let good = answering("\"pong\"");
    stage.deploy(&function, &good).await;
    let alias = stage.alias(&function).await;
    function.smoke =
        vec![expecting("ping", "pong"), expecting("more", "nope hunter2-hunter2"), expecting("last", "pong")];
    let report = stage.deploy(&function, &answering("\"nope hunter2-hunter2\"")).await;
    assert_eq!((report.outcome, exit(&report)), (Outcome::RolledBack, Some(Exit::RolledBack)), "{report:?}");
    assert_eq!((report.version.from, report.version.to), (Some(Version(1)), Some(Version(1))));
    assert_eq!(stage.alias(&function).await, alias, "not even its revision changed");
    stage.serves(&function, &good).await;
    let passed: Vec<_> = report.smoke.iter().map(|smoke| smoke.passed).collect();
    assert_eq!(passed, [false, true, false], "all events are tried");
    assert_eq!(report.smoke[0].problems, [r#"answered "nope …", not "pong""#]);
    let error = report.error.as_ref().unwrap();
    assert_eq!(
        error.message,
        "version 2 of lambda `hello-staging` did not pass 2 of 3 smoke events: `ping`, `last`"
    );
    assert_eq!(
        error.causes[..3],
        [
            r#"`ping` answered "nope …", not "pong""#,
            r#"`ping` was sent {"ping":1}"#,
            r#"`ping` came back as "nope …""#,
        ]
    );
    assert!(error.causes[3].starts_with("`ping` logged\n    START RequestId: "), "{}", error.causes[3]);
    assert!(error.causes[3].contains("\n    asked with …\n"), "{}", error.causes[3]);
    assert_eq!(error.causes.len(), 8);
}

#[tokio::test(flavor = "current_thread")]
async fn a_version_that_exists_is_tested_before_the_alias_moves_onto_it() {
    let (stage, mut function) = (Stage::new().await, tested());
    let (first, second) = (answering("\"pong\""), answering("\"nope\""));
    function.smoke.clear();
    for code in [&second, &first] {
        stage.deploy(&function, code).await;
    }
    function.smoke = vec![expecting("ping", "pong")];
    let report = stage.deploy(&function, &second).await;
    assert_eq!(exit(&report), Some(Exit::RolledBack), "{report:?}");
    assert_eq!(stage.serves(&function, &first).await, Version(2));
}

#[tokio::test(flavor = "current_thread")]
async fn an_event_that_is_throttled_is_sent_again_and_one_that_cannot_be_sent_fails_the_run() {
    let code = answering("\"pong\"");
    for (failure, times, expected) in [
        (Failure::Throttled, 2, None),
        (Failure::Throttled, 5, Some(Exit::Failed)),
        (Failure::Internal, 1, Some(Exit::Failed)),
    ] {
        let (stage, function) = (Stage::new().await, tested());
        stage.server.inject(Injection { operation: "Invoke".to_owned(), failure, after: 0, times });
        let report = stage.deploy(&function, &code).await;
        assert_eq!(exit(&report), expected, "{failure:?} {times}: {report:?}");
        let alias = stage.aws.lambda().alias(&function.lambda, &function.alias).await.unwrap();
        assert_eq!(alias.is_some(), expected.is_none(), "{failure:?} {times}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_function_that_fails_is_told_with_its_error() {
    let (stage, mut function) = (Stage::new().await, tested());
    function.smoke[0].expect = Expect::default();
    let report = stage.deploy(&function, "#!/bin/sh\necho no luck\nexit 3\n").await;
    assert_eq!(exit(&report), Some(Exit::RolledBack), "{report:?}");
    let told = failure(&report);
    assert!(
        told.contains("did not pass the smoke event `ping`: `ping` failed with a function error (Unhandled)"),
        "{told}"
    );
    assert!(told.contains("no luck"), "{told}");
}
