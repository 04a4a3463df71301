"""What a topic's subscribers get: a queue that is subscribed to it."""

import json
from collections.abc import Callable

from tests.integration.desk import Desk


def mailbox(desk: Desk, topic: str, name: str) -> Callable[[], list[str]]:
    """A queue ``name`` subscribed to the topic whose ARN contains ``topic``; reads every message so far."""
    sns, sqs = desk.client("sns"), desk.client("sqs")
    source = next(item["TopicArn"] for item in sns.list_topics()["Topics"] if topic in item["TopicArn"])
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    allowed |= {"Resource": arn, "Condition": {"ArnEquals": {"aws:SourceArn": source}}}
    policy = {"Version": "2012-10-17", "Statement": [allowed]}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=source, Protocol="sqs", Endpoint=arn)
    kept: list[str] = []

    def read() -> list[str]:
        while found := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            kept.extend(json.loads(message["Body"])["Message"] for message in found)
            for message in found:
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return kept

    return read
