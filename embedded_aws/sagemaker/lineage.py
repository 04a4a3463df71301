"""Lineage: artifacts, actions, and the associations between them; QueryLineage walks these.

As on AWS, artifacts have ARNs of their own making, actions are named by their users, and entities with associations stay.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from embedded_aws.sagemaker.paging import page
from embedded_aws.sagemaker.tags import put_tags
from embedded_aws.service import Call, Document, Handler, ServiceError
from embedded_aws.store import DocumentStore

_DEEPEST = 10
_LINEAGE_TYPES = {"artifact": "Artifact", "action": "Action"}


@dataclass(frozen=True)
class _Entity:
    """One kind of entity and the names of its members."""

    name: str  # "Artifact"

    @property
    def arn(self) -> str:
        return f"{self.name}Arn"

    @property
    def kind(self) -> str:
        return f"{self.name}Type"

    @property
    def label(self) -> str:
        return f"{self.name}Name"


_ARTIFACT, _ACTION = _Entity("Artifact"), _Entity("Action")


class Lineage:
    """Operations on artifacts, actions and associations."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self.operations: Mapping[str, Handler] = {
            "CreateArtifact": lambda call: self._create(_ARTIFACT, call, _artifact_id(call, store)),
            "CreateAction": lambda call: self._create(_ACTION, call, str(call.params["ActionName"]).lower()),
            "DescribeArtifact": lambda call: self._find(call, call.params["ArtifactArn"]),
            "DescribeAction": lambda call: self._find(call, _action_arn(call)),
            "ListArtifacts": lambda call: self._list(_ARTIFACT, call),
            "ListActions": lambda call: self._list(_ACTION, call),
            "DeleteArtifact": self._delete_artifact,
            "DeleteAction": lambda call: self._delete(_ACTION, call, _action_arn(call)),
            "AddAssociation": self._associate,
            "DeleteAssociation": self._dissociate,
            "ListAssociations": self._associations,
            "QueryLineage": self._query,
        }

    def _create(self, entity: _Entity, call: Call, identifier: str) -> Document:
        arn, now = call.arn(f"{entity.name.lower()}/{identifier}"), time.time()
        document = {key: value for key, value in call.params.items() if key != "Tags"}
        document |= {entity.arn: arn, "CreationTime": now, "LastModifiedTime": now}
        if not self._store.create("LineageEntity", arn, document):
            raise ServiceError("ValidationException", f"{entity.name} {identifier} already exists")
        put_tags(self._store, arn, call.params.get("Tags", []))
        return {entity.arn: arn}

    def _find(self, call: Call, arn: str) -> Document:
        found = self._store.get("LineageEntity", arn)
        if found is None or not arn.startswith(call.arn("")):
            raise ServiceError("ResourceNotFound", f"{arn} does not exist")
        return found

    def _list(self, entity: _Entity, call: Call) -> Document:
        wanted, uri = call.params.get(entity.kind), call.params.get("SourceUri")
        found = [
            item
            for _, item in self._store.list("LineageEntity", call.arn(f"{entity.name.lower()}/"))
            if wanted in {None, item[entity.kind]} and uri in {None, item["Source"]["SourceUri"]}
        ]
        bounds = {"CreationTimeAfter": "CreatedAfter", "CreationTimeBefore": "CreatedBefore"}
        return page(
            _renamed(call, bounds),
            found,
            f"{entity.name}Summaries",
            default_sort="CreationTime",
            name=entity.label,
        )

    def _delete_artifact(self, call: Call) -> Document:
        if "ArtifactArn" in call.params:
            return self._delete(_ARTIFACT, call, call.params["ArtifactArn"])
        uri = (call.params.get("Source") or {}).get("SourceUri")
        named = [
            arn
            for arn, item in self._store.list("LineageEntity", call.arn("artifact/"))
            if item["Source"]["SourceUri"] == uri
        ]
        if len(named) != 1:
            raise ServiceError("ValidationException", f"{len(named)} artifacts have the source {uri}: give ArtifactArn")
        return self._delete(_ARTIFACT, call, named[0])

    def _delete(self, entity: _Entity, call: Call, arn: str) -> Document:
        self._find(call, arn)
        if any(arn in {item["SourceArn"], item["DestinationArn"]} for item in self._edges(call)):
            raise ServiceError("ValidationException", f"{arn} has associations: delete those first")
        self._store.delete("LineageEntity", arn)
        return {entity.arn: arn}

    def _associate(self, call: Call) -> Document:
        ends = {name: call.params[name] for name in ("SourceArn", "DestinationArn")}
        for arn in ends.values():
            self._find(call, arn)
        document = {**call.params, "CreationTime": time.time()}
        if not self._store.create("LineageAssociation", _edge_key(call, **ends), document):
            raise ServiceError("ValidationException", "the association already exists")
        return ends

    def _dissociate(self, call: Call) -> Document:
        ends = {name: call.params[name] for name in ("SourceArn", "DestinationArn")}
        if not self._store.delete("LineageAssociation", _edge_key(call, **ends)):
            raise ServiceError("ResourceNotFound", "there is no such association")
        return ends

    def _associations(self, call: Call) -> Document:
        exact = ("SourceArn", "DestinationArn", "SourceType", "DestinationType", "AssociationType")
        found = [
            item
            for item in (self._described(call, edge) for edge in self._edges(call))
            if all(call.params.get(name) in {None, item.get(name)} for name in exact)
        ]
        bounds = {"CreationTimeAfter": "CreatedAfter", "CreationTimeBefore": "CreatedBefore"}
        sort = call.params.get("SortBy", "CreationTime")
        return page(_renamed(call, bounds), found, "AssociationSummaries", default_sort=sort)

    def _described(self, call: Call, edge: Document) -> Document:
        described = dict(edge)
        for end in ("Source", "Destination"):
            item = self._find(call, edge[f"{end}Arn"])
            entity = _ARTIFACT if "ArtifactArn" in item else _ACTION
            described[f"{end}Type"] = item[entity.kind]
            if entity.label in item:
                described[f"{end}Name"] = item[entity.label]
        return described

    def _edges(self, call: Call) -> list[Document]:
        return [item for _, item in self._store.list("LineageAssociation", call.key(""))]

    def _query(self, call: Call) -> Document:
        starts = call.params.get("StartArns") or []
        if not starts:
            raise ServiceError(
                "ValidationException", "not supported by the embedded AWS: QueryLineage without StartArns"
            )
        for arn in starts:
            self._find(call, arn)
        deepest = int(call.params.get("MaxDepth") or _DEEPEST)
        edges = list(_walk(self._edges(call), starts, call.params.get("Direction", "Both"), deepest))
        arns = dict.fromkeys([*starts, *(edge[end] for edge in edges for end in ("SourceArn", "DestinationArn"))])
        vertices = [vertex for vertex in map(self._vertex, arns) if _wanted(vertex, call.params.get("Filters") or {})]
        kept = {vertex["Arn"] for vertex in vertices}
        answer = page(call, vertices, "Vertices", default_sort="Arn")
        if call.params.get("IncludeEdges", True):
            answer["Edges"] = [it for it in edges if {it["SourceArn"], it["DestinationArn"]} <= kept]
        return answer

    def _vertex(self, arn: str) -> Document:
        item, kind = self._store.get("LineageEntity", arn) or {}, arn.split(":")[5].split("/", maxsplit=1)[0]
        lineage = _LINEAGE_TYPES[kind]
        return {"Arn": arn, "Type": item.get(f"{lineage}Type", ""), "LineageType": lineage}


