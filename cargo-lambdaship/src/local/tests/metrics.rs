//! Metrics through the server: what invocations leave in CloudWatch, and what is kept of it.

use std::time::Duration;

use aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataOutput;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    Dimension, Metric, MetricDataQuery, MetricDatum, MetricStat, ScanBy, StandardUnit,
};
use jiff::{SignedDuration, Timestamp};

use super::support::{Fixture, PATIENCE, refused};
use crate::context;
use crate::local::{Ended, Sample};

/// Dimensions, by name and value.
type Set<'a> = &'a [(&'a str, &'a str)];

const FUNCTION: Set = &[("FunctionName", "hello")];
const ALIAS: Set = &[("FunctionName", "hello"), ("Resource", "hello:live")];

pub(super) fn dimensions(set: Set) -> Vec<Dimension> {
    set.iter().map(|(name, value)| Dimension::builder().name(*name).value(*value).build()).collect()
}

pub(super) fn time(at: Timestamp) -> DateTime {
    DateTime::from_millis(at.as_millisecond())
}

fn query(id: &str, name: &str, set: Set, stat: &str) -> MetricDataQuery {
    let metric = Metric::builder().namespace("AWS/Lambda").metric_name(name);
    let metric = metric.set_dimensions(Some(dimensions(set))).build();
    let stat = MetricStat::builder().metric(metric).period(60).stat(stat).build();
    MetricDataQuery::builder().id(id).metric_stat(stat).build()
}

/// The answers to some queries for the last hour.
async fn ask(local: &Fixture, queries: Vec<MetricDataQuery>) -> GetMetricDataOutput {
    let (now, hour) = (context::now(), SignedDuration::from_hours(1));
    let get = aws_sdk_cloudwatch::Client::new(&local.config).get_metric_data();
    let get = get.start_time(time(now - hour)).end_time(time(now + hour));
    get.set_metric_data_queries(Some(queries)).send().await.unwrap()
}

/// The sum of a metric in the last hour; `None` where no minute has a value.
async fn sum(local: &Fixture, name: &str, set: Set<'_>) -> Option<f64> {
    let answer = ask(local, vec![query("q", name, set, "Sum")]).await;
    let values = answer.metric_data_results()[0].values();
    (!values.is_empty()).then(|| values.iter().sum())
}

/// An invocation of `hello:live` that ended well just now.
pub(super) fn sample() -> Sample {
    Sample {
        lambda: "hello".to_owned(),
        qualifier: Some("live".to_owned()),
        executed_version: None,
        at: context::now(),
        outcome: Ended::Succeeded,
        duration_ms: 20.0,
    }
}

#[tokio::test]
async fn each_statistic_of_an_invocation_is_there_for_the_sdk() {
    let local = Fixture::new().await;
    let at = context::now();
    for duration_ms in (1..=100).map(f64::from) {
        let outcome = if duration_ms > 95.0 { Ended::Failed } else { Ended::Succeeded };
        local.server.record(&Sample { at, outcome, duration_ms, ..sample() });
    }
    let stats = ["Sum", "SampleCount", "Average", "Minimum", "Maximum", "p50", "p95", "p99.9"];
    let queries = stats.iter().enumerate();
    let queries = queries.map(|(number, stat)| query(&format!("q{number}"), "Duration", ALIAS, stat));
    let answer = ask(&local, queries.collect()).await;
    let minute = at.as_second() - at.as_second().rem_euclid(60);
    let expected = [5_050.0, 100.0, 50.5, 1.0, 100.0, 50.0, 95.0, 100.0];
    for (number, (result, expected)) in answer.metric_data_results().iter().zip(expected).enumerate() {
        assert_eq!(result.id(), Some(format!("q{number}").as_str()));
        assert_eq!(result.timestamps(), [DateTime::from_secs(minute)]);
        let value = result.values()[0];
        assert!((value / expected - 1.0).abs() < 0.01, "{} is {value}", stats[number]);
    }
    assert_eq!(sum(&local, "Errors", FUNCTION).await, Some(5.0));
    assert_eq!(sum(&local, "Invocations", FUNCTION).await, Some(100.0));
    assert_eq!(sum(&local, "Throttles", FUNCTION).await, Some(0.0));
    assert_eq!(sum(&local, "Invocations", &[("FunctionName", "other")]).await, None);
    assert_eq!(sum(&local, "Invocations", &[]).await, None);
}

