"""Asks a server for all that a deploy needs besides functions: roles, log groups, parameters and secrets.

Exits with 1 and one line for each thing that is not as on AWS.

    neighbours.py --endpoint URL --account 111111111111
"""

import argparse
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

TRUST = json.dumps({
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
})
LOGGING = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


class Neighbours:
    """The clients and what was found wrong."""

    def __init__(self, arguments):
        session = boto3.Session(
            aws_access_key_id=arguments.account, aws_secret_access_key="test", region_name="eu-west-1"
        )
        config = Config(retries={"total_max_attempts": 1}, read_timeout=180)
        for name in ("iam", "logs", "ssm", "secretsmanager"):
            setattr(self, name, session.client(name, endpoint_url=arguments.endpoint, config=config))
        self.account, self.wrong = arguments.account, []

    def expect(self, good, text):
        if not good:
            self.wrong.append(text)

    def refused(self, code, call, **parameters):
        try:
            call(**parameters)
        except ClientError as error:
            got = error.response["Error"]["Code"]
            self.expect(got == code, f"{call.__name__}: {got} instead of {code}")
        else:
            self.expect(False, f"{call.__name__}: accepted instead of {code}")

    def roles(self):
        role = {"RoleName": "neighbour"}
        self.refused("NoSuchEntity", self.iam.get_role, **role)
        made = self.iam.create_role(**role, AssumeRolePolicyDocument=TRUST, Description="a role")["Role"]
        self.expect(made["Arn"] == f"arn:aws:iam::{self.account}:role/neighbour", f"role is {made['Arn']}")
        self.refused("EntityAlreadyExists", self.iam.create_role, **role, AssumeRolePolicyDocument=TRUST)
        self.iam.attach_role_policy(**role, PolicyArn=LOGGING)
        attached = self.iam.list_attached_role_policies(**role)["AttachedPolicies"]
        self.expect([policy["PolicyArn"] for policy in attached] == [LOGGING], f"attached are {attached}")
        self.refused("DeleteConflict", self.iam.delete_role, **role)
        self.iam.detach_role_policy(**role, PolicyArn=LOGGING)
        self.expect(self.iam.get_role(**role)["Role"]["RoleId"] == made["RoleId"], "another role")
        self.iam.delete_role(**role)
        self.refused("NoSuchEntity", self.iam.get_role, **role)

    def groups(self):
        group = {"logGroupName": "/aws/lambda/neighbour"}
        self.refused("ResourceNotFoundException", self.logs.filter_log_events, **group)
        self.refused("ResourceNotFoundException", self.logs.put_retention_policy, **group, retentionInDays=7)
        self.logs.create_log_group(**group)
        self.refused("ResourceAlreadyExistsException", self.logs.create_log_group, **group)
        self.logs.put_retention_policy(**group, retentionInDays=7)
        found = self.logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/neigh")["logGroups"]
        self.expect([g.get("retentionInDays") for g in found] == [7], f"log groups are {found}")
        self.expect(self.logs.filter_log_events(**group)["events"] == [], "events in an empty group")

    def parameters(self):
        self.refused("ParameterNotFound", self.ssm.get_parameter, Name="/neighbour/plain")
        self.ssm.put_parameter(Name="/neighbour/plain", Value="one", Type="String")
        self.refused(
            "ParameterAlreadyExists", self.ssm.put_parameter, Name="/neighbour/plain", Value="x", Type="String"
        )
        self.ssm.put_parameter(Name="/neighbour/plain", Value="two", Type="String", Overwrite=True)
        self.ssm.put_parameter(Name="/neighbour/secret", Value="hidden", Type="SecureString")
        names = ["/neighbour/plain", "/neighbour/secret", "/neighbour/none"]
        got = self.ssm.get_parameters(Names=names, WithDecryption=True)
        values = {parameter["Name"]: parameter["Value"] for parameter in got["Parameters"]}
        self.expect(values == {"/neighbour/plain": "two", "/neighbour/secret": "hidden"}, f"values are {values}")
        self.expect(got["InvalidParameters"] == ["/neighbour/none"], f"invalid are {got['InvalidParameters']}")

    def secrets(self):
        self.refused("ResourceNotFoundException", self.secretsmanager.get_secret_value, SecretId="neighbour")
        arn = self.secretsmanager.create_secret(Name="neighbour", SecretString="one")["ARN"]
        self.refused("ResourceExistsException", self.secretsmanager.create_secret, Name="neighbour", SecretString="x")
        self.secretsmanager.put_secret_value(SecretId="neighbour", SecretString="two")
        for identity in ("neighbour", arn):
            value = self.secretsmanager.get_secret_value(SecretId=identity)["SecretString"]
            self.expect(value == "two", f"the secret {identity} is {value}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--account", required=True)
    neighbours = Neighbours(parser.parse_args())
    neighbours.roles()
    neighbours.groups()
    neighbours.parameters()
    neighbours.secrets()
    sys.exit("\n".join(neighbours.wrong) or None)


if __name__ == "__main__":
    main()
