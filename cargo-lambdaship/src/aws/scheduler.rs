//! `EventBridge` Scheduler: one-time calls that take an alias back to a version when nobody else does.

use aws_sdk_scheduler::types::{ActionAfterCompletion, FlexibleTimeWindow, FlexibleTimeWindowMode, Target};
use jiff::Timestamp;
use serde::Serialize;

use super::{Error, Kind};
use crate::model::{AliasName, LambdaName, RevisionId, Version};

/// Scheduler.
#[derive(Debug, Clone)]
pub struct Scheduler(aws_sdk_scheduler::Client);

/// A one-time call that gives all of an alias' traffic to one version.
#[derive(Debug, Clone, Copy)]
pub struct Recall<'a> {
    /// The schedule's name, 1 to 64 letters, digits, `-`, `_` or `.`.
    pub name: &'a str,
    /// When it is made; what is below the second is cut off.
    pub at: Timestamp,
    /// ARN of the role that it is made with.
    pub role: &'a str,
    /// The partition: `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: &'a str,
    /// The lambda, of the same account and region.
    pub lambda: &'a LambdaName,
    /// Its alias.
    pub alias: &'a AliasName,
    /// The version that gets everything.
    pub version: Version,
    /// What the alias' Description is then.
    pub description: &'a str,
    /// The revision of the alias that this is meant for. The call changes nothing once anybody else wrote to the
    /// alias, and neither do Scheduler's retries, which go on for up to a day.
    pub revision: &'a RevisionId,
}

impl Scheduler {
    pub(super) fn new(client: aws_sdk_scheduler::Client) -> Self {
        Self(client)
    }

    /// Sets up the call, instead of an earlier one of the same name. It is gone once it was made.
    ///
    /// # Errors
    /// When a request fails; [`Error::is_unassumable_role`] when Scheduler cannot assume the role.
    pub async fn arm(&self, recall: &Recall<'_>) -> Result<(), Error> {
        let action = || format!("set up schedule `{}`", recall.name);
        let unusable = |cause: String| Error::new(Kind::Unexpected, action(), cause);
        let target = target(recall).map_err(unusable)?;
        let exactly = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build();
        let exactly = exactly.map_err(|error| unusable(error.to_string()))?;
        let update = self.0.update_schedule().name(recall.name).target(target.clone());
        let update = update.schedule_expression(expression(recall.at)).schedule_expression_timezone("UTC");
        let update = update.flexible_time_window(exactly.clone());
        match update.action_after_completion(ActionAfterCompletion::Delete).send().await {
            Ok(_) => return Ok(()),
            Err(error) => match Error::sdk(action(), &error) {
                error if error.kind() == Kind::NotFound => {}
                error => return Err(error),
            },
        }
        let create = self.0.create_schedule().name(recall.name).target(target);
        let create = create.schedule_expression(expression(recall.at)).schedule_expression_timezone("UTC");
        let create = create.flexible_time_window(exactly);
        let sent = create.action_after_completion(ActionAfterCompletion::Delete).send().await;
        sent.map(drop).map_err(|error| Error::sdk(action(), &error))
    }

    /// Takes the call back. One that there is not, or no longer, is fine.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn disarm(&self, name: &str) -> Result<(), Error> {
        let sent = self.0.delete_schedule().name(name).send().await;
        match sent.map_err(|error| Error::sdk(format!("delete schedule `{name}`"), &error)) {
            Err(error) if error.kind() != Kind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Scheduler's "universal target" for Lambda's `UpdateAlias`.
fn target(recall: &Recall<'_>) -> Result<Target, String> {
    let arn = format!("arn:{}:scheduler:::aws-sdk:lambda:updateAlias", recall.partition);
    let input = serde_json::to_string(&input(recall)).map_err(|error| error.to_string())?;
    Target::builder().arn(arn).role_arn(recall.role).input(input).build().map_err(|error| error.to_string())
}

/// A moment in a schedule's own words.
fn expression(at: Timestamp) -> String {
    format!("at({})", at.strftime("%Y-%m-%dT%H:%M:%S"))
}

fn input<'a>(recall: &Recall<'a>) -> UpdateAlias<'a> {
    UpdateAlias {
        function_name: recall.lambda.as_str(),
        name: recall.alias.as_str(),
        function_version: recall.version.to_string(),
        description: recall.description,
        routing_config: Routing::default(),
        revision_id: recall.revision.fence(),
    }
}

/// Lambda's `UpdateAlias`, whole, with the members' names of its service model.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateAlias<'a> {
    function_name: &'a str,
    name: &'a str,
    function_version: String,
    description: &'a str,
    routing_config: Routing,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision_id: Option<String>,
}

/// No second version.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Routing {
    additional_version_weights: Empty,
}

/// `{}`
#[derive(Debug, Default, Serialize)]
struct Empty {}

#[cfg(test)]
mod tests {
    use axum::http::{Method, StatusCode};
    use serde_json::{Value, json};

    use super::*;
    use crate::aws::AliasTarget;
    use crate::aws::testing::Recorder;

    struct Names(LambdaName, AliasName, RevisionId);

    impl Names {
        fn new() -> Self {
            let revision = RevisionId::new(Some("r-1".to_owned()));
            Self(LambdaName::new("hello-staging").unwrap(), AliasName::new("live").unwrap(), revision)
        }

