"""Take over what is there before its stack: buckets with data, the key that they are encrypted with, log groups of jobs."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mlops.aws import Aws

Properties = Mapping[str, Any]
_VARIABLE = re.compile(r"\$\{([^}]+)\}")


class Recovery:
    """Finds kept resources of a stack that does not exist any more, and writes the template that imports them."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._known = {"AWS::AccountId": aws.account, "AWS::Region": aws.region, "AWS::Partition": "aws"}
        self._find: Mapping[str, Callable[[Properties, Properties], dict[str, str] | None]] = {
            "AWS::S3::Bucket": self._bucket,
            "AWS::KMS::Alias": self._alias,
            "AWS::KMS::Key": self._key,
            "AWS::Logs::LogGroup": self._log_group,
        }

    def imports(self, template: str) -> tuple[str, list[dict[str, Any]]] | None:
        """(import template, ResourcesToImport); None where nothing was kept."""
        resources: dict[str, Any] = json.loads(template)["Resources"]
        found = {
            logical_id: identifier
            for logical_id, resource in resources.items()
            if resource.get("DeletionPolicy", "").startswith("Retain") and resource["Type"] in self._find
            if (identifier := self._find[resource["Type"]](resource, resources)) is not None
        }
        if not found:
            return None
        reduced = {
            logical_id: _reduced(resources[logical_id], identifier, set(found))
            for logical_id, identifier in found.items()
        }
        entries = [
            {
                "ResourceType": resources[logical_id]["Type"],
                "LogicalResourceId": logical_id,
                "ResourceIdentifier": identifier,
            }
            for logical_id, identifier in found.items()
        ]
        return json.dumps({"Resources": reduced}), entries

    def _bucket(self, resource: Properties, _all: Properties) -> dict[str, str] | None:
        name = self._text(resource["Properties"].get("BucketName"))
        s3 = self._aws.client("s3")
        own = {item["Name"] for item in s3.list_buckets()["Buckets"]}
        return {"BucketName": name} if name in own else None

    def _alias(self, resource: Properties, _all: Properties) -> dict[str, str] | None:
        name = self._text(resource["Properties"]["AliasName"])
        return {"AliasName": name} if name in self._aliases() else None

    def _key(self, _resource: Properties, resources: Properties) -> dict[str, str] | None:
        """The key has no name: it is the one that the stack's kept alias points to."""
        names = [
            self._text(item["Properties"]["AliasName"])
            for item in resources.values()
            if item["Type"] == "AWS::KMS::Alias"
        ]
        targets = [target for name, target in self._aliases().items() if name in names]
        return {"KeyId": targets[0]} if targets else None

    def _log_group(self, resource: Properties, _all: Properties) -> dict[str, str] | None:
        name = self._text(resource["Properties"]["LogGroupName"])
        pages = self._aws.client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
        own = {item["logGroupName"] for page in pages for item in page["logGroups"]}
        return {"LogGroupName": name} if name in own else None

    def _aliases(self) -> dict[str, str]:
        pages = self._aws.client("kms").get_paginator("list_aliases").paginate()
        return {item["AliasName"]: item.get("TargetKeyId", "") for page in pages for item in page["Aliases"]}

    def _text(self, value: Any) -> str:
        if isinstance(value, Mapping):
            value = value.get("Fn::Sub", "")
        return _VARIABLE.sub(lambda match: self._known.get(match.group(1), match.group(0)), str(value))


def _reduced(resource: Properties, identifier: Mapping[str, str], imported: set[str]) -> dict[str, Any]:
    """The resource with its properties where these need nothing that is not there yet, else with its name only."""
    properties = dict(resource.get("Properties", {}))
    if set(_references(properties)) - imported:
        properties = {name: value for name, value in identifier.items() if name in properties}
    kept = {name: resource[name] for name in ("Type", "DeletionPolicy", "UpdateReplacePolicy") if name in resource}
    return {**kept, "Properties": properties}


def _references(value: Any) -> Iterator[str]:
    """Logical ids that a value refers to, pseudo parameters apart."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == "Ref" and not str(item).startswith("AWS::"):
                yield str(item)
            elif key == "Fn::GetAtt":
                yield str(item[0] if isinstance(item, list) else item.split(".")[0])
            else:
                yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)
