"""The requests that CloudFormation makes for a resource, as policies see them: action, resource, condition keys."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from embedded_aws.cloudformation import needs
from embedded_aws.cloudformation.registry import schema
from embedded_aws.iam.reference import Action, find, meet, named, written

Params = Mapping[str, Any]
_ROLE = re.compile(r"arn:[^:]+:iam::\d{12}:role/.+")
_OF_ANOTHER = {  # types that are named by what they belong to
    "AWS::EC2::SubnetRouteTableAssociation": "RouteTableId",
    "AWS::Lambda::Permission": "FunctionName",
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::SNS::Subscription": "TopicArn",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::ServiceCatalog::LaunchRoleConstraint": "ProductId",
    "AWS::ServiceCatalog::PortfolioPrincipalAssociation": "PortfolioId",
    "AWS::ServiceCatalog::PortfolioProductAssociation": "ProductId",
}
_PASSED_TO = {"AWS::EC2::FlowLog": "vpc-flow-logs"}  # elsewhere the service of the type
_BOUNDED = {"AWS::IAM::Role", "AWS::IAM::User"}
_OFFLINE_STORE = "database/sagemaker_featurestore"  # where SageMaker registers offline stores


@dataclass(frozen=True)
class Resource:
    """What a handler works on: its type, name in the template, properties, and its physical id where it has one already."""

    type: str
    logical_id: str
    properties: Params
    stack: str
    account: str
    region: str
    physical: str = ""
    before: Params | None = None

    @property
    def service(self) -> str:
        """The service of the type, as host names write it."""
        return self.type.split("::")[1].lower()

    @property
    def name(self) -> str:
        """What its ARN ends with: its own name, the id that it has, or the one that CloudFormation would generate."""
        owner = _OF_ANOTHER.get(self.type)
        if owner:
            value = self.properties.get(owner, "")
            return str(value[0] if isinstance(value, list) and value else value)
        own = next((self.properties[it] for it in self._naming() if isinstance(self.properties.get(it), str)), "")
        return str(own or self.physical or f"{self.stack}-{self.logical_id}-XXXXXXXXXXXX")

    def _naming(self) -> Iterator[str]:
        kind = self.type.rpartition("::")[2]
        for pointer in (schema(self.type) or {}).get("primaryIdentifier", ()):
            yield pointer.removeprefix("/properties/")
        yield from (f"{kind}Name", "Name", "RepositoryName", f"Managed{kind.removeprefix('Managed')}Name")


@dataclass(frozen=True)
class Request:
    """One request; ``keys`` are its condition keys, in small letters."""

    action: str
    resource: str
    keys: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


def requests(handler: str, resource: Resource) -> Iterator[Request]:
    """What ``create``, ``update`` or ``delete`` of a resource asks of IAM."""
    if resource.type.startswith("Custom::") or resource.type == "AWS::CloudFormation::CustomResource":
        token = str(resource.properties.get("ServiceToken", ""))
        if ":lambda:" in token:
            yield Request("lambda:InvokeFunction", token)
        return
    for action in needs.actions(resource.type, handler, resource.properties, resource.before):
        yield from _of(action, resource)


def _of(action: str, resource: Resource) -> Iterator[Request]:
    service, properties = action.partition(":")[0], resource.properties
    if action == "iam:PassRole":
        passed = _PASSED_TO.get(resource.type, resource.service)
        for role in sorted(set(_roles(properties))):
            yield Request(action, role, {"iam:passedtoservice": f"{passed}.amazonaws.com"})
    elif service == "kms" and resource.service != "kms":
        for key in sorted(set(_keys(properties, resource))):
            yield Request(action, key, {"kms:viaservice": f"{resource.service}.{resource.region}.amazonaws.com"})
    elif service == "s3" and resource.service != "s3":
        yield from (Request(action, place) for place in sorted(set(_objects(properties))))
    elif service == "glue" and resource.service == "sagemaker":
        yield Request(action, f"arn:aws:glue:{resource.region}:{resource.account}:{_OFFLINE_STORE}")
    else:
        yield Request(action, _arn(action, resource), _bounds(resource), needs.tags(properties))


def _bounds(resource: Resource) -> dict[str, str]:
    boundary = resource.properties.get("PermissionsBoundary", "")
    return {"iam:permissionsboundary": str(boundary)} if boundary and resource.type in _BOUNDED else {}


def _arn(action: str, resource: Resource) -> str:
    """Of a resource type that the action has; ``*`` where it has none, or the reference does not know it."""
    known = find(action)
    if known is None or not known.on:
        return "*"
    name = resource.name
    if name.startswith("arn:") and any(meet(name, arn) for arn in known.arns):
        return name
    return named(known, _kind(known, resource), name.rpartition("|")[2], resource.account, resource.region)


def _kind(action: Action, resource: Resource) -> str:
    """Of the action's resource types the one that is the resource's or that it belongs to; else the first that a statement needs."""
    wanted = _letters(resource.type.rpartition("::")[2])
    alike = [kind for kind in action.on if _letters(kind).startswith(wanted)]
    alike = alike or [
        kind for kind in action.on if wanted.startswith(_letters(kind))
    ]  # a bucket's policy is about the bucket
    if alike:  # "rule-on-default-event-bus" rather than the one that names a bus
        return min(alike, key=lambda kind: written(action.service, kind).count("$"))
    return next((kind for kind, needed in action.on.items() if needed), next(iter(action.on)))


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _roles(value: Any) -> Iterator[str]:
    """ARNs of roles that properties name; policy documents name whom they trust, not whom they pass."""
    if isinstance(value, str) and _ROLE.fullmatch(value):
        yield value
    elif isinstance(value, list):
        yield from (role for item in value for role in _roles(item))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if "Policy" not in name and name != "PipelineDefinition":
                yield from _roles(item)


def _keys(value: Any, resource: Resource) -> Iterator[str]:
    """Keys that properties name."""
    if isinstance(value, list):
        yield from (key for item in value for key in _keys(item, resource))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if "kms" in name.lower() and isinstance(item, str) and item:
                own = item if item.startswith("arn:") else f"key/{item}" if "/" not in item else item
                yield own if own.startswith("arn:") else f"arn:aws:kms:{resource.region}:{resource.account}:{own}"
            else:
                yield from _keys(item, resource)


def _objects(value: Any) -> Iterator[str]:
    """Objects that properties name by bucket and key, or by a template's URL."""
    if isinstance(value, list):
        yield from (place for item in value for place in _objects(item))
    elif isinstance(value, Mapping):
        bucket, key = value.get("S3Bucket", value.get("Bucket")), value.get("S3Key", value.get("Key"))
        if isinstance(bucket, str) and isinstance(key, str):
            yield f"arn:aws:s3:::{bucket}/{key}"
        for name, item in value.items():
            if name == "LoadTemplateFromURL" and isinstance(item, str):
                yield f"arn:aws:s3:::{'/'.join(item.split('/')[3:])}"
            else:
                yield from _objects(item)