        fn recall(&self) -> Recall<'_> {
            Recall {
                name: "hello-staging.live",
                at: "2026-11-21T12:34:56.9Z".parse().unwrap(),
                role: "arn:aws-cn:iam::111111111111:role/recall",
                partition: "aws-cn",
                lambda: &self.0,
                alias: &self.1,
                version: Version(7),
                description: "lambdaship/1 prev=7",
                revision: &self.2,
            }
        }
    }

    fn expected_input() -> Value {
        json!({
            "FunctionName": "hello-staging",
            "Name": "live",
            "FunctionVersion": "7",
            "Description": "lambdaship/1 prev=7",
            "RoutingConfig": {"AdditionalVersionWeights": {}},
            "RevisionId": "r-1",
        })
    }

    #[test]
    fn the_call_says_all_of_the_alias() {
        let names = Names::new();
        assert_eq!(serde_json::to_value(input(&names.recall())).unwrap(), expected_input());
        let unfenced = Recall { revision: &RevisionId::new(None), ..names.recall() };
        assert_eq!(serde_json::to_value(input(&unfenced)).unwrap().get("RevisionId"), None);
    }

    /// The two members that Lambda's own API takes from the path are in the input as well.
    #[tokio::test]
    async fn the_call_is_the_one_that_the_sdk_sends() {
        let names = Names::new();
        let recorder = Recorder::answering(|_| (StatusCode::OK, r#"{"Name": "live"}"#)).await;
        let recall = names.recall();
        let target =
            AliasTarget { version: recall.version, split: None, description: recall.description.to_owned() };
        recorder
            .aws
            .lambda()
            .update_alias(recall.lambda, recall.alias, &target, recall.revision)
            .await
            .unwrap();
        let asked = recorder.asked().remove(0);
        assert_eq!(asked.path, "/2015-03-31/functions/hello-staging/aliases/live");
        let mut sent = asked.body;
        sent["FunctionName"] = json!("hello-staging");
        sent["Name"] = json!("live");
        assert_eq!(sent, serde_json::to_value(input(&recall)).unwrap());
    }

    #[tokio::test]
    async fn a_schedule_is_changed_or_made() {
        let names = Names::new();
        let recorder = Recorder::answering(|asked| match asked.method {
            Method::PUT => {
                (StatusCode::NOT_FOUND, r#"{"__type":"ResourceNotFoundException","Message":"gone"}"#)
            }
            _ => (StatusCode::OK, r#"{"ScheduleArn":"arn"}"#),
        })
        .await;
        recorder.aws.scheduler().arm(&names.recall()).await.unwrap();
        let asked = recorder.asked();
        let methods: Vec<&Method> = asked.iter().map(|asked| &asked.method).collect();
        assert_eq!(methods, [Method::PUT, Method::POST]);
        for mut asked in asked {
            assert_eq!(asked.path, "/schedules/hello-staging.live");
            let input = asked.body["Target"]["Input"].take();
            let input: Value = serde_json::from_str(input.as_str().unwrap()).unwrap();
            assert_eq!(input, expected_input());
            asked.body.as_object_mut().unwrap().remove("ClientToken").unwrap();
            let expected = json!({
                "ScheduleExpression": "at(2026-11-21T12:34:56)",
                "ScheduleExpressionTimezone": "UTC",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "ActionAfterCompletion": "DELETE",
                "Target": {
                    "Arn": "arn:aws-cn:scheduler:::aws-sdk:lambda:updateAlias",
                    "RoleArn": "arn:aws-cn:iam::111111111111:role/recall",
                    "Input": null,
                },
            });
            assert_eq!(asked.body, expected);
        }
    }

    #[tokio::test]
    async fn a_schedule_that_is_gone_is_disarmed_and_another_failure_is_told() {
        let table = [
            (StatusCode::OK, "{}", None),
            (StatusCode::NOT_FOUND, r#"{"__type":"ResourceNotFoundException","Message":"gone"}"#, None),
            (
                StatusCode::FORBIDDEN,
                r#"{"__type":"AccessDeniedException","Message":"no"}"#,
                Some(Kind::AccessDenied),
            ),
            (
                StatusCode::CONFLICT,
                r#"{"__type":"ConflictException","Message":"busy"}"#,
                Some(Kind::Conflict),
            ),
        ];
        for (status, body, kind) in table {
            let recorder = Recorder::answering(move |_| (status, body)).await;
            let disarmed = recorder.aws.scheduler().disarm("hello").await;
            assert_eq!(disarmed.err().map(|error| error.kind()), kind, "{status}");
        }
    }

    #[tokio::test]
    async fn a_role_made_seconds_ago_is_told_from_other_refusals() {
        const UNASSUMABLE: &str = r#"{"__type":"ValidationException","Message":"The execution role you provide must allow AWS EventBridge Scheduler to assume the role."}"#;
        const OTHER: &str =
            r#"{"__type":"ValidationException","Message":"Invalid Schedule Expression at(x)."}"#;
        let names = Names::new();
        for (body, unassumable) in [(UNASSUMABLE, true), (OTHER, false)] {
            let recorder = Recorder::answering(move |_| (StatusCode::BAD_REQUEST, body)).await;
            let error = recorder.aws.scheduler().arm(&names.recall()).await.unwrap_err();
            assert_eq!((error.kind(), error.is_unassumable_role()), (Kind::Invalid, unassumable), "{body}");
        }
    }
}
