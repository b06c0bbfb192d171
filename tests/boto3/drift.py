"""What somebody does by hand, with AWS's own SDK, to a lambda that was deployed.

    drift.py bucket|back|memory|gone --endpoint URL --account 111111111111 --name NAME

`bucket` makes the bucket NAME; the others edit the lambda NAME: its alias `live` goes back to version 1, it gets more memory, or
its alias is deleted.
"""

import argparse

import boto3
from botocore.config import Config

REGION = "eu-west-1"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["bucket", "back", "memory", "gone"])
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--account", required=True)
    parser.add_argument("--name", required=True)
    arguments = parser.parse_args()

    def client(service):
        return boto3.client(
            service,
            endpoint_url=arguments.endpoint,
            region_name=REGION,
            aws_access_key_id=arguments.account,
            aws_secret_access_key="secret",
            config=Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    name = arguments.name
    if arguments.what == "bucket":
        client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    elif arguments.what == "back":
        client("lambda").update_alias(FunctionName=name, Name="live", FunctionVersion="1")
    elif arguments.what == "memory":
        client("lambda").update_function_configuration(FunctionName=name, MemorySize=512)
    else:
        client("lambda").delete_alias(FunctionName=name, Name="live")


if __name__ == "__main__":
    main()
