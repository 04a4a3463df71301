"""Create, update and delete handlers in the form in which the CloudFormation engine calls them, on its event loop: in process, no HTTP."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from embedded_aws.cloudformation.codecommit import CODECOMMIT
from embedded_aws.cloudformation.codepipeline import CODEPIPELINE
from embedded_aws.cloudformation.sagemaker import SAGEMAKER
from embedded_aws.cloudformation.servicecatalog import SERVICECATALOG, bring_versions
from embedded_aws.cloudformation.types import Context, Params, Type
from embedded_aws.cloudformation.values import to_request
from embedded_aws.service import Document, ServiceError
from embedded_aws.shapes import service_model

Result = tuple[str, Document]
NewContext = Callable[[str, str], Context]  # stack name, logical id
TYPES: tuple[Type, ...] = (*SAGEMAKER, *SERVICECATALOG, *CODECOMMIT, *CODEPIPELINE)


class Provisioner:
    """Handlers of one type."""

    def __init__(self, kind: Type, context: NewContext) -> None:
        self.kind, self._context = kind, context

    def create(self, logical_id: str, properties: Params, stack_name: str) -> Result:
        """Make the resource; (physical id, attributes)."""
        context = self._context(stack_name, logical_id)
        request = self.kind.request(properties, context)
        answer = self._call(context, self.kind.create, request)
        physical = self.kind.reference(request, answer)
        try:
            self.kind.complete(properties, context)
            versions = self._versions(physical, properties, context)
        except Exception:
            self.delete(physical, properties)  # the engine knows nothing of it yet
            raise
        return physical, {**self.kind.attributes(physical, properties, context), **versions}

    def update(self, physical: str, old: Params, new: Params, stack_name: str, logical_id: str = "") -> Result:
        """Change it in place; create-only properties never get here (the engine replaces instead)."""
        context = self._context(stack_name, logical_id or physical)
        if self.kind.update and _without_tags(old) != _without_tags(new):
            change = self.kind.change or self.kind.request
            self._call(context, self.kind.update, {**self._named(physical, new), **change(new, context)})
        elif not self.kind.update and _without_tags(old) != _without_tags(new):
            raise ValueError(f"{self.kind.name} cannot be changed in place")
        attributes = self.kind.attributes(physical, new, context)
        return physical, {**attributes, **self._versions(physical, new, context)}

    def _named(self, physical: str, properties: Params) -> Document:
        """What names the resource in an update; some operations take the name within the description only."""
        known = {name.lower() for name in _input(self.kind.service, self.kind.update).members}
        return {key: item for key, item in self.kind.identity(physical, properties).items() if key.lower() in known}

    def delete(self, physical: str, properties: Params) -> None:
        """Remove it; fine where it has gone already."""
        context = self._context("", "")
        try:
            self._call(context, self.kind.delete, self.kind.identity(physical, properties))
        except ValueError as error:
            if not _is_gone(error.__cause__):
                raise

    def _versions(self, physical: str, properties: Params, context: Context) -> Document:
        wanted = properties.get("ProvisioningArtifactParameters")
        return bring_versions(physical, wanted, context) if wanted and self.kind.service == "servicecatalog" else {}

    def _call(self, context: Context, operation: str, request: Mapping[str, Any]) -> Document:
        shape = _input(self.kind.service, operation)
        try:
            return context.call(self.kind.service, operation, {**_tokens(shape), **to_request(shape, request)})
        except ServiceError as error:
            raise ValueError(f"{self.kind.name}: {error.message} ({error.code})") from error


def _input(service: str, operation: str) -> Any:
    return service_model(service).operation_model(operation).input_shape


def _tokens(shape: Any) -> Document:
    """A fresh idempotency token where the operation has one: clients of AWS add it by themselves."""
    members = shape.members.items()
    return {name: uuid.uuid4().hex for name, member in members if member.metadata.get("idempotencyToken")}


def _without_tags(properties: Params) -> Document:
    return {key: value for key, value in properties.items() if key != "Tags"}


def _is_gone(error: BaseException | None) -> bool:
    missing = isinstance(error, ServiceError) and (
        "NotFound" in error.code or "DoesNotExist" in error.code or "does not exist" in error.message
    )
    return bool(missing)
