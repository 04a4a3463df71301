"""The CloudFormation stacks behind provisioned products, through CloudFormation's API."""

import time
from collections.abc import Mapping, Set
from typing import Any
from urllib.parse import urlparse

from embedded_aws.endpoint import Endpoint
from embedded_aws.gateway import Gateways
from embedded_aws.service import Document, Require, RoleSession, ServiceError

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_TIMEOUT, _INTERVAL = 600.0, 0.05  # seconds
_REGION, _SESSION = "us-east-1", "servicecatalog"
_KEPT_WITH = {"s3:ExistingObjectTag/servicecatalog:provisioning": "true"}


class Stacks:
    """Create, update and delete, each as the launch role, and with its rights: Service Catalog Administrator Guide, "Launch constraints".

    Each call returns when the stack is done, and raises with the first failed resource's reason.
    """

    def __init__(self, session: RoleSession, require: Require) -> None:
        """``session`` assumes a launch role, where it trusts Service Catalog; ``require`` asks IAM about it."""
        self._gateways, self._require = Gateways(session), require
        self._client: Any = None
        self._endpoint = self._account = ""

    def connect(self, endpoint: Endpoint, account: str) -> None:
        """Use this endpoint in ``account``."""
        self._gateways.open(endpoint)
        self._endpoint, self._account = endpoint.url, account
        self._client = self._gateways.of(account, _REGION).client("cloudformation")

    def create(self, name: str, template: str, values: Mapping[str, str], role: str, tags: list[Document]) -> str:
        """Create a stack; returns its id."""
        self._reads_templates(role, template)
        answer = self._as(role).create_stack(
            StackName=name,
            TemplateURL=self._local(template),
            Parameters=_parameters(values),
            Capabilities=_CAPABILITIES,
            Tags=[tag for tag in tags if not tag["Key"].startswith("aws:")],
        )
        return self._wait(answer["StackId"], {"CREATE_COMPLETE"}, role)

    def update(self, stack: str, template: str, values: Mapping[str, str], role: str) -> str:
        """Update a stack; an update that changes nothing is fine."""
        from botocore.exceptions import ClientError

        began = self._events(stack)
        self._reads_templates(role, template)
        try:
            self._as(role).update_stack(
                StackName=stack,
                TemplateURL=self._local(template),
                Parameters=_parameters(values),
                Capabilities=_CAPABILITIES,
            )
        except ClientError as error:
            if "No updates are to be performed" in str(error):
                return stack
            raise
        return self._wait(stack, {"UPDATE_COMPLETE"}, role, began)

    def delete(self, stack: str, role: str, *, retain: bool) -> None:
        """Delete a stack; with ``retain`` its resources stay."""
        if retain:
            raise ServiceError(
                "InvalidParametersException", "not supported by the embedded AWS: RetainPhysicalResources"
            )
        self._as(role).delete_stack(StackName=stack)
        self._wait(stack, {"DELETE_COMPLETE"}, role)

    def _as(self, role: str) -> Any:
        try:
            return self._gateways.acting(role, _SESSION, self._account, _REGION).client("cloudformation")
        except ServiceError as error:
            raise ServiceError("CloudFormation", f"Access denied while assuming the role {role}") from error

    def _reads_templates(self, role: str, template: str) -> None:
        """Service Catalog keeps products' templates in a bucket of its own, with a tag; CloudFormation reads them as the launch role."""
        kept = f"arn:aws:s3:::sc-{self._account}-pp/{place(template)[1]}"
        identity = f"arn:aws:sts::{self._account}:assumed-role/{role.rsplit('/', 1)[-1]}/{_SESSION}"
        try:
            self._require(identity, "s3:GetObject", kept, (self._account, _REGION), _KEPT_WITH)
        except ServiceError as error:
            raise ServiceError("CloudFormation", f"S3 error: Access Denied. {error.message}") from error

    def outputs(self, stack: str) -> list[Document]:
        """Outputs as a record shows them."""
        found = self._client.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
        return [{"OutputKey": item["OutputKey"], "OutputValue": item["OutputValue"]} for item in found]

    def find(self, name: str) -> str:
        """Id of the stack with this name, or empty."""
        from botocore.exceptions import ClientError

        try:
            return str(self._client.describe_stacks(StackName=name)["Stacks"][0]["StackId"])
        except ClientError:
            return ""

    def _wait(self, stack: str, wanted: set[str], role: str, seen: Set[str] = frozenset()) -> str:
        self._as(role).describe_stacks(
            StackName=stack
        )  # the role has to be allowed to look; then the service itself does
        deadline = time.monotonic() + _TIMEOUT
        while time.monotonic() < deadline:
            found = self._client.describe_stacks(StackName=stack)["Stacks"][0]
            status = found["StackStatus"]
            if status in wanted:
                return stack
            if not status.endswith("_IN_PROGRESS"):
                raise ServiceError("CloudFormation", self._reason(stack, seen) or f"the stack is {status}")
            time.sleep(_INTERVAL)
        raise ServiceError("CloudFormation", f"the stack was not done within {_TIMEOUT:.0f} s")

    def _reason(self, stack: str, seen: Set[str]) -> str:
        """The first failure of this operation."""
        failed = [
            it
            for it in self._all_events(stack)
            if it["ResourceStatus"].endswith("_FAILED") and it["EventId"] not in seen
        ]
        own = [it for it in failed if it["ResourceType"] == "AWS::CloudFormation::Stack"]
        failed = [it for it in failed if it not in own]
        if not failed:  # it was refused before any resource was tried
            return str(own[-1].get("ResourceStatusReason", "")) if own else ""
        first = failed[-1]
        return f"{first['LogicalResourceId']} ({first['ResourceType']}): {first.get('ResourceStatusReason', first['ResourceStatus'])}"

    def _events(self, stack: str) -> set[str]:
        return {item["EventId"] for item in self._all_events(stack)}

    def _all_events(self, stack: str) -> list[Document]:
        """Newest first: a rollback's stand before those of the failure, which may be pages away."""
        pages = self._client.get_paginator("describe_stack_events").paginate(StackName=stack)
        return [item for page in pages for item in page["StackEvents"]]

    def _local(self, url: str) -> str:
        bucket, key = place(url)
        return f"{self._endpoint}/{bucket}/{key}"


def place(url: str) -> tuple[str, str]:
    """(bucket, key) of a template's URL on S3, path style."""
    bucket, _, key = urlparse(url).path.lstrip("/").partition("/")
    return bucket, key


def _parameters(values: Mapping[str, str]) -> list[Document]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
