"""Handing a role to a service takes iam:PassRole for that service, and a role that trusts it; each service says so in its words."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlops.aws import Aws, local
from mlops.platform import server

_ACCOUNT = "000000000000"
_ROLE = f"arn:aws:iam::{_ACCOUNT}:role/{{}}"
_STORE = {"type": "S3", "location": "artifacts"}
_SERVICES = ("lambda", "codebuild", "codepipeline", "events", "scheduler", "states", "firehose", "sagemaker")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """With a role for each service that trusts it alone, and one that trusts none of them."""
    with server.start(tmp_path_factory.mktemp("aws"), persist=False, owner=True) as running:
        aws = local(running)
        iam, person = aws.client("iam"), {"AWS": f"arn:aws:iam::{_ACCOUNT}:root"}
        for name in (*_SERVICES, "ec2"):
            _role(iam, name, {"Service": f"{name}.amazonaws.com"})
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        for name in _SERVICES:  # who may pass roles to this service only
            others = {"StringNotEquals": {"iam:PassedToService": f"{name}.amazonaws.com"}}
            deny = {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*", "Condition": others}
            _role(iam, f"passes-to-{name}", person, everything, deny)
        _role(iam, "passes-nothing", person, everything, {"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"})
        aws.client("s3").create_bucket(Bucket="artifacts")
        yield aws


def _role(iam: Any, name: str, principal: dict[str, str], *statements: dict[str, Any]) -> None:
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps({"Statement": list(statements)}))


def _code() -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("h.py", "def handle(event, context): return {}")
    return raw.getvalue()


def _function(aws: Aws, role: str, name: str) -> Any:
    code = {"ZipFile": _code()}
    return aws.client("lambda").create_function(
        FunctionName=name, Runtime="python3.13", Handler="h.handle", Role=role, Code=code
    )


def _project(aws: Aws, role: str, name: str) -> Any:
    source = {"type": "NO_SOURCE", "buildspec": "version: 0.2"}
    environment = {
        "type": "LINUX_CONTAINER",
        "image": "aws/codebuild/standard:7.0",
        "computeType": "BUILD_GENERAL1_SMALL",
    }
    return aws.client("codebuild").create_project(
        name=name, source=source, artifacts={"type": "NO_ARTIFACTS"}, environment=environment, serviceRole=role
    )


def _pipeline(aws: Aws, role: str, name: str) -> Any:
    def action(category: str, provider: str, **more: Any) -> dict[str, Any]:
        kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
        return {"name": category, "actionTypeId": kind, **more}

    source = action(
        "Source",
        "CodeCommit",
        configuration={"RepositoryName": "r", "BranchName": "main"},
        outputArtifacts=[{"name": "S"}],
    )
    stages = [{"name": "Source", "actions": [source]}, {"name": "Ask", "actions": [action("Approval", "Manual")]}]
    pipeline = {"name": name, "roleArn": role, "artifactStore": _STORE, "stages": stages}
    return aws.client("codepipeline").create_pipeline(pipeline=pipeline)


def _target(aws: Aws, role: str, name: str) -> Any:
    events = aws.client("events")
    events.put_rule(Name=name, EventPattern='{"source": ["x"]}')
    arn = f"arn:aws:codepipeline:us-east-1:{_ACCOUNT}:p"
    return events.put_targets(Rule=name, Targets=[{"Id": "t", "Arn": arn, "RoleArn": role}])


def _schedule(aws: Aws, role: str, name: str) -> Any:
    target = {"Arn": f"arn:aws:lambda:us-east-1:{_ACCOUNT}:function:f", "RoleArn": role}
    window = {"Mode": "OFF"}
    return aws.client("scheduler").create_schedule(
        Name=name, ScheduleExpression="rate(1 day)", FlexibleTimeWindow=window, Target=target
    )


def _machine(aws: Aws, role: str, name: str) -> Any:
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    return aws.client("stepfunctions").create_state_machine(name=name, definition=definition, roleArn=role)


def _stream(aws: Aws, role: str, name: str) -> Any:
    to = {"RoleARN": role, "BucketARN": "arn:aws:s3:::artifacts"}
    return aws.client("firehose").create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration=to)


def _group(aws: Aws, role: str, name: str) -> Any:
    features = [{"FeatureName": "id", "FeatureType": "String"}, {"FeatureName": "at", "FeatureType": "String"}]
    return aws.client("sagemaker").create_feature_group(
        FeatureGroupName=name,
        RecordIdentifierFeatureName="id",
        EventTimeFeatureName="at",
        FeatureDefinitions=features,
        RoleArn=role,
    )


_CASES: dict[str, tuple[Callable[[Aws, str, str], Any], str, str]] = {
    "lambda": (
        _function,
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    ),
    "codebuild": (
        _project,
        "InvalidInputException",
        "CodeBuild is not authorized to perform: sts:AssumeRole on {role}",
    ),
    "codepipeline": (
        _pipeline,
        "InvalidStructureException",
        "CodePipeline is not authorized to perform AssumeRole on role {role}",
    ),
    "events": (
        _target,
        "ValidationException",
        "Provided role '{role}' cannot be assumed by principal 'events.amazonaws.com'.",
    ),
    "scheduler": (
        _schedule,
        "ValidationException",
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
    ),
    "states": (
        _machine,
        "AccessDeniedException",
        "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.",
    ),
    "firehose": (
        _stream,
        "InvalidArgumentException",
        "Firehose is unable to assume role {role}. Please check the role provided.",
    ),
    "sagemaker": (_group, "ValidationException", "Could not assume role {role}. Please ensure that the role exists"),
}


def _error(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    told = caught.value.response["Error"]
    return told["Code"], told["Message"]


@pytest.mark.parametrize("service", _SERVICES)
def test_a_role_that_does_not_trust_the_service(root: Aws, service: str) -> None:
    """Not even the account's root hands it over: one of another service, one that does not exist, one of another account."""
    make, code, words = _CASES[service]
    for role in (_ROLE.format("ec2"), _ROLE.format("nobody"), _ROLE.format(service).replace(_ACCOUNT, "111122223333")):
        found = _error(lambda role=role: make(root, role, "no"))
        assert (found[0], found[1].startswith(words.format(role=role))) == (code, True), found
    make(root, _ROLE.format(service), "yes")


