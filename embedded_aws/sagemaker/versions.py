"""Versions of pipelines: every change of one makes the next, and an execution can be started on any."""

from collections.abc import Iterator
from typing import Any

from embedded_aws.service import Call, Document, ServiceError
from embedded_aws.store import DocumentStore

_KIND = "PipelineVersion"
_OF_A_VERSION = ("PipelineDefinition", "RoleArn", "ParallelismConfiguration")


def note(store: DocumentStore, call: Call, pipeline: Document) -> None:
    """Number the pipeline as it now is, and keep it."""
    name = pipeline["PipelineName"]
    number = store.next_number(f"{_KIND}/{call.key(name)}")
    pipeline["PipelineVersionId"] = number
    kept = {member: pipeline[member] for member in _OF_A_VERSION if member in pipeline}
    document = kept | {"PipelineArn": pipeline["PipelineArn"], "CreationTime": pipeline["LastModifiedTime"]}
    store.put(_KIND, f"{call.key(name)}/{number:08d}", document | {"PipelineVersionId": number})


def at(store: DocumentStore, call: Call, pipeline: Document, version: int | None) -> Document:
    """The pipeline as it was in a version; as it is without one.

    Raises:
        ServiceError: it has no such version.
    """
    if version is None:
        return pipeline
    found = store.get(_KIND, f"{call.key(pipeline['PipelineName'])}/{int(version):08d}")
    if found is None:
        raise ServiceError("ResourceNotFound", f"Pipeline {pipeline['PipelineName']} has no version {version}")
    return {
        **pipeline,
        **{member: found[member] for member in (*_OF_A_VERSION, "PipelineVersionId") if member in found},
    }


def every(store: DocumentStore, call: Call, name: str) -> list[dict[str, Any]]:
    """Of a pipeline, oldest first."""
    return [document for _, document in store.list(_KIND, f"{call.key(name)}/")]


def all_versions(store: DocumentStore, call: Call) -> Iterator[dict[str, Any]]:
    """Of every pipeline of the caller's account and region."""
    return (document for _, document in store.list(_KIND, call.key("")))


def forget(store: DocumentStore, call: Call, name: str) -> None:
    """Remove the versions of a pipeline that is deleted."""
    for key, _ in list(store.list(_KIND, f"{call.key(name)}/")):
        store.delete(_KIND, key)
