"""Which data made this model, which models used this data: both from the model registry's own metadata.

A model version carries ``dataset_id`` (``name@<id>``) in its CustomerMetadataProperties, so the answer does not depend on the
data set registry's notes; those add the trainings that gave no model.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from mlops.aws import Aws
from mlops.datasets.registry import Registry, Version
from mlops.errors import RefusedInput


@dataclass(frozen=True)
class Model:
    """A model version that was trained on the data."""

    group: str
    version: int
    status: str
    created_at: str
    run: str


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
        models=tuple(it for it, properties in _models(aws) if properties.get("dataset_id") == version.id),
        trainings=tuple(registry.uses(version)),
    )


def of_model(aws: Aws, group: str, number: int) -> Lineage:
    """The lineage of the data that a model version was trained on.

    Raises:
        RefusedInput: there is no such model version, or its data are not in the registry.
    """
    for model, properties in _models(aws):
        if (model.group, model.version) == (group, number):
            identifier = properties.get("dataset_id", "")
            if "@" not in identifier:
                raise RefusedInput(
                    f"model {group} version {number}: trained on a folder ({identifier}), not on a registered data set"
                )
            return of_version(aws, identifier)
    raise RefusedInput(f"model {group} has no version {number}")


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


def _models(aws: Aws) -> Iterator[tuple[Model, dict[str, str]]]:
    """All model versions of the account with their metadata, oldest first."""
    sagemaker = aws.client("sagemaker")
    groups = sagemaker.get_paginator("list_model_package_groups").paginate()
    names = [it["ModelPackageGroupName"] for page in groups for it in page["ModelPackageGroupSummaryList"]]
    for name in sorted(names):
        pages = sagemaker.get_paginator("list_model_packages").paginate(
            ModelPackageGroupName=name, SortBy="CreationTime", SortOrder="Ascending"
        )
        for summary in (it for page in pages for it in page["ModelPackageSummaryList"]):
            package = sagemaker.describe_model_package(ModelPackageName=summary["ModelPackageArn"])
            properties = package.get("CustomerMetadataProperties", {})
            yield _model(name, package, properties), properties


def _model(group: str, package: dict[str, Any], properties: dict[str, str]) -> Model:
    return Model(
        group,
        int(package["ModelPackageVersion"]),
        str(package["ModelApprovalStatus"]),
        package["CreationTime"].isoformat(timespec="seconds"),
        properties.get("pipeline_execution_arn", ""),
    )
