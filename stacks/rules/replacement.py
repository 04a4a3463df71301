"""Rules between one version of a template and the next: what holds something stays the same thing.

CloudFormation replaces a resource whose create-only properties change (the registry's schemas list them), or whose logical id does: an
empty one is made, and what the old one holds is deleted or left behind. Equal is what means the same (``stacks.rules.meaning``).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from stacks.rules.findings import Finding, Template
from stacks.rules.meaning import exists_when, meaning, references

STATEFUL = frozenset(
    {
        "AWS::CodeCommit::Repository",
        "AWS::DynamoDB::Table",
        "AWS::ECR::Repository",
        "AWS::EFS::FileSystem",
        "AWS::Glue::Database",
        "AWS::KMS::Key",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::S3::Bucket",
        "AWS::SageMaker::FeatureGroup",
        "AWS::SageMaker::MlflowApp",
        "AWS::SageMaker::ModelPackageGroup",
    }
)
# what the registry does not list. A key's: the update fails (CloudFormation Template Reference, AWS::KMS::Key, "Important"). A
# repository's name: addresses and ARN change, clones and policies lose it (CodeCommit User Guide, change repository settings). A
# database's older form of its name
_BESIDES: Mapping[str, tuple[str, ...]] = {
    "AWS::KMS::Key": ("KeySpec", "KeyUsage", "MultiRegion", "Origin"),
    "AWS::CodeCommit::Repository": ("RepositoryName",),
    "AWS::Glue::Database": ("DatabaseInput/Name",),
}
_DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "AWS::KMS::Key": {
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "MultiRegion": "false",
        "Origin": "AWS_KMS",
    }
}
RULE = "replaced"
Identity = Mapping[str, Any]
Version = tuple[str, Template]  # its name, for example v2


def stateful(template: Template) -> dict[str, Identity]:
    """Logical id -> what makes each resource that holds something the one that it is."""
    found = template.get("Resources", {})
    return {id_: identity(template, id_) for id_, it in found.items() if it["Type"] in STATEFUL}


def identity(template: Template, logical_id: str) -> Identity:
    """Type, condition and create-only properties; a resource that one of them refers to stands for its own identity."""
    resource = template["Resources"][logical_id]
    kind, given = resource["Type"], resource.get("Properties", {})
    values = dict(_DEFAULTS.get(kind, {}))
    for path in _create_only(kind, given):
        value = _at(given, path)
        if value is not None and value != {"Ref": "AWS::NoValue"}:
            values[path] = _identified(meaning(value, template), template, logical_id)
    return {"type": kind, "when": exists_when(template, logical_id), **values}


def changes(old: Mapping[str, Identity], new: Mapping[str, Identity]) -> Iterator[Finding]:
    """What of the old ones is not the same any more."""
    for logical_id, before in old.items():
        after = new.get(logical_id)
        if after is None:
            words = f"{before['type']}: is gone or has another logical id: what it holds is deleted or left behind"
            yield Finding(RULE, logical_id, words)
        elif after["type"] != before["type"]:
            yield Finding(RULE, logical_id, f"{before['type']} becomes {after['type']}")
        else:
            other = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
            if other:
                named = ", ".join("its condition" if name == "when" else name for name in other)
                yield Finding(RULE, logical_id, f"{before['type']}: is replaced, since {named} changes")


def between(product: str, versions: Sequence[Version]) -> Iterator[tuple[str, Finding]]:
    """(waiver that would let it through, finding) of each version and the one after it, oldest first."""
    for (name, old), (_, new) in pairwise(versions):
        for finding in changes(stateful(old), stateful(new)):
            yield f"{product}.{name}/{finding.resource}", finding


def since(known: Mapping[str, Identity], stacks: Mapping[str, Template]) -> Iterator[tuple[str, Finding]]:
    """The same of the platform's stacks, whose resources are ``known`` by ``stack/logical id``."""
    now = {f"{stack}/{id_}": it for stack, template in stacks.items() for id_, it in stateful(template).items()}
    for finding in changes(known, now):
        words = f"{finding.message} (where no account has it yet, take its line out of stacks/stateful.lock)"
        yield finding.resource, finding._replace(message=words)


def unwaived(found: Sequence[tuple[str, Finding]], waivers: Mapping[str, str]) -> Iterator[Finding]:
    """Findings without a waiver, and waivers without a reason or without a finding."""
    yield from (finding._replace(resource=name) for name, finding in found if name not in waivers)
    for name, reason in waivers.items():
        if name not in {name for name, _ in found}:
            yield Finding(RULE, name, "is waived, and nothing replaces it: remove the waiver")
        elif len(reason.split()) < 4:
            yield Finding(RULE, name, "is waived without a reason: say in a sentence what becomes of what it holds")


def _create_only(kind: str, given: Mapping[str, Any]) -> list[str]:
    """Of a type whose schema is not here, every property: better too careful."""
    known = _schemas().get(kind)
    if known is None:
        return [*given, *_BESIDES.get(kind, ())]
    listed = json.loads(known).get("createOnlyProperties", ())
    return [*(path.removeprefix("/properties/") for path in listed), *_BESIDES.get(kind, ())]


@cache
def _schemas() -> Mapping[str, str]:
    """The registry's schema of each type, as text."""
    text = files("embedded_aws.cloudformation").joinpath("schemas.txt").read_text()
    return dict(line.split(" ", 1) for line in text.splitlines())


def _at(value: Any, path: str) -> Any:
    for name in path.split("/"):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _identified(value: Any, template: Template, logical_id: str) -> Any:
    """The value with the identities of the resources that it refers to: where one of them is replaced, so is what names it."""
    made = template["Resources"]
    named = sorted({name for name in references(value) if name in made and name != logical_id})
    return {"value": value, "of": {name: identity(template, name) for name in named}} if named else value
