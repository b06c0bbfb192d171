"""Asks a server for one-time schedules, and with --fires for the call that one of them makes.

Exits with 1 and one line for each thing that is not as on AWS.

    schedules.py --endpoint URL --account 111111111111 [--fires] [--gap NAME]...
"""

import argparse
import io
import json
import sys
import time
import zipfile
from datetime import datetime, timedelta, timezone

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

UPDATE_ALIAS = "arn:aws:scheduler:::aws-sdk:lambda:updateAlias"
# AWS calls within a minute of the moment, which is to come so many seconds after the request for it is made: it must not be
# over when that arrives.
PATIENCE = 180
SOON = 10


def trust(service):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def archive(content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("bootstrap", content)
    return buffer.getvalue()


class Schedules:
    """The clients and what was found wrong."""

    def __init__(self, arguments):
        session = boto3.Session(
            aws_access_key_id=arguments.account, aws_secret_access_key="test", region_name="eu-west-1"
        )
        config = Config(retries={"total_max_attempts": 1}, read_timeout=180)
        self.iam, self.functions, self.scheduler = (
            session.client(name, endpoint_url=arguments.endpoint, config=config)
            for name in ("iam", "lambda", "scheduler")
        )
        self.account, self.gaps, self.wrong = arguments.account, set(arguments.gap), []

    def expect(self, good, text):
        if not good:
            self.wrong.append(text)

    def refused(self, code, call, gap=None, **parameters):
        if gap in self.gaps:
            return
        try:
            call(**parameters)
        except ClientError as error:
            got = error.response["Error"]["Code"]
            self.expect(got == code, f"{call.__name__}: {got} instead of {code}")
        else:
            self.expect(False, f"{call.__name__}: accepted instead of {code}")

    def role(self, name, service):
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(service))
        policy = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "lambda:UpdateAlias", "Resource": "*"}
        ]}
        self.iam.put_role_policy(RoleName=name, PolicyName="move", PolicyDocument=json.dumps(policy))
        names = self.iam.list_role_policies(RoleName=name)["PolicyNames"]
        self.expect(names == ["move"], f"policies of {name} are {names}")
        kept = self.iam.get_role_policy(RoleName=name, PolicyName="move")["PolicyDocument"]
        self.expect(kept == policy, f"the policy of {name} is {kept}")
        return f"arn:aws:iam::{self.account}:role/{name}"

    def parameters(self, role, seconds, **alias):
        moment = datetime.now(timezone.utc) + timedelta(seconds=seconds)
        return {
            "Name": "move",
            "ScheduleExpression": moment.strftime("at(%Y-%m-%dT%H:%M:%S)"),
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": {"Arn": UPDATE_ALIAS, "RoleArn": role, "Input": json.dumps(alias)},
        }

    def life(self, role):
        wanted = self.parameters(role, 3600, FunctionName="timed", Name="live", FunctionVersion="1")
        self.refused("ResourceNotFoundException", self.scheduler.get_schedule, Name="move")
        arn = self.scheduler.create_schedule(**wanted, Description="one")["ScheduleArn"]
        expected = f"arn:aws:scheduler:eu-west-1:{self.account}:schedule/default/move"
        self.expect(arn == expected, f"the schedule is {arn}")
        self.refused("ConflictException", self.scheduler.create_schedule, **wanted)
        got = self.scheduler.get_schedule(Name="move")
        for name in ("ScheduleExpression", "FlexibleTimeWindow", "ActionAfterCompletion"):
            self.expect(got[name] == wanted[name], f"{name} is {got[name]}")
        self.expect(got["Target"]["Input"] == wanted["Target"]["Input"], f"the target is {got['Target']}")
        self.scheduler.update_schedule(**wanted, State="DISABLED", ScheduleExpressionTimezone="UTC")
        listed = self.scheduler.list_schedules(NamePrefix="mo")["Schedules"]
        self.expect([(one["Name"], one["State"]) for one in listed] == [("move", "DISABLED")], f"listed are {listed}")
        self.scheduler.delete_schedule(Name="move")
        self.refused("ResourceNotFoundException", self.scheduler.delete_schedule, Name="move")

    def refusals(self, role):
        lambdas = self.role("not-for-schedules", "lambda.amazonaws.com")
        alias = {"FunctionName": "timed", "Name": "live"}
        create = self.scheduler.create_schedule
        for gap, parameters in (
            ("untrusted-role", self.parameters(lambdas, 3600, **alias)),
            ("past", self.parameters(role, -3600, **alias)),
            ("expression", self.parameters(role, 3600, **alias) | {"ScheduleExpression": "at(tomorrow)"}),
        ):
            self.refused("ValidationException", create, gap, **parameters)

    def call(self, role):
        execution = self.role("timed", "lambda.amazonaws.com")
        made = self.functions.create_function(
            FunctionName="timed", Role=execution, Runtime="provided.al2023", Handler="bootstrap",
            Code={"ZipFile": archive("one")}, Publish=True,
        )
        self.functions.get_waiter("function_active_v2").wait(FunctionName="timed")
        self.functions.update_function_code(FunctionName="timed", ZipFile=archive("two"))
        self.functions.get_waiter("function_updated_v2").wait(FunctionName="timed")
        second = self.functions.publish_version(FunctionName="timed")["Version"]
        alias = self.functions.create_alias(FunctionName="timed", Name="live", FunctionVersion=made["Version"])
        moved = {
            "FunctionName": "timed", "Name": "live", "FunctionVersion": second,
            "RoutingConfig": {"AdditionalVersionWeights": {}}, "RevisionId": alias["RevisionId"],
        }
        self.scheduler.create_schedule(**self.parameters(role, SOON, **moved))
        end = time.monotonic() + PATIENCE
        while self.functions.get_alias(FunctionName="timed", Name="live")["FunctionVersion"] != second:
            if time.monotonic() > end:
                self.wrong.append("the alias was not moved")
                return
            time.sleep(0.2)
        self.refused("ResourceNotFoundException", self.scheduler.get_schedule, Name="move")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--account", required=True)
    parser.add_argument("--fires", action="store_true")
    parser.add_argument("--gap", action="append", default=[])
    arguments = parser.parse_args()
    schedules = Schedules(arguments)
    role = schedules.role("schedules", "scheduler.amazonaws.com")
    schedules.life(role)
    schedules.refusals(role)
    if arguments.fires:
        schedules.call(role)
    sys.exit("\n".join(schedules.wrong) or None)


if __name__ == "__main__":
    main()
