"""Rules on who is kept apart from whom: those who train from those who decide, and a project from one whose name begins alike."""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from stacks.rules.findings import Finding, Template, listed, resources, statements, text
from stacks.rules.iam import identity

_ALIKE = re.compile(r"\$\{(?:SageMakerProjectName|ModelPackageGroup)\}[^/:]*[*?]")
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_ACCOUNT = re.compile(r"\d{12}")
_STATUS = "sagemaker:modelapprovalstatus"
_NAME = "ward"  # of a project, in the samples
_SAMPLES = {  # action -> what it is done to, where it leads to a training or tells one what to run on
    "sagemaker:StartPipelineExecution": f"arn:aws:sagemaker:r:a:pipeline/{_NAME}-training",
    "sagemaker:RetryPipelineExecution": f"arn:aws:sagemaker:r:a:pipeline/{_NAME}-training/execution/x",
    "codepipeline:StartPipelineExecution": f"arn:aws:codepipeline:r:a:{_NAME}-delivery",
    "codecommit:GitPush": f"arn:aws:codecommit:r:a:{_NAME}-code",
    "codecommit:PutFile": f"arn:aws:codecommit:r:a:{_NAME}-code",
    "s3:PutObject": f"arn:aws:s3:::mlops-{_NAME}-data-a/datasets/d/t.csv",
}
_RUNS = f"arn:aws:s3:::mlops-{_NAME}-artifacts-a/runs/x/model/model.tar.gz"
_DECISIONS = {
    "sagemaker:UpdateModelPackage": f"arn:aws:sagemaker:r:a:model-package/{_NAME}/1",
    "sagemaker:CreateModelPackage": f"arn:aws:sagemaker:r:a:model-package/{_NAME}/1",
    "codepipeline:PutApprovalResult": f"arn:aws:codepipeline:r:a:{_NAME}-delivery/Release/Approve",
}


def exact_names(template: Template) -> Iterator[Finding]:
    """What belongs to a project is named exactly: ``a-*`` is also what belongs to a project ``a-b``."""
    for logical_id, _, statement in identity(template):
        if statement.get("Effect") == "Allow":
            yield from _alike(logical_id, statement)
    for logical_id, properties in resources(template, "AWS::S3::BucketPolicy", "AWS::KMS::Key"):
        for statement in statements(properties.get("PolicyDocument", properties.get("KeyPolicy"))):
            yield from _alike(logical_id, statement)


def _alike(logical_id: str, statement: Mapping[str, Any]) -> Iterator[Finding]:
    conditions = [item for block in statement.get("Condition", {}).values() for item in block.values()]
    for item in [*listed(statement.get("Resource")), *(it for value in conditions for it in listed(value))]:
        if _ALIKE.search(text(item)):
            yield Finding("exact-names", logical_id, f"{text(item)}: reaches projects whose names begin alike")


def four_eyes(template: Template) -> Iterator[Finding]:
    """No role both leads to a training and decides on what comes of it; denials do not count, since they are the second lock."""
    held: dict[str, list[Mapping[str, Any]]] = {}
    for logical_id, properties, statement in identity(template):
        if statement.get("Effect") == "Allow" and "ManagedPolicyName" not in properties:
            held.setdefault(logical_id, []).append(statement)
    for logical_id, allows in held.items():
        feeds = [action for action, sample in _SAMPLES.items() if _any(allows, action, sample)]
        feeds += ["s3:PutObject"] if _any(allows, "s3:PutObject", _RUNS) else []
        decides = [action for action, sample in _DECISIONS.items() if _any(_deciding(allows, action), action, sample)]
        if feeds and decides:
            yield Finding(
                "four-eyes", logical_id, f"may both {', '.join(dict.fromkeys(feeds))} and {', '.join(decides)}"
            )


def _deciding(allows: list[Mapping[str, Any]], action: str) -> list[Mapping[str, Any]]:
    """Those that let a caller set an approval: not with a condition that there is none, or that it is pending."""
    if not action.startswith("sagemaker:"):
        return allows
    return [item for item in allows if not _undecided(item.get("Condition", {}))]


def _undecided(conditions: Mapping[str, Any]) -> bool:
    for operator, wanted in (("Null", ["true"]), ("StringEquals", ["PendingManualApproval"])):
        block = {key.lower(): listed(value) for key, value in conditions.get(operator, {}).items()}
        if block.get(_STATUS) == wanted:
            return True
    return False


def _any(allows: list[Mapping[str, Any]], action: str, sample: str) -> bool:
    return any(
        _like(action.lower(), [text(it).lower() for it in listed(item.get("Action"))])
        and _like(sample, [_pattern(it) for it in listed(item.get("Resource"))])
        for item in allows
    )


def _like(value: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(value, pattern.replace("[", "[[]")) for pattern in patterns)


def _pattern(resource: Any) -> str:
    """The text with every variable, region and account as any text, but the project's name."""
    named = _ACCOUNT.sub("*", _VARIABLE.sub("*", text(resource).replace("${SageMakerProjectName}", _NAME)))
    parts = named.split(":", 5)
    return named if len(parts) < 6 else ":".join([*parts[:3], "*", "*", parts[5]])
