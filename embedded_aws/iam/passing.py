"""Which requests hand a role to a service, and what the service says of a role that it cannot assume.

IAM User Guide, "Grant a user permissions to pass a role to an AWS service": whoever names a role needs ``iam:PassRole`` on it, with the
service as ``iam:PassedToService``; the role's trust has to let the service assume it. The words are the services' own, as public reports
of them quote; SageMaker asks for itself (``embedded_aws.sagemaker.service``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]
PASS_ROLE, PASSED_TO = "iam:PassRole", "iam:PassedToService"


@dataclass(frozen=True)
class Passed:
    """``operations`` of a service that name roles in ``members``; ``words`` (with ``{role}``) and ``code`` of one that does not trust it.

    ``resource``: what the service acts for, as its ARN ends, with the request's members that name it.
    """

    service: str
    operations: frozenset[str]
    members: frozenset[str]
    code: str
    words: str
    resource: tuple[str, ...]
    source: str

    @property
    def principal(self) -> str:
        """The service as policies name it."""
        return f"{self.service}.amazonaws.com"

    def principals(self, region: str) -> tuple[str, ...]:
        """Whom a trust may name: Step Functions is known by its region, too."""
        regional = (f"{self.service}.{region}.amazonaws.com",) if self.service == "states" else ()
        return self.principal, *regional

    def roles(self, request: Document) -> list[str]:
        """ARNs of the roles in a request, wherever they stand."""
        return list(dict.fromkeys(role for role in _named(request, self.members) if role))

    def acts_for(self, request: Document, account: str, region: str) -> str:
        """ARN of what the service assumes the role for (``aws:SourceArn``)."""
        kind, *members = self.resource
        name = next(_named(request, frozenset(members)), "")
        return f"arn:aws:{self.service}:{region}:{account}:{kind}{name}"


PASSING = (
    Passed(
        "lambda",
        frozenset({"CreateFunction", "UpdateFunctionConfiguration"}),
        frozenset({"Role"}),
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
        ("function:", "FunctionName"),
        "Lambda Developer Guide, Troubleshoot deployment issues",
    ),
    Passed(
        "codebuild",
        frozenset({"CreateProject", "UpdateProject"}),
        frozenset({"serviceRole"}),
        "InvalidInputException",
        "CodeBuild is not authorized to perform: sts:AssumeRole on {role}",
        ("project/", "name"),
        "CodeBuild User Guide, Troubleshooting",
    ),
    Passed(
        "codepipeline",
        frozenset({"CreatePipeline", "UpdatePipeline"}),
        frozenset({"roleArn"}),
        "InvalidStructureException",
        "CodePipeline is not authorized to perform AssumeRole on role {role}",
        ("", "name"),
        "hashicorp/terraform-provider-aws#13103, aws/aws-cdk#22489",
    ),
    Passed(
        "sagemaker",
        frozenset({"CreateFeatureGroup"}),  # jobs and pipelines find out when they begin
        frozenset({"RoleArn"}),
        "ValidationException",
        "Could not assume role {role}. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume"
        " the role.",
        ("feature-group/", "FeatureGroupName"),
        "SageMaker AI Developer Guide, execution roles",
    ),
    Passed(
        "events",
        frozenset({"PutTargets", "PutRule"}),
        frozenset({"RoleArn"}),
        "ValidationException",
        "Provided role '{role}' cannot be assumed by principal 'events.amazonaws.com'.",
        ("rule/", "Rule", "Name"),
        "Miserlou/Zappa#381",
    ),
    Passed(
        "scheduler",
        frozenset({"CreateSchedule", "UpdateSchedule"}),
        frozenset({"RoleArn"}),
        "ValidationException",
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
        ("schedule/default/", "Name"),
        "aws/aws-sdk-js-v3#6494",
    ),
    Passed(
        "states",
        frozenset({"CreateStateMachine", "UpdateStateMachine"}),
        frozenset({"roleArn"}),
        "AccessDeniedException",
        "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.",
        ("stateMachine:", "name"),
        "lumigo-io/lumigo-CLI#83",
    ),
    Passed(
        "firehose",
        frozenset({"CreateDeliveryStream", "UpdateDestination"}),
        frozenset({"RoleARN"}),
        "InvalidArgumentException",
        "Firehose is unable to assume role {role}. Please check the role provided.",
        ("deliverystream/", "DeliveryStreamName"),
        "Amazon Data Firehose API Reference, InvalidArgumentException",
    ),
)


def passed(service: str, operation: str) -> Passed | None:
    """The row of an operation; None where it names no role."""
    return next((it for it in PASSING if it.service == service and operation in it.operations), None)


@dataclass(frozen=True)
class Read:
    """What Lambda reads from a source of events in its function's role: ``actions``, and its words where the role may not."""

    actions: tuple[str, ...]
    words: str


_STREAM = (
    "Cannot access stream {source}. Please ensure the role can perform the {actions} Actions on your stream in IAM."
)
_QUEUE = "The provided execution role does not have permissions to call {action} on SQS"
READ = {  # by the service of the source's ARN (Lambda Developer Guide, event source mappings: execution role permissions)
    "sqs": Read(("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"), _QUEUE),
    "kinesis": Read(
        tuple(
            f"kinesis:{it}" for it in ("GetRecords", "GetShardIterator", "DescribeStream", "ListShards", "ListStreams")
        ),
        _STREAM,
    ),
    "dynamodb": Read(
        tuple(f"dynamodb:{it}" for it in ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams")), _STREAM
    ),
}
_WRITES = "The provided execution role does not have permissions to call {} on {}"
WRITE = {  # where events go that a function has failed on (Lambda Developer Guide, dead-letter queues)
    "sns": Read(("sns:Publish",), _WRITES.format("Publish", "SNS")),
    "sqs": Read(("sqs:SendMessage",), _WRITES.format("SendMessage", "SQS")),
}
UNREAD = "InvalidParameterValueException"


def unread(read: Read, source: str, action: str) -> str:
    """Lambda's words of a source that the function's role may not read, for want of ``action``."""
    names = [it.partition(":")[2] for it in read.actions]
    listed = f"{', '.join(names[:-1])}, and {names[-1]}"
    return read.words.format(source=source, actions=listed, action=action.partition(":")[2])


def _named(value: Any, members: frozenset[str]) -> Iterator[str]:
    """Texts of members with these names, in order, at any depth; action roles of a pipeline are assumed by the pipeline's role instead."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key in members and isinstance(item, str):
                yield item
            elif key != "stages":
                yield from _named(item, members)
    elif isinstance(value, list):
        for item in value:
            yield from _named(item, members)
