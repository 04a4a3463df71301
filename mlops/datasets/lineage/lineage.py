"""Which data made this model, which models used this data: from the model registry's own metadata and SageMaker lineage.

A model version carries ``dataset_id`` (``name@<id>``) in its CustomerMetadataProperties, so the answer does not depend on the
data set registry's notes; those add the trainings that gave no model. Each model says which of the two sources know of it.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from mlops.aws import Aws, listed
from mlops.datasets.lineage.trace import Trace
from mlops.datasets.registry.registry import Registry, Version
from mlops.errors import RefusedInput


@dataclass(frozen=True)
class Model:
    """A model version that was trained on the data."""

    group: str
    version: int
    status: str
    created_at: str
    run: str
    known_from: tuple[str, ...]


@dataclass(frozen=True)
class Lineage:
    """Upstream (source, ancestors) and downstream (descendants, models, trainings) of a version."""

    version: str
    id: str
    source: dict[str, Any]
    ancestors: tuple[str, ...]
    descendants: tuple[str, ...]
    models: tuple[Model, ...]
    trainings: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def of_version(aws: Aws, reference: str) -> Lineage:
    """The lineage of a data set version."""
    registry = Registry(aws)
    version = registry.find(reference)
    family = registry.versions(version.manifest.name)
    return Lineage(
        version=str(version),
        id=version.id,
        source=asdict(version.manifest.source),
        ancestors=tuple(_ancestors(version, family)),
        descendants=tuple(_descendants(version, family)),
        models=tuple(_trained_on(aws, version)),
        trainings=tuple(registry.uses(version)),
    )


def of_model(aws: Aws, group: str, number: int) -> Lineage:
    """The lineage of the data that a model version was trained on.

    Raises:
        RefusedInput: there is no such model version, or its data are not in the registry.
    """
    found = next((it for it in _packages(aws) if (_group(it), it["ModelPackageVersion"]) == (group, number)), None)
    if found is None:
        raise RefusedInput(f"model {group} has no version {number}")
    identifier = _dataset_id(found)
    if "@" not in identifier:
        raise RefusedInput(
            f"model {group} version {number}: trained on a folder ({identifier}), not on a registered data set"
        )
    return of_version(aws, identifier)


def readable(registry: Registry, identifier: str) -> str:
    """``name@v2 (<id>)`` for the ``name@<id>`` that models remember; as it is where it names no version of the registry."""
    if "@" not in identifier:
        return identifier
    try:
        version = registry.find(identifier)
    except RefusedInput:
        return f"{identifier} (not in the registry any more)"
    return f"{version} ({version.manifest.id})"


def _ancestors(version: Version, family: list[Version]) -> Iterator[str]:
    """Parent, its parent, and so on; the chain is as long as the data set has versions at most."""
    by_id = {it.id: it for it in family}
    parent = by_id.get(version.manifest.parent)
    seen: set[str] = set()
    while parent is not None and parent.id not in seen:
        seen.add(parent.id)
        yield str(parent)
        parent = by_id.get(parent.manifest.parent)


def _descendants(version: Version, family: list[Version]) -> Iterator[str]:
    found = {version.id}
    for it in family:
        if it.manifest.parent in found and it.id not in found:
            found.add(it.id)
            yield str(it)


def _trained_on(aws: Aws, version: Version) -> Iterator[Model]:
    """Models of the version, by group and number: what the model registry says, what lineage says."""
    traced = set(Trace(aws).models(version))
    for package in _packages(aws):
        known = {"registry": _dataset_id(package) == version.id, "lineage": package["ModelPackageArn"] in traced}
        if any(known.values()):
            yield _model(package, tuple(name for name, says in known.items() if says))


def _packages(aws: Aws) -> Iterator[dict[str, Any]]:
    """All model versions of the account, by group, oldest first."""
    sagemaker = aws.client("sagemaker")
    groups = listed(sagemaker, "list_model_package_groups", "ModelPackageGroupSummaryList")
    operation, members = "list_model_packages", "ModelPackageSummaryList"
    oldest_first = {"SortBy": "CreationTime", "SortOrder": "Ascending"}
    for name in sorted(group["ModelPackageGroupName"] for group in groups):
        for summary in listed(sagemaker, operation, members, ModelPackageGroupName=name, **oldest_first):
            yield dict(sagemaker.describe_model_package(ModelPackageName=summary["ModelPackageArn"]))


def _dataset_id(package: dict[str, Any]) -> str:
    return str(package.get("CustomerMetadataProperties", {}).get("dataset_id", ""))


def _group(package: dict[str, Any]) -> str:
    return str(package["ModelPackageGroupName"])


def _model(package: dict[str, Any], known_from: tuple[str, ...]) -> Model:
    return Model(
        _group(package),
        int(package["ModelPackageVersion"]),
        str(package["ModelApprovalStatus"]),
        package["CreationTime"].isoformat(timespec="seconds"),
        package.get("CustomerMetadataProperties", {}).get("pipeline_execution_arn", ""),
        known_from,
    )
