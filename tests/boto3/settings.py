"""What a lambda's settings refer to, and what AWS's own SDK reads of them afterwards.

    settings.py prepare --endpoint URL --account 111111111111 [--layers] [--mark TEXT]
    settings.py read --endpoint URL --account 111111111111 --lambda NAME

`prepare` makes roles, parameters and secrets (each value begins with the mark), and layers where the server wants them
to exist. `read` prints one JSON document: the configuration of the version that the alias `live` serves, and what belongs to the lambda.
"""

import argparse
import json

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

TRUST = json.dumps({
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
})
# The smallest zip: no entries.
EMPTY = b"PK\x05\x06" + bytes(18)


def prepare(client, arguments):
    for name in ("first", "second"):
        client("iam").create_role(RoleName=name, Path="/service/", AssumeRolePolicyDocument=TRUST)
        client("ssm").put_parameter(Name=f"/acme/{name}", Value=f"{arguments.mark}ssm {name}", Type="SecureString")
        client("secretsmanager").create_secret(Name=f"acme/{name}", SecretString=f"{arguments.mark}secret {name}")
        if arguments.layers:
            client("lambda").publish_layer_version(LayerName=name, Content={"ZipFile": EMPTY})


def read(client, arguments):
    functions, name = client("lambda"), {"FunctionName": arguments.function}
    version = functions.get_function_configuration(**name, Qualifier="live")
    latest = functions.get_function(**name)
    version["Layers"] = [layer["Arn"] for layer in version.get("Layers", [])]
    version["Tags"] = latest.get("Tags")
    version["Description"] = latest["Configuration"]["Description"]
    version["Reserved"] = latest.get("Concurrency", {}).get("ReservedConcurrentExecutions")
    version["Provisioned"] = optional(functions.get_provisioned_concurrency_config, **name, Qualifier="live").get(
        "RequestedProvisionedConcurrentExecutions"
    )
    version["Signing"] = optional(functions.get_function_code_signing_config, **name).get("CodeSigningConfigArn")
    groups = client("logs").describe_log_groups()["logGroups"]
    version["Retention"] = {group["logGroupName"]: group.get("retentionInDays") for group in groups}
    del version["ResponseMetadata"]
    print(json.dumps(version))


def optional(call, **parameters):
    try:
        return call(**parameters)
    except ClientError as error:
        return error.response["Error"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["prepare", "read"])
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--account", required=True)
    parser.add_argument("--lambda", dest="function")
    parser.add_argument("--layers", action="store_true")
    parser.add_argument("--mark", default="")
    arguments = parser.parse_args()
    session = boto3.Session(
        aws_access_key_id=arguments.account, aws_secret_access_key="test", region_name="eu-west-1"
    )
    config = Config(retries={"total_max_attempts": 1}, read_timeout=180)
    client = lambda name: session.client(name, endpoint_url=arguments.endpoint, config=config)
    {"prepare": prepare, "read": read}[arguments.what](client, arguments)


if __name__ == "__main__":
    main()
