"""Exports of stacks: one name once a region, and what another stack imports neither changes nor goes.

CloudFormation user guide, "Get exported outputs": "You can't delete a stack if another stack references one of its outputs", and an
output that is referenced cannot be modified or removed. A deletion is taken and ends at once: the stack is as it was, with the reason.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, helpers, stacks

from embedded_aws.ministack.query import parameters

Handle = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Any]]
_BEGIN = {"UpdateStack", "DeleteStack", "ExecuteChangeSet"}
_IMPORT_NOTHING = {"DELETE_COMPLETE", "ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"}
_MISSING = re.compile(r"Export '(.*)' not found", re.DOTALL)


def keeping_what_is_used(known: Handle) -> Handle:
    """A stack whose export another one imports is not deleted."""

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Any:
        given = parameters(headers, body, query)
        action, stack = given.get("Action"), handlers._resolve_stack(given.get("StackName", ""))
        if stack and action in _BEGIN:
            stack["StackStatusReason"] = ""  # that of the operation before
        deleted = stack if action == "DeleteStack" and not (stack or {}).get("EnableTerminationProtection") else None
        refusal = _used(deleted) if deleted else ""
        if not stack or not refusal:
            return await known(method, path, headers, body, query)
        stack["StackStatusReason"] = refusal
        name, id_ = stack["StackName"], stack["StackId"]
        stacks._add_event(id_, name, name, "AWS::CloudFormation::Stack", stack["StackStatus"], refusal, id_)
        return helpers._xml(200, "DeleteStackResponse", "")

    return handle


def outputs(known: Callable[..., Any]) -> Callable[..., Any]:
    """What an operation wants to export, once all its resources are made: refused, or published without what it no longer exports."""

    def resolve(*given: Any) -> Any:
        found, wanted = known(*given)
        id_ = given[-1]
        _unique(wanted, id_)
        earlier = {key: item for key, item in cloudformation._exports.items() if item["StackId"] == id_}
        for export, item in earlier.items():
            if export not in wanted:
                _unused(export, "deleted")
            elif wanted[export]["Value"] != item["Value"]:
                _unused(export, "updated")
        for export in set(earlier) - set(wanted):
            cloudformation._exports.pop(export, None)
        return found, wanted

    return resolve


def imports(known: Callable[..., Any]) -> Callable[..., Any]:
    """An import of what nobody exports, in CloudFormation's words."""

    def resolve(*given: Any) -> Any:
        try:
            return known(*given)
        except ValueError as error:
            match = _MISSING.fullmatch(str(error))
            if match is None:
                raise
            raise ValueError(f"No export named {match[1]} found") from error

    return resolve


def _unique(wanted: Mapping[str, Any], id_: str) -> None:
    for export in wanted:
        there = cloudformation._exports.get(export)
        if there is not None and there["StackId"] != id_:
            raise ValueError(f"Export with name {export} is already exported by stack {there['StackId'].split('/')[1]}")


def _used(stack: Mapping[str, Any]) -> str:
    """Why the stack cannot go; empty where it can."""
    for output in stack.get("Outputs", []):
        try:
            if output.get("ExportName"):
                _unused(output["ExportName"], "deleted")
        except ValueError as error:
            return str(error)
    return ""


def _unused(export: str, what: str) -> None:
    importers = sorted(_importers(export))
    if importers:
        raise ValueError(f"Export {export} cannot be {what} as it is in use by {' and '.join(importers)}")


def _importers(export: str) -> Iterator[str]:
    for name, stack in cloudformation._stacks.items():
        if stack.get("StackStatus") not in _IMPORT_NOTHING and export in handlers._imported_export_names(stack, name):
            yield name