def _artifact_id(call: Call, store: DocumentStore) -> str:
    number = store.next_number("LineageArtifact")
    return hashlib.sha256(call.key(f"artifact/{number}").encode()).hexdigest()[:32]


def _action_arn(call: Call) -> str:
    return call.arn(f"action/{str(call.params['ActionName']).rsplit('/', 1)[-1].lower()}")


def _edge_key(call: Call, *, SourceArn: str, DestinationArn: str) -> str:  # noqa: N803 (members of the request)
    return call.key(f"{SourceArn}>{DestinationArn}")


def _walk(edges: list[Document], starts: list[str], direction: str, deepest: int) -> Iterator[Document]:
    """Edges that lead from (or to) the starts, breadth first; each once."""
    ways = {"Descendants": ("SourceArn",), "Ascendants": ("DestinationArn",)}
    ends = ways.get(direction, ("SourceArn", "DestinationArn"))
    other = {"SourceArn": "DestinationArn", "DestinationArn": "SourceArn"}
    given: set[int] = set()
    for end in ends:
        seen, front = set(starts), set(starts)
        for _ in range(deepest):
            step = [(number, edge) for number, edge in enumerate(edges) if edge[end] in front]
            yield from (edge for number, edge in step if number not in given)
            given |= {number for number, _ in step}
            front = {edge[other[end]] for _, edge in step} - seen
            seen |= front


def _wanted(vertex: Document, filters: Mapping[str, Any]) -> bool:
    unknown = set(filters) - {"Types", "LineageTypes"}
    if unknown:
        raise ServiceError("ValidationException", f"not supported by the embedded AWS: filter {sorted(unknown)[0]}")
    pairs = (("Types", "Type"), ("LineageTypes", "LineageType"))
    return all(not filters.get(name) or vertex[member] in filters[name] for name, member in pairs)


def _renamed(call: Call, names: Mapping[str, str]) -> Call:
    """The call with members under the names that ``page`` knows."""
    known = {ours: call.params[theirs] for ours, theirs in names.items() if theirs in call.params}
    return Call(call.operation, {**call.params, **known}, call.account, call.region, call.identity)
