"""Every permission that the templates give, one sorted line each: the text of ``permissions.lock``, which reviews compare."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from stacks.rules.findings import Template, listed, resources, statements, text


def lines(templates: Mapping[str, Template]) -> list[str]:
    """``template | role | effect | action | resource | condition`` for every statement of every identity policy."""
    found = {line for name, template in templates.items() for line in _template(name, template)}
    return sorted(found)


def _template(name: str, template: Template) -> Iterator[str]:
    short = name.removesuffix(".template.json").removesuffix(".product")
    for _, properties in resources(template, "AWS::IAM::Role"):
        role = text(properties["RoleName"])
        trust = properties["AssumeRolePolicyDocument"]
        yield from (f"{short} | {role} | {line}" for item in statements(trust) for line in _trust(item))
        for policy in properties.get("Policies", []):
            document = policy["PolicyDocument"]
            yield from (f"{short} | {role} | {line}" for item in statements(document) for line in _statement(item))
    for _, properties in resources(template, "AWS::S3::BucketPolicy"):
        found = statements(properties["PolicyDocument"])
        yield from (f"{short} | bucket policy | {line}" for item in found for line in _statement(item))
    for _, properties in resources(template, "AWS::IAM::ManagedPolicy"):
        policy = text(properties["ManagedPolicyName"])
        found = statements(properties["PolicyDocument"])
        yield from (f"{short} | {policy} | {line}" for item in found for line in _statement(item))


def _trust(statement: Mapping[str, Any]) -> Iterator[str]:
    for kind, principal in sorted(statement["Principal"].items()):
        for item in listed(principal):
            for action in listed(statement["Action"]):
                yield f"{statement['Effect']} | {action} | by {kind} {text(item)} | {_condition(statement)}"


def _statement(statement: Mapping[str, Any]) -> Iterator[str]:
    for action in listed(statement["Action"]):
        for resource in listed(statement.get("Resource")):
            yield f"{statement['Effect']} | {action} | {text(resource)} | {_condition(statement)}"
        for resource in listed(statement.get("NotResource")):
            yield f"{statement['Effect']} | {action} | all but {text(resource)} | {_condition(statement)}"


def _condition(statement: Mapping[str, Any]) -> str:
    return json.dumps(_plain(statement["Condition"]), sort_keys=True) if "Condition" in statement else "-"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping) and len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref")):
        return text(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
