"""A right to one operation is a right to no other: requests that name two, or name one where the service does not look."""

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from mlops.aws import Aws, local
from mlops.platform import server
from mlops.platform.server import Running

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/x-amz-json-1.0"}
_MAY = [
    {"Action": ["iam:ListUsers", "sns:ListTopics", "sqs:ListQueues", "cloudformation:ListStacks"], "Resource": "*"},
    {"Action": ["cloudwatch:ListMetrics", "ssm:DescribeParameters", "lambda:ListFunctions"], "Resource": "*"},
    {"Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::canary/*"},
]
# scope, version, what he may do, what he tries
_TRIES: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("iam", "2010-05-08", "ListUsers", {"Action": "CreateUser", "UserName": "eve"}),
    ("sns", "2010-03-31", "ListTopics", {"Action": "CreateTopic", "Name": "eve"}),
    ("sqs", "2012-11-05", "ListQueues", {"Action": "CreateQueue", "QueueName": "eve"}),
    (
        "cloudformation",
        "2010-05-15",
        "ListStacks",
        {"Action": "CreateStack", "StackName": "eve", "TemplateBody": '{"Resources":{"A":{"Type":"AWS::SNS::Topic"}}}'},
    ),
    ("monitoring", "2010-08-01", "ListMetrics", {"Action": "DeleteAlarms", "AlarmNames.member.1": "kept"}),
)


class Clerk:
    """Somebody with a few rights, and requests written by hand."""

    def __init__(self, running: Running) -> None:
        self.root, self._endpoint = local(running), running.endpoint
        trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "sts:AssumeRole"}
        iam = self.root.client("iam")
        iam.create_role(RoleName="clerk", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
        policy = {"Statement": [{"Effect": "Allow", **may} for may in _MAY]}
        iam.put_role_policy(RoleName="clerk", PolicyName="own", PolicyDocument=json.dumps(policy))
        self.aws: Aws = self.root.assume("clerk", "clerk")
        self._keys = Credentials(*self.aws.keys.get_frozen_credentials()[:3])

    def send(
        self, service: str, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> int:
        """The status of a request that he signs as its service wants it."""
        sent = AWSRequest(method, self._endpoint + target, headers or {}, body)
        (S3SigV4Auth if service == "s3" else SigV4Auth)(self._keys, service, "us-east-1").add_auth(sent)
        connection = http.client.HTTPConnection(self._endpoint.removeprefix("http://"), timeout=20)
        connection.request(method, target, body or None, dict(sent.headers.items()))
        answer = connection.getresponse()
        answer.read()
        return answer.status

    @property
    def state(self) -> list[Any]:
        """What he has no right to change."""
        client = self.root.client
        s3 = client("s3")
        return [
            [item["UserName"] for item in client("iam").list_users()["Users"]],
            client("sns").list_topics()["Topics"],
            client("sqs").list_queues().get("QueueUrls", []),
            [item["StackName"] for item in client("cloudformation").list_stacks()["StackSummaries"]],
            [item["AlarmName"] for item in client("cloudwatch").describe_alarms()["MetricAlarms"]],
            [item["Key"] for item in s3.list_objects_v2(Bucket="canary")["Contents"]],
            s3.get_object(Bucket="canary", Key="kept")["Body"].read(),
        ]


@pytest.fixture(scope="module")
def clerk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clerk]:
    """A house with a clerk, an alarm, a parameter and an object."""
    with server.start(tmp_path_factory.mktemp("clerk") / "state", persist=False, owner=True) as running:
        found = Clerk(running)
        found.root.client("s3").create_bucket(Bucket="canary")
        found.root.client("s3").put_object(Bucket="canary", Key="kept", Body=b"kept")
        found.root.client("ssm").put_parameter(Name="/kept", Value="kept", Type="String")
        alarm = {
            "Namespace": "n",
            "MetricName": "m",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1,
        }
        found.root.client("cloudwatch").put_metric_alarm(
            AlarmName="kept", ComparisonOperator="GreaterThanThreshold", **alarm
        )
        yield found


@pytest.fixture
def unchanged(clerk: Clerk) -> Iterator[None]:
    """Nothing is otherwise afterwards."""
    before = clerk.state
    yield
    assert clerk.state == before


@pytest.mark.parametrize(("service", "version", "may", "_"), _TRIES, ids=[it[0] for it in _TRIES])
def test_what_he_may_do_works(clerk: Clerk, service: str, version: str, may: str, _: dict[str, str]) -> None:
    """The refusals below are no refusals of everything."""
    assert clerk.send(service, "POST", "/", urlencode({"Action": may, "Version": version}).encode(), FORM) == 200


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(("service", "version", "may", "tries"), _TRIES, ids=[it[0] for it in _TRIES])
def test_two_actions(clerk: Clerk, service: str, version: str, may: str, tries: dict[str, str]) -> None:
    """In query and body, twice in either, in a body that calls itself something else, beside a target."""
    given = {**tries, "Version": version}
    body, right = urlencode(given).encode(), f"Action={may}&Version={version}"
    attempts = [
        clerk.send(service, "POST", "/", body, FORM),
        clerk.send(service, "POST", f"/?{right}", body, FORM),
        clerk.send(service, "GET", f"/?{right}", body, FORM),
        clerk.send(service, "POST", f"/?{urlencode(given)}", right.encode(), FORM),
        clerk.send(service, "POST", "/", f"{right}&".encode() + body, FORM),
        clerk.send(service, "POST", "/", body + f"&{right}".encode(), FORM),
        clerk.send(service, "POST", "/", body, {"Content-Type": "text/plain"}),
        clerk.send(service, "POST", "/", body),
        clerk.send(service, "PUT", "/", body, {"Content-Type": "application/octet-stream"}),
        clerk.send(service, "POST", "/", body, {**FORM, "X-Amz-Target": f"any.{may}"}),
        clerk.send(service, "POST", "/", body, {**JSON, "X-Amz-Target": f"any.{may}"}),
        clerk.send("s3", "POST", "/", body, FORM),
        clerk.send("unknown", "POST", "/", body, FORM),
    ]
    assert all(status in {400, 403, 404, 405} for status in attempts), attempts


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    "naming", [{"X-Amz-Target": "S3.GetObject"}, {"X-Amz-Target": "AmazonS3.GetObject", **JSON}, FORM, {}]
)
def test_a_reader_writes_nothing(clerk: Clerk, naming: dict[str, str]) -> None:
    """Who may read objects says that his writing is a reading."""
    assert clerk.send("s3", "GET", "/canary/kept") == 200
    query, body = ("", b"Action=GetObject&x=y") if naming else ("?Action=GetObject", b"forged")
    for method in ("PUT", "DELETE"):
        for key in ("kept", "new"):
            assert clerk.send("s3", method, f"/canary/{key}{query}", body if method == "PUT" else b"", naming) in {
                400,
                403,
            }


