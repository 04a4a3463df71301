"""Events that call functions: a call that fails is made again, as AWS Lambda does with asynchronous ones."""

import io
import json
import zipfile

from tests.integration.delivery.bench import Bench, wait_for

CODE = """
import boto3
SSM = boto3.client("ssm")


def handle(event, context):
    calls = SSM.put_parameter(Name="/calls", Value=event["detail"]["what"], Type="String", Overwrite=True)["Version"]
    if calls <= 2:
        raise RuntimeError("out of order")
    SSM.put_parameter(Name="/done", Value=event["detail"]["what"], Type="String")
"""


def test_a_failing_function_is_called_twice_more(bench: Bench) -> None:
    """Lambda's default for events (MaximumRetryAttempts 2): one that fails twice has its effect with the third call."""
    every = {"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("handler.py", CODE)
    function = bench.client("lambda").create_function(
        FunctionName="stumbling",
        Runtime="python3.13",
        Role=bench.role("stumbling", every, service="lambda"),
        Handler="handler.handle",
        Code={"ZipFile": raw.getvalue()},
        Timeout=60,
    )["FunctionArn"]
    events, ssm = bench.client("events"), bench.client("ssm")
    events.put_rule(Name="things", EventPattern=json.dumps({"source": ["test"]}))
    events.put_targets(Rule="things", Targets=[{"Id": "function", "Arn": function}])
    entry = {"Source": "test", "DetailType": "A Thing", "Detail": json.dumps({"what": "a decision"})}
    assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0

    def values() -> dict[str, tuple[str, int]]:
        found = ssm.get_parameters(Names=["/calls", "/done"])["Parameters"]
        return {item["Name"]: (item["Value"], item["Version"]) for item in found}

    wait_for(lambda: "/done" in values(), "the third call", 120)
    assert values() == {"/calls": ("a decision", 3), "/done": ("a decision", 1)}


_FAILS = "def handle(event, context):\n    raise RuntimeError('never')\n"


def test_what_a_function_fails_on_is_told(bench: Bench) -> None:
    """A stack's function with a dead-letter topic: after Lambda's attempts whoever listens to the topic has the event."""
    queue, topic = _queue(bench), bench.client("sns").create_topic(Name="told")["TopicArn"]
    bench.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue[1])
    tells = {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic}
    properties = {
        "FunctionName": "failing",
        "Runtime": "python3.13",
        "Handler": "index.handle",
        "Role": bench.role("failing", {**tells, "Action": "sns:GetTopicAttributes"}, service="lambda"),
        "Code": {"ZipFile": _FAILS},
        "DeadLetterConfig": {"TargetArn": topic},
    }
    template = json.dumps({"Resources": {"Function": {"Type": "AWS::Lambda::Function", "Properties": properties}}})
    stacks = bench.client("cloudformation")
    stacks.create_stack(StackName="refused", TemplateBody=template)
    wait_for(
        lambda: "ROLLBACK_COMPLETE" in stacks.describe_stacks(StackName="refused")["Stacks"][0]["StackStatus"], "end"
    )
    reasons = [
        it.get("ResourceStatusReason", "") for it in stacks.describe_stack_events(StackName="refused")["StackEvents"]
    ]
    assert any("does not have permissions to call Publish on SNS" in it for it in reasons)
    bench.client("iam").put_role_policy(
        RoleName="failing", PolicyName="tells", PolicyDocument=json.dumps({"Statement": [tells]})
    )
    stacks.create_stack(StackName="telling", TemplateBody=template)
    wait_for(
        lambda: stacks.describe_stacks(StackName="telling")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE", "stack"
    )
    bench.client("lambda").invoke(FunctionName="failing", InvocationType="Event", Payload=b'{"decision": 7}')
    sqs = bench.client("sqs")
    found = wait_for(lambda: sqs.receive_message(QueueUrl=queue[0]).get("Messages"), "the dead letter", 60)
    assert "decision" in found[0]["Body"]


def _queue(bench: Bench) -> tuple[str, str]:
    """(URL, ARN) of a queue."""
    sqs = bench.client("sqs")
    url = sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sends = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [sends]})})
    return url, arn
