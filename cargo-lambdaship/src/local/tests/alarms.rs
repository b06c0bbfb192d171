//! Alarms through the server: they follow the metrics when they are read.

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder;
use aws_sdk_cloudwatch::types::{AlarmType, ComparisonOperator, MetricAlarm, StateValue, Statistic};
use jiff::SignedDuration;

use super::metrics::{dimensions, sample};
use super::support::{Fixture, refused};
use crate::context;
use crate::local::{Ended, Sample};

/// An alarm on a failure of `hello:live` in one of the last ten minutes, which is longer than a test takes.
fn put(client: &Client, name: &str) -> PutMetricAlarmFluentBuilder {
    let set = dimensions(&[("FunctionName", "hello"), ("Resource", "hello:live")]);
    client
        .put_metric_alarm()
        .alarm_name(name)
        .namespace("AWS/Lambda")
        .metric_name("Errors")
        .set_dimensions(Some(set))
        .statistic(Statistic::Sum)
        .period(60)
        .evaluation_periods(10)
        .datapoints_to_alarm(1)
        .threshold(0.0)
        .comparison_operator(ComparisonOperator::GreaterThanThreshold)
}

async fn describe(client: &Client, name: &str) -> MetricAlarm {
    let answer = client.describe_alarms().alarm_names(name).send().await.unwrap();
    answer.metric_alarms()[0].clone()
}

async fn state(client: &Client, name: &str) -> StateValue {
    describe(client, name).await.state_value().unwrap().clone()
}

#[tokio::test]
async fn a_state_follows_the_metrics_and_outlives_the_server() {
    let local = Fixture::new().await;
    let client = Client::new(&local.config);
    put(&client, "errors").alarm_description("no").send().await.unwrap();
    let new = describe(&client, "errors").await;
    assert_eq!(new.state_value(), Some(&StateValue::InsufficientData));
    assert_eq!(new.alarm_arn(), Some("arn:aws:cloudwatch:eu-west-1:000000000000:alarm:errors"));
    assert_eq!((new.alarm_description(), new.threshold(), new.period()), (Some("no"), Some(0.0), Some(60)));
    assert_eq!((new.evaluation_periods(), new.datapoints_to_alarm()), (Some(10), Some(1)));
    assert_eq!((new.treat_missing_data(), new.statistic()), (Some("missing"), Some(&Statistic::Sum)));
    assert_eq!((new.actions_enabled(), new.dimensions().len()), (Some(true), 2));
    local.server.record(&sample());
    let good = describe(&client, "errors").await;
    assert_eq!(good.state_value(), Some(&StateValue::Ok));
    assert!(good.state_updated_timestamp() > new.state_updated_timestamp());
    local.server.record(&Sample { outcome: Ended::Failed, ..sample() });
    let red = describe(&client, "errors").await;
    assert_eq!(red.state_value(), Some(&StateValue::Alarm));
    assert!(red.state_reason().unwrap().contains("greater than the threshold (0)"), "{red:?}");
    assert_eq!(describe(&client, "errors").await.state_updated_timestamp(), red.state_updated_timestamp());
    let local = local.restart(|_| {}).await;
    let again = describe(&Client::new(&local.config), "errors").await;
    assert_eq!(again.state_value(), Some(&StateValue::Alarm));
    assert_eq!(again.state_updated_timestamp(), red.state_updated_timestamp());
}

#[tokio::test]
async fn what_is_long_ago_does_not_count() {
    let local = Fixture::new().await;
    let client = Client::new(&local.config);
    let at = context::now() - SignedDuration::from_mins(20);
    local.server.record(&Sample { outcome: Ended::Failed, at, ..sample() });
    put(&client, "errors").send().await.unwrap();
    assert_eq!(state(&client, "errors").await, StateValue::InsufficientData);
    put(&client, "errors").treat_missing_data("breaching").send().await.unwrap();
    assert_eq!(state(&client, "errors").await, StateValue::Alarm);
    put(&client, "errors").treat_missing_data("ignore").send().await.unwrap();
    assert_eq!(state(&client, "errors").await, StateValue::Alarm);
    put(&client, "errors").treat_missing_data("notBreaching").send().await.unwrap();
    assert_eq!(state(&client, "errors").await, StateValue::Ok);
}

