"""Keys that services use in their own name: log groups and topics (CloudWatch Logs User Guide, Amazon SNS Developer Guide)."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.executor.lab import ACCOUNT, Lab
from tests.integration.services.roles import ROOT, key

OWN = f"us-east-1:{ACCOUNT}"
USE = ["kms:Encrypt*", "kms:Decrypt*", "kms:GenerateDataKey*"]


def _let(service: str, **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": USE, "Resource": "*"}
    return {**statement, **({"Condition": condition} if condition else {})}


def _logs(region: str = "us-east-1", groups: str = "") -> dict[str, Any]:
    about = {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{OWN}:log-group:{groups}"}
    return _let(f"logs.{region}.amazonaws.com", **({"ArnLike": about} if groups else {}))


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([], False),
        ([_logs()], True),
        ([_logs("eu-west-1")], False),
        ([_logs(groups="g-*")], True),
        ([_logs(groups="h-*")], False),
        ([{**_logs(), "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}], False),
    ],
)
def test_a_log_groups_key(lab: Lab, statements: list[dict[str, Any]], allowed: bool) -> None:
    """By the API and by CloudFormation."""
    arn, logs = key(lab, ROOT, *statements), lab.client("logs")
    name = f"g-{arn[-12:]}"
    if allowed:
        logs.create_log_group(logGroupName=name, kmsKeyId=arn)
    else:
        with pytest.raises(ClientError, match=r"InvalidParameterException.*KMS key does not exist or is not allowed"):
            logs.create_log_group(logGroupName=name, kmsKeyId=arn)
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": f"{name}-stack", "KmsKeyId": arn}}
    cloudformation = lab.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": {"Group": group}}))
    deadline = time.monotonic() + 10
    while (found := cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]).endswith("PROGRESS"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (found == "CREATE_COMPLETE") is allowed, found


def test_a_key_that_is_not_there(lab: Lab) -> None:
    """The same words."""
    with pytest.raises(ClientError, match="does not exist or is not allowed"):
        lab.client("logs").create_log_group(logGroupName="nobody", kmsKeyId=f"arn:aws:kms:{OWN}:key/nobody")


@pytest.mark.parametrize("service", ["cloudwatch", "events"])
@pytest.mark.parametrize("let", ["nobody", "the service", "other topics"])
def test_a_topics_key(lab: Lab, service: str, let: str) -> None:
    """Alarms and rules publish where the key's policy lets them, by the topic's ARN; nowhere else, and nothing fails."""
    name = f"{service}-{let.replace(' ', '-')}"
    topic = f"arn:aws:sns:{OWN}:{name}"
    about = topic if let == "the service" else f"{topic}-other"
    condition = {"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": about}}
    arn = key(lab, ROOT, *([] if let == "nobody" else [_let(f"{service}.amazonaws.com", **condition)]))
    sns, sqs = lab.client("sns"), lab.client("sqs")
    sns.create_topic(Name=name, Attributes={"KmsMasterKeyId": arn})
    queue = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "*",
    }
    url = sqs.create_queue(QueueName=name, Attributes={"Policy": json.dumps({"Statement": [queue]})})["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{OWN}:{name}")
    _publish(lab, service, name, topic)
    got = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2 if let == "the service" else 0)
    assert bool(got.get("Messages")) is (let == "the service")


def _publish(lab: Lab, service: str, name: str, topic: str) -> None:
    if service == "events":
        events = lab.client("events")
        events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))
        events.put_targets(Rule=name, Targets=[{"Id": "topic", "Arn": topic}])
        events.put_events(Entries=[{"Source": name, "DetailType": "d", "Detail": "{}"}])
        return
    cloudwatch = lab.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="N",
        MetricName=name,
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.5,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="tried")
