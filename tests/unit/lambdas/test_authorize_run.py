"""authorize-run: a start request is its writer's, used once, and describes the very run that uses it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mlops.bundled import requests
from mlops.bundled.claims import Claims
from tests.unit.lambdas.functions import load

PIPELINE = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p-training"
ALICE = "arn:aws:sts::123456789012:assumed-role/mlops-data-scientist/alice"
GIVEN = {"DatasetUri": "s3://p-data/datasets/abc/", "DatasetId": "abc"}
DEFINITION = json.dumps(
    {"Parameters": [{"Name": "StartRequest", "DefaultValue": "none"}, {"Name": "MaxDepth", "DefaultValue": "4"}]}
)


class FakeServices:
    """SageMaker, CodeBuild and CodePipeline with one execution, one build and one delivery."""

    def __init__(self) -> None:
        self.parameters: dict[str, str] = {}
        self.present = self.own = DEFINITION
        self.selective: dict[str, Any] = {}
        self.told = [{"name": "EXECUTION", "value": "delivery-1"}]
        self.trigger = {"triggerType": "CloudWatchEvent", "triggerDetail": "arn:rule"}
        self.started_by = "arn:aws:sts::1:assumed-role/mlops-data-scientist/carol"

    def describe_pipeline_execution(self, PipelineExecutionArn: str) -> dict[str, Any]:
        """SageMaker's."""
        found = {"PipelineExecutionArn": PipelineExecutionArn, "PipelineArn": PIPELINE}
        return found | ({"SelectiveExecutionConfig": self.selective} if self.selective else {})

    def describe_pipeline_definition_for_execution(self, PipelineExecutionArn: str) -> dict[str, str]:
        """SageMaker's."""
        return {"PipelineDefinition": self.own}

    def describe_pipeline(self, PipelineName: str) -> dict[str, str]:
        """SageMaker's."""
        assert PipelineName == "p-training"
        return {"PipelineDefinition": self.present}

    def get_paginator(self, name: str) -> "FakeServices":
        """Of list_pipeline_parameters_for_execution."""
        assert name == "list_pipeline_parameters_for_execution"
        return self

    def paginate(self, PipelineExecutionArn: str) -> list[dict[str, Any]]:
        """One page."""
        return [{"PipelineParameters": [{"Name": name, "Value": value} for name, value in self.parameters.items()]}]

    def batch_get_builds(self, ids: list[str]) -> dict[str, Any]:
        """CodeBuild's."""
        known = ids == ["p-deploy:b1"]
        return {"builds": [{"environment": {"environmentVariables": self.told}}] if known else []}

    def get_pipeline_execution(self, pipelineName: str, pipelineExecutionId: str) -> dict[str, Any]:
        """CodePipeline's."""
        assert (pipelineName, pipelineExecutionId) == ("p-delivery", "delivery-1")
        variables = [{"name": "StartedBy", "resolvedValue": self.started_by}]
        return {"pipelineExecution": {"trigger": self.trigger, "variables": variables}}


class FakeHistory:
    """Parameter Store's history of the newest data set."""

    def __init__(self) -> None:
        self.values = [("s3://other/", "dave"), (GIVEN["DatasetUri"], "erin")]

    def get_paginator(self, name: str) -> "FakeHistory":
        """Of get_parameter_history."""
        assert name == "get_parameter_history"
        return self

    def paginate(self, Name: str) -> list[dict[str, Any]]:
        """One page."""
        assert Name == "/mlops/p/latest-dataset"
        arn = "arn:aws:sts::1:assumed-role/mlops-data-scientist/"
        return [
            {
                "Parameters": [
                    {"Value": json.dumps({"uri": uri}), "LastModifiedUser": arn + who} for uri, who in self.values
                ]
            }
        ]


