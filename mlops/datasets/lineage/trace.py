"""SageMaker lineage of data set versions: data -> training run -> model version, as entities that Studio and QueryLineage show.

SageMaker makes entities for what its jobs read and write by itself; where there is one of the same source, ours are that one.
"""

import re
from collections.abc import Iterator
from typing import Any

from mlops.aws import Aws, listed
from mlops.datasets.registry.registry import Version

_DATA, _RUN, _MODEL = "DataSet", "ModelTraining", "Model"
_PACKAGE = ":model-package/"
_PAGE = 50


class Trace:
    """Lineage as one identity writes and reads it."""

    def __init__(self, aws: Aws) -> None:
        self._sagemaker = aws.client("sagemaker")

    def data_of(self, version: Version) -> str:
        """ARN of the version's entity; made where there is none."""
        return self._artifact(version.uri, _DATA, str(version).replace("@", "-"), {"dataset_id": version.id})

    def started(self, version: Version, run: str) -> None:
        """A training run (its execution's ARN) uses the version."""
        action = self._sagemaker.create_action(
            ActionName=_action(run),
            Source={"SourceUri": run},
            ActionType=_RUN,
            Properties={"dataset_id": version.id},
        )["ActionArn"]
        self._associate(self.data_of(version), action, "ContributedTo")

    def registered(self, run: str, package: str) -> None:
        """The run has registered a model version; nothing to say where it did not use a registered version."""
        found = self._sagemaker.list_actions(SourceUri=run, ActionType=_RUN)["ActionSummaries"]
        for action in found:
            label = re.sub(r"[^A-Za-z0-9]+", "-", package.partition(_PACKAGE)[2])
            self._associate(action["ActionArn"], self._artifact(package, _MODEL, label, {}), "Produced")

    def models(self, version: Version) -> list[str]:
        """ARNs of the model versions that come from the version, as lineage has it."""
        return sorted(uri for uri in self._sources(version.uri, "Descendants") if _PACKAGE in uri)

    def data(self, package: str) -> list[str]:
        """URIs of the data that a model version comes from, as lineage has it."""
        return sorted(uri for uri in self._sources(package, "Ascendants") if uri.startswith("s3://"))

    def _artifact(self, uri: str, kind: str, name: str, properties: dict[str, str]) -> str:
        known = self._artifacts(uri)
        if known:
            return known[0]
        made = self._sagemaker.create_artifact(
            ArtifactName=name, ArtifactType=kind, Source={"SourceUri": uri}, Properties=properties
        )
        return str(made["ArtifactArn"])

    def _artifacts(self, uri: str) -> list[str]:
        known = {"SourceUri": uri, "SortOrder": "Ascending"}
        return [it["ArtifactArn"] for it in listed(self._sagemaker, "list_artifacts", "ArtifactSummaries", **known)]

    def _associate(self, source: str, destination: str, kind: str) -> None:
        known = self._sagemaker.list_associations(SourceArn=source, DestinationArn=destination)
        if not known["AssociationSummaries"]:
            self._sagemaker.add_association(SourceArn=source, DestinationArn=destination, AssociationType=kind)

    def _sources(self, uri: str, direction: str) -> set[str]:
        """Source URIs of the artifacts that lead to (or come from) those of ``uri``."""
        starts = self._artifacts(uri)
        found = {arn for arn in self._query(starts, direction) if arn not in starts} if starts else set()
        return {self._sagemaker.describe_artifact(ArtifactArn=arn)["Source"]["SourceUri"] for arn in found}

    def _query(self, starts: list[str], direction: str) -> Iterator[str]:
        asked: dict[str, Any] = {"StartArns": starts, "Direction": direction, "MaxResults": _PAGE}
        asked["Filters"] = {"LineageTypes": ["Artifact"]}
        while True:
            answer = self._sagemaker.query_lineage(**asked, IncludeEdges=False)
            yield from (it["Arn"] for it in answer.get("Vertices", []))
            if not answer.get("NextToken"):
                return
            asked["NextToken"] = answer["NextToken"]


def _action(run: str) -> str:
    """A run's name in lineage: pipeline and execution."""
    pipeline, _, execution = run.partition(":pipeline/")[2].partition("/execution/")
    return f"{pipeline}-{execution}"