#[tokio::test]
async fn numbers_outlive_the_server() {
    let local = Fixture::new().await;
    for _ in 0..3 {
        local.server.record(&Sample { executed_version: Some("8".to_owned()), ..sample() });
    }
    let local = local.restart(|_| {}).await;
    local.server.record(&sample());
    let local = local.restart(|_| {}).await;
    let split = [("FunctionName", "hello"), ("Resource", "hello:live"), ("ExecutedVersion", "8")];
    assert_eq!(sum(&local, "Invocations", ALIAS).await, Some(4.0));
    assert_eq!(sum(&local, "Invocations", &split).await, Some(3.0));
    let answer = ask(&local, vec![query("q", "Duration", ALIAS, "p95")]).await;
    assert!((answer.metric_data_results()[0].values()[0] / 20.0 - 1.0).abs() < 0.01);
}

#[tokio::test]
async fn what_was_recorded_is_written_soon_so_that_a_kill_leaves_it() {
    let local = Fixture::new().await;
    let file = local.root.join("metrics.json");
    let written = async |function: &str| {
        let found = async {
            while !fs_err::read_to_string(&file).is_ok_and(|text| text.contains(function)) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, found).await.unwrap();
        fs_err::read(&file).unwrap()
    };
    local.server.record(&sample());
    written("hello").await;
    // The second one waits for the pause after the first.
    local.server.record(&Sample { lambda: "worker".to_owned(), ..sample() });
    let bytes = written("worker").await;
    let folder = tempfile::tempdir().unwrap();
    let root = camino::Utf8Path::from_path(folder.path()).unwrap().join("killed");
    fs_err::create_dir(&root).unwrap();
    fs_err::write(root.join("metrics.json"), bytes).unwrap();
    let next = Fixture::at(root, |_| {}).await;
    assert_eq!(sum(&next, "Invocations", FUNCTION).await, Some(1.0));
    assert_eq!(sum(&next, "Invocations", &[("FunctionName", "worker")]).await, Some(1.0));
}

#[tokio::test]
async fn a_metrics_file_that_is_not_ours_is_refused_by_name() {
    let local = Fixture::new().await;
    let root = local.root.clone();
    local.server.shutdown().await;
    for (text, words) in [("{", "not a state file"), (r#"{"format":9,"series":[]}"#, "format 9")] {
        fs_err::write(root.join("metrics.json"), text).unwrap();
        let error = crate::local::Server::start(crate::local::Options::new(&root)).await.err().unwrap();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains(words) && cause.contains("metrics.json"), "{cause}");
    }
}

#[tokio::test]
async fn samples_are_also_taken_over_http() {
    let local = Fixture::new().await;
    let body = format!(
        r#"[{{"lambda": "hello", "qualifier": "live", "executed-version": "2", "at": "{}", "outcome": "failed",
            "duration-ms": 3}}]"#,
        context::now()
    );
    let post = "POST /_lambdaship/metrics";
    let answer = local.request(post, &[], &body).await;
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    assert_eq!(sum(&local, "Errors", ALIAS).await, Some(1.0));
    let answer = local.request(post, &[], &body.replace("lambda", "function")).await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("unknown field `function`"), "{answer}");
    let unsigned =
        format!("{post} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 2\r\n\r\n[]");
    assert!(local.raw(&unsigned).await.starts_with("HTTP/1.1 403"));
}

#[tokio::test]
async fn values_of_ones_own_are_kept_by_unit_and_paged() {
    let local = Fixture::new().await;
    let client = aws_sdk_cloudwatch::Client::new(&local.config);
    let now = context::now();
    let datum = |minutes: i64, unit: StandardUnit| {
        let at = now - SignedDuration::from_mins(minutes);
        MetricDatum::builder().metric_name("Orders").timestamp(time(at)).unit(unit)
    };
    let put = client.put_metric_data().namespace("Shop");
    let put = put
        .metric_data(datum(2, StandardUnit::Count).values(1.0).values(5.0).counts(2.0).counts(1.0).build());
    let put = put.metric_data(datum(1, StandardUnit::Count).value(4.0).build());
    // Large enough for the SDK to compress the request.
    let many = (0..300).map(|_| datum(0, StandardUnit::None).value(1.0).build());
    many.fold(
        put,
        aws_sdk_cloudwatch::operation::put_metric_data::builders::PutMetricDataFluentBuilder::metric_data,
    )
    .send()
    .await
    .unwrap();
    assert!(local.server.counts()["PutMetricData"].bytes < 10_240);
    let get = |unit: Option<StandardUnit>| {
        let metric = Metric::builder().namespace("Shop").metric_name("Orders").build();
        let stat = MetricStat::builder().metric(metric).period(60).stat("Sum").set_unit(unit).build();
        let query = MetricDataQuery::builder().id("q").label("Sold").metric_stat(stat).build();
        let hour = SignedDuration::from_hours(1);
        let get = client.get_metric_data().start_time(time(now - hour)).end_time(time(now + hour));
        get.metric_data_queries(query)
    };
    let all = get(None).send().await.unwrap();
    assert_eq!(all.metric_data_results()[0].values(), [300.0, 4.0, 7.0]);
    assert_eq!(all.metric_data_results()[0].label(), Some("Sold"));
    let counts = get(Some(StandardUnit::Count)).scan_by(ScanBy::TimestampAscending).send().await.unwrap();
    assert_eq!(counts.metric_data_results()[0].values(), [7.0, 4.0]);
    let first = get(None).max_datapoints(2).send().await.unwrap();
    assert_eq!(first.metric_data_results()[0].values(), [300.0, 4.0]);
    assert_eq!(first.metric_data_results()[0].status_code().unwrap().as_str(), "PartialData");
    let rest = get(None).max_datapoints(2).next_token(first.next_token().unwrap()).send().await.unwrap();
    assert_eq!(rest.metric_data_results()[0].values(), [7.0]);
    assert_eq!(rest.next_token(), None);
    assert_eq!(refused(get(None).next_token("x").send().await).1, "InvalidNextToken");
}

