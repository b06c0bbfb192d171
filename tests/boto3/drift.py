"""What somebody does by hand, with AWS's own SDK, to a lambda that was deployed.

    drift.py bucket|failures|lock|unlock|back|memory|publish|gone --endpoint URL --account 111111111111 --name NAME

`bucket` makes the bucket NAME, `failures` adds ten failed runs to the ledgers in it, and `lock` has somebody deploy to
`hello-staging` until `unlock`.
The others edit the lambda NAME: its alias `live` goes back to version 1, it gets more memory, a version with another timeout is
published and served, or its alias is deleted.
"""

import argparse
import datetime
import json

import boto3
from botocore.config import Config

REGION = "eu-west-1"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["bucket", "failures", "lock", "unlock", "back", "memory", "publish", "gone"])
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
    elif arguments.what == "failures":
        s3 = client("s3")
        newest = max(found["Key"] for found in s3.list_objects_v2(Bucket=name, Prefix="releases/")["Contents"])
        document = json.loads(s3.get_object(Bucket=name, Key=newest)["Body"].read())
        document["release"]["outcome"] = "failed"
        for number in range(10):
            s3.put_object(Bucket=name, Key=f"{newest}-{number}.json", Body=json.dumps(document))
    elif arguments.what == "lock":
        now = datetime.datetime.now(datetime.timezone.utc)
        times = {"taken": now, "expires": now + datetime.timedelta(hours=1)}
        lease = {"schema": "lambdaship.lock/1", "id": "1", "owner": "ada", "run": None, "host": None}
        lease.update({key: time.strftime("%Y-%m-%dT%H:%M:%SZ") for key, time in times.items()})
        client("s3").put_object(Bucket=name, Key="locks/hello-staging/live.json", Body=json.dumps(lease))
    elif arguments.what == "unlock":
        client("s3").delete_object(Bucket=name, Key="locks/hello-staging/live.json")
    elif arguments.what == "publish":
        aws = client("lambda")
        aws.update_function_configuration(FunctionName=name, Timeout=77)
        aws.get_waiter("function_updated_v2").wait(FunctionName=name)
        version = aws.publish_version(FunctionName=name)["Version"]
        aws.update_alias(FunctionName=name, Name="live", FunctionVersion=version)
    elif arguments.what == "back":
        client("lambda").update_alias(FunctionName=name, Name="live", FunctionVersion="1")
    elif arguments.what == "memory":
        aws = client("lambda")
        aws.update_function_configuration(FunctionName=name, MemorySize=512)
        aws.get_waiter("function_updated_v2").wait(FunctionName=name)
    else:
        client("lambda").delete_alias(FunctionName=name, Name="live")


if __name__ == "__main__":
    main()