class Door:
    """The function, and what stands around it."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.services, self.s3 = FakeServices(), boto3.client("s3", region_name="us-east-1")
        for bucket in ("p-data", "audit", "datasets"):
            self.s3.create_bucket(Bucket=bucket)
        self.ssm = FakeHistory()
        names = {"PROJECT": "p", "AUDIT_BUCKET": "audit", "REQUESTS_BUCKET": "p-data", "DATASETS_BUCKET": "datasets"}
        names |= {"DEPLOY_PROJECT": "p-deploy", "DELIVERY_PIPELINE": "p-delivery"}
        names |= {"DEPLOY_ROLE_ID": "AROADEPLOY", "DRIFT_ROLE_ID": "AROADRIFT"}
        for name, value in names.items():
            patch.setenv(name, value)
        clients = dict.fromkeys(("sagemaker", "codebuild", "codepipeline"), self.services) | {
            "s3": self.s3,
            "ssm": self.ssm,
        }
        self._handler = load("authorize-run", clients, folder, patch).handler

    def ask(self, writer: str = "AROA1:alice", by: str = ALICE, token: str = "0" * 32, **changed: Any) -> str:
        """Write a request as its writer; its key."""
        given = {"pipeline": "p-training", "parameters": GIVEN} | changed
        request = requests.of_now(writer, by, token, given.pop("pipeline"), given.pop("parameters"), **given)
        return requests.write(self.s3, "p-data", request)

    def start(self, key: str, run: str = "r1", **parameters: str) -> dict[str, str]:
        """Run the pipeline's first step."""
        given = GIVEN | {"MaxDepth": "4"} | parameters
        self.services.parameters = given | {"StartRequest": key}
        event = {"execution": f"{PIPELINE}/execution/{run}", "request": key, "code": "c0de"}
        return dict(self._handler(event | {"dataset_id": given["DatasetId"], "dataset_uri": given["DatasetUri"]}, None))

    def claimed(self, run: str = "r1") -> Any:
        """What was noted of the run."""
        return Claims(self.s3, "audit", "p").start(f"{PIPELINE}/execution/{run}")

    def review(self, *records: tuple[str, str, str]) -> dict[str, str]:
        """A version of the registry with (writer, record, status) each; the parameters that start on it."""
        root = f"datasets/set/{'a' * 12}/"
        manifest = json.dumps({"files": [{"path": "fills.csv"}]}).encode()
        self.s3.put_object(Bucket="datasets", Key=f"{root}manifest.json", Body=manifest)
        self.s3.put_object(Bucket="datasets", Key=f"{root}data/fills.csv", Body=b"a\n")
        for writer, name, status in records:
            key = f"signed/set/{'a' * 12}/{writer}/{name}.json"
            self.s3.put_object(Bucket="datasets", Key=key, Body=json.dumps({"status": status}).encode())
        return {"DatasetUri": f"s3://datasets/datasets/set/{'a' * 12}/data/", "DatasetId": f"set@{'a' * 12}"}


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield Door(tmp_path, monkeypatch)


def test_a_persons_request_starts_a_run_of_his(door: Door) -> None:
    """By the unique id in the key; what it says of itself only adds."""
    found = door.start(door.ask(reason="new data"))
    assert (found["started_by"], found["start_kind"]) == (ALICE, "a person")
    assert (door.claimed().people, door.claimed().reason) == (["alice"], "new data")
    assert door.claimed().attributed


def test_a_false_word_adds_a_person_and_removes_none(door: Door) -> None:
    """Alice says that she is bob: the run is hers, and his too."""
    found = door.start(door.ask(by="arn:aws:sts::1:assumed-role/mlops-data-scientist/bob"))
    assert found["started_by"] == "alice"
    assert door.claimed().people == ["alice", "bob"]


def test_a_request_is_used_once(door: Door) -> None:
    """A second run with it is refused, naming the first; the first may ask again (a retry of the step)."""
    key = door.ask()
    door.start(key)
    assert door.start(key)["started_by"] == ALICE
    with pytest.raises(ValueError, match="RefusedInput: the start request was used by execution r1 already"):
        door.start(key, "r2")
    assert door.claimed("r2") is None


def test_a_run_is_the_one_that_was_asked_for(door: Door) -> None:
    """Other data, a hyper-parameter that the request does not name, or one that it names and the run has not."""
    key = door.ask()
    for changed in ({"DatasetUri": "s3://p-data/datasets/evil/"}, {"MaxDepth": "9"}):
        with pytest.raises(ValueError, match=f"the execution's {next(iter(changed))} differ"):
            door.start(key, **changed)
    deep = door.ask(token="1" * 32, parameters=GIVEN | {"MaxDepth": "9"})
    with pytest.raises(ValueError, match="MaxDepth differ from the start request"):
        door.start(deep)
    assert door.start(deep, MaxDepth="9")["started_by"] == ALICE