#[tokio::test]
async fn a_state_that_was_set_holds_until_there_is_something_new() {
    let local = Fixture::new().await;
    let client = Client::new(&local.config);
    put(&client, "errors").send().await.unwrap();
    // Before the state is set, also where the minute turns meanwhile.
    let at = context::now() - SignedDuration::from_mins(1);
    let set = client.set_alarm_state().alarm_name("errors").state_value(StateValue::Alarm);
    set.state_reason("a test").send().await.unwrap();
    local.server.record(&Sample { at, ..sample() });
    let held = describe(&client, "errors").await;
    assert_eq!((held.state_value(), held.state_reason()), (Some(&StateValue::Alarm), Some("a test")));
    // A value of the next minute makes the alarm look again.
    local.server.record(&Sample { at: context::now() + SignedDuration::from_mins(1), ..sample() });
    assert_eq!(state(&client, "errors").await, StateValue::Ok);
    let set = client.set_alarm_state().alarm_name("absent").state_value(StateValue::Ok);
    let (status, code, _) = refused(set.state_reason("x").send().await);
    assert_eq!((status, code.as_str()), (404, "ResourceNotFound"));
}

#[tokio::test]
async fn alarms_are_listed_by_name_prefix_state_and_type_and_deleted() {
    let local = Fixture::new().await;
    let client = Client::new(&local.config);
    for name in ["a-1", "a-2", "a-3", "b-1"] {
        put(&client, name).send().await.unwrap();
    }
    put(&client, "b-1").treat_missing_data("notBreaching").send().await.unwrap();
    let list = || client.describe_alarms();
    let names =
        |answer: &aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput| -> Vec<String> {
            answer.metric_alarms().iter().map(|alarm| alarm.alarm_name().unwrap().to_owned()).collect()
        };
    assert_eq!(names(&list().send().await.unwrap()), ["a-1", "a-2", "a-3", "b-1"]);
    assert_eq!(names(&list().alarm_names("b-1").alarm_names("c").send().await.unwrap()), ["b-1"]);
    assert_eq!(names(&list().state_value(StateValue::Ok).send().await.unwrap()), ["b-1"]);
    assert!(names(&list().alarm_types(AlarmType::CompositeAlarm).send().await.unwrap()).is_empty());
    let prefix = || list().alarm_name_prefix("a-").max_records(2);
    let first = prefix().send().await.unwrap();
    assert_eq!(names(&first), ["a-1", "a-2"]);
    let rest = prefix().next_token(first.next_token().unwrap()).send().await.unwrap();
    assert_eq!((names(&rest), rest.next_token()), (vec!["a-3".to_owned()], None));
    // As on AWS, one that is not there does not save the others.
    client.delete_alarms().alarm_names("a-1").alarm_names("absent").send().await.unwrap();
    assert_eq!(names(&list().alarm_name_prefix("a-").send().await.unwrap()), ["a-2", "a-3"]);
}

#[tokio::test]
async fn rules_that_cannot_be_kept_are_refused() {
    let local = Fixture::new().await;
    let client = Client::new(&local.config);
    let put = || put(&client, "errors");
    for (request, words) in [
        (put().extended_statistic("p95"), "one of Statistic and ExtendedStatistic"),
        (put().set_statistic(None), "one of Statistic and ExtendedStatistic"),
        (put().set_statistic(None).extended_statistic("Sum"), "percentiles"),
        (put().period(10), "whole minutes"),
        (put().evaluation_periods(1_441), "86400 seconds"),
        (put().datapoints_to_alarm(11), "1 to EvaluationPeriods"),
        (put().treat_missing_data("green"), "unknown variant `green`"),
        (put().comparison_operator(ComparisonOperator::GreaterThanUpperThreshold), "unknown variant"),
        (put().set_threshold(None), "missing field `Threshold`"),
        (put().threshold_metric_id("band"), "unknown field `ThresholdMetricId`"),
        (put().alarm_name("x".repeat(256)), "AlarmName"),
    ] {
        let (status, code, message) = refused(request.send().await);
        assert_eq!((status, code.as_str()), (400, "ValidationError"), "{words}");
        assert!(message.contains(words), "{message}");
    }
    put().set_statistic(None).extended_statistic("p95").metric_name("Duration").send().await.unwrap();
    assert_eq!(describe(&client, "errors").await.extended_statistic(), Some("p95"));
}
