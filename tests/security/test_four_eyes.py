"""Attacks on four eyes through the API, by people who may do everything but sign for themselves, on one embedded AWS."""

import json
import secrets
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlops.aws import Aws
from mlops.bundled import dataset_tables, requests
from mlops.datasets.registry.names import datasets_bucket
from mlops.projects.names import Project
from mlops.runs.runs import Run, Runs
from mlops.runs.training import Training
from tests.integration.desk import Desk, desk, patients

__all__ = ["desk", "patients"]  # pytest's fixtures
pytestmark = [pytest.mark.timeout(600)]
PROJECT = "eyes"
_LONGEST = 60  # seconds until a decision has had its effect


class Office:
    """A project, and people who hold every right in one role."""

    def __init__(self, here: Desk) -> None:
        self.desk, self.project = here, Project(PROJECT, here.aws.account)
        self.data: dict[str, str] = {}  # parameters that name the data set of the first version

    def person(self, name: str) -> Aws:
        """A session of the role that may do everything, under the person's own name."""
        return self.desk.everything(name)

    def start(self, who: Aws, **more: Any) -> str:
        """Start the training pipeline by the API alone; the execution's ARN."""
        given = {**self.data, **more.pop("parameters", {})}
        wanted = [{"Name": name, "Value": value} for name, value in given.items()]
        answer = who.client("sagemaker").start_pipeline_execution(
            PipelineName=self.project.training_pipeline, PipelineParameters=wanted, **more
        )
        return str(answer["PipelineExecutionArn"])

    def request(self, who: Aws, parameters: dict[str, str], tables: str) -> requests.Request:
        """A request of somebody's, for the pipeline as it is."""
        pipeline = self.project.training_pipeline
        present = self.desk.client("sagemaker").describe_pipeline(PipelineName=pipeline)["PipelineDefinition"]
        digest, token = requests.definition_digest(present), secrets.token_hex(16)
        return requests.of_now(who.user_id, who.identity, token, pipeline, parameters, definition=digest, tables=tables)

    def follow(self, arn: str) -> Run:
        """The finished run."""
        return Runs(self.desk.aws).follow(arn)

    def package(self, version: int) -> str:
        """ARN of a version."""
        account, region = self.desk.aws.account, self.desk.aws.region
        return f"arn:aws:sagemaker:{region}:{account}:model-package/{PROJECT}/{version}"

    def approve(self, who: Aws, version: int, reason: str = "fine", **more: Any) -> str:
        """Approve by the API alone; the reason why the approval does not count, empty where it does."""
        client, arn, before = who.client("sagemaker"), self.package(version), len(self.trail())
        client.update_model_package(
            ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription=reason, **more
        )
        deadline = time.monotonic() + _LONGEST
        while time.monotonic() < deadline:
            found = client.describe_model_package(ModelPackageName=arn)
            if found["ModelApprovalStatus"] == "Rejected":
                assert found["ApprovalDescription"].startswith("refused: ")
                return str(found["ApprovalDescription"].removeprefix("refused: "))
            if self.deployed() == version and len(self.trail()) > before:
                return ""
            time.sleep(0.2)
        raise AssertionError(f"nothing came of the approval of version {version}")

    def deployed(self) -> int:
        """Number of the deployed version; 0 while there is none."""
        ssm = self.desk.client("ssm")
        try:
            value = ssm.get_parameter(Name=self.project.deployed_model_parameter)["Parameter"]["Value"]
        except ssm.exceptions.ParameterNotFound:
            return 0
        return int(json.loads(value)["version"])

    def trail(self) -> list[dict[str, Any]]:
        """Entries of the project's audit trail, oldest first."""
        found = json.loads(self.desk.done("audit", "log", PROJECT, "--json"))["entries"]
        return sorted(found, key=lambda entry: int(entry["number"]))

    def registered(self, version: int) -> dict[str, Any]:
        """The registration's entry, as soon as it is there."""
        deadline = time.monotonic() + _LONGEST
        while time.monotonic() < deadline:
            for entry in self.trail():
                if entry["action"] == "register" and entry["subject"] == f"version {version}":
                    return entry
            time.sleep(0.2)
        raise AssertionError(f"version {version} was not registered")


@pytest.fixture(scope="module")
def office(desk: Desk, patients: Path) -> Office:
    """The project with two versions: alice's (on her request) and one that nobody's request has started."""
    desk.done("project", "create", PROJECT)
    here = Office(desk)
    alice = here.person("alice")
    training = Training(alice, here.project)
    uploaded = training.upload(patients)
    here.data = {"DatasetUri": uploaded.uri, "DatasetId": uploaded.id}
    training.finish(training.start(uploaded, "first model"))
    here.follow(here.start(alice))
    return here


