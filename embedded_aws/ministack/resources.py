"""CloudFormation's types: ours, made through our services; MiniStack's own, completed."""

from collections.abc import Callable, Mapping
from typing import Any

from ministack.core import responses
from ministack.services import ec2, iam, lambda_svc, sns

from embedded_aws.cloudformation.provisioner import TYPES, Provisioner
from embedded_aws.cloudformation.types import Context
from embedded_aws.ministack import account, buckets, budgets, passing, service_keys
from embedded_aws.service import ServiceError

Properties = Mapping[str, Any]
Handler = dict[str, Any]  # "create", "update", "delete" ... -> function
Contexts = Callable[[str, str], Context]  # stack name, logical id
Complete = Callable[[str, Properties], None]  # physical id, properties
Judge = Callable[[Properties], None]  # ValueError where the service would refuse
RunOperation = Callable[[str, str, dict[str, Any], tuple[str, str, str]], dict[str, Any]]
SeedRepository = Callable[[str, bytes, str, str, str], None]
_FLOW_LOG = "AWS::EC2::FlowLog"
_FLOW_LOG_PARAMETERS = {  # property -> parameter of EC2's query protocol
    "ResourceId": "ResourceId.1",
    "ResourceType": "ResourceType",
    "TrafficType": "TrafficType",
    "LogGroupName": "LogGroupName",
    "LogDestination": "LogDestination",
    "LogDestinationType": "LogDestinationType",
    "DeliverLogsPermissionArn": "DeliverLogsPermissionArn",
}


def contexts(call: RunOperation, seed: SeedRepository) -> Contexts:
    """What types may use; ``call`` runs an operation of one of our services: (service, operation, parameters, caller)."""

    def context(stack_name: str, logical_id: str) -> Context:
        here, region = responses.get_account_id(), responses.get_region()
        caller = (here, region, f"arn:aws:iam::{here}:root")

        def own(service: str, operation: str, params: dict[str, Any]) -> dict[str, Any]:
            return call(service, operation, params, caller)

        return Context(own, account.read_object, seed, here, region, stack_name, logical_id)

    return context


def handlers(new_context: Contexts) -> dict[str, Callable[[Any], Handler]]:
    """Type -> what makes its handler of MiniStack's (None where it has none)."""
    ours = {kind.name: _made_by(Provisioner(kind, new_context)) for kind in TYPES}
    completed = {name: _completed(name) for name in {*_COMPLETE, *_JUDGE, buckets.TYPE}}
    return completed | ours | {_FLOW_LOG: _flow_logs, budgets.TYPE: budgets.handler}


def create_only() -> dict[str, tuple[str, ...]]:
    """Type -> properties whose change replaces the resource, for the types that MiniStack lacks."""
    ours = {kind.name: kind.create_only for kind in TYPES}
    return ours | {_FLOW_LOG: tuple(_FLOW_LOG_PARAMETERS), budgets.TYPE: budgets.CREATE_ONLY}


def _made_by(provisioner: Provisioner) -> Callable[[Any], Handler]:
    return lambda _: {
        "create": provisioner.create,
        "update": provisioner.update,
        "update_with_logical_id": True,
        "delete": provisioner.delete,
    }


def _completed(name: str) -> Callable[[Any], Handler]:
    """Add what MiniStack's handler leaves out."""
    complete: Complete = _COMPLETE.get(name, lambda *_: None)
    judge: Judge = _JUDGE.get(name, lambda *_: None)

    def make(known: Handler) -> Handler:
        def create(logical_id: str, properties: Properties, stack_name: str) -> Any:
            judge(properties)
            made = known["create"](logical_id, properties, stack_name)
            complete(made[0], properties)
            return made

        def update(physical: str, old: Properties, new: Properties, *rest: Any) -> Any:
            made = known["update"](physical, old, new, *rest)
            complete(made[0], new)
            return made

        changed = {"create": create} | ({"update": update} if known.get("update") else {})
        kept_full = {"delete": buckets.delete_empty(known["delete"])} if name == buckets.TYPE else {}
        return known | changed | kept_full

    return make


def _encrypted_logs(properties: Properties) -> None:
    why = service_keys.refused_log_group(properties.get("LogGroupName", "*"), properties.get("KmsKeyId"))
    if why:
        raise ValueError(why)


def _bound(role: str, properties: Properties) -> None:
    iam._roles[role]["PermissionsBoundary"] = properties.get("PermissionsBoundary")


def _encrypted(topic: str, properties: Properties) -> None:
    sns._topics[topic]["attributes"]["KmsMasterKeyId"] = properties.get("KmsMasterKeyId", "")


def _told(function: str, properties: Properties) -> None:
    """Where the events go that a function has failed on, which MiniStack leaves out."""
    try:
        passing.require_told(properties, responses.get_account_id(), responses.get_region())
    except ServiceError as error:
        raise ValueError(error.message) from None
    lambda_svc._functions[function]["config"]["DeadLetterConfig"] = properties.get("DeadLetterConfig", {})


_JUDGE: dict[str, Judge] = {"AWS::Logs::LogGroup": _encrypted_logs}
_COMPLETE: dict[str, Complete] = {
    "AWS::IAM::Role": _bound,
    "AWS::SNS::Topic": _encrypted,
    "AWS::Lambda::Function": _told,
}


def _flow_logs(_: Any) -> Handler:
    return {"create": _create_flow_log, "delete": _delete_flow_log}


def _create_flow_log(_logical_id: str, properties: Properties, _stack_name: str) -> tuple[str, dict[str, Any]]:
    unsupported = set(properties) - set(_FLOW_LOG_PARAMETERS) - {"Tags"}
    if unsupported:
        raise ValueError(f"not supported by the embedded AWS: {sorted(unsupported)[0]} of a flow log")
    before = set(ec2._flow_logs)
    given = {_FLOW_LOG_PARAMETERS[name]: value for name, value in properties.items() if name != "Tags"}
    ec2._create_flow_logs(given)
    made = next(iter(set(ec2._flow_logs) - before))
    return made, {"Id": made}


def _delete_flow_log(physical: str, _properties: Properties) -> None:
    ec2._flow_logs.pop(physical, None)
