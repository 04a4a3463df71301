"""Signatures and secrets under attack: wrong ones, others', old ones, derived ones; who may know which."""

import io
import json
import os
import stat
import time
import urllib.error
import urllib.request
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.security.house import ACCOUNT, House, house, right, unchanged, wrong

__all__ = ["house", "unchanged"]
_SPY = """
import json, os, boto3
def handler(event, context):
    boto3.client("s3").put_object(Bucket="canary", Key="spied", Body=json.dumps(
        {"event": event, "environment": dict(os.environ)}).encode())
"""


_CODES = {
    "s3": ("list_buckets", {}, "SignatureDoesNotMatch"),
    "sts": ("get_caller_identity", {}, "SignatureDoesNotMatch"),
    "iam": ("create_user", {"UserName": "eve"}, "SignatureDoesNotMatch"),
    "lambda": ("list_functions", {}, "SignatureDoesNotMatch"),
    "sagemaker": ("list_pipelines", {}, "SignatureDoesNotMatch"),
    "cloudformation": ("list_stacks", {}, "SignatureDoesNotMatch"),
    "ssm": ("put_parameter", {"Name": "/a", "Value": "b", "Type": "String"}, "SignatureDoesNotMatch"),
    "sqs": ("create_queue", {"QueueName": "eve"}, "SignatureDoesNotMatch"),
}


def _client(house: House, service: str, keys: Credentials | None) -> Any:
    session = (
        boto3.Session(keys.access_key, keys.secret_key, keys.token, region_name="us-east-1")
        if keys
        else boto3.Session()
    )
    version = {} if keys and service != "s3" else {"signature_version": "s3v4" if keys else UNSIGNED}
    config = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}, **version)  # type: ignore[arg-type]
    return session.client(service, region_name="us-east-1", endpoint_url=house.running.endpoint, config=config)  # type: ignore[call-overload]


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("service", _CODES)
def test_boto3_with_a_wrong_secret(house: House, service: str) -> None:
    """Root's key number alone is nothing: each protocol's client gets AWS's error."""
    operation, arguments, code = _CODES[service]
    for secret in ("test", "", house.running.root_secret[:-1], house.running.root_secret.upper()):
        with pytest.raises(ClientError) as raised:
            getattr(_client(house, service, Credentials(ACCOUNT, secret or "x")), operation)(**arguments)
        assert raised.value.response["Error"]["Code"] == code


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    "key", ["test", "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "00000000000", "0000000000000", "٠" * 12]
)
def test_other_keys_are_no_roots(house: House, key: str) -> None:
    """The engine's other names of root, and keys that nobody made, with root's own secret."""
    headers = [(name, value.replace(ACCOUNT, key)) for name, value in house.signed("GET", "/", right(house))]
    encoded = [(name, value.encode().decode("latin-1")) for name, value in headers]
    assert house.send("GET", "/", encoded).status == 403