def test_a_registration_holds_who_and_what(office: Office) -> None:
    """On IAM's word: the request lay below alice's unique id; the other run is nobody's."""
    first, second = (office.registered(version) for version in (1, 2))
    known = first["details"]
    assert (known["people"], known["attributed"], first["reason"]) == (["alice"], True, "first model")
    assert known["request"].startswith("requests/AROA")
    assert len(known["sha256"]) == 64
    assert known["version_id"]
    assert known["specification"]["InferenceSpecification"]["Containers"][0]["Image"]
    assert (second["details"]["attributed"], second["by"]) == (False, "nobody")


def test_no_parameter_says_who_started_a_run(office: Office) -> None:
    """What is no choice is no parameter: neither a starter, nor a floor, nor code, image, roles or functions."""
    mallory = office.person("mallory")
    for name in (
        "StartedBy",
        "MinAuc",
        "CodeUri",
        "ImageUri",
        "ExecutionRoleArn",
        "AuthorizeRunFunctionArn",
        "GitCommit",
    ):
        with pytest.raises(ClientError, match=name):
            office.start(mallory, parameters={name: "0"})


def test_an_approving_call_that_changes_the_image_is_refused(office: Office) -> None:
    """One call of UpdateModelPackage: Approved, and another container."""
    bob = office.person("bob")
    found = bob.client("sagemaker").describe_model_package(ModelPackageName=office.package(2))
    changed = found["InferenceSpecification"]
    good = json.loads(json.dumps(changed))
    changed["Containers"][0]["Environment"]["SAGEMAKER_PROGRAM"] = "evil.py"
    why = office.approve(bob, 2, InferenceSpecification=changed)
    assert (
        why
        == "InferenceSpecification.Containers[0].Environment.SAGEMAKER_PROGRAM changed since the registration: train a new version"
    )
    bob.client("sagemaker").update_model_package(ModelPackageArn=office.package(2), InferenceSpecification=good)
    metadata = found["CustomerMetadataProperties"]
    why = office.approve(bob, 2, CustomerMetadataProperties={"dataset_id": "another"})
    assert why == "CustomerMetadataProperties.dataset_id changed since the registration: train a new version"
    bob.client("sagemaker").update_model_package(
        ModelPackageArn=office.package(2), CustomerMetadataProperties={"dataset_id": metadata["dataset_id"]}
    )


def test_the_starter_does_not_approve(office: Office) -> None:
    """Alice may do everything; her approval is answered with a rejection, in the trail too. Bob's counts."""
    assert office.approve(office.person("alice"), 1).startswith("alice started its run or pushed its code")
    assert office.deployed() == 0
    entry = office.trail()[-1]
    assert (entry["action"], entry["outcome"].split(":")[0]) == ("approve", "refused")
    assert entry["by"].endswith("assumed-role/everything/alice")
    assert office.approve(office.person("bob"), 1) == ""
    entry = office.trail()[-1]
    assert (entry["details"]["people"], entry["details"]["sha256"]) == (
        ["alice"],
        office.registered(1)["details"]["sha256"],
    )


def test_a_request_is_used_once_and_by_the_run_that_it_describes(office: Office) -> None:
    """Neither alice's old request nor one for other data starts anything."""
    mallory, used = office.person("mallory"), office.registered(1)["details"]["request"]
    run = office.follow(office.start(mallory, parameters={requests.PARAMETER: used}))
    assert "was used by execution" in run.step("AuthorizeRun")["FailureReason"]
    other = office.request(mallory, {"DatasetUri": "s3://b/x/"}, "")
    key = requests.write(mallory.client("s3"), office.project.data_bucket, other)
    run = office.follow(office.start(mallory, parameters={requests.PARAMETER: key}))
    assert "differ from the start request" in run.step("AuthorizeRun")["FailureReason"]


def test_nobody_adds_a_table_to_what_another_has_asked_for(office: Office, patients: Path) -> None:
    """Bob uploads all but labs.csv and asks; ann puts hers there and starts with bob's request: that run would count as bob's."""
    bob, ann = office.person("bob"), office.person("ann")
    bucket, prefix, versions = office.project.data_bucket, "datasets/bobs-folder/", {}
    place = {"Bucket": bucket, "IfNoneMatch": "*"}
    for file in sorted(patients.glob("*.csv")):
        if file.name != "labs.csv":
            made = bob.client("s3").put_object(**place, Key=prefix + file.name, Body=file.read_bytes())
            versions[file.name] = made["VersionId"]
    given = {"DatasetUri": f"s3://{bucket}/{prefix}", "DatasetId": "bobs-folder"}
    asked = office.request(bob, given, dataset_tables.digest(versions))
    key = requests.write(bob.client("s3"), bucket, asked)
    ann.client("s3").put_object(**place, Key=f"{prefix}labs.csv", Body=b"mine\n")
    run = office.follow(office.start(ann, parameters={**given, requests.PARAMETER: key}))
    assert "tables of the data set are not those of the start request" in run.step("AuthorizeRun")["FailureReason"]