#[tokio::test]
async fn values_that_aws_would_not_take_are_refused() {
    let local = Fixture::new().await;
    let client = aws_sdk_cloudwatch::Client::new(&local.config);
    let now = context::now();
    let datum = || MetricDatum::builder().metric_name("Orders");
    let at = |hours: i64| datum().value(1.0).timestamp(time(now + SignedDuration::from_hours(hours))).build();
    let put = |namespace: &str, datum: MetricDatum| {
        client.put_metric_data().namespace(namespace).metric_data(datum).send()
    };
    for (namespace, datum, code) in [
        ("AWS/Lambda", datum().value(1.0).build(), "InvalidParameterValue"),
        (":a", datum().value(1.0).build(), "ValidationError"),
        ("Shop", datum().build(), "MissingParameter"),
        ("Shop", datum().value(1.0).values(1.0).build(), "InvalidParameterCombination"),
        ("Shop", datum().values(1.0).counts(1.0).counts(1.0).build(), "InvalidParameterValue"),
        ("Shop", datum().values(1.0).counts(0.0).build(), "InvalidParameterValue"),
        ("Shop", datum().value(1e200).build(), "InvalidParameterValue"),
        ("Shop", datum().value(1.0).storage_resolution(1).build(), "InvalidParameterValue"),
        ("Shop", datum().value(1.0).unit("Hours".into()).build(), "ValidationError"),
        ("Shop", at(3), "InvalidParameterValue"),
        ("Shop", at(-15 * 24), "InvalidParameterValue"),
    ] {
        let shown = format!("{namespace} {datum:?}");
        let (status, found, _) = refused(put(namespace, datum).await);
        assert_eq!((status, found.as_str()), (400, code), "{shown}");
    }
    put("Shop", at(-13 * 24)).await.unwrap();
}

#[tokio::test]
async fn queries_that_cannot_be_answered_are_refused() {
    let local = Fixture::new().await;
    let client = aws_sdk_cloudwatch::Client::new(&local.config);
    let with = |id: &str, stat: &str, period: i32| {
        let query = query(id, "Errors", FUNCTION, stat);
        let stat = query.metric_stat().unwrap();
        let stat = MetricStat::builder().set_metric(stat.metric().cloned()).stat(stat.stat().unwrap());
        MetricDataQuery::builder().id(id).metric_stat(stat.period(period).build()).build()
    };
    let good = || with("q", "Sum", 60);
    let expression = MetricDataQuery::builder().id("e").expression("SUM(METRICS())").build();
    let cases = [
        (vec![with("Q", "Sum", 60)], "^[a-z]"),
        (vec![good(), good()], "another query"),
        (vec![with("q", "tm90", 60)], "no statistic `tm90`"),
        (vec![with("q", "Sum", 10)], "whole minutes"),
        (vec![with("q", "Sum", 61)], "multiple of 60"),
        (vec![expression], "Expression"),
        (vec![MetricDataQuery::builder().id("q").build()], "no MetricStat"),
        ((0..501).map(|number| with(&format!("q{number}"), "Sum", 60)).collect(), "1 to 500"),
    ];
    for (queries, words) in cases {
        let get =
            client.get_metric_data().start_time(DateTime::from_secs(0)).end_time(DateTime::from_secs(60));
        let (status, code, message) = refused(get.set_metric_data_queries(Some(queries)).send().await);
        assert_eq!((status, code.as_str()), (400, "ValidationError"), "{words}");
        assert!(message.contains(words), "{message}");
    }
    let same = DateTime::from_secs(60);
    let get = client.get_metric_data().start_time(same).end_time(same).metric_data_queries(good());
    assert!(refused(get.send().await).2.contains("StartTime must be less"));
}

