"""authorize-run: a start request is its writer's, used once, and describes the very run that uses it."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mlops.bundled import dataset_tables, requests
from mlops.bundled.claims import Claims
from mlops.bundled.dataset_manifest import content_id
from tests.unit.lambdas.functions import load

PIPELINE = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/p-training"
ALICE = "arn:aws:sts::123456789012:assumed-role/mlops-data-scientist/alice"
GIVEN = {"DatasetUri": "s3://p-data/datasets/abc/", "DatasetId": "abc"}
TABLE, SCHEMA = b"a\n", "5" * 64
ID = content_id({"fills.csv": {"sha256": hashlib.sha256(TABLE).hexdigest(), "bytes": len(TABLE)}}, SCHEMA)
REGISTERED = {"DatasetUri": f"s3://datasets/datasets/set/{ID}/data/", "DatasetId": f"set@{ID}"}
IMPORTED = f"import-{'1' * 16}"
DEFINITION = json.dumps(
    {"Parameters": [{"Name": "StartRequest", "DefaultValue": "none"}, {"Name": "MaxDepth", "DefaultValue": "4"}]}
)


class FakeServices:
    """SageMaker, CodeBuild and CodePipeline with one execution, one build and one delivery."""

    def __init__(self) -> None:
        self.parameters: dict[str, str] = {}
        self.present = self.own = DEFINITION
        self.selective: dict[str, Any] = {}
        self.began = datetime.now(UTC)
        self.told = [{"name": "EXECUTION", "value": "delivery-1"}]
        self.trigger = {"triggerType": "CloudWatchEvent", "triggerDetail": "arn:rule"}
        self.started_by = "arn:aws:sts::1:assumed-role/mlops-data-scientist/carol"

    def describe_pipeline_execution(self, PipelineExecutionArn: str) -> dict[str, Any]:
        """SageMaker's."""
        found = {"PipelineExecutionArn": PipelineExecutionArn, "PipelineArn": PIPELINE, "CreationTime": self.began}
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
    """Parameter Store's history of what retraining uses: data sets, and who had trained on them."""

    def __init__(self) -> None:
        self.values = [("s3://other/", "dave"), (REGISTERED["DatasetUri"], "erin")]

    def get_paginator(self, name: str) -> "FakeHistory":
        """Of get_parameter_history."""
        assert name == "get_parameter_history"
        return self

    def paginate(self, Name: str) -> list[dict[str, Any]]:
        """One page."""
        assert Name == "/mlops/p/latest-dataset"
        return [{"Parameters": [{"Value": _value(uri, who)} for uri, who in self.values]}]


def _value(uri: str, who: str) -> str:
    """What the parameter holds; what begins with a bracket stands for itself."""
    value = {"uri": uri, "id": f"set@{ID}", "version": 3, "at": "2026-01-01", "people": [who]}
    return uri if uri[:1] in {"[", "{"} else json.dumps(value)


