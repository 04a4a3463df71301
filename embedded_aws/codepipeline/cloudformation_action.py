"""CloudFormation actions: a stack or a change set, from a template in an artifact; they end when the stack is done."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from embedded_aws.service import Document, ServiceError

_DONE = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
Read = Callable[[str], bytes]  # "Artifact::file" -> content
Wait = Callable[[], None]


def deploy(cloudformation: Any, given: Mapping[str, str], read: Read, wait: Wait) -> dict[str, str]:
    """Do what ``ActionMode`` says; returns the stack's outputs.

    Raises:
        ServiceError: the stack failed (with the first failed resource's reason), or the mode is not supported here.
    """
    mode, name = given["ActionMode"], given["StackName"]
    if mode == "DELETE_ONLY":
        if _status(cloudformation, name) is not None:
            cloudformation.delete_stack(StackName=name)
            _settled(cloudformation, name, wait, {"DELETE_COMPLETE"})
        return {}
    if mode == "CREATE_UPDATE":
        _create_or_update(cloudformation, given, read)
    elif mode == "CHANGE_SET_REPLACE":
        _replace_change_set(cloudformation, given, read, wait)
        return {}
    elif mode == "CHANGE_SET_EXECUTE":
        cloudformation.execute_change_set(StackName=name, ChangeSetName=given["ChangeSetName"])
    else:
        raise ServiceError("InvalidActionConfiguration", f"not supported by the embedded AWS: ActionMode {mode}")
    _settled(cloudformation, name, wait, _DONE)
    found = cloudformation.describe_stacks(StackName=name)["Stacks"][0].get("Outputs", [])
    return {item["OutputKey"]: item["OutputValue"] for item in found}


def _create_or_update(cloudformation: Any, given: Mapping[str, str], read: Read) -> None:
    from botocore.exceptions import ClientError

    request = _request(given, read)
    if _status(cloudformation, given["StackName"]) is None:
        cloudformation.create_stack(**request)
        return
    try:
        cloudformation.update_stack(**request)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise


def _replace_change_set(cloudformation: Any, given: Mapping[str, str], read: Read, wait: Wait) -> None:
    name, change_set = given["StackName"], given["ChangeSetName"]
    status = _status(cloudformation, name)
    if status is not None:
        cloudformation.delete_change_set(StackName=name, ChangeSetName=change_set)
    kind = "CREATE" if status in {None, "REVIEW_IN_PROGRESS"} else "UPDATE"
    cloudformation.create_change_set(**_request(given, read), ChangeSetName=change_set, ChangeSetType=kind)
    while True:
        found = cloudformation.describe_change_set(StackName=name, ChangeSetName=change_set)
        if found["Status"] == "CREATE_COMPLETE":
            return
        if found["Status"] == "FAILED":
            raise ServiceError("JobFailed", f"change set {change_set}: {found.get('StatusReason', 'no reason given')}")
        wait()


def _request(given: Mapping[str, str], read: Read) -> Document:
    settings = json.loads(read(given["TemplateConfiguration"])) if "TemplateConfiguration" in given else {}
    values = {**settings.get("Parameters", {}), **json.loads(given.get("ParameterOverrides", "{}"))}
    request: Document = {
        "StackName": given["StackName"],
        "TemplateBody": read(given["TemplatePath"]).decode(),
        "Parameters": [{"ParameterKey": key, "ParameterValue": _value(item, read)} for key, item in values.items()],
        "Capabilities": [item for item in given.get("Capabilities", "").split(",") if item],
        "Tags": [{"Key": key, "Value": value} for key, value in settings.get("Tags", {}).items()],
    }
    return request | ({"RoleARN": given["RoleArn"]} if given.get("RoleArn") else {})


def _value(item: Any, read: Read) -> str:
    """A parameter's value; ``Fn::GetParam`` takes it from a JSON file of an artifact."""
    if isinstance(item, dict) and "Fn::GetParam" in item:
        artifact, file, key = item["Fn::GetParam"]
        return str(json.loads(read(f"{artifact}::{file}"))[key])
    if isinstance(item, dict):
        raise ServiceError(
            "InvalidActionConfiguration", f"not supported by the embedded AWS: {next(iter(item))} of a parameter"
        )
    return str(item)


def _status(cloudformation: Any, name: str) -> str | None:
    from botocore.exceptions import ClientError

    try:
        return str(cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def _settled(cloudformation: Any, name: str, wait: Wait, wanted: set[str]) -> None:
    while True:
        status = _status(cloudformation, name)
        if status is None or status in wanted:
            return
        if not status.endswith("_IN_PROGRESS"):
            raise ServiceError("JobFailed", f"stack {name}: {status}: {_reason(cloudformation, name)}")
        wait()


def _reason(cloudformation: Any, name: str) -> str:
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    failed = [item for item in events if item["ResourceStatus"].endswith("_FAILED")]
    if not failed:
        return "no reason given"
    return f"{failed[-1]['LogicalResourceId']}: {failed[-1].get('ResourceStatusReason', '')}"