#[tokio::test]
async fn what_is_not_known_is_refused_in_either_protocol() {
    let local = Fixture::new().await;
    let send = async |operation: &str, body: &str| {
        let target = format!("x-amz-target: GraniteServiceVersion20100801.{operation}");
        local.request("POST /", &[&target], body).await
    };
    let answer = send("ListMetrics", "{}").await;
    assert!(answer.starts_with("HTTP/1.1 501") && answer.contains("UnknownOperationException"), "{answer}");
    let answer = send("DeleteAlarms", r#"{"AlarmNames": [], "More": 1}"#).await;
    assert!(answer.contains("ValidationException") && answer.contains("unknown field `More`"), "{answer}");
    assert!(answer.contains("x-amzn-query-error: ValidationError;Sender"), "{answer}");
    let path = "POST /service/GraniteServiceVersion20100801/operation/DeleteAlarms";
    let answer = local.request(path, &[], "").await;
    assert!(answer.contains("without `smithy-protocol: rpc-v2-cbor`"), "{answer}");
    let answer = local.request(path, &["smithy-protocol: rpc-v2-cbor"], "").await;
    assert!(answer.contains("SerializationException"), "{answer}");
}

#[tokio::test]
async fn a_function_that_may_not_run_throttles() {
    let local = Fixture::new().await;
    local.create().publish(true).send().await.unwrap();
    local.alias("1").await;
    let put = local.lambda.put_function_concurrency().function_name("hello");
    put.reserved_concurrent_executions(0).send().await.unwrap();
    let invoke = || local.lambda.invoke().function_name("hello").qualifier("live");
    refused(invoke().invocation_type(aws_sdk_lambda::types::InvocationType::DryRun).send().await);
    assert_eq!(sum(&local, "Throttles", ALIAS).await, None);
    refused(invoke().send().await);
    local.server.invoker().invoke("hello", Some("live"), b"{}".to_vec()).await.unwrap_err();
    for set in [FUNCTION, ALIAS] {
        let seen = sum(&local, "Throttles", set).await;
        // The SDK itself tries again when it is throttled.
        assert!(seen >= Some(2.0), "{seen:?}");
        assert_eq!(sum(&local, "Invocations", set).await, None);
    }
}

/// Functions that run, which are shell scripts.
#[cfg(unix)]
mod run {
    use aws_sdk_lambda::types::InvocationType;

    use super::super::invocation::{FAILS, VERSION, invoke, running};
    use super::super::support::routing;
    use super::*;

    #[tokio::test]
    async fn every_way_to_invoke_is_counted_under_what_was_asked_for() {
        let local = running(VERSION).await;
        local.alias("1").await;
        invoke(&local).send().await.unwrap();
        invoke(&local).qualifier("1").send().await.unwrap();
        local.server.invoker().invoke("hello", Some("live"), b"{}".to_vec()).await.unwrap();
        invoke(&local).qualifier("live").invocation_type(InvocationType::Event).send().await.unwrap();
        invoke(&local).qualifier("live").invocation_type(InvocationType::DryRun).send().await.unwrap();
        let ended = async {
            while sum(&local, "Invocations", FUNCTION).await < Some(4.0) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.unwrap();
        let version = [("FunctionName", "hello"), ("Resource", "hello:1")];
        let split = [("FunctionName", "hello"), ("Resource", "hello:live"), ("ExecutedVersion", "1")];
        assert_eq!(sum(&local, "Invocations", FUNCTION).await, Some(4.0));
        assert_eq!(sum(&local, "Invocations", &version).await, Some(1.0));
        assert_eq!(sum(&local, "Invocations", ALIAS).await, Some(2.0));
        assert_eq!(sum(&local, "Invocations", &split).await, None);
        assert_eq!(sum(&local, "Errors", FUNCTION).await, Some(0.0));
        assert!(sum(&local, "Duration", FUNCTION).await > Some(0.0));
        local.server.shutdown().await;
    }

    #[tokio::test]
    async fn both_versions_of_a_weighted_alias_are_counted_apart() {
        let local = running(FAILS).await;
        let update = local.lambda.update_function_configuration().function_name("hello");
        update.memory_size(256).send().await.unwrap();
        assert_eq!(local.publish().await, "2");
        local.alias("1").await;
        for (weight, version) in [(0.0, "1"), (1.0, "2")] {
            let update = local.lambda.update_alias().function_name("hello").name("live");
            update.routing_config(routing("2", weight)).send().await.unwrap();
            invoke(&local).qualifier("live").send().await.unwrap();
            let split = [("FunctionName", "hello"), ("Resource", "hello:live"), ("ExecutedVersion", version)];
            assert_eq!(sum(&local, "Invocations", &split).await, Some(1.0), "{version}");
            assert_eq!(sum(&local, "Errors", &split).await, Some(1.0), "{version}");
        }
        assert_eq!(sum(&local, "Errors", ALIAS).await, Some(2.0));
        local.server.shutdown().await;
    }
}