def test_an_address_has_one_spelling(office: Office) -> None:
    """A job reads https addresses of S3 too; the first step knows one spelling, and tells it."""
    mallory, bucket = office.person("mallory"), datasets_bucket(office.desk.aws.account)
    for uri in (f"https://{bucket}.s3.amazonaws.com/datasets/pend/0123456789ab/data/", f"s3://x@{bucket}/datasets/a/"):
        run = office.follow(office.start(mallory, parameters={"DatasetUri": uri, "DatasetId": "mine"}))
        assert "neither a version of the registry" in run.step("AuthorizeRun")["FailureReason"]


def test_a_malformed_request_is_refused_in_one_line(office: Office) -> None:
    """And nothing of it reaches the audit trail."""
    mallory = office.person("mallory")
    written = json.loads(json.dumps(asdict(office.request(mallory, office.data, "")) | {"reason": {"a": ["x"]}}))
    key = f"requests/{mallory.user_id}/{secrets.token_hex(16)}.json"
    place = {"Bucket": office.project.data_bucket, "Key": key, "IfNoneMatch": "*"}
    mallory.client("s3").put_object(**place, Body=json.dumps(written).encode())
    run = office.follow(office.start(mallory, parameters={requests.PARAMETER: key}))
    why = run.step("AuthorizeRun")["FailureReason"]
    assert f"{key} is no start request (its reason is no line of at most 1000 printable characters)" in why


def test_an_old_version_of_the_pipeline_is_no_way_round(office: Office) -> None:
    """SageMaker starts any version of a pipeline on demand; its first step is looked at, or missing."""
    sagemaker = office.desk.client("sagemaker")
    name = office.project.training_pipeline
    office.desk.done("project", "upgrade", PROJECT, "--param", "MinAuc=0.74")
    found = sagemaker.list_pipeline_versions(PipelineName=name, SortOrder="Descending")["PipelineVersionSummaries"]
    oldest = min(item["PipelineVersionId"] for item in found)
    run = office.follow(office.start(office.person("mallory"), PipelineVersionId=oldest))
    assert "not the pipeline's present version" in run.step("AuthorizeRun")["FailureReason"]


def test_a_selective_execution_is_no_way_round(office: Office) -> None:
    """It registers what others' steps have made without the first one: the version is rejected as soon as it appears."""
    source = office.registered(1)["details"]["run"]
    chosen = {"SourcePipelineExecutionArn": source, "SelectedSteps": [{"StepName": "RegisterModel"}]}
    office.follow(office.start(office.person("mallory"), SelectiveExecutionConfig=chosen))
    sagemaker, deadline = office.desk.client("sagemaker"), time.monotonic() + _LONGEST
    while time.monotonic() < deadline:
        newest = sagemaker.list_model_packages(
            ModelPackageGroupName=PROJECT, SortBy="CreationTime", SortOrder="Descending"
        )
        version = newest["ModelPackageSummaryList"][0]
        if version["ModelApprovalStatus"] == "Rejected" and version["ModelPackageVersion"] > 2:
            break
        time.sleep(0.2)
    found = sagemaker.describe_model_package(ModelPackageName=version["ModelPackageArn"])
    assert "refused: it was registered by a selective execution" in found["ApprovalDescription"]


def test_a_rollback_is_held_to_the_same(office: Office) -> None:
    """Nobody goes back to his own version: bob has deployed alice's version 1, carol deploys 2, alice does not go back to 1."""
    assert office.approve(office.person("carol"), 2, "nobody's, but looked at") == ""
    marked = office.trail()[-1]["outcome"]
    assert marked == "deployed; nobody's request started its run"
    alice = office.person("alice")
    taken_back = {"ModelApprovalStatus": "Rejected", "ApprovalDescription": "rollback: mine was better"}
    alice.client("sagemaker").update_model_package(ModelPackageArn=office.package(1), **taken_back)
    assert office.approve(alice, 1, "rollback: mine was better").startswith("alice started its run")
    assert office.deployed() == 2


def test_aws_names_no_starter_and_neither_does_the_embedded_one(office: Office) -> None:
    """CreatedBy of an execution is documented for no identity: what it said would be our own invention."""
    run = office.registered(1)["details"]["run"]
    found = office.desk.client("sagemaker").describe_pipeline_execution(PipelineExecutionArn=run)
    assert "IamIdentity" not in found.get("CreatedBy", {})
    assert "alice" in office.desk.done("run", "show", run)
