"""Puts metrics and alarms into a server, and asks for them.

Exits with 1 and one line for each thing that is not as on AWS.

    metrics.py --endpoint URL --account 111111111111 [--cbor] [--gap NAME ...]

--cbor  speaks RPC in CBOR, as AWS's SDK for Rust does, and not JSON, which botocore prefers
--gap   a thing that the server is known not to do
"""

import argparse
import sys
from datetime import datetime, timedelta, timezone

import boto3
import botocore.model
from botocore.config import Config
from botocore.exceptions import ClientError

METRIC = {"Namespace": "Shop", "MetricName": "Latency", "Dimensions": [{"Name": "Stage", "Value": "staging"}]}


class Metrics:
    """The client and what was found wrong."""

    def __init__(self, arguments):
        session = boto3.Session(
            aws_access_key_id=arguments.account, aws_secret_access_key="test", region_name="eu-west-1"
        )
        config = Config(retries={"total_max_attempts": 1}, read_timeout=180)
        self.cloudwatch = session.client("cloudwatch", endpoint_url=arguments.endpoint, config=config)
        self.account, self.gaps, self.wrong = arguments.account, arguments.gap, []
        self.minute = datetime.now(timezone.utc).replace(second=0, microsecond=0)

    def expect(self, gap, good, text):
        if not good and gap not in self.gaps:
            self.wrong.append(text)

    def refused(self, gap, code, call, **parameters):
        try:
            call(**parameters)
        except ClientError as error:
            got = error.response["Error"]["Code"]
            self.expect(gap, got == code, f"{call.__name__}: {got} instead of {code}")
        else:
            self.expect(gap, False, f"{call.__name__}: accepted instead of {code}")

    def put(self):
        point = {"MetricName": "Latency", "Dimensions": METRIC["Dimensions"], "Unit": "Milliseconds"}
        values = [float(value) for value in range(1, 101)]
        data = [{**point, "Timestamp": self.minute, "Values": values}]
        data.append({**point, "Timestamp": self.minute - timedelta(minutes=1), "Value": 500.0})
        # More than the SDK sends without compressing it.
        data += [{"MetricName": f"Filler{i}", "Timestamp": self.minute, "Value": 1.0} for i in range(200)]
        self.cloudwatch.put_metric_data(Namespace="Shop", MetricData=data)
        self.refused(
            "namespace", "InvalidParameterValue", self.cloudwatch.put_metric_data, Namespace="AWS/Lambda", MetricData=data
        )

    def query(self, identity, stat, period=60):
        return {"Id": identity, "MetricStat": {"Metric": METRIC, "Period": period, "Stat": stat}}

    def get(self):
        span = {"StartTime": self.minute - timedelta(minutes=10), "EndTime": self.minute + timedelta(minutes=1)}
        stats = {"sum": "Sum", "count": "SampleCount", "mean": "Average", "low": "Minimum", "high": "Maximum"}
        queries = [self.query(identity, stat) for identity, stat in stats.items()]
        answer = self.cloudwatch.get_metric_data(MetricDataQueries=queries, **span)
        found = {result["Id"]: result for result in answer["MetricDataResults"]}
        expected = {"sum": 5050, "count": 100, "mean": 50.5, "low": 1, "high": 100}
        for identity, value in expected.items():
            result = found[identity]
            times = [self.minute, self.minute - timedelta(minutes=1)]
            self.expect("order", result["Timestamps"] == times, f"{identity} has the times {result['Timestamps']}")
            here = dict(zip(result["Timestamps"], result["Values"]))
            self.expect("values", here.get(self.minute) == value, f"{identity} is {here}, not {value}")
        p95 = self.cloudwatch.get_metric_data(MetricDataQueries=[self.query("p", "p95")], **span)
        value = (p95["MetricDataResults"][0]["Values"] or [0])[0]
        self.expect("percentiles", abs(value / 95 - 1) < 0.02, f"p95 is {value}")
        pages = self.cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries, MaxDatapoints=3, ScanBy="TimestampAscending", **span
        )
        count = sum(len(result["Values"]) for page in pages for result in page["MetricDataResults"])
        self.expect("pages", count == 10, f"{count} values on all pages, not 10")
        backwards = {"StartTime": span["EndTime"], "EndTime": span["StartTime"]}
        self.refused(
            "span", "ValidationError", self.cloudwatch.get_metric_data, MetricDataQueries=queries[:1], **backwards
        )

    def alarms(self):
        # Long enough that what was put counts still, however slow the machine is.
        alarm = {
            "AlarmName": "slow", **METRIC, "Period": 3600, "EvaluationPeriods": 1, "Threshold": 90.0,
            "ComparisonOperator": "GreaterThanThreshold", "Statistic": "Maximum", "TreatMissingData": "ignore",
        }
        self.cloudwatch.put_metric_alarm(**alarm)
        self.cloudwatch.put_metric_alarm(**{**alarm, "AlarmName": "slowest", "Threshold": 900.0})
        self.state("slow", "ALARM")
        self.state("slowest", "OK")
        found = self.cloudwatch.describe_alarms(AlarmNamePrefix="slow", StateValue="ALARM")["MetricAlarms"]
        self.expect("states", [a["AlarmName"] for a in found] == ["slow"], f"alarms in ALARM are {found}")
        self.cloudwatch.set_alarm_state(AlarmName="slow", StateValue="OK", StateReason="a test")
        self.state("slow", "OK")
        self.refused(
            "set", "ResourceNotFound", self.cloudwatch.set_alarm_state,
            AlarmName="none", StateValue="OK", StateReason="a test",
        )
        self.refused(
            "statistics", "ValidationError", self.cloudwatch.put_metric_alarm, **alarm, ExtendedStatistic="p95"
        )
        self.cloudwatch.delete_alarms(AlarmNames=["slow", "slowest"])
        left = self.cloudwatch.describe_alarms(AlarmNames=["slow", "slowest"])["MetricAlarms"]
        self.expect("delete", left == [], f"left are {left}")

    def state(self, name, expected):
        [alarm] = self.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        self.expect("states", alarm["StateValue"] == expected, f"{name} is {alarm['StateValue']}, not {expected}")
        arn = f"arn:aws:cloudwatch:eu-west-1:{self.account}:alarm:{name}"
        self.expect("arn", alarm["AlarmArn"] == arn, f"the alarm is {alarm['AlarmArn']}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--account", required=True)
    parser.add_argument("--cbor", action="store_true")
    parser.add_argument("--gap", action="append", default=[])
    arguments = parser.parse_args()
    if arguments.cbor:
        botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS = ("smithy-rpc-v2-cbor",)
    metrics = Metrics(arguments)
    metrics.put()
    metrics.get()
    metrics.alarms()
    sys.exit("\n".join(metrics.wrong) or None)


if __name__ == "__main__":
    main()