@pytest.mark.usefixtures("unchanged")
def test_nobody_reads_or_writes_unsigned(house: House) -> None:
    """Not even a bucket that its policy opens to everybody."""
    policy = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::canary", "arn:aws:s3:::canary/*"],
    }
    house.root.client("s3").delete_public_access_block(Bucket="canary")
    house.root.client("s3").put_bucket_policy(Bucket="canary", Policy=json.dumps({"Statement": [policy]}))
    anybody = _client(house, "s3", None)
    for operation, arguments in (
        ("get_object", {"Key": "kept"}),
        ("put_object", {"Key": "new", "Body": b"x"}),
        ("delete_object", {"Key": "kept"}),
        ("list_objects_v2", {}),
    ):
        with pytest.raises(ClientError) as raised:
            getattr(anybody, operation)(Bucket="canary", **arguments)
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    house.root.client("s3").delete_bucket_policy(Bucket="canary")


def test_presigned_addresses(house: House) -> None:
    """Good for what was signed, for as long as was signed, and for no page."""
    s3 = _client(house, "s3", right(house))
    url = s3.generate_presigned_url("get_object", {"Bucket": "canary", "Key": "kept"}, ExpiresIn=60)
    target = url.removeprefix(house.running.endpoint)
    own = [("Host", house.host)]
    assert house.send("GET", target, own).body == b"kept"
    assert house.send("GET", target.replace("kept", "other"), own).status == 403
    assert house.send("DELETE", target, own).status == 403
    assert house.send("GET", f"{target}&versionId=null", own).status == 403
    assert house.send("GET", target, [*own, ("x-amz-security-token", "x")]).status == 403
    for header in (
        ("Origin", "http://evil.example"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ):
        assert house.send("GET", target, [*own, header]).status == 403
    short = s3.generate_presigned_url("get_object", {"Bucket": "canary", "Key": "kept"}, ExpiresIn=1)
    time.sleep(2.1)
    assert b"expired" in house.send("GET", short.removeprefix(house.running.endpoint), own).body
    forged = AWSRequest("GET", f"{house.running.endpoint}/canary/kept")
    S3SigV4QueryAuth(Credentials(ACCOUNT, "test"), "s3", "us-east-1", expires=60).add_auth(forged)
    assert house.send("GET", forged.prepare().url.removeprefix(house.running.endpoint), own).status == 403
    old = house.root.client("s3").generate_presigned_url("get_object", {"Bucket": "canary", "Key": "kept"})
    assert "AWSAccessKeyId" in old  # botocore's default here is still the first version
    assert b"Version 4" in house.send("GET", old.removeprefix(house.running.endpoint), own).body


def test_a_key_cannot_claim_to_be_root(house: House) -> None:
    """A user's valid signature beside another claim: header and query, twice the same, other letters."""
    iam = house.root.client("iam")
    iam.create_user(UserName="ann")
    made = iam.create_access_key(UserName="ann")["AccessKey"]
    keys = Credentials(made["AccessKeyId"], made["SecretAccessKey"])
    claims = f"X-Amz-Credential={ACCOUNT}%2F20300101%2Fus-east-1%2Fs3%2Faws4_request"
    try:
        for query in (
            claims,
            claims.lower(),
            f"AWSAccessKeyId={ACCOUNT}",
            f"{claims}&X-Amz-Algorithm=AWS4-HMAC-SHA256",
        ):
            for target in (f"/?{query}", f"/canary?{query}"):
                assert house.send("GET", target, house.signed("GET", target, keys)).status == 403
                sent = AWSRequest("GET", f"{house.running.endpoint}{target}")
                S3SigV4QueryAuth(keys, "s3", "us-east-1", expires=60).add_auth(sent)
                answer = house.send(
                    "GET", sent.prepare().url.removeprefix(house.running.endpoint), [("Host", house.host)]
                )
                assert answer.status == 403
        twice = [*house.signed("GET", "/", keys), ("Authorization", house.signed("GET", "/", wrong(house))[-1][1])]
        assert house.send("GET", "/", twice).status == 403
        assert house.send("GET", "/", house.signed("GET", "/", keys)).status == 403  # ann may do nothing
    finally:
        iam.delete_access_key(UserName="ann", AccessKeyId=keys.access_key)
        iam.delete_user(UserName="ann")
    assert b"InvalidAccessKeyId" in house.send("GET", "/", house.signed("GET", "/", keys)).body


@pytest.fixture(scope="module")
def spy(house: House) -> str:
    """A role that writes to the bucket, which functions and root may assume."""
    iam, trusted = house.root.client("iam"), {"Service": "lambda.amazonaws.com", "AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    trust = {"Statement": [{"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}]}
    arn = iam.create_role(RoleName="spy", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    allow = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::canary/*"}
    iam.put_role_policy(RoleName="spy", PolicyName="own", PolicyDocument=json.dumps({"Statement": [allow]}))
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("spy.py", _SPY)
    house.root.client("lambda").create_function(
        FunctionName="spy", Runtime="python3.11", Handler="spy.handler", Role=arn, Code={"ZipFile": code.getvalue()}
    )
    return str(arn)


def spied(house: House) -> dict[str, Any]:
    """What the function saw, as soon as it has."""
    s3, deadline = house.root.client("s3"), time.monotonic() + 30
    while True:
        try:
            text = s3.get_object(Bucket="canary", Key="spied")["Body"].read()
        except s3.exceptions.NoSuchKey:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            s3.delete_object(Bucket="canary", Key="spied")
            return dict(json.loads(text))


def test_sessions(house: House, spy: str) -> None:
    """A session's key needs its own token; each works with both."""
    keys = house.root.assume("spy", "ann").keys.get_frozen_credentials()
    other = house.root.assume("spy", "ben").keys.get_frozen_credentials()
    for token in (None, "x", other.token, keys.token[:-1]):
        with pytest.raises(ClientError) as raised:
            _client(house, "sts", Credentials(keys.access_key, keys.secret_key, token)).get_caller_identity()
        assert raised.value.response["Error"]["Code"] in {"InvalidToken", "InvalidClientTokenId"}
    own = _client(house, "sts", Credentials(*keys[:3]))
    assert own.get_caller_identity()["Arn"].endswith("assumed-role/spy/ann")


def test_a_functions_keys_cannot_be_worked_out(house: House, spy: str) -> None:
    """The engine derives them from names that everybody knows: here they are random, and the derived ones are nobody's."""
    house.root.client("lambda").invoke(FunctionName="spy", Payload=b"{}")
    environment = spied(house)["environment"]
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:spy"
    digest = sha256(f"{function}:{spy}".encode()).hexdigest()
    derived = Credentials(
        f"ASIA{digest[:16].upper()}",
        sha256(f"secret:{digest}".encode()).hexdigest(),
        sha256(f"token:{digest}".encode()).hexdigest(),
    )
    with pytest.raises(ClientError) as raised:
        _client(house, "s3", derived).put_object(Bucket="canary", Key="kept", Body=b"forged")
    assert raised.value.response["Error"]["Code"] == "InvalidAccessKeyId"
    assert environment["AWS_ACCESS_KEY_ID"] != derived.access_key
    assert house.running.root_secret not in json.dumps(environment)
    assert environment["AWS_ACCESS_KEY_ID"] != ACCOUNT


def test_a_custom_resource_is_answered_once(house: House, spy: str) -> None:
    """Its address takes one answer, from a function and from no page; it is nobody's afterwards."""
    cloudformation = house.root.client("cloudformation")
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:spy"
    template = {"Resources": {"One": {"Type": "Custom::One", "Properties": {"ServiceToken": function}}}}
    cloudformation.create_stack(StackName="one", TemplateBody=json.dumps(template))
    url = spied(house)["event"]["ResponseURL"]
    target, own = url.removeprefix(house.running.endpoint), [("Host", house.host)]
    answer = json.dumps({"Status": "SUCCESS", "PhysicalResourceId": "one", "Data": {}}).encode()
    assert house.send("PUT", target, [*own, ("Origin", "http://evil.example")], answer).status == 403
    assert house.send("PUT", target, [("Host", "localhost")], answer).status == 403
    assert house.send("POST", target, own, answer).status == 404
    assert house.send("PUT", target[:-1] + ("0" if target[-1] != "0" else "1"), own, answer).status == 404
    for body in (b"", b"{", b"[]", b"{}", b'{"Status": "PERHAPS"}'):
        assert house.send("PUT", target, own, body).status == 404
    assert house.send("PUT", target, own, answer + b" " * (1 << 15)).status == 413
    assert house.send("PUT", target, own, answer).status == 200
    assert house.send("PUT", target, own, answer.replace(b"one", b"two")).status == 404
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="one", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    (resource,) = cloudformation.describe_stack_resources(StackName="one")["StackResources"]
    assert resource["PhysicalResourceId"] == "one"
    assert house.send("PUT", target, own, answer).status == 404


def test_the_secret_is_the_owners_alone(house: House, spy: str) -> None:
    """It stands in one file of mode 0600 in a folder of mode 0700, in no other file, command line or environment."""
    folder, secret = house.running.state_dir, house.running.root_secret.encode()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    house.root.client("lambda").invoke(FunctionName="spy", Payload=b"{}")
    spied(house)
    time.sleep(6)  # the engine saves its state
    holders = []
    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.lstat().st_mode) & 0o077 == 0, path
        if path.is_file() and secret in path.read_bytes():
            holders.append(path.name)
    assert holders == ["root-secret"]
    assert len(secret) >= 40
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            try:
                told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            except OSError:
                continue
            assert secret not in told


def test_a_refusal_is_read_by_who_sends_much(house: House) -> None:
    """A client that is refused while it sends a large body gets the refusal, not a broken connection."""
    with pytest.raises(ClientError) as raised:
        _client(house, "s3", wrong(house)).put_object(Bucket="canary", Key="new", Body=b"x" * (8 << 20))
    assert raised.value.response["Error"]["Code"] == "SignatureDoesNotMatch"


def test_another_body_than_was_signed(house: House) -> None:
    """A request whose body was exchanged on its way."""
    sent = AWSRequest("PUT", f"{house.running.endpoint}/canary/new", {}, b"signed")
    S3SigV4Auth(right(house), "s3", "us-east-1").add_auth(sent)
    headers = [("Host", house.host), *sent.headers.items()]
    assert b"XAmzContentSHA256Mismatch" in house.send("PUT", "/canary/new", headers, b"forged").body
    assert house.state[1] == ["kept"]


def test_urllib_reads_a_presigned_page(house: House) -> None:
    """No CORS header stands on an answer that is given, either."""
    house.root.client("s3").put_bucket_cors(
        Bucket="canary",
        CORSConfiguration={
            "CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*"]}]
        },
    )
    url = _client(house, "s3", right(house)).generate_presigned_url("get_object", {"Bucket": "canary", "Key": "kept"})
    with urllib.request.urlopen(url) as answer:  # noqa: S310
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
