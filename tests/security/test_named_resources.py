"""A Deny on an ARN holds however a request names the resource: alias, identifier, ARN, or one of a list; and an Allow reaches no further.

The role may do everything with everything, but nothing with what is called ``secret``.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlops.aws import Aws, local
from mlops.platform import server

_ROOM = "us-east-1:000000000000"
Client = Callable[[str], Any]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with server.start(tmp_path_factory.mktemp("aws"), persist=False, owner=True) as running:
        yield local(running)


@pytest.fixture(scope="module")
def keys(root: Aws) -> dict[str, str]:
    """Two keys, each with an alias, by alias; ``open`` and ``secret``."""
    kms = root.client("kms")
    found = {}
    for name in ("open", "secret"):
        found[name] = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=found[name])
    return found


@pytest.fixture(scope="module")
def query(root: Aws) -> str:
    """Id of a query of the work group ``secret``."""
    athena = root.client("athena")
    athena.create_work_group(Name="secret", Configuration={"ResultConfiguration": {"OutputLocation": "s3://b/"}})
    return str(athena.start_query_execution(QueryString="SELECT 1", WorkGroup="secret")["QueryExecutionId"])


@pytest.fixture(scope="module")
def client(root: Aws, keys: dict[str, str]) -> Client:
    """Clients of the role."""
    iam = root.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    secret = [
        f"arn:aws:kms:{_ROOM}:key/{keys['secret']}",
        f"arn:aws:logs:{_ROOM}:log-group:secret*",
        f"arn:aws:ssm:{_ROOM}:parameter/secret*",
        f"arn:aws:sns:{_ROOM}:secret",
        f"arn:aws:sqs:{_ROOM}:secret",
        f"arn:aws:cloudwatch:{_ROOM}:alarm:secret",
        "arn:aws:cloudwatch::000000000000:dashboard/secret",
        f"arn:aws:events:{_ROOM}:rule/secret",
        f"arn:aws:events:{_ROOM}:event-bus/secret",
        f"arn:aws:glue:{_ROOM}:table/db/secret",
        f"arn:aws:glue:{_ROOM}:database/secret",
        f"arn:aws:athena:{_ROOM}:workgroup/secret",
        f"arn:aws:lambda:{_ROOM}:function:secret",
        f"arn:aws:codebuild:{_ROOM}:project/secret",
        f"arn:aws:codecommit:{_ROOM}:secret",
        f"arn:aws:sagemaker:{_ROOM}:model-package/secret/*",
    ]
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": secret},
    ]
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps({"Statement": statements}))
    return root.assume("r", "tester").client


def _refusal(call: Callable[[], Any]) -> str:
    """IAM's words; "" where it lets the call through, whatever comes of it."""
    try:
        call()
    except ClientError as error:
        told = error.response["Error"]
        return str(told["Message"]) if told["Code"].startswith(("AccessDenied", "AuthorizationError")) else ""
    return ""


