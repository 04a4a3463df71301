"""Training on registered data: approval is needed, and the model leads back to the data."""

from pathlib import Path

import pytest

from mlops.aws import Aws
from mlops.datasets.lineage import lineage
from mlops.datasets.lineage.trace import Trace
from mlops.datasets.registry.registry import Registry
from mlops.errors import RefusedByPolicy, RefusedInput
from mlops.models.entry import dataset_name
from mlops.projects.names import Project
from mlops.runs.training import Training
from tests.corpus.hostile import PATIENTS
from tests.integration.datasets.test_registry import load, tables

pytestmark = pytest.mark.xdist_group("datasets")


def parameters(aws: Aws, arn: str) -> dict[str, str]:
    answer = aws.client("sagemaker").list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)
    return {it["Name"]: it["Value"] for it in answer["PipelineParameters"]}


def register(aws: Aws, dataset_id: str) -> int:
    """A model version as the pipeline's RegisterModel step makes it."""
    sagemaker = aws.client("sagemaker")
    arn = sagemaker.create_model_package(
        ModelPackageGroupName="adherence", CustomerMetadataProperties={"dataset_id": dataset_id}
    )["ModelPackageArn"]
    return int(arn.rsplit("/", 1)[-1])


def test_an_unapproved_version_is_not_trained_on(scientist: Aws, engineer: Aws, tmp_path: Path) -> None:
    """Refused while pending; started with --allow-unapproved, which is recorded; started after the approval."""
    version = load(scientist, tables(tmp_path / "a", PATIENTS + "P5,1966,M\n"), "gated", tmp_path / "work").version
    training = Training(scientist, Project("adherence", scientist.account))
    with pytest.raises(RefusedByPolicy, match=r"gated@v1 is pending: .*--allow-unapproved, which is recorded"):
        training.start_on("gated")
    first, _ = training.start_on("gated@v1", allow_unapproved=True)
    Registry(engineer).decide(version, "approve", "fine")
    second, _ = training.start_on("gated")
    given = parameters(scientist, second)
    assert (given["DatasetId"], given["DatasetUri"]) == (version.id, version.uri)
    used = {it["run"]: it["status"] for it in Registry(scientist).uses(version)}
    assert used == {first: "Pending", second: "Approved"}
    for arn in (first, second):
        training.runs.follow(arn)  # too few patients: it ends at once, and nothing is left running


def test_lineage_answers_both_ways(aws: Aws, scientist: Aws, tmp_path: Path) -> None:
    """Two versions, three models: each version names its models, each model its version, and the versions each other."""
    one = load(scientist, tables(tmp_path / "a", PATIENTS + "P5,1967,M\n"), "traced", tmp_path / "work").version
    two = load(scientist, tables(tmp_path / "b", PATIENTS + "P5,1968,M\n"), "traced", tmp_path / "work").version
    numbers = [register(aws, it.id) for it in (one, two, two)]
    found = lineage.of_version(scientist, "traced@v2")
    assert [(it.version, it.known_from) for it in found.models] == [(number, ("registry",)) for number in numbers[1:]]
    assert (found.ancestors, found.descendants) == (("traced@v1",), ())
    assert lineage.of_version(scientist, "traced@v1").descendants == ("traced@v2",)
    assert lineage.of_model(scientist, "adherence", numbers[0]).version == "traced@v1"
    assert found.source["source"] == str(tmp_path / "b")
    assert dataset_name(scientist, two.id) == f"traced@v2 ({two.id})"
    assert dataset_name(scientist, "traced@0000000000") == "traced@0000000000"
    assert dataset_name(scientist, "0123456789ab") == "0123456789ab"


def test_sagemaker_lineage_leads_from_the_data_to_the_model_and_back(
    aws: Aws, scientist: Aws, engineer: Aws, tmp_path: Path
) -> None:
    """A run and its model as lineage entities, through boto3 as on AWS; said once only, and found from either end."""
    version = load(scientist, tables(tmp_path / "a", PATIENTS + "P5,1969,M\n"), "entities", tmp_path / "work").version
    Registry(engineer).decide(version, "approve", "fine")
    training = Training(scientist, Project("adherence", scientist.account))
    arn, _ = training.start_on("entities")
    sagemaker, trace = scientist.client("sagemaker"), Trace(scientist)
    package = aws.client("sagemaker").create_model_package(ModelPackageGroupName="adherence")["ModelPackageArn"]
    for _ in range(2):
        trace.registered(arn, package)
    assert (trace.models(version), trace.data(package)) == ([package], [version.uri])
    (data,) = sagemaker.list_artifacts(SourceUri=version.uri)["ArtifactSummaries"]
    assert (data["ArtifactType"], data["ArtifactName"]) == ("DataSet", "entities-v1")
    answer = sagemaker.query_lineage(StartArns=[data["ArtifactArn"]], Direction="Descendants", IncludeEdges=True)
    assert [it["AssociationType"] for it in answer["Edges"]] == ["ContributedTo", "Produced"]
    assert {it["LineageType"] for it in answer["Vertices"]} == {"Artifact", "Action"}
    models = lineage.of_version(engineer, "entities").models
    assert [(it.version, it.known_from) for it in models] == [(int(package.rsplit("/", 1)[-1]), ("lineage",))]
    training.runs.follow(arn)


def test_a_model_from_a_folder_has_no_registered_data(aws: Aws, scientist: Aws) -> None:
    """It is said plainly; an unknown model version is refused."""
    number = register(aws, "0123456789ab")
    with pytest.raises(RefusedInput, match="trained on a folder"):
        lineage.of_model(scientist, "adherence", number)
    with pytest.raises(RefusedInput, match="has no version 9999"):
        lineage.of_model(scientist, "adherence", 9999)