class Door:
    """The function, and what stands around it."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.services, self.s3 = FakeServices(), boto3.client("s3", region_name="us-east-1")
        for bucket in ("p-data", "audit", "datasets"):
            self.s3.create_bucket(Bucket=bucket)
            self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        self.s3.put_object(Bucket="p-data", Key="datasets/abc/fills.csv", Body=TABLE)
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
        given = {"pipeline": "p-training", "parameters": GIVEN, "tables": self.tables()} | changed
        given = {"definition": requests.definition_digest(DEFINITION)} | given
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

    def tables(self, prefix: str = "datasets/abc/") -> str:
        """Digest of what lies in the project's own folder."""
        return dataset_tables.digest(dataset_tables.present(self.s3, "p-data", prefix))

    def put(self, key: str, body: bytes) -> str:
        """An object of the registry; its VersionId."""
        return str(self.s3.put_object(Bucket="datasets", Key=key, Body=body)["VersionId"])

    def review(self, *records: tuple[str, str, str], **changed: Any) -> dict[str, str]:
        """A version of the registry with (writer, record, status) each; the parameters that start on it.

        ``changed`` are members of the manifest's only table.
        """
        root = f"datasets/set/{ID}/"
        table = {"path": "fills.csv", "sha256": hashlib.sha256(TABLE).hexdigest(), "bytes": len(TABLE)}
        table["version_id"] = self.put(f"{root}data/fills.csv", TABLE)
        manifest = {"name": "set", "id": ID, "schema_sha256": SCHEMA, "created_by": ALICE, "files": [table | changed]}
        body = json.dumps(manifest).encode()
        self.put(f"{root}manifest.json", body)
        former: dict[int, str] = {0: ""}
        for writer, name, status in records:
            number = int(name.rpartition("-")[2]) if status in {"Approved", "Rejected"} and name[-1].isdigit() else 0
            value: dict[str, Any] = {"at": "2026-01-01T00:00:00+00:00", "manifest_sha256": _sha256(body)}
            if name.startswith("review-"):
                value |= {"number": number, "status": status, "reason": "looked"}
                value["previous_sha256"] = former.get(number - 1, "")
            record = self.sign(writer, name, value)
            former.setdefault(number, _sha256(record))
        return {"DatasetUri": f"s3://datasets/{root}data/", "DatasetId": f"set@{ID}"}

    def sign(self, writer: str, name: str, value: dict[str, Any]) -> bytes:
        """A record as its writer puts it there."""
        arn = f"arn:aws:sts::123456789012:assumed-role/mlops-data-scientist/{writer.partition(':')[2]}"
        body = json.dumps(value | {"signed_by": {"arn": arn, "id": writer}}).encode()
        self.put(f"signed/set/{ID}/{writer}/{name}.json", body)
        return body


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield Door(tmp_path, monkeypatch)


def test_a_persons_request_starts_a_run_of_his(door: Door) -> None:
    """By the unique id in the key; what it says of itself only adds."""
    found = door.start(door.ask(reason="new data"))
    assert (found["started_by"], found["start_kind"]) == ("alice", "a person")
    assert (door.claimed().people, door.claimed().reason) == (["alice"], "new data")
    assert door.claimed().attributed


def test_a_false_word_adds_a_person_and_removes_none(door: Door) -> None:
    """Alice says that she is bob: the run is hers, and his too."""
    found = door.start(door.ask(by="arn:aws:sts::123456789012:assumed-role/mlops-data-scientist/bob"))
    assert found["started_by"] == "alice"
    assert door.claimed().people == ["alice", "bob"]


def test_a_request_is_used_once(door: Door) -> None:
    """A second run with it is refused, naming the first; the first may ask again (a retry of the step)."""
    key = door.ask()
    door.start(key)
    assert door.start(key)["started_by"] == "alice"
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
    assert door.start(deep, MaxDepth="9")["started_by"] == "alice"


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


def test_a_rehearsal_is_told_by_where_its_data_lie(door: Door) -> None:
    """Its data set is named so, and no other one is: neither the one passes for the other."""
    door.s3.put_object(Bucket="p-data", Key="rehearsals/1/fills.csv", Body=TABLE)
    played = {"DatasetUri": "s3://p-data/rehearsals/1/", "DatasetId": "rehearsal-1"}
    found = door.start(door.ask("AROADRIFT:p-drift-policy", parameters=played, tables=""), **played)
    assert (found["dataset_review"], door.claimed().rehearsed) == ("rehearsal", True)
    for given in (played | {"DatasetId": "abc"}, GIVEN | {"DatasetId": "rehearsal-1"}):
        with pytest.raises(ValueError, match="is what data sets below rehearsals/ are called, and no others"):
            door.start("none", "r2", **given)


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


def approved(door: Door) -> dict[str, str]:
    """A version of the registry that alice has imported and bob approved."""
    return door.review(("AROA1:alice", IMPORTED, ""), ("AROA2:bob", "review-000001", "Approved"))


def test_the_drift_policys_runs_are_its_own(door: Door) -> None:
    """By its role's id, which the stack has told; behind them are who imported the data, and who had trained on them before."""
    given = approved(door)
    found = door.start(door.ask("AROADRIFT:p-drift-policy", ALICE, parameters=given, tables=""), **given)
    assert (found["started_by"], door.claimed().people) == ("drift-policy", ["alice", "erin"])


