"""Teach MiniStack's CloudFormation our types, and to refuse unknown properties; the contract test guards what is touched here."""

from collections.abc import Callable, Mapping
from typing import Any

from embedded_aws.cloudformation import properties as registry
from embedded_aws.cloudformation.provisioner import TYPES, Provisioner
from embedded_aws.cloudformation.types import Call, Context, Type

Handler = dict[str, Any]


RunOperation = Callable[[str, str, dict[str, Any], tuple[str, str, str]], dict[str, Any]]
SeedRepository = Callable[[str, bytes, str, str, str], None]


def provide(call: RunOperation, seed: SeedRepository) -> None:
    """Add every type; ``call`` runs an operation of one of our services: (service, operation, parameters, caller)."""
    from ministack.services.cloudformation import provisioners

    for name, handler in provisioners._RESOURCE_HANDLERS.items():
        if name in registry.schemas():
            _checked(name, handler)
    for kind in TYPES:
        provisioners._RESOURCE_HANDLERS[kind.name] = _handler(Provisioner(kind, _contexts(call, seed)))
        provisioners._REPLACING_PROPERTIES[kind.name] = kind.create_only
        _names(provisioners, kind)
        if "Tags" in registry.schemas()[kind.name]["properties"]:
            provisioners._STACK_TAG_PROPERTY[kind.name] = ("Tags", "list")
    provisioners._RESOURCE_HANDLERS["AWS::EC2::FlowLog"] = {"create": _flow_log, "delete": _delete_flow_log}
    provisioners._REPLACING_PROPERTIES["AWS::EC2::FlowLog"] = tuple(_FLOW_LOG)


def read_object(bucket: str, key: str) -> bytes:
    """Content of an object of this account.

    Raises:
        ValueError: there is none.
    """
    from ministack.services import s3

    found = s3._get_object_data(bucket, key)
    if found is None:
        raise ValueError(f"s3://{bucket}/{key}: no such object")
    return bytes(found)


def _contexts(call: RunOperation, seed: SeedRepository) -> Callable[[str, str], Context]:
    def context(stack_name: str, logical_id: str) -> Context:
        from ministack.core.responses import get_account_id, get_region

        account, region = get_account_id(), get_region()
        caller = (account, region, f"arn:aws:iam::{account}:root")
        own: Call = lambda service, operation, params: call(service, operation, params, caller)  # noqa: E731
        return Context(own, read_object, seed, account, region, stack_name, logical_id)

    return context


def _handler(provisioner: Provisioner) -> Handler:
    return {
        "create": provisioner.create,
        "update": provisioner.update,
        "update_with_logical_id": True,
        "delete": provisioner.delete,
    }


def _names(provisioners: Any, kind: Type) -> None:
    if kind.custom_name:
        provisioners._CUSTOM_NAME_REPLACEMENT[kind.name] = {"name": kind.custom_name}


def _checked(name: str, handler: Handler) -> None:
    """Check the properties before MiniStack's own handler reads those that it knows."""
    create, update = handler["create"], handler.get("update")

    def checked_create(logical_id: str, properties: Mapping[str, Any], stack_name: str) -> Any:
        registry.check(name, properties)
        return create(logical_id, properties, stack_name)

    handler["create"] = checked_create
    if update is not None:
        handler["update"] = _checked_update(name, update)


def _checked_update(name: str, update: Callable[..., Any]) -> Callable[..., Any]:
    def checked(physical: str, old: Mapping[str, Any], new: Mapping[str, Any], *rest: Any) -> Any:
        registry.check(name, new)
        return update(physical, old, new, *rest)

    return checked


_FLOW_LOG = {  # property -> parameter of EC2's query protocol
    "ResourceId": "ResourceId.1",
    "ResourceType": "ResourceType",
    "TrafficType": "TrafficType",
    "LogGroupName": "LogGroupName",
    "LogDestination": "LogDestination",
    "LogDestinationType": "LogDestinationType",
    "DeliverLogsPermissionArn": "DeliverLogsPermissionArn",
}


def _flow_log(_logical_id: str, properties: Mapping[str, Any], _stack_name: str) -> tuple[str, dict[str, Any]]:
    from ministack.services import ec2

    registry.check("AWS::EC2::FlowLog", properties)
    unsupported = set(properties) - set(_FLOW_LOG) - {"Tags"}
    if unsupported:
        raise ValueError(f"not supported by the embedded AWS: {sorted(unsupported)[0]} of a flow log")
    before = set(ec2._flow_logs)
    ec2._create_flow_logs({_FLOW_LOG[name]: value for name, value in properties.items() if name != "Tags"})
    made = next(iter(set(ec2._flow_logs) - before))
    return made, {"Id": made}


def _delete_flow_log(physical: str, _properties: Mapping[str, Any]) -> None:
    from ministack.services import ec2

    ec2._flow_logs.pop(physical, None)