def test_a_request_for_another_pipeline_is_refused(door: Door) -> None:
    """A request is for one pipeline."""
    with pytest.raises(ValueError, match="is for pipeline other-training, this is p-training"):
        door.start(door.ask(pipeline="other-training"))


@pytest.mark.parametrize(
    "key", ["", "requests/x.json", "datasets/abc/0.json", f"requests/../AROA1:alice/{'0' * 32}.json", "s3://b/k"]
)
def test_what_is_no_key_of_a_request_is_refused(door: Door, key: str) -> None:
    """Objects that others may write are none."""
    door.s3.put_object(Bucket="p-data", Key="datasets/abc/0.json", Body=b"{}")
    with pytest.raises(ValueError, match="RefusedInput: StartRequest is"):
        door.start(key)


def test_a_request_that_is_not_there_or_none_is_refused(door: Door) -> None:
    """Told apart, each in one line."""
    key = f"requests/AROA1:alice/{'2' * 32}.json"
    with pytest.raises(ValueError, match="cannot be read"):
        door.start(key)
    door.s3.put_object(Bucket="p-data", Key=key, Body=b"[1]")
    with pytest.raises(ValueError, match="is no start request"):
        door.start(key)


def test_a_run_without_a_request_is_nobodys(door: Door) -> None:
    """Studio's button: it runs, and is put down to nobody."""
    assert door.start("none")["start_kind"] == "nobody"
    assert not door.claimed().attributed


def test_an_old_version_of_the_pipeline_does_not_run(door: Door) -> None:
    """Whatever it left out, it is not what was delivered."""
    door.services.own = json.dumps({"Parameters": [], "old": True})
    for key in ("none", door.ask()):
        with pytest.raises(ValueError, match="not the pipeline's present version"):
            door.start(key)


def test_a_selective_execution_does_not_run(door: Door) -> None:
    """It takes over what others have started."""
    door.services.selective = {"SelectedSteps": [{"StepName": "AuthorizeRun"}]}
    with pytest.raises(ValueError, match="a selective execution"):
        door.start("none")


def test_the_drift_policys_runs_are_its_own(door: Door) -> None:
    """By its role's id, which the stack has told; no person stands behind them."""
    found = door.start(door.ask("AROADRIFT:p-drift-policy", "arn:aws:sts::1:assumed-role/x/alice"))
    assert (found["started_by"], door.claimed().people) == ("drift-policy", ["erin"])


def test_an_automatic_run_is_also_of_those_who_brought_its_data(door: Door) -> None:
    """Who has announced them, and who has imported them: what they bring, they do not approve."""
    given = door.review(("AROA1:alice", "import-1", ""), ("AROA2:bob", "review-000001", "Approved"))
    door.ssm.values = [(given["DatasetUri"], "frank")]
    door.start(door.ask("AROADRIFT:p-drift-policy", "arn:x", parameters=given), **given)
    assert door.claimed().people == ["alice", "frank"]


def test_a_deliverys_run_is_the_pushers(door: Door) -> None:
    """The build says nothing of itself: CodePipeline has told it its delivery, and the rule on pushes has told that the pusher."""
    found = door.start(door.ask("AROADEPLOY:AWSCodeBuild-b1", ALICE))
    assert (found["start_kind"], door.claimed().people) == ("push", ["carol", "erin"])
    door.services.started_by = "schedule"
    assert door.start(door.ask("AROADEPLOY:AWSCodeBuild-b1", token="1" * 32), "r2")["started_by"] == "schedule"
    door.services.trigger = {"triggerType": "StartPipelineExecution", "triggerDetail": "arn:aws:iam::1:user/dave"}
    door.start(door.ask("AROADEPLOY:AWSCodeBuild-b1", token="2" * 32), "r3")
    assert door.claimed("r3").people == ["dave", "erin"]  # the variable is his own word