def test_an_automatic_run_uses_what_a_version_was_registered_from(door: Door) -> None:
    """Neither an uploaded folder, nor what nobody has approved, nor a data set that no version was registered from."""
    with pytest.raises(
        ValueError, match="registered from an approved one, and data set abc is not registered: have it"
    ):
        door.start(door.ask("AROADRIFT:p-drift-policy"))
    given = door.review(("AROA1:alice", IMPORTED, ""))
    with pytest.raises(ValueError, match=r"and data set set@[0-9a-f]+ is pending"):
        door.start(
            door.ask("AROADRIFT:p-drift-policy", token="1" * 32, parameters=given, tables="", allow_unapproved=True),
            **given,
        )
    given, door.ssm.values = approved(door), [("s3://other/", "dave")]
    for writer in ("AROADRIFT:p-drift-policy", "AROADEPLOY:AWSCodeBuild-b1"):
        key = door.ask(writer, token="2" * 32, parameters=given, tables="")
        with pytest.raises(ValueError, match=r"no version was registered from data set set@[0-9a-f]+"):
            door.start(key, **given)
    assert door.claimed() is None


def test_a_deliverys_run_is_the_pushers(door: Door) -> None:
    """The build says nothing of itself: CodePipeline has told it its delivery, and the rule on pushes has told that the pusher."""
    given = approved(door)

    def start(run: str, token: str) -> dict[str, str]:
        key = door.ask("AROADEPLOY:AWSCodeBuild-b1", ALICE, token * 32, parameters=given, tables="")
        return door.start(key, run, **given)

    assert (start("r1", "0")["start_kind"], door.claimed().people) == ("push", ["alice", "carol", "erin"])
    door.services.started_by = "schedule"
    assert start("r2", "1")["started_by"] == "schedule"
    door.services.trigger = {"triggerType": "StartPipelineExecution", "triggerDetail": "arn:aws:iam::1:user/dave"}
    start("r3", "2")
    assert door.claimed("r3").people == ["alice", "dave", "erin"]  # the variable is his own word


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
        ([("AROA1:alice", IMPORTED, "")], "pending"),
        ([("AROA1:alice", IMPORTED, ""), ("AROA2:bob", "review-000001", "Approved")], "approved"),
        ([("AROA1:alice", IMPORTED, ""), ("AROA2:alice", "review-000001", "Approved")], "pending"),
        ([("AROA2:bob", "review-000001", "Approved")], "pending"),
        (
            [
                ("AROA1:alice", IMPORTED, ""),
                ("AROA2:bob", "review-000001", "Approved"),
                ("AROA2:carol", "review-000002", "Rejected"),
            ],
            "rejected",
        ),
        (
            [
                ("AROA1:alice", IMPORTED, ""),
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
        ("AROA1:alice", IMPORTED, ""),
        ("AROA2:bob", "review-000001", "Approved"),
        ("AROA3:mallory", "review-abc", "Rejected"),
        ("AROA3:mallory", "review-000009", "x"),
    )
    door.s3.put_object(Bucket="datasets", Key=f"signed/set/{ID}/AROA3:mallory/review-000010.json", Body=b"{")
    assert door.start(door.ask(parameters=given), **given)["dataset_review"] == "approved"


def test_a_table_beside_those_that_were_reviewed_stops_the_run(door: Door) -> None:
    """The bucket lets people add objects: what is not in the manifest is no part of the version; nor is what is missing."""
    given = door.review(("AROA1:alice", IMPORTED, ""), ("AROA2:bob", "review-000001", "Approved"))
    place = {"Bucket": "datasets", "Key": f"datasets/set/{ID}/data/stays.csv"}
    door.s3.put_object(**place, Body=b"b\n")
    with pytest.raises(ValueError, match=r"1 tables lie beside those of set@[0-9a-f]+, which nobody has reviewed"):
        door.start(door.ask(parameters=given), **given)


def test_a_place_in_the_registry_is_named_as_the_registry_names_it(door: Door) -> None:
    """Without its last stroke, a version would be some folder."""
    uri = f"s3://datasets/datasets/set/{ID}/data"
    for changed in (uri, "s3://datasets/datasets/", f"{uri}/fills.csv", "s3://datasets"):
        with pytest.raises(ValueError, match="neither a version of the registry"):
            door.start("none", DatasetUri=changed, DatasetId="set")


def test_a_data_sets_id_is_its_own(door: Door) -> None:
    """Another version's good name helps no data: neither in the registry nor outside it."""
    given = door.review()
    for changed in (
        given | {"DatasetId": f"set@{'b' * 12}"},
        {"DatasetUri": "s3://p-data/datasets/x/", "DatasetId": given["DatasetId"]},
    ):
        with pytest.raises(ValueError, match="data set's id"):
            door.start("none", **changed)


def _spellings(bucket: str, prefix: str) -> list[str]:
    """Addresses of the same data that S3 or a job takes, or might."""
    return [
        f"https://{bucket}.s3.amazonaws.com/{prefix}",
        f"https://s3.us-east-1.amazonaws.com/{bucket}/{prefix}",
        f"http://{bucket}/{prefix}",
        f"S3://{bucket}/{prefix}",
        f"s3a://{bucket}/{prefix}",
        f"s3://{bucket.upper()}/{prefix}",
        f"s3://x@{bucket}/{prefix}",
        f"s3://{bucket}:443/{prefix}",
        f"s3://{bucket}?/{prefix}",
        f"s3://{bucket}#/{prefix}",
        f"s3:///{bucket}/{prefix}",
        f"s3://{bucket}//{prefix}",
        f"s3://{bucket}/{prefix}?x",
        f"s3://{bucket}/{prefix}\n",
        f" s3://{bucket}/{prefix}",
        f"s3://{bucket}/{prefix}../",
        f"s3://{bucket}/{prefix.replace('datasets', '%64atasets')}",
        f"s3://{bucket}/other/",
        "s3://elsewhere/datasets/abc/",
        f"s3://{bucket}",
        "",
    ]


def test_an_address_has_one_spelling(door: Door) -> None:
    """What is spelt otherwise is read by nobody: neither a version that was rejected, under a name of one's own, nor a folder."""
    version = door.review(("AROA1:alice", IMPORTED, ""), ("AROA2:bob", "review-000001", "Rejected"))
    prefix = version["DatasetUri"].removeprefix("s3://datasets/")
    for uri in (*_spellings("datasets", prefix), *_spellings("p-data", "datasets/abc/")):
        with pytest.raises(ValueError, match=r"neither a version of the registry .* nor a folder of the project's own"):
            door.start("none", DatasetUri=uri, DatasetId="mine")


def test_a_table_that_came_after_the_review_stops_the_run(door: Door) -> None:
    """Names alone say nothing: the object has to be the one that the manifest names, and the manifest has to name one."""
    reviewed = (("AROA1:alice", IMPORTED, ""), ("AROA2:bob", "review-000001", "Approved"))
    for changed in ({"version_id": ""}, {"version_id": "another"}):
        given = door.review(*reviewed, **changed)
        with pytest.raises(ValueError, match=r"1 tables of set@[0-9a-f]+ are not the objects that its manifest names"):
            door.start(door.ask(parameters=given), **given)
    given = door.review(*reviewed)
    door.put(f"datasets/set/{ID}/data/fills.csv", b"late\n")
    with pytest.raises(ValueError, match="are not the objects that its manifest names"):
        door.start(door.ask(parameters=given), **given)


@pytest.mark.parametrize("changed", [{"sha256": "0" * 64}, {"bytes": 3}, {"path": "../fills.csv"}, {"path": 1}])
def test_a_manifest_of_other_content_is_none(door: Door, changed: dict[str, Any]) -> None:
    """The id is the hash of what the manifest lists, and a table has a file's name."""
    given = door.review(("AROA1:alice", IMPORTED, ""), ("AROA2:bob", "review-000001", "Approved"), **changed)
    with pytest.raises(ValueError, match=r"RefusedInput: data set set@[0-9a-f]+: (its id|one of its tables|its path)"):
        door.start(door.ask(parameters=given), **given)


def test_what_the_importer_has_not_signed_is_pending(door: Door) -> None:
    """An import of another manifest brings nobody's approval to this one."""
    given = door.review(("AROA1:alice", IMPORTED, ""), ("AROA2:bob", "review-000001", "Approved"))
    value = {"at": "2026-01-01T00:00:00+00:00", "manifest_sha256": "0" * 64}
    door.sign("AROA1:alice", IMPORTED, value)
    with pytest.raises(ValueError, match="is pending, and the request does not allow that"):
        door.start(door.ask(parameters=given), **given)


def test_a_review_out_of_turn_decides_nothing(door: Door) -> None:
    """Neither an approval nor a rejection that follows no review: no number outdoes the others for good."""
    given = door.review(
        ("AROA1:alice", IMPORTED, ""),
        ("AROA2:bob", "review-000001", "Rejected"),
        ("AROA3:carol", "review-999999", "Approved"),
    )
    with pytest.raises(ValueError, match="is rejected"):
        door.start(door.ask(parameters=given), **given)


def test_a_request_is_for_the_tables_that_were_there(door: Door) -> None:
    """Bob has asked; whoever adds a table to his folder starts nothing with his request, nor does a request that names no tables."""
    key, silent = door.ask(), door.ask(token="1" * 32, tables="")
    with pytest.raises(ValueError, match="does not say which tables it is for"):
        door.start(silent)
    door.s3.put_object(Bucket="p-data", Key="datasets/abc/labs.csv", Body=b"mine\n")
    with pytest.raises(ValueError, match="tables of the data set are not those of the start request"):
        door.start(key)


def test_a_request_is_for_the_definition_that_was_there(door: Door) -> None:
    """A delivery in between brings other code: who asked before has not asked for that."""
    key = door.ask()
    door.services.own = door.services.present = json.dumps({"Parameters": [], "new": True})
    with pytest.raises(ValueError, match="definition is not that of the start request"):
        door.start(key)


def test_a_request_holds_for_an_hour(door: Door) -> None:
    """From when S3 has taken it, whatever it says itself, to the start of the run."""
    key = door.ask(reason="later")
    door.services.began += timedelta(minutes=61)
    with pytest.raises(ValueError, match=r"start request is older than 1 h: start it with 'mlops train'"):
        door.start(key)
    door.services.began -= timedelta(minutes=2)
    assert door.start(key)["started_by"] == "alice"


_WHOLE: dict[str, Any] = {
    "by": ALICE,
    "pipeline": "p-training",
    "parameters": GIVEN,
    "purpose": "train",
    "reason": "",
    "allow_unapproved": False,
    "at": "x",
    "definition": "0" * 64,
    "tables": "0" * 64,
}


_MALFORMED = [
    b"[]",
    b"[" * 200_000,
    b"\xff",
    *[
        json.dumps(_WHOLE | {name: value}).encode()
        for name in _WHOLE
        for value in (None, ["a"], {"a": ["x"]}, 7, "a\nb", "\ud800", "x" * 5000)
        if (name, value) != ("tables", None)
    ],
    json.dumps(_WHOLE | {"by": f"{ALICE}   (two people looked)/mallory"}).encode(),
    json.dumps(_WHOLE | {"parameters": GIVEN | {"MaxDepth": 4}}).encode(),
    json.dumps({name: value for name, value in _WHOLE.items() if name != "by"}).encode(),
]


def test_a_malformed_request_is_refused_in_one_line(door: Door) -> None:
    """Types, lengths and characters of every member; nothing of Python, and nothing of what it says."""
    key = f"requests/AROA1:mallory/{'3' * 32}.json"
    for body in _MALFORMED:
        door.s3.put_object(Bucket="p-data", Key=key, Body=body)
        with pytest.raises(ValueError, match=rf"^RefusedInput: {key} is no start request \([^\n]*\): start it with"):
            door.start(key)


def test_who_started_it_is_who_wrote_the_request(door: Door) -> None:
    """Not who it says: the approver reads the name that IAM has given the key."""
    found = door.start(door.ask("AROA1:mallory", by="arn:aws:sts::123456789012:assumed-role/boss/bob"))
    assert (found["started_by"], door.claimed().people) == ("mallory", ["bob", "mallory"])


def test_an_odd_value_in_the_history_stops_no_automatic_run(door: Door) -> None:
    """What names no data set of a version, as earlier versions of the platform let people write it, counts for nothing."""
    odd = ('["x"]', "{", '{"uri": ["x"]}', "[" * 50_000, '{"uri": null, "id": {}}')
    door.ssm.values += [(value, "mallory") for value in odd]
    given = approved(door)
    door.start(door.ask("AROADRIFT:p-drift-policy", parameters=given, tables=""), **given)
    assert door.claimed().people == ["alice", "erin"]
