"""Pipelines, models, model package groups and tags: stored as the documents that Describe* returns."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from embedded_aws.sagemaker import versions
from embedded_aws.sagemaker.packages import ensure_deployable
from embedded_aws.sagemaker.paging import page
from embedded_aws.sagemaker.tags import put_tags
from embedded_aws.service import Call, Document, Handler, ServiceError, created_by
from embedded_aws.store import DocumentStore


@dataclass(frozen=True)
class Kind:
    """One kind of named resource: member names follow SageMaker's conventions."""

    name: str  # "Model"
    arn: str  # "model"
    created: str = "CreationTime"
    items: str = ""  # member of the List* answer
    deletable: Callable[[DocumentStore, Call, str], None] | None = None

    @property
    def name_member(self) -> str:
        """For example ``ModelName``."""
        return f"{self.name}Name"

    @property
    def arn_member(self) -> str:
        """For example ``ModelArn``."""
        return f"{self.name}Arn"


class Pipelines(Protocol):
    """What pipelines need of the executor."""

    def check_definition(self, text: str) -> None:
        """Raises ServiceError where a definition cannot run here."""

    def definition_at(self, call: Call, location: Document) -> str:
        """Text of a definition on S3."""

    def forget_pipeline(self, call: Call, name: str) -> None:
        """Remove the executions of a pipeline that is being deleted; raises ServiceError where one runs."""


def _group_is_empty(store: DocumentStore, call: Call, name: str) -> None:
    if any(True for _ in store.list("ModelPackage", call.key(f"{name}/"))):
        raise ServiceError("ConflictException", f"Model package group {name} still has versions: delete those first")


KINDS = (
    Kind("Model", "model", items="Models"),
    Kind("ModelPackageGroup", "model-package-group", items="ModelPackageGroupSummaryList", deletable=_group_is_empty),
    Kind("Pipeline", "pipeline", items="PipelineSummaries"),
)


class Resources:
    """Create, describe, list, delete for each kind; pipelines can be updated; tags on everything."""

    def __init__(self, store: DocumentStore, engine: Pipelines) -> None:
        self._store, self._engine = store, engine
        self.operations: Mapping[str, Handler] = dict(self._all())

    def _all(self) -> Iterator[tuple[str, Handler]]:
        for kind in KINDS:
            yield f"Create{kind.name}", self._bind(self._create, kind)
            yield f"Describe{kind.name}", self._bind(self._describe, kind)
            yield f"List{kind.name}s", self._bind(self._list, kind)
            yield f"Delete{kind.name}", self._bind(self._delete, kind)
        yield "UpdatePipeline", self._update_pipeline
        yield "AddTags", self._add_tags
        yield "ListTags", self._list_tags
        yield "DeleteTags", self._delete_tags

    @staticmethod
    def _bind(method: Callable[[Kind, Call], Document], kind: Kind) -> Handler:
        return lambda call: method(kind, call)

    def _create(self, kind: Kind, call: Call) -> Document:
        name, now = call.params[kind.name_member], time.time()
        document: Document = {key: value for key, value in call.params.items() if key != "Tags"}
        document |= {kind.arn_member: call.arn(f"{kind.arn}/{name}"), "CreationTime": now}
        if kind.name == "Pipeline":
            self._accept(call, document)
            document |= {"PipelineStatus": "Active", "LastModifiedTime": now}
        if kind.name == "Model":
            ensure_deployable(self._store, call, document)
        if kind.name == "ModelPackageGroup":
            document |= {"ModelPackageGroupStatus": "Completed", "CreatedBy": created_by(call)}
        if not self._store.create(kind.name, call.key(name), document):
            raise ServiceError("ValidationException", _taken(kind, name))
        if kind.name == "Pipeline":
            versions.note(self._store, call, document)
            self._store.put(kind.name, call.key(name), document)
        put_tags(self._store, document[kind.arn_member], call.params.get("Tags", []))
        return {kind.arn_member: document[kind.arn_member]}

    def _describe(self, kind: Kind, call: Call) -> Document:
        found = self._find(kind, call)
        wanted = call.params.get("PipelineVersionId") if kind.name == "Pipeline" else None
        return versions.at(self._store, call, found, wanted)

    def _find(self, kind: Kind, call: Call) -> Document:
        name = call.named(kind.name_member, kind.arn)
        document = self._store.get(kind.name, call.key(name))
        if document is None:
            code = "ResourceNotFound" if kind.name == "Pipeline" else "ValidationException"
            raise ServiceError(code, f"{kind.name} {name} does not exist")
        return document

    def _list(self, kind: Kind, call: Call) -> Document:
        wanted = call.params.get("NameContains") or call.params.get("PipelineNamePrefix") or ""
        found = [item for _, item in self._store.list(kind.name, call.key("")) if wanted in item[kind.name_member]]
        return page(call, found, kind.items, default_sort="CreationTime", name=kind.name_member)

    def _delete(self, kind: Kind, call: Call) -> Document:
        document = self._find(kind, call)
        name = document[kind.name_member]
        if kind.deletable is not None:
            kind.deletable(self._store, call, name)
        if kind.name == "Pipeline":
            self._engine.forget_pipeline(call, name)
            versions.forget(self._store, call, name)
        self._store.delete(kind.name, call.key(name))
        self._store.delete("Tags", document[kind.arn_member])
        return {kind.arn_member: document[kind.arn_member]}

    def _update_pipeline(self, call: Call) -> Document:
        kind = KINDS[2]
        document = self._find(kind, call)
        changed = document | {key: value for key, value in call.params.items() if key != kind.name_member}
        self._accept(call, changed)
        changed |= {"LastModifiedTime": time.time()}
        versions.note(self._store, call, changed)
        self._store.put("Pipeline", call.key(document["PipelineName"]), changed)
        return {"PipelineArn": document["PipelineArn"]}

    def _accept(self, call: Call, document: Document) -> None:
        """Take the definition from S3 where it lies there; refuse one that cannot run."""
        place = call.params.get("PipelineDefinitionS3Location")
        if place is not None and "PipelineDefinition" in call.params:
            raise ServiceError(
                "ValidationException", "give PipelineDefinition or PipelineDefinitionS3Location, not both"
            )
        if place is not None:
            document["PipelineDefinition"] = self._engine.definition_at(call, place)
            del document["PipelineDefinitionS3Location"]
        if "PipelineDefinition" not in document:
            raise ServiceError("ValidationException", "PipelineDefinition or PipelineDefinitionS3Location is required")
        self._engine.check_definition(document["PipelineDefinition"])

    def _add_tags(self, call: Call) -> Document:
        put_tags(self._store, call.params["ResourceArn"], call.params["Tags"])
        return self._list_tags(call)

    def _list_tags(self, call: Call) -> Document:
        known = self._store.get("Tags", call.params["ResourceArn"]) or {}
        return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(known.items())]}

    def _delete_tags(self, call: Call) -> Document:
        dropped = set(call.params["TagKeys"])

        def change(known: Document) -> None:
            for key in dropped & set(known):
                del known[key]

        self._store.update("Tags", call.params["ResourceArn"], change)
        return {}


def _taken(kind: Kind, name: str) -> str:
    if kind.name == "Pipeline":  # the SDK's Pipeline.upsert looks for these very words
        rule = "Pipeline names must be unique within an AWS account and region."
        return f"{rule} Pipeline with name ({name}) already exists."
    return f"{kind.name} {name} already exists"
