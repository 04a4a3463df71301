"""Small stacks, roles and archives for tests of what the embedded AWS refuses."""

import io
import json
import time
import zipfile
from collections.abc import Mapping
from typing import Any

from mlops.aws import Aws

ACCOUNT = "000000000000"
TOPIC = {"Type": "AWS::SNS::Topic", "Properties": {}}


def document(*statements: Mapping[str, Any]) -> str:
    """A policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str) -> str:
    """A role's trust in a service."""
    return document(
        {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )


def role(aws: Aws, name: str, service: str, *actions: str, resource: str = "*") -> str:
    """A role that may do these things; its ARN."""
    iam = aws.client("iam")
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(service))["Role"]["Arn"]
    grant(aws, name, *actions, resource=resource)
    return arn


def grant(aws: Aws, name: str, *actions: str, resource: str = "*") -> None:
    """What a role may do, and nothing else."""
    allowed = document({"Effect": "Allow", "Action": list(actions), "Resource": resource})
    aws.client("iam").put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=allowed)


def archive(**files: str) -> bytes:
    """A zip archive of Python modules."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, text in files.items():
            target.writestr(f"{name}.py", text)
    return buffer.getvalue()


class Stacks:
    """CloudFormation with templates as dictionaries."""

    def __init__(self, aws: Aws) -> None:
        """As this identity."""
        self.client = aws.client("cloudformation")

    def create(self, name: str, template: Mapping[str, Any], **more: Any) -> str:
        """Create, and wait: the status."""
        self.client.create_stack(
            StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"], **more
        )
        return self.settled(name)

    def make(self, name: str, kind: str, properties: Mapping[str, Any], **more: Any) -> str:
        """Create a stack of one resource ``It``, and remove it if it failed: why it failed; empty where it did not."""
        status = self.create(name, {"Resources": {"It": {"Type": kind, "Properties": properties}}}, **more)
        reason = self.reason(name) if status != "CREATE_COMPLETE" else ""
        self.client.delete_stack(StackName=name)
        return reason

    def update(self, name: str, template: Mapping[str, Any], **more: Any) -> str:
        """Update, and wait: the status."""
        self.client.update_stack(
            StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"], **more
        )
        return self.settled(name)

    def settled(self, name: str) -> str:
        """The status when nothing is under way."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            status: str = self.describe(name)["StackStatus"]
            if not status.endswith("_IN_PROGRESS"):
                return status
            time.sleep(0.02)
        raise AssertionError(f"{name} is {status}")

    def describe(self, name: str) -> dict[str, Any]:
        """The stack."""
        found: dict[str, Any] = self.client.describe_stacks(StackName=name)["Stacks"][0]
        return found

    def reason(self, name: str) -> str:
        """Why the last operation failed: the first failure's reason."""
        events = self.client.describe_stack_events(StackName=name)["StackEvents"]
        failed = [it for it in events if it["ResourceStatus"].endswith("_FAILED")]
        return str(failed[-1].get("ResourceStatusReason", "")) if failed else ""


def exporting(name: str, value: str) -> dict[str, Any]:
    """A template with one export."""
    return {"Resources": {"Topic": TOPIC}, "Outputs": {"It": {"Value": value, "Export": {"Name": name}}}}


def importing(name: str) -> dict[str, Any]:
    """A template whose topic is called as an export says."""
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::ImportValue": name}}}
    return {"Resources": {"Topic": topic}}
