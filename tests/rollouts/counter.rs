//! Tells `CloudWatch` what versions did that nobody called, and which alarms are red.

use serde_json::{Value, json};

use crate::support::Service;

/// What a version does in a minute.
#[derive(Clone, Copy)]
pub(super) struct Calls {
    pub(super) count: usize,
    pub(super) failed: usize,
    /// Each.
    pub(super) milliseconds: u32,
}

/// What no version does but a good one.
pub(super) const GOOD: Calls = Calls { count: 200, failed: 1, milliseconds: 100 };

/// How a server's `CloudWatch` is told.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// By samples, as the local AWS documents them.
    Samples,
    /// By `PutMetricData`: MiniStack takes the namespace that AWS keeps for itself.
    Data,
}

/// A server's `CloudWatch`.
pub(super) struct Counter {
    pub(super) cloudwatch: Service,
    pub(super) way: Way,
}

impl Counter {
    /// `version` does `calls` behind the alias of `lambda`, in this minute and in each of the next four: the case is over
    /// before they are.
    pub(super) fn count(&self, lambda: &str, version: u64, calls: Calls) {
        let now = jiff::Timestamp::now().as_second();
        let minutes = [0, 60, 120, 180, 240].map(|later| now - now % 60 + later);
        match self.way {
            Way::Samples => {
                let all: Vec<_> =
                    minutes.iter().flat_map(|at| samples(lambda, version, calls, *at)).collect();
                let answer = self.cloudwatch.ask("POST /_lambdaship/metrics", &[], &json!(all));
                assert_eq!(answer.status, 204, "{}", answer.body);
            }
            Way::Data => {
                let all: Vec<_> = minutes.iter().flat_map(|at| data(lambda, version, calls, *at)).collect();
                self.call("PutMetricData", &json!({ "Namespace": "AWS/Lambda", "MetricData": all }));
            }
        }
    }

    /// Makes sure that there is an alarm in this state, which nothing but a call like this one changes.
    pub(super) fn alarm(&self, name: &str, state: &str) {
        let alarm = json!({
            "AlarmName": name, "Namespace": "Shop", "MetricName": "Silence", "Statistic": "Sum", "Period": 60,
            "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "ignore",
        });
        self.call("PutMetricAlarm", &alarm);
        self.call(
            "SetAlarmState",
            &json!({ "AlarmName": name, "StateValue": state, "StateReason": "a test" }),
        );
    }

    fn call(&self, operation: &str, body: &Value) {
        let target = format!("x-amz-target: GraniteServiceVersion20100801.{operation}");
        let headers = [target.as_str(), "content-type: application/x-amz-json-1.0"];
        let answer = self.cloudwatch.ask("POST /", &headers, body);
        assert_eq!(answer.status, 200, "{operation}: {}", answer.body);
    }
}

/// One for each call.
fn samples(lambda: &str, version: u64, calls: Calls, minute: i64) -> Vec<Value> {
    let at = jiff::Timestamp::from_second(minute).expect("a time").to_string();
    let sample = |index| {
        json!({
            "lambda": lambda, "qualifier": "live", "executed-version": version.to_string(), "at": at,
            "outcome": if index < calls.failed { "failed" } else { "succeeded" },
            "duration-ms": calls.milliseconds,
        })
    };
    (0..calls.count).map(sample).collect()
}

/// One for each metric.
fn data(lambda: &str, version: u64, calls: Calls, minute: i64) -> [Value; 3] {
    let dimensions = json!([
        { "Name": "FunctionName", "Value": lambda },
        { "Name": "Resource", "Value": format!("{lambda}:live") },
        { "Name": "ExecutedVersion", "Value": version.to_string() },
    ]);
    let metrics = [
        ("Invocations", 1, calls.count),
        ("Errors", 1, calls.failed),
        ("Duration", calls.milliseconds, calls.count),
    ];
    metrics.map(|(name, value, count)| {
        json!({
            "MetricName": name, "Dimensions": dimensions, "Timestamp": minute, "Values": [value], "Counts": [count],
        })
    })
}
