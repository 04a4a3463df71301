"""Objects under keys of KMS: S3 asks KMS with the rights of who reads and writes (Amazon S3 User Guide, SSE-KMS)."""

import json
from typing import Any

import pytest

from tests.integration.executor.lab import Lab
from tests.integration.services.roles import Session, allow, key, refusal

S3 = allow("s3:*")
MEGABYTE = 1 << 20


def _bucket(lab: Lab, name: str, arn: str = "", *, pooled: bool = False) -> str:
    """A bucket that encrypts with a key by itself; ``pooled``: with S3 Bucket Keys."""
    lab.s3.create_bucket(Bucket=name)
    if arn:
        rule = {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn},
            "BucketKeyEnabled": pooled,
        }
        lab.s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    return name


def test_without_a_key_it_is_awss_own(lab: Lab) -> None:
    """PutObject, CreateMultipartUpload and CopyObject with aws:kms alone: what every upload of the SageMaker SDK sends."""
    bucket, session = _bucket(lab, "own-key"), Session(lab, S3)
    s3, asked = session.client("s3"), {"Bucket": bucket, "ServerSideEncryption": "aws:kms"}
    put = s3.put_object(**asked, Key="put", Body=b"x")
    own = lab.client("kms").describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert own["KeyManager"] == "AWS"
    copied = s3.copy_object(**asked, Key="copy", CopySource=f"{bucket}/put")
    begun = s3.create_multipart_upload(**asked, Key="parts")
    read = s3.get_object(Bucket=bucket, Key="put")
    for answer in (put, copied, begun, read, s3.head_object(Bucket=bucket, Key="copy")):
        assert (answer["ServerSideEncryption"], answer["SSEKMSKeyId"]) == ("aws:kms", own["Arn"])
    # the key is everybody's in the account, through S3 alone
    assert read["Body"].read() == b"x"
    assert "kms:Encrypt" in refusal(session.client("kms").encrypt, KeyId=own["Arn"], Plaintext=b"x")


def test_a_denial_of_other_keys_still_holds(lab: Lab) -> None:
    """Of a bucket whose policy wants one key: none given is another one."""
    arn = key(lab)
    bucket, s3 = _bucket(lab, "one-key", arn), Session(lab, S3, allow("kms:*")).client("s3")
    wanted = {"StringNotEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": arn}}
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    lab.s3.put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Condition": wanted}]})
    )
    asked = {"Bucket": bucket, "Key": "k", "ServerSideEncryption": "aws:kms"}
    assert "AccessDenied" in refusal(s3.put_object, **asked)
    assert "AccessDenied" in refusal(s3.create_multipart_upload, **asked)
    assert "AccessDenied" in refusal(s3.put_object, Bucket=bucket, Key="k")
    lab.client("kms").create_alias(AliasName="alias/one-key", TargetKeyId=arn)
    for name in (arn, arn.rpartition("/")[2], "alias/one-key"):
        assert refusal(s3.put_object, **asked, SSEKMSKeyId=name) == "", name
    upload = {"Bucket": bucket, "Key": "k"}
    begun = s3.create_multipart_upload(**upload, ServerSideEncryption="aws:kms", SSEKMSKeyId=arn)["UploadId"]
    assert refusal(s3.upload_part, **upload, UploadId=begun, PartNumber=1, Body=b"x") == ""


def test_a_key_by_its_alias_is_answered_by_its_arn(lab: Lab) -> None:
    """And one that is not there, or not ready, is refused in KMS's words."""
    arn, bucket = key(lab, alias="alias/by-name"), _bucket(lab, "by-name")
    asked = {"Bucket": bucket, "Key": "k", "ServerSideEncryption": "aws:kms"}
    assert lab.s3.put_object(**asked, SSEKMSKeyId="alias/by-name")["SSEKMSKeyId"] == arn
    assert refusal(lab.s3.put_object, **asked, SSEKMSKeyId="alias/nobody").startswith("KMS.NotFoundException")
    lab.client("kms").disable_key(KeyId=arn)
    session = Session(lab, S3, allow("kms:*")).client("s3")
    assert refusal(session.put_object, **asked, SSEKMSKeyId=arn).startswith("KMS.DisabledException")
    assert refusal(session.get_object, Bucket=bucket, Key="k").startswith("KMS.DisabledException")


def test_without_any_wish_s3_uses_its_own(lab: Lab) -> None:
    """Amazon S3 encrypts every new object (since 5 January 2023)."""
    assert lab.s3.put_object(Bucket=_bucket(lab, "plain"), Key="k")["ServerSideEncryption"] == "AES256"


@pytest.fixture(scope="module")
def secret(lab: Lab) -> tuple[str, str]:
    """(bucket, key) with an object ``old`` in two versions."""
    arn = key(lab)
    bucket = _bucket(lab, "secret", arn)
    lab.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    lab.s3.put_object(Bucket=bucket, Key="old", Body=b"x")
    return bucket, arn


