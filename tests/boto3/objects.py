"""Leads a server's S3 through what a store of artifacts does with it: objects, conditions, lists, versions, uploads.

Exits with 1 and one line for each thing that is not as on AWS.

    objects.py --endpoint URL --account 111111111111 [--pid 123]

With the number of the server's process, its memory must not grow by as much as is sent.
"""

import argparse
import hashlib
import io
import json
import sys

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

BUCKET = "acme-lambdaship-staging"
MIB = 1024 * 1024


class Objects:
    """The client and what was found wrong."""

    def __init__(self, arguments):
        session = boto3.Session(
            aws_access_key_id=arguments.account, aws_secret_access_key="test", region_name="eu-west-1"
        )
        config = Config(retries={"total_max_attempts": 1}, read_timeout=180)
        self.s3 = session.client("s3", endpoint_url=arguments.endpoint, config=config)
        self.pid, self.wrong = arguments.pid, []

    def expect(self, good, text):
        if not good:
            self.wrong.append(text)

    def refused(self, status, code, call, **parameters):
        try:
            call(**parameters)
        except ClientError as error:
            got = (error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"])
            self.expect(got == (status, code), f"{call.__name__}: {got} instead of {(status, code)}")
        else:
            self.expect(False, f"{call.__name__}: accepted instead of {code}")

    def bucket(self):
        self.refused(404, "404", self.s3.head_bucket, Bucket=BUCKET)
        self.refused(404, "NoSuchBucket", self.s3.put_object, Bucket=BUCKET, Key="k", Body=b"x")
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        place = self.s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"]
        self.expect(place == "eu-west-1", f"the bucket is in {place}")
        names = [bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]]
        self.expect(names == [BUCKET], f"buckets are {names}")

    def settings(self):
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{BUCKET}/*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }]})
        self.refused(404, "NoSuchBucketPolicy", self.s3.get_bucket_policy, Bucket=BUCKET)
        self.refused(400, "MalformedPolicy", self.s3.put_bucket_policy, Bucket=BUCKET, Policy="{}")
        self.s3.put_bucket_policy(Bucket=BUCKET, Policy=policy)
        kept = self.s3.get_bucket_policy(Bucket=BUCKET)["Policy"]
        self.expect(json.loads(kept) == json.loads(policy), f"the policy is {kept}")
        self.s3.delete_bucket_policy(Bucket=BUCKET)
        block = {name: True for name in (
            "BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")}
        self.s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=block)
        kept = self.s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
        self.expect(kept == block, f"public access is {kept}")
        rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
        self.s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration=rules)
        kept = self.s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"][0]
        kept = kept["ApplyServerSideEncryptionByDefault"]
        self.expect(kept == {"SSEAlgorithm": "AES256"}, f"encryption is {kept}")
        self.refused(404, "NoSuchLifecycleConfiguration", self.s3.get_bucket_lifecycle_configuration, Bucket=BUCKET)
        rules = [{
            "ID": "uploads", "Status": "Enabled", "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        }]
        self.s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": rules})
        kept = self.s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
        self.expect(kept == rules, f"the lifecycle is {kept}")

    def object(self):
        key = {"Bucket": BUCKET, "Key": "artifacts/ü +.zip"}
        put = self.s3.put_object(**key, Body=b"hello", IfNoneMatch="*", Metadata={"who": "me"})
        self.expect(put["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"', f"the ETag is {put['ETag']}")
        self.refused(412, "PreconditionFailed", self.s3.put_object, **key, Body=b"x", IfNoneMatch="*")
        self.refused(412, "PreconditionFailed", self.s3.put_object, **key, Body=b"x", IfMatch='"other"')
        self.refused(400, "BadDigest", self.s3.put_object, **key, Body=b"x", ChecksumSHA256="A" * 43 + "=")
        got = self.s3.get_object(**key, ChecksumMode="ENABLED")
        self.expect(got["Body"].read() == b"hello" and got["Metadata"] == {"who": "me"}, f"the object is {got}")
        part = self.s3.get_object(**key, Range="bytes=-2")
        self.expect((part["Body"].read(), part["ContentRange"]) == (b"lo", "bytes 3-4/5"), f"a part is {part}")
        self.refused(404, "NoSuchKey", self.s3.get_object, Bucket=BUCKET, Key="absent")
        self.refused(404, "404", self.s3.head_object, Bucket=BUCKET, Key="absent")
        self.refused(412, "PreconditionFailed", self.s3.delete_object, **key, IfMatch='"other"')
        self.s3.delete_object(**key, IfMatch=put["ETag"])
        self.refused(501, "NotImplemented", self.s3.get_bucket_website, Bucket=BUCKET)

    def lists(self):
        keys = [f"sources/{number:03}.json" for number in range(25)] + ["z &<>.txt"]
        for key in keys:
            self.s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 10})
        pages = [page.get("Contents", []) for page in pages]
        self.expect([len(page) for page in pages] == [10, 10, 6], f"pages are {[len(page) for page in pages]}")
        listed = [one["Key"] for page in pages for one in page]
        self.expect(listed == keys, f"keys are {listed}")
        top = self.s3.list_objects_v2(Bucket=BUCKET, Delimiter="/")
        self.expect([one["Prefix"] for one in top["CommonPrefixes"]] == ["sources/"], f"folders are {top}")
        gone = self.s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys]})
        self.expect(len(gone["Deleted"]) == len(keys), f"deleted were {gone}")

    def versions(self):
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        key = {"Bucket": BUCKET, "Key": "locks/a.json"}
        ids = [self.s3.put_object(**key, Body=text)["VersionId"] for text in (b"one", b"two")]
        first = self.s3.get_object(**key, VersionId=ids[0])["Body"].read()
        self.expect(first == b"one", f"the first version is {first}")
        self.s3.delete_object(**key)
        self.refused(404, "NoSuchKey", self.s3.get_object, **key)
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 1})
        pages = list(pages)
        found = [one["VersionId"] for page in pages for one in page.get("Versions", [])]
        markers = [one["VersionId"] for page in pages for one in page.get("DeleteMarkers", [])]
        self.expect((found, len(markers)) == (ids[::-1], 1), f"versions are {found}, markers {markers}")
        for version in found + markers:
            self.s3.delete_object(**key, VersionId=version)

    def upload(self):
        before = self.peak()
        body = bytes(range(256)) * (60 * MIB // 256)
        config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB)
        self.s3.upload_fileobj(io.BytesIO(body), BUCKET, "big", Config=config)
        head = self.s3.head_object(Bucket=BUCKET, Key="big", ChecksumMode="ENABLED")
        self.expect(head["ContentLength"] == len(body) and head["ETag"].endswith('-8"'), f"the object is {head}")
        back = io.BytesIO()
        self.s3.download_fileobj(BUCKET, "big", back, Config=config)
        self.expect(back.getvalue() == body, "the download is not what was sent")
        key = {"Bucket": BUCKET, "Key": "left"}
        upload = self.s3.create_multipart_upload(**key)["UploadId"]
        self.s3.upload_part(**key, UploadId=upload, PartNumber=1, Body=b"x")
        found = [one["UploadId"] for one in self.s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]]
        self.expect(found == [upload], f"uploads are {found}")
        self.s3.abort_multipart_upload(**key, UploadId=upload)
        self.refused(404, "NoSuchUpload", self.s3.list_parts, **key, UploadId=upload)
        grown = self.peak() - before
        self.expect(grown < 24 * MIB, f"the server's memory grew by {grown // MIB} MiB")

    def peak(self):
        """The most memory that the server ever had, in bytes."""
        if not self.pid:
            return 0
        with open(f"/proc/{self.pid}/status", encoding="utf-8") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) * 1024

    def run(self):
        for step in (self.bucket, self.settings, self.object, self.lists, self.versions, self.upload):
            step()
        for text in self.wrong:
            print(text)
        return 1 if self.wrong else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--account", required=True)
    parser.add_argument("--pid")
    sys.exit(Objects(parser.parse_args()).run())


main()