_ARN = f"arn:aws:{{}}:{_ROOM}:{{}}"
_PACKAGES = [_ARN.format("sagemaker", f"model-package/{it}/1") for it in ("open", "{0}")]
_CASES: dict[str, tuple[str, str, Callable[[str], dict[str, Any]]]] = {  # name -> service, operation, members of a name
    "key by its alias": ("kms", "describe_key", lambda it: {"KeyId": f"alias/{it}"}),
    "key by its alias's ARN": (
        "kms",
        "encrypt",
        lambda it: {"KeyId": _ARN.format("kms", f"alias/{it}"), "Plaintext": b"x"},
    ),
    "alias of the key": ("kms", "delete_alias", lambda it: {"AliasName": f"alias/{it}"}),
    "log group by its identifier": (
        "logs",
        "filter_log_events",
        lambda it: {"logGroupIdentifier": _ARN.format("logs", f"log-group:{it}")},
    ),
    "log groups of a query": (
        "logs",
        "start_query",
        lambda it: {"logGroupNames": ["open", it], "startTime": 0, "endTime": 1, "queryString": "fields @message"},
    ),
    "log groups of a query by identifier": (
        "logs",
        "start_query",
        lambda it: {
            "logGroupIdentifiers": ["open", it],
            "startTime": 0,
            "endTime": 1,
            "queryString": "fields @message",
        },
    ),
    "log stream": ("logs", "get_log_events", lambda it: {"logGroupName": it, "logStreamName": "s"}),
    "parameters of a list": ("ssm", "get_parameters", lambda it: {"Names": ["/open", f"/{it}"]}),
    "parameter's version": ("ssm", "get_parameter", lambda it: {"Name": f"/{it}:1"}),
    "parameter by its ARN": ("ssm", "get_parameter", lambda it: {"Name": _ARN.format("ssm", f"parameter/{it}")}),
    "parameters below a path": ("ssm", "get_parameters_by_path", lambda it: {"Path": f"/{it}"}),
    "parameters that go": ("ssm", "delete_parameters", lambda it: {"Names": ["open", it]}),
    "messages to a topic": (
        "sns",
        "publish_batch",
        lambda it: {"TopicArn": _ARN.format("sns", it), "PublishBatchRequestEntries": [{"Id": "1", "Message": "m"}]},
    ),
    "messages to a queue": (
        "sqs",
        "send_message_batch",
        lambda it: {"QueueUrl": f"http://h/000000000000/{it}", "Entries": [{"Id": "1", "MessageBody": "m"}]},
    ),
    "alarms of a list": ("cloudwatch", "delete_alarms", lambda it: {"AlarmNames": ["open", it]}),
    "dashboard": ("cloudwatch", "get_dashboard", lambda it: {"DashboardName": it}),
    "rule of targets": ("events", "remove_targets", lambda it: {"Rule": it, "Ids": ["1"]}),
    "rule": ("events", "describe_rule", lambda it: {"Name": it}),
    "buses of events": (
        "events",
        "put_events",
        lambda it: {
            "Entries": [{"Source": "s", "DetailType": "d", "Detail": "{}", "EventBusName": b} for b in ("o", it)]
        },
    ),
    "table of a database": ("glue", "get_table", lambda it: {"DatabaseName": "db", "Name": it}),
    "tables of a list": ("glue", "batch_delete_table", lambda it: {"DatabaseName": "db", "TablesToDelete": ["o", it]}),
    "database of a table": ("glue", "get_tables", lambda it: {"DatabaseName": it}),
    "function by a partial ARN": ("lambda", "get_function", lambda it: {"FunctionName": f"000000000000:function:{it}"}),
    "projects of a list": ("codebuild", "batch_get_projects", lambda it: {"names": ["open", it]}),
    "project of builds": ("codebuild", "batch_get_builds", lambda it: {"ids": ["open:1", f"{it}:2"]}),
    "repositories of a list": ("codecommit", "batch_get_repositories", lambda it: {"repositoryNames": ["open", it]}),
    "versions of a list": (
        "sagemaker",
        "batch_describe_model_package",
        lambda it: {"ModelPackageArnList": [arn.format(it) for arn in _PACKAGES]},
    ),
}


@pytest.mark.parametrize("case", _CASES)
def test_a_deny_holds_however_the_resource_is_named(client: Client, case: str) -> None:
    """What is called otherwise passes; what is called ``secret`` is refused, and the refusal says which action."""
    service, operation, members = _CASES[case]
    call = getattr(client(service), operation)
    assert _refusal(lambda: call(**members("open"))) == ""
    told = _refusal(lambda: call(**members("secret")))
    assert "is not authorized to perform: " in told
    assert "explicit deny" in told


def test_a_message_from_one_key_to_another_takes_both(client: Client, keys: dict[str, str]) -> None:
    """ReEncrypt is an action on the source's key and one on the destination's (KMS Developer Guide, permissions reference)."""
    kms = client("kms")
    sealed = kms.encrypt(KeyId=keys["open"], Plaintext=b"x")["CiphertextBlob"]
    assert _refusal(lambda: kms.re_encrypt(CiphertextBlob=sealed, DestinationKeyId="alias/open")) == ""
    told = _refusal(lambda: kms.re_encrypt(CiphertextBlob=sealed, DestinationKeyId="alias/secret"))
    assert "kms:ReEncryptTo" in told


def test_a_query_is_its_work_groups(client: Client, query: str) -> None:
    """An id alone says nothing; Athena knows whose it is."""
    assert "athena:GetQueryExecution" in _refusal(lambda: client("athena").get_query_execution(QueryExecutionId=query))
    assert _refusal(lambda: client("athena").get_query_execution(QueryExecutionId="of-nobody")) == ""


def test_an_allow_reaches_no_further_than_a_list(root: Aws) -> None:
    """Each element has to be allowed; the refusal names the one that is not."""
    iam = root.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="few", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    allow = {"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": f"arn:aws:ssm:{_ROOM}:parameter/open"}
    iam.put_role_policy(RoleName="few", PolicyName="p", PolicyDocument=json.dumps({"Statement": [allow]}))
    ssm = root.assume("few", "tester").client("ssm")
    assert _refusal(lambda: ssm.get_parameters(Names=["/open"])) == ""
    assert "parameter/other" in _refusal(lambda: ssm.get_parameters(Names=["/open", "/other"]))


def test_a_parameter_has_one_name(root: Aws) -> None:
    """A name in a hierarchy without its first stroke, which would have another's ARN, is refused."""
    with pytest.raises(ClientError, match="Parameter name must be a fully qualified name"):
        root.client("ssm").put_parameter(Name="mlops/ward/latest-dataset", Value="x", Type="String")