def test_a_write_takes_a_data_key_and_a_read_decrypts(lab: Lab, secret: tuple[str, str]) -> None:
    """Each right alone, of each kind of request."""
    bucket, arn = secret
    nothing, writes, reads = (
        Session(lab, S3, *given).client("s3")
        for given in ([], [allow("kms:GenerateDataKey", on=arn)], [allow("kms:Decrypt", on=arn)])
    )
    version = lab.s3.head_object(Bucket=bucket, Key="old")["VersionId"]
    put, old = {"Bucket": bucket, "Key": "new", "Body": b"x"}, {"Bucket": bucket, "Key": "old"}
    words = refusal(nothing.put_object, **put)
    assert words.startswith("AccessDenied: User: arn:aws:sts::000000000000:assumed-role/session-")
    assert f"not authorized to perform: kms:GenerateDataKey on resource: {arn} because no identity-based" in words
    assert "kms:GenerateDataKey" in refusal(reads.put_object, **put)
    assert refusal(writes.put_object, **put) == ""
    assert "kms:Decrypt" in refusal(writes.get_object, **old)
    for more in ({}, {"VersionId": version}, {"Range": "bytes=0-0"}):
        assert "kms:Decrypt" in refusal(nothing.get_object, **old, **more)
        assert reads.get_object(**old, **more)["Body"].read() == b"x"
    assert refusal(nothing.head_object, **old) == ""  # a HEAD decrypts nothing
    assert refusal(nothing.head_object, **old, ChecksumMode="ENABLED") != ""


def test_a_copy_and_an_upload_in_parts_take_both(lab: Lab, secret: tuple[str, str]) -> None:
    """A copy reads its source; an upload's parts are read when it is completed."""
    bucket, arn = secret
    writes = Session(lab, S3, allow("kms:GenerateDataKey", on=arn)).client("s3")
    both = Session(lab, S3, allow("kms:GenerateDataKey", "kms:Decrypt", on=arn)).client("s3")
    copy = {"Bucket": bucket, "Key": "copied", "CopySource": f"{bucket}/old"}
    assert "kms:Decrypt" in refusal(writes.copy_object, **copy)
    assert refusal(both.copy_object, **copy) == ""
    upload = {"Bucket": bucket, "Key": "parts"}
    upload["UploadId"] = writes.create_multipart_upload(**upload)["UploadId"]
    part = {**upload, "PartNumber": 1, "Body": b"x"}
    assert "kms:Decrypt" in refusal(writes.upload_part, **part)
    assert refusal(both.upload_part, **part) == ""


@pytest.mark.parametrize(("pooled", "about"), [(False, "arn:aws:s3:::{}/k"), (True, "arn:aws:s3:::{}")])
def test_the_encryption_context_names_the_object_or_with_bucket_keys_the_bucket(
    lab: Lab, pooled: bool, about: str
) -> None:
    """kms:EncryptionContext:aws:s3:arn, and kms:ViaService, in the key's own policy."""
    bucket, session = f"context-{pooled}".lower(), Session(lab, S3)
    conditions = {
        "kms:EncryptionContext:aws:s3:arn": about.format(bucket),
        "kms:ViaService": "s3.us-east-1.amazonaws.com",
    }
    named = {"Effect": "Allow", "Principal": {"AWS": session.role}, "Action": "kms:*", "Resource": "*"}
    arn = key(lab, {**named, "Condition": {"StringEquals": conditions}})
    _bucket(lab, bucket, arn, pooled=pooled)
    s3 = session.client("s3")
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert put.get("BucketKeyEnabled", False) is pooled
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert (refusal(s3.put_object, Bucket=bucket, Key="another", Body=b"x") == "") is pooled
    assert "AccessDenied" in refusal(session.client("kms").encrypt, KeyId=arn, Plaintext=b"x")


@pytest.mark.parametrize(
    ("more", "action"),
    [
        ({"Tagging": "a=1"}, "s3:PutObjectTagging"),
        ({"ACL": "bucket-owner-full-control"}, "s3:PutObjectAcl"),
        ({"ObjectLockLegalHoldStatus": "ON"}, "s3:PutObjectLegalHold"),
        (
            {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": "2030-01-01T00:00:00Z"},
            "s3:PutObjectRetention",
        ),
    ],
)
def test_what_a_write_sets_besides_is_a_right_of_its_own(lab: Lab, more: dict[str, Any], action: str) -> None:
    """Amazon S3 API Reference, PutObject, "Permissions"."""
    bucket = f"besides-{action.rpartition(':')[2].lower()}"
    lab.s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket="Object" in next(iter(more)))
    put = {"Bucket": bucket, "Key": "k", "Body": b"x"}
    alone, both = (Session(lab, allow(*given)).client("s3") for given in (["s3:PutObject"], ["s3:PutObject", action]))
    assert refusal(alone.put_object, **put) == ""
    assert f"not authorized to perform: {action}" in refusal(alone.put_object, **put, **more)
    assert f"not authorized to perform: {action}" in refusal(
        alone.create_multipart_upload, Bucket=bucket, Key="k", **more
    )
    assert refusal(both.put_object, **put, **more) == ""


def test_a_part_sets_nothing(lab: Lab) -> None:
    """s3:PutObject is enough for an upload in parts."""
    bucket, s3 = _bucket(lab, "parts-alone"), Session(lab, allow("s3:PutObject")).client("s3")
    upload = {"Bucket": bucket, "Key": "k"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    tag = s3.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
    assert lab.s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
