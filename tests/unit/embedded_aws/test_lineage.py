"""Lineage entities as the API reference has them: requests and answers pass botocore's shapes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from embedded_aws.host import Host
from embedded_aws.sagemaker.lineage import Lineage
from embedded_aws.service import ServiceError
from embedded_aws.store import DocumentStore

CALLER = ("111122223333", "eu-central-1", "arn:aws:iam::111122223333:user/ann")
S3 = "s3://bucket/data/"


class Served:
    """The lineage operations as a service of their own."""

    name = "sagemaker"

    def __init__(self, store: DocumentStore) -> None:
        self.operations = Lineage(store).operations

    def start(self, endpoint: str) -> None:
        """Nothing to start."""

    def close(self) -> None:
        """Nothing to close."""


class Desk:
    """Calls by one identity."""

    def __init__(self, store: DocumentStore) -> None:
        self._host = Host(Served(store))

    def __call__(self, operation: str, **params: Any) -> dict[str, Any]:
        return self._host.call(operation, params, CALLER)

    def artifact(self, uri: str, kind: str = "DataSet") -> str:
        return str(self("CreateArtifact", Source={"SourceUri": uri}, ArtifactType=kind)["ArtifactArn"])

    def action(self, name: str) -> str:
        source = {"SourceUri": f"arn:aws:run/{name}"}
        return str(self("CreateAction", ActionName=name, Source=source, ActionType="ModelTraining")["ActionArn"])

    def join(self, source: str, destination: str, kind: str = "ContributedTo") -> None:
        self("AddAssociation", SourceArn=source, DestinationArn=destination, AssociationType=kind)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = DocumentStore(tmp_path / "state.sqlite")
    yield Desk(store)
    store.close()


def test_artifacts_of_one_source_are_several_and_found_by_it(desk: Desk) -> None:
    """CreateArtifact makes a new one each time; ListArtifacts finds them by source and type, oldest first where asked."""
    first, second, other = desk.artifact(S3), desk.artifact(S3), desk.artifact("s3://bucket/else/")
    assert len({first, second, other}) == 3
    listed = desk("ListArtifacts", SourceUri=S3, SortOrder="Ascending")["ArtifactSummaries"]
    assert [it["ArtifactArn"] for it in listed] == [first, second]
    assert desk("ListArtifacts", SourceUri=S3, ArtifactType="Model")["ArtifactSummaries"] == []
    described = desk("DescribeArtifact", ArtifactArn=first)
    assert (described["Source"]["SourceUri"], described["ArtifactType"]) == (S3, "DataSet")
    assert "CreatedBy" not in described  # AWS documents an identity for model packages, their groups and projects only


def test_actions_are_unique_by_name(desk: Desk) -> None:
    """A name is taken once, whatever its case."""
    desk.action("Train-1")
    assert desk("DescribeAction", ActionName="Train-1")["ActionType"] == "ModelTraining"
    with pytest.raises(ServiceError, match="already exists"):
        desk.action("train-1")


def test_a_chain_is_walked_both_ways_to_the_depth_asked_for(desk: Desk) -> None:
    """data -> run -> model -> batch: descendants, ascendants, both; filters take vertices away, with their edges."""
    data, run, model, batch = desk.artifact(S3), desk.action("run"), desk.artifact("m", "Model"), desk.action("batch")
    other = desk.artifact("s3://bucket/unrelated/")
    desk.join(data, run)
    desk.join(run, model, "Produced")
    desk.join(model, batch)

    def arns(**params: Any) -> list[str]:
        return sorted(it["Arn"] for it in desk("QueryLineage", **params)["Vertices"])

    assert arns(StartArns=[data], Direction="Descendants") == sorted([data, run, model, batch])
    assert arns(StartArns=[model], Direction="Ascendants") == sorted([data, run, model])
    assert arns(StartArns=[run], Direction="Both") == sorted([data, run, model, batch])
    assert arns(StartArns=[data], Direction="Descendants", MaxDepth=1) == sorted([data, run])
    assert arns(StartArns=[data], Direction="Ascendants") == [data]
    assert arns(StartArns=[other]) == [other]
    whole = desk("QueryLineage", StartArns=[data], Direction="Descendants", IncludeEdges=True)
    assert [(it["SourceArn"], it["DestinationArn"]) for it in whole["Edges"]] == [
        (data, run),
        (run, model),
        (model, batch),
    ]
    kept = desk("QueryLineage", StartArns=[data], Filters={"LineageTypes": ["Artifact"]})
    assert ({it["Arn"] for it in kept["Vertices"]}, kept["Edges"]) == ({data, model}, [])
    assert arns(StartArns=[data], Filters={"Types": ["ModelTraining"]}) == sorted([run, batch])


def test_pages_join_to_the_whole(desk: Desk) -> None:
    """MaxResults and NextToken: every vertex once."""
    data = desk.artifact(S3)
    for number in range(7):
        desk.join(data, desk.action(f"run-{number}"))
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        answer = desk("QueryLineage", StartArns=[data], Direction="Descendants", MaxResults=3, **token)
        seen += [it["Arn"] for it in answer["Vertices"]]
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    assert len(seen) == len(set(seen)) == 8


def test_what_is_associated_stays(desk: Desk) -> None:
    """An entity with associations cannot be deleted; an association exists once, between entities that exist."""
    data, run = desk.artifact(S3), desk.action("run")
    desk.join(data, run)
    with pytest.raises(ServiceError, match="already exists"):
        desk.join(data, run)
    with pytest.raises(ServiceError, match="does not exist"):
        desk.join(data, run.replace("action/run", "action/none"))
    with pytest.raises(ServiceError, match="has associations"):
        desk("DeleteArtifact", ArtifactArn=data)
    (known,) = desk("ListAssociations", SourceArn=data)["AssociationSummaries"]
    assert (known["SourceType"], known["DestinationType"], known["DestinationName"]) == (
        "DataSet",
        "ModelTraining",
        "run",
    )
    desk("DeleteAssociation", SourceArn=data, DestinationArn=run)
    assert desk("DeleteArtifact", Source={"SourceUri": S3})["ArtifactArn"] == data
    with pytest.raises(ServiceError, match="does not exist"):
        desk("DescribeArtifact", ArtifactArn=data)
