"""Leads a server through the whole life of a function, as AWS lives it, with AWS's own SDK for Python.

Exits with 1 and one line for each thing that is not as on AWS. `--gap NAME` passes over one that is known.

    life.py --endpoint URL --account 111111111111 --zip ONE.zip --zip OTHER.zip [--invoke] [--gap NAME]…
"""

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# What AWS refuses with.
NOT_FOUND = ("ResourceNotFoundException", 404)
CONFLICT = ("ResourceConflictException", 409)
INVALID = ("InvalidParameterValueException", 400)
STALE = ("PreconditionFailedException", 412)

NO_REVISION = "00000000-0000-4000-8000-000000000000"

TRUST = json.dumps({
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
})


class Life:
    """The clients, what was found wrong, and the steps in their order."""

    def __init__(self, arguments):
        session = boto3.Session(
            aws_access_key_id=arguments.account, aws_secret_access_key="test", region_name="eu-west-1"
        )
        config = Config(retries={"total_max_attempts": 1}, read_timeout=180)
        client = lambda name: session.client(name, endpoint_url=arguments.endpoint, config=config)
        self.functions, self.identity, self.roles = client("lambda"), client("sts"), client("iam")
        self.arguments, self.name, self.wrong = arguments, arguments.name, []
        self.zips = [Path(path).read_bytes() for path in arguments.zip]

    def expect(self, good, gap, text):
        if not good and gap not in self.arguments.gap:
            self.wrong.append(f"{gap}: {text}")

    def refused(self, refusal, gap, call, **parameters):
        """`call` must be refused with `refusal`; where that is a known gap, it is not even tried."""
        if gap in self.arguments.gap:
            return
        try:
            call(FunctionName=self.name, **parameters)
        except ClientError as error:
            got = (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
            self.expect(got == refusal, gap, f"{got} instead of {refusal}")
        else:
            self.expect(False, gap, f"accepted instead of {refusal[0]}")

    def wait(self, name, **parameters):
        waiter = self.functions.get_waiter(name)
        waiter.config.delay, waiter.config.max_attempts = 0.05, 600
        waiter.wait(FunctionName=self.name, **parameters)

    def revision(self, answer):
        self.expect("RevisionId" in answer, "revision", "no RevisionId")
        return answer.get("RevisionId", NO_REVISION)

    def live(self):
        account = self.identity.get_caller_identity()["Account"]
        self.expect(account == self.arguments.account, "account", f"account is {account}")
        role = self.roles.create_role(RoleName=f"{self.name}-role", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        self.create(role)
        first = self.publish_first()
        self.update_code()
        second = self.publish_second(first)
        self.move_alias(first, second)
        self.configure()
        self.list_versions(first, second)
        self.end(second)
        self.roles.delete_role(RoleName=f"{self.name}-role")

    def create(self, role):
        self.refused(NOT_FOUND, "unknown-function", self.functions.get_function)
        given = {"Role": role, "Runtime": "provided.al2023", "Handler": "bootstrap", "Code": {"ZipFile": self.zips[0]}}
        made = self.functions.create_function(
            **given, FunctionName=self.name, MemorySize=256, Timeout=10, Architectures=[self.arguments.arch],
            Environment={"Variables": {"STAGE": "staging"}}, Tags={"team": "a"},
        )
        self.expect(made["Version"] == "$LATEST", "create", f"version is {made['Version']}")
        self.expect(made["CodeSha256"] == sha256(self.zips[0]), "create", "another CodeSha256")
        self.wait("function_active_v2")
        self.refused(CONFLICT, "create-twice", self.functions.create_function, **given)
        got = self.functions.get_function(FunctionName=self.name)
        configuration = got["Configuration"]
        wanted = {"MemorySize": 256, "Timeout": 10, "Architectures": [self.arguments.arch], "State": "Active"}
        for key, value in wanted.items():
            self.expect(configuration.get(key) == value, "get", f"{key} is {configuration.get(key)}")
        self.expect(got.get("Tags") == {"team": "a"}, "get", f"tags are {got.get('Tags')}")

    def publish_first(self):
        latest = self.functions.get_function_configuration(FunctionName=self.name)
        self.refused(INVALID, "publish-other-code", self.functions.publish_version, CodeSha256=sha256(b""))
        self.refused(STALE, "fenced-publish", self.functions.publish_version, RevisionId=NO_REVISION)
        version = self.functions.publish_version(
            FunctionName=self.name, CodeSha256=latest["CodeSha256"], Description="first"
        )
        self.expect(version["Version"] == "1", "publish", f"the first version is {version['Version']}")
        again = self.functions.publish_version(FunctionName=self.name, Description="again")
        self.expect(again["Version"] == "1", "publish-unchanged", f"nothing new became {again['Version']}")
        self.expect(again["Description"] == "first", "publish-unchanged", f"now described {again['Description']}")
        self.wait("function_active_v2", Qualifier="1")
        self.functions.create_alias(FunctionName=self.name, Name="live", FunctionVersion="1")
        self.refused(CONFLICT, "alias-twice", self.functions.create_alias, Name="live", FunctionVersion="1")
        self.refused(NOT_FOUND, "unknown-alias", self.functions.update_alias, Name="none", FunctionVersion="1")
        self.invoke("1", "1")
        return version["Version"]

    def update_code(self):
        before = self.functions.get_function_configuration(FunctionName=self.name)
        stale = {"ZipFile": self.zips[1], "RevisionId": NO_REVISION}
        self.refused(STALE, "fenced-code", self.functions.update_function_code, **stale)
        self.functions.update_function_code(
            FunctionName=self.name, ZipFile=self.zips[1], RevisionId=self.revision(before)
        )
        self.wait("function_updated_v2")
        after = self.functions.get_function_configuration(FunctionName=self.name)
        self.expect(after["CodeSha256"] == sha256(self.zips[1]), "update-code", "another CodeSha256")
        self.expect(after.get("RevisionId") != before.get("RevisionId"), "revision", "the RevisionId did not change")

    def publish_second(self, first):
        version = self.functions.publish_version(FunctionName=self.name, Description="second")["Version"]
        self.expect(version == "2", "publish", f"the second version is {version}")
        self.wait("function_active_v2", Qualifier=version)
        served = self.functions.get_function(FunctionName=self.name, Qualifier="live")["Configuration"]
        self.expect(served["Version"] == first, "qualifier", f"the alias answers version {served['Version']}")
        self.expect(served["CodeSha256"] == sha256(self.zips[0]), "qualifier", "a version's code changed")
        self.expect(served["Description"] == "first", "qualifier", f"description {served['Description']}")
        return version

    def move_alias(self, first, second):
        alias = self.functions.get_alias(FunctionName=self.name, Name="live")
        move = {"FunctionName": self.name, "Name": "live", "FunctionVersion": second, "RoutingConfig": {}}
        moved = self.functions.update_alias(**move, Description="moved", RevisionId=self.revision(alias))
        self.expect(moved["FunctionVersion"] == second, "move", f"alias names {moved['FunctionVersion']}")
        self.expect(moved.get("RevisionId") != alias.get("RevisionId"), "fenced-alias", "the RevisionId did not change")
        back = {"Name": "live", "FunctionVersion": first, "RoutingConfig": {}, "RevisionId": self.revision(alias)}
        self.refused(STALE, "fenced-alias", self.functions.update_alias, **back)
        served = self.functions.get_alias(FunctionName=self.name, Name="live")["FunctionVersion"]
        self.expect(served == second, "fenced-alias", f"a stale write moved the alias to {served}")
        self.functions.update_alias(**move, Description="moved")
        self.invoke("2", second)

    def configure(self):
        self.functions.update_function_configuration(
            FunctionName=self.name, MemorySize=512, Environment={"Variables": {"STAGE": "prod"}}
        )
        self.wait("function_updated_v2")
        latest = self.functions.get_function_configuration(FunctionName=self.name)
        self.expect(latest["MemorySize"] == 512, "configure", f"memory is {latest['MemorySize']}")
        self.expect(latest["Timeout"] == 10, "configure", f"timeout became {latest['Timeout']}")
        served = self.functions.get_function_configuration(FunctionName=self.name, Qualifier="live")
        self.expect(served["MemorySize"] == 256, "configure", "a published version's memory changed")

    def list_versions(self, first, second):
        pages = self.functions.get_paginator("list_versions_by_function").paginate(
            FunctionName=self.name, PaginationConfig={"PageSize": 1}
        )
        listed = [version["Version"] for page in pages for version in page["Versions"]]
        self.expect(listed == ["$LATEST", first, second], "list-versions", f"listed {listed}")

    def end(self, second):
        self.refused(CONFLICT, "delete-aliased-version", self.functions.delete_function, Qualifier=second)
        self.functions.delete_alias(FunctionName=self.name, Name="live")
        self.functions.delete_function(FunctionName=self.name)
        self.refused(NOT_FOUND, "unknown-function", self.functions.get_function)

    def invoke(self, answer, version):
        """The alias must answer with the code of the zip that says `answer`, by the version `version`."""
        if not self.arguments.invoke:
            return
        event = json.dumps({"name": "boto3", "variable": "STAGE"}).encode()
        got = self.functions.invoke(FunctionName=self.name, Qualifier="live", Payload=event)
        text = got["Payload"].read().decode()
        wanted = {"message": "hello boto3", "version": answer, "variable": "staging"}
        self.expect("FunctionError" not in got and json.loads(text) == wanted, "invoke", f"answered {text}")
        executed = got.get("ExecutedVersion")
        self.expect(executed == version, "executed-version", f"version {executed} ran instead of {version}")
        failed = self.functions.invoke(FunctionName=self.name, Qualifier="live", Payload=b'{"fail": true}')
        kind = failed.get("FunctionError")
        self.expect(failed["StatusCode"] == 200 and kind == "Unhandled", "function-error", f"FunctionError {kind}")


def sha256(code):
    return base64.b64encode(hashlib.sha256(code).digest()).decode()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--account", required=True)
    parser.add_argument("--name", default="life")
    parser.add_argument("--zip", action="append", required=True)
    parser.add_argument("--arch", default="x86_64")
    parser.add_argument("--invoke", action="store_true")
    parser.add_argument("--gap", action="append", default=[])
    life = Life(parser.parse_args())
    life.live()
    sys.exit("\n".join(life.wrong) or None)


if __name__ == "__main__":
    main()
