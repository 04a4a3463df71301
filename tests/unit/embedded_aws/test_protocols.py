"""Where a request may name its operation: once, as its service's protocol has it."""

import gzip
import json
from pathlib import Path
from typing import Any

import botocore
import pytest

from embedded_aws.protocols import QUERY, check
from embedded_aws.service import ServiceError
from embedded_aws.signatures import Request

FORM = ("content-type", "application/x-www-form-urlencoded; charset=utf-8")
JSON = ("content-type", "application/x-amz-json-1.1")
Headers = tuple[tuple[str, str], ...]

ALLOWED: list[tuple[str, str, str, str, Headers, bytes]] = [
    ("iam", "POST", "/", "", (FORM,), b"Action=ListUsers&Version=2010-05-08"),
    ("sts", "GET", "/", "Action=GetCallerIdentity&Version=2011-06-15", (), b""),
    ("sqs", "POST", "/", "", (JSON, ("x-amz-target", "AmazonSQS.ListQueues")), b"{}"),
    ("sqs", "POST", "/000000000000/q.fifo", "", (FORM,), b"Action=SendMessage&MessageBody=Action"),
    ("monitoring", "POST", "/", "", (JSON, ("x-amz-target", "GraniteServiceVersion20100801.ListMetrics")), b"{}"),
    ("monitoring", "POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics", "", (), b"\xbf\xff"),
    ("sagemaker", "POST", "/", "", (JSON, ("x-amz-target", "SageMaker.ListPipelines")), b'{"a": "?b&Action=c&"}'),
    (
        "cloudtrail",
        "POST",
        "/",
        "",
        (JSON, ("x-amz-target", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListTrails")),
        b"{}",
    ),
    ("s3", "PUT", "/bucket/key", "x-id=PutObject", (), b"a=b&Action=c"),
    ("s3", "PUT", "/bucket/key", "", (FORM,), b"a=b"),
    ("lambda", "POST", "/2015-03-31/functions/f/invocations", "", (), b'{"Action": "x"}'),
]
REFUSED: list[tuple[str, str, str, str, Headers, bytes]] = [
    ("iam", "POST", "/", "Action=ListUsers", (FORM,), b"Action=CreateUser"),
    ("iam", "POST", "/", "", (FORM,), b"Action=ListUsers&Action=CreateUser"),
    ("iam", "POST", "/", "", (FORM,), b"action=ListUsers"),
    ("iam", "POST", "/", "", (("content-type", "text/plain"),), b"Action=CreateUser&UserName=eve"),
    ("iam", "POST", "/", "", (), b"Action=CreateUser&UserName=eve"),
    ("iam", "GET", "/", "Action=ListUsers", (), b"Action=CreateUser"),
    ("iam", "PUT", "/bucket/key", "", (FORM,), b"Action=CreateUser"),
    ("iam", "POST", "/", "", (JSON, ("x-amz-target", "iam.ListUsers")), b'{"a":"&Action=CreateUser&"}'),
    ("iam", "POST", "/", "", (JSON, ("x-amz-target", "iam.ListUsers")), b"{}"),
    ("iam", "POST", "/", "Action=A&Action=B", (), b""),
    ("ssm", "POST", "/", "Action=DescribeParameters", (JSON, ("x-amz-target", "AmazonSSM.GetParameter")), b"{}"),
    ("ssm", "POST", "/", "", (FORM, ("x-amz-target", "AmazonSSM.GetParameter")), b"Name=a"),
    ("ssm", "POST", "/", "", (FORM,), b"Action=DescribeParameters"),
    ("ssm", "POST", "/", "", (JSON, ("x-amz-target", "AmazonSSM.GetParameter.DescribeParameters")), b"{}"),
    ("ssm", "POST", "/", "", (JSON, ("x-amz-target", "GetParameter")), b"{}"),
    ("sqs", "POST", "/", "", (JSON, ("x-amz-target", "Other.ListQueues")), b"{}"),
    ("sqs", "POST", "/", "Action=CreateQueue", (JSON, ("x-amz-target", "AmazonSQS.ListQueues")), b"{}"),
    ("sqs", "POST", "/", "", (JSON, ("x-amz-target", "AmazonSQS.ListQueues")), b"&Action=CreateQueue&"),
    ("s3", "PUT", "/bucket/key", "Action=GetObject", (), b""),
    ("s3", "PUT", "/bucket/key", "action=GetObject", (), b""),
    ("s3", "PUT", "/bucket/key", "", (("x-amz-target", "S3.GetObject"),), b""),
    ("s3", "PUT", "/bucket/key", "", (FORM,), b"Action=GetObject"),
    ("lambda", "POST", "/2015-03-31/functions/f/invocations", "Action=ListFunctions", (), b""),
    ("lambda", "POST", "/2015-03-31/functions/f/invocations", "", (("x-amz-target", "a.ListFunctions"),), b""),
]


def _check(case: tuple[str, str, str, str, Headers, bytes]) -> None:
    service, method, path, query, headers, body = case
    check(Request(method, path, query, headers), path, service, body)


@pytest.mark.parametrize("case", ALLOWED, ids=str)
def test_as_the_protocols_have_it(case: tuple[str, str, str, str, Headers, bytes]) -> None:
    """Every protocol's own way, whatever else the body holds."""
    _check(case)


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_twice_or_elsewhere(case: tuple[str, str, str, str, Headers, bytes]) -> None:
    """Two names, or one where the service has none."""
    with pytest.raises(ServiceError) as raised:
        _check(case)
    assert raised.value.code == "InvalidAction"


def test_every_service_of_the_query_protocol() -> None:
    """botocore's models: credential scopes whose only protocol, or one of whose, is query."""
    found = {"sqs"}  # its model has JSON only by now
    for folder in (Path(botocore.__file__).parent / "data").iterdir():
        for model in sorted(folder.glob("*/service-2.json.gz"))[-1:]:
            metadata = _metadata(model)
            if {"query", "ec2"} & set(metadata.get("protocols", [metadata["protocol"]])):
                found.add(metadata.get("signingName", metadata["endpointPrefix"]))
    assert found == QUERY


def _metadata(model: Path) -> dict[str, Any]:
    """The head of a model, which stands before its thousands of shapes."""
    with gzip.open(model, "rt", encoding="utf-8") as file:
        text = file.read(8000)
    begin = text.index('"metadata":') + len('"metadata":')
    return dict(json.JSONDecoder().raw_decode(text[begin:].lstrip())[0])
