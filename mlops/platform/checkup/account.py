"""What the checks share: the account's clients, the assembly with its texts filled in, and what its stacks have made."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from typing import Any

from mlops.aws import Aws, listed
from mlops.platform.assembly import Assembly, Stack

DEPLOY = "mlops --target aws deploy"
_VARIABLE = re.compile(r"\$\{([^}!]+)\}")
Made = tuple[str, Mapping[str, Any]]  # logical id, properties


class Account:
    """An account and a region, seen by one identity; every call reads."""

    def __init__(self, aws: Aws, assembly: Assembly) -> None:
        self.aws, self.assembly = aws, assembly
        self._known = {"AWS::AccountId": aws.account, "AWS::Region": aws.region, "AWS::Partition": "aws"}
        self._described = cache(self._describe)
        self._physical = cache(self._resources)

    def client(self, service: str) -> Any:
        """A boto3 client."""
        return self.aws.client(service)

    def stack(self, name: str) -> Mapping[str, Any] | None:
        """DescribeStacks' answer; None where there is no such stack."""
        return self._described(name)

    def physical(self, stack: str) -> Mapping[str, str]:
        """Logical id -> what CloudFormation has made; empty where there is no such stack."""
        return self._physical(stack)

    def expected(self, *kinds: str) -> Iterator[tuple[Stack, str, Mapping[str, Any]]]:
        """(stack, logical id, properties) of resources of these types in stacks that are there."""
        for stack in self.assembly.stacks:
            if self.stack(stack.name) is None:
                continue
            for logical_id, resource in json.loads(stack.template)["Resources"].items():
                if resource["Type"] in kinds:
                    yield stack, logical_id, self.filled(resource["Properties"])

    def filled(self, value: Any) -> Any:
        """A template's value with its texts as they become here; what only CloudFormation knows stays as it is."""
        if isinstance(value, Mapping):
            if set(value) == {"Ref"} and value["Ref"] in self._known:
                return self._known[value["Ref"]]
            if set(value) == {"Fn::Sub"} and isinstance(value["Fn::Sub"], str):
                return _VARIABLE.sub(lambda it: self._known.get(it[1], it[0]), value["Fn::Sub"])
            if set(value) == {"Fn::Join"}:
                separator, parts = value["Fn::Join"]
                found = [self.filled(it) for it in parts]
                return separator.join(found) if all(isinstance(it, str) for it in found) else value
            return {key: self.filled(item) for key, item in value.items()}
        return [self.filled(item) for item in value] if isinstance(value, list) else value

    @cached_property
    def buckets(self) -> frozenset[str]:
        """Names of the account's buckets."""
        return frozenset(it["Name"] for it in self.client("s3").list_buckets()["Buckets"])

    @cached_property
    def products(self) -> Mapping[str, Mapping[str, Any]]:
        """The projects' templates, by file name."""
        return {key: json.loads(text) for key, text in self.assembly.products.items()}

    def _describe(self, name: str) -> Mapping[str, Any] | None:
        from botocore.exceptions import ClientError

        try:
            return dict(self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0])
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def _resources(self, stack: str) -> Mapping[str, str]:
        if self.stack(stack) is None:
            return {}
        found = listed(self.client("cloudformation"), "list_stack_resources", "StackResourceSummaries", StackName=stack)
        return {it["LogicalResourceId"]: it.get("PhysicalResourceId", "") for it in found}


def document(value: Any) -> str:
    """A policy in one form, however it was written: statements' lists sorted, single values as lists."""
    content = json.loads(value) if isinstance(value, str) else value
    return json.dumps(_ordered(content.get("Statement", [])), sort_keys=True)


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _ordered(item) for key, item in value.items() if key != "Sid"}
    if isinstance(value, list):
        found = [_ordered(item) for item in value]
        return found[0] if len(found) == 1 else sorted(found, key=lambda it: json.dumps(it, sort_keys=True))
    return value