@pytest.mark.parametrize(
    ("session", "told"), [("somebody", True), ("AWSCodeBuild-other", True), ("AWSCodeBuild-b1", False)]
)
def test_a_build_that_no_delivery_has_started_starts_nothing(door: Door, session: str, told: bool) -> None:
    """A session of the deploy role that is no build, an unknown build, one that was started by hand."""
    door.services.told = door.services.told if told else []
    with pytest.raises(ValueError, match="RefusedInput: the start request was written"):
        door.start(door.ask(f"AROADEPLOY:{session}"))


@pytest.mark.parametrize(
    ("records", "status"),
    [
        ([], "pending"),
        ([("AROA1:alice", "import-1", "")], "pending"),
        ([("AROA1:alice", "import-1", ""), ("AROA2:bob", "review-000001", "Approved")], "approved"),
        ([("AROA1:alice", "import-1", ""), ("AROA2:alice", "review-000001", "Approved")], "pending"),
        ([("AROA2:bob", "review-000001", "Approved")], "pending"),
        (
            [
                ("AROA1:alice", "import-1", ""),
                ("AROA2:bob", "review-000001", "Approved"),
                ("AROA2:carol", "review-000002", "Rejected"),
            ],
            "rejected",
        ),
        (
            [
                ("AROA1:alice", "import-1", ""),
                ("AROA2:bob", "review-000001", "Approved"),
                ("AROA2:carol", "review-000001", "Rejected"),
            ],
            "rejected",
        ),
    ],
)
def test_a_data_set_that_nobody_else_approved_needs_to_be_asked_for(
    door: Door, records: list[tuple[str, str, str]], status: str
) -> None:
    """The importer's own decision counts for nothing, in whatever role; the request may say that it knows."""
    given = door.review(*records)
    key = door.ask(parameters=given)
    if status == "approved":
        assert door.start(key, **given)["dataset_review"] == "approved"
        return
    with pytest.raises(ValueError, match=f"is {status}, and the request does not allow that"):
        door.start(key, **given)
    asked = door.ask(token="1" * 32, parameters=given, allow_unapproved=True)
    assert door.start(asked, **given)["dataset_review"] == status


def test_what_is_no_record_decides_nothing(door: Door) -> None:
    """Neither a number that is none, nor another status, nor a body that is no JSON: one of them stops no training."""
    given = door.review(
        ("AROA1:alice", "import-1", ""),
        ("AROA2:bob", "review-000001", "Approved"),
        ("AROA3:mallory", "review-abc", "Rejected"),
        ("AROA3:mallory", "review-000009", "x"),
    )
    door.s3.put_object(Bucket="datasets", Key=f"signed/set/{'a' * 12}/AROA3:mallory/review-000010.json", Body=b"{")
    assert door.start(door.ask(parameters=given), **given)["dataset_review"] == "approved"


def test_a_table_beside_those_that_were_reviewed_stops_the_run(door: Door) -> None:
    """The bucket lets people add objects: what is not in the manifest is no part of the version; nor is what is missing."""
    given = door.review(("AROA1:alice", "import-1", ""), ("AROA2:bob", "review-000001", "Approved"))
    place = {"Bucket": "datasets", "Key": f"datasets/set/{'a' * 12}/data/stays.csv"}
    door.s3.put_object(**place, Body=b"b\n")
    with pytest.raises(ValueError, match=r"1 tables lie beside those of set@a+, which nobody has reviewed"):
        door.start(door.ask(parameters=given), **given)


def test_a_place_in_the_registry_is_named_as_the_registry_names_it(door: Door) -> None:
    """Without its last stroke, a version would be some folder."""
    uri = f"s3://datasets/datasets/set/{'a' * 12}/data"
    for changed in (uri, "s3://datasets/datasets/", f"{uri}/fills.csv", "s3://datasets"):
        with pytest.raises(ValueError, match="no version of the registry"):
            door.start("none", DatasetUri=changed, DatasetId="set")


def test_a_data_sets_id_is_its_own(door: Door) -> None:
    """Another version's good name helps no data: neither in the registry nor outside it."""
    given = door.review()
    for changed in (
        given | {"DatasetId": f"set@{'b' * 12}"},
        {"DatasetUri": "s3://p-data/x/", "DatasetId": given["DatasetId"]},
    ):
        with pytest.raises(ValueError, match="data set's id"):
            door.start("none", **changed)