@pytest.mark.usefixtures("unchanged")
def test_a_target_beside_an_action(clerk: Clerk) -> None:
    """A parameter is not read under the right to list parameters; a function is not called under the right to list functions."""
    wanted = {**JSON, "X-Amz-Target": "AmazonSSM.GetParameter"}
    assert clerk.send("ssm", "POST", "/", b"{}", {**JSON, "X-Amz-Target": "AmazonSSM.DescribeParameters"}) == 200
    assert clerk.send("ssm", "POST", "/?Action=DescribeParameters", b'{"Name": "/kept"}', wanted) == 400
    assert clerk.send("ssm", "POST", "/", b'{"Name": "/kept"}', wanted) in {400, 403}
    for more in ({}, {"X-Amz-Target": "any.ListFunctions"}):
        path = "/2015-03-31/functions/f/invocations" + ("" if more else "?Action=ListFunctions")
        assert clerk.send("lambda", "POST", path, b"{}", more) in {400, 403}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(
    ("method", "target"), [("PATCH", "/canary/kept"), ("POST", "/canary/kept?unknown"), ("POST", "/")]
)
def test_what_names_no_operation_is_nobodys_right(clerk: Clerk, method: str, target: str) -> None:
    """Where the engine knows no action it asks nobody: here that is a refusal."""
    for service in ("s3", "iam", "ssm", "sagemaker", "unknown", "lambda"):
        assert clerk.send(service, method, target, b"x") in {400, 403, 405}