@pytest.mark.parametrize("service", _SERVICES)
def test_whoever_names_a_role_may_pass_it_to_that_service(root: Aws, service: str) -> None:
    """A right to pass roles to another service does not do."""
    make, _, _ = _CASES[service]
    other = next(it for it in _SERVICES if it != service)
    for who in ("passes-nothing", f"passes-to-{other}"):
        code, message = _error(lambda who=who: make(root.assume(who, "ann"), _ROLE.format(service), "denied"))
        assert code == "AccessDeniedException"
        assert f"{who}/ann is not authorized to perform: iam:PassRole on resource: {_ROLE.format(service)}" in message
    make(root.assume(f"passes-to-{service}", "ann"), _ROLE.format(service), "own")


def test_a_change_asks_again(root: Aws) -> None:
    """Update* as Create*; a change that names no role asks nothing."""
    _function(root, _ROLE.format("lambda"), "changed")
    _project(root, _ROLE.format("codebuild"), "changed")
    _pipeline(root, _ROLE.format("codepipeline"), "changed")
    nobody, ec2 = root.assume("passes-nothing", "ann"), _ROLE.format("ec2")
    nobody.client("lambda").update_function_configuration(FunctionName="changed", Timeout=9)
    nobody.client("codebuild").update_project(name="changed", description="d")
    found = root.client("codepipeline").get_pipeline(name="changed")["pipeline"]
    changes: list[Callable[[Aws, str], Any]] = [
        lambda aws, role: aws.client("lambda").update_function_configuration(FunctionName="changed", Role=role),
        lambda aws, role: aws.client("codebuild").update_project(name="changed", serviceRole=role),
        lambda aws, role: aws.client("codepipeline").update_pipeline(pipeline={**found, "roleArn": role}),
        lambda aws, role: aws.client("events").put_rule(Name="r", ScheduleExpression="rate(1 day)", RoleArn=role),
    ]
    services = ("lambda", "codebuild", "codepipeline", "events")
    for service, change in zip(services, changes, strict=True):
        role = _ROLE.format(service)
        assert "iam:PassRole" in _error(lambda change=change, role=role: change(nobody, role))[1]
        code, _ = _error(lambda change=change: change(root, ec2))
        assert code == _CASES[service][1]
        change(root, role)


def test_a_condition_of_the_trust_counts(root: Aws) -> None:
    """aws:SourceArn is what the service acts for, aws:SourceAccount the account; a Deny wins."""
    iam = root.client("iam")
    own = f"arn:aws:codebuild:us-east-1:{_ACCOUNT}:project/mine"
    allow = {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}
    only = {
        **allow,
        "Condition": {"ArnEquals": {"aws:SourceArn": own}, "StringEquals": {"aws:SourceAccount": _ACCOUNT}},
    }
    for name, trust in {"narrow": [only], "closed": [allow, {**allow, "Effect": "Deny"}]}.items():
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": trust}))
    _project(root, _ROLE.format("narrow"), "mine")
    assert _error(lambda: _project(root, _ROLE.format("narrow"), "other"))[0] == "InvalidInputException"
    assert _error(lambda: _project(root, _ROLE.format("closed"), "mine2"))[0] == "InvalidInputException"


def test_a_functions_role_reads_its_events(root: Aws) -> None:
    """Lambda polls a queue in the function's role (Lambda Developer Guide, execution role permissions)."""
    url = root.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    arn = root.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    _role(root.client("iam"), "reads", {"Service": "lambda.amazonaws.com"})
    _function(root, _ROLE.format("reads"), "reader")
    functions = root.client("lambda")
    for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
        code, message = _error(lambda: functions.create_event_source_mapping(FunctionName="reader", EventSourceArn=arn))
        told = f"The provided execution role does not have permissions to call {action} on SQS"
        assert (code, message) == ("InvalidParameterValueException", told)
        allow = {"Effect": "Allow", "Action": f"sqs:{action}", "Resource": arn}
        root.client("iam").put_role_policy(
            RoleName="reads", PolicyName=action, PolicyDocument=json.dumps({"Statement": [allow]})
        )
    functions.create_event_source_mapping(FunctionName="reader", EventSourceArn=arn)


def test_a_functions_role_writes_what_it_fails_on(root: Aws) -> None:
    """Dead letters go to their topic in the function's role (Lambda Developer Guide, dead-letter queues)."""
    topic = root.client("sns").create_topic(Name="failures")["TopicArn"]
    _role(root.client("iam"), "tells", {"Service": "lambda.amazonaws.com"})
    _function(root, _ROLE.format("tells"), "teller")
    functions, letters = root.client("lambda"), {"TargetArn": topic}
    code, message = _error(
        lambda: functions.update_function_configuration(FunctionName="teller", DeadLetterConfig=letters)
    )
    told = "The provided execution role does not have permissions to call Publish on SNS"
    assert (code, message) == ("InvalidParameterValueException", told)
    allow = {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic}
    root.client("iam").put_role_policy(
        RoleName="tells", PolicyName="p", PolicyDocument=json.dumps({"Statement": [allow]})
    )
    found = functions.update_function_configuration(FunctionName="teller", DeadLetterConfig=letters)
    assert found["DeadLetterConfig"] == letters
