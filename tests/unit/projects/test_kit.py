"""The delivery commands in a project's repository."""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from mlops.bundled import requests
from mlops.projects import kit
from mlops.projects.kit import delivery
from mlops.projects.packages import KIT as KIT_FILES
from mlops.projects.packages import packages

KIT = Path(kit.__file__).parent

_KEY = f"packages/{'a' * 64}.zip"


class FakeS3:
    """One bucket."""

    def __init__(self, base: bytes) -> None:
        self.objects = {"packages/base.zip": base}

    def client(self, _service: str) -> "FakeS3":
        """As a session has it."""
        return self

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        """S3's."""
        return {"Body": io.BytesIO(self.objects[Key])}

    def get_paginator(self, _name: str) -> "FakeS3":
        """Of list_objects_v2."""
        return self

    def paginate(self, Bucket: str, Prefix: str) -> list[dict[str, Any]]:
        """One page."""
        return [{"Contents": [{"Key": key} for key in self.objects if key.startswith(Prefix)]}]

    def put_object(self, Bucket: str, Key: str, Body: bytes, IfNoneMatch: str) -> None:
        """S3's, under the bucket's policy: only where nothing is."""
        assert IfNoneMatch == "*"
        if Key in self.objects:
            refused: Any = {"Error": {"Code": "PreconditionFailed"}, "ResponseMetadata": {"HTTPStatusCode": 412}}
            raise ClientError(refused, "PutObject")
        self.objects[Key] = Body


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeS3:
    """A checkout of the seeded repository as the working folder, and the project's bucket."""
    for name, content in packages()["seed-repository"].items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, content in packages()["project-code"].items():
            archive.writestr(name, content)
    fake = FakeS3(raw.getvalue())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARTIFACTS", "bucket")
    monkeypatch.setenv("COMMIT", "0123abc")
    monkeypatch.setattr(boto3, "Session", lambda: fake)
    return fake


def packaged(s3: FakeS3) -> dict[str, bytes]:
    delivery.package()
    key = json.loads(Path("package.json").read_text())["key"]
    with zipfile.ZipFile(io.BytesIO(s3.objects[key])) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_same_code_is_packaged_twice(s3: FakeS3) -> None:
    """A delivery that is run again finds its package there, and goes on."""
    first = packaged(s3)
    assert packaged(s3) == first
    assert len([key for key in s3.objects if key.startswith("packages/")]) == 2


def test_the_definition_takes_its_defaults_from_project_toml(s3: FakeS3) -> None:
    """A changed hyper-parameter and the commit become the training pipeline's defaults; the code is the repository's."""
    settings = Path("project.toml")
    settings.write_text(settings.read_text().replace("max_depth = 4", "max_depth = 7"))
    tree = packaged(s3)
    declared = {
        item["Name"]: item.get("DefaultValue") for item in json.loads(tree["definitions/training.json"])["Parameters"]
    }
    assert (declared["MaxDepth"], declared["GitCommit"]) == ("7", "0123abc")
    assert tree["seed/project.toml"] == settings.read_bytes()
    assert not any(name.startswith(("seed/tests/", "seed/delivery.py")) for name in tree)


def test_the_same_code_is_the_same_package(s3: FakeS3) -> None:
    """Packages are named by their content: twice the same commit gives one object."""
    assert packaged(s3) == packaged(s3)
    assert len(s3.objects) == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("max_depth = 4", 'max_depth = "deep"', r"\[model\] max_depth: is no number"),
        ("max_depth = 4\n", "\n", r"\[model\] max_depth: is missing"),
        ("[model]", "[model", "project.toml: "),
    ],
)
def test_wrong_settings_stop_the_delivery(s3: FakeS3, old: str, new: str, message: str) -> None:
    """Nothing is uploaded, and the message names the setting."""
    settings = Path("project.toml")
    text = settings.read_text()
    assert old in text
    settings.write_text(text.replace(old, new))
    with pytest.raises(SystemExit, match=message):
        delivery.package()
    assert list(s3.objects) == ["packages/base.zip"]


def test_a_definition_with_an_undeclared_parameter_stops_the_delivery(s3: FakeS3) -> None:
    """An invalid definition is refused before it reaches CloudFormation."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr(
            "definitions/training.json",
            json.dumps(
                {"Parameters": [], "Steps": [{"Type": "Model", "Arguments": {"A": {"Get": "Parameters.Gone"}}}]}
            ),
        )
    s3.objects["packages/base.zip"] = raw.getvalue()
    with pytest.raises(SystemExit, match="names parameter Gone, which it does not declare"):
        delivery.package()


_PIP = """
import pathlib, sys
given = sys.argv[1:]
with open({log!r}, "a") as log:
    log.write(" ".join(given) + "\\n")
if not {works}:
    sys.exit("no registry is reachable")
lock, folder = pathlib.Path(given[given.index("-r") + 1]), pathlib.Path(given[given.index("-d") + 1])
for line in lock.read_text().splitlines():
    if "==" in line:
        (folder / (line.split("==")[0] + "-1-py3-none-any.whl")).write_bytes(line.split("==")[0].encode())
"""


def pip(folder: Path, patch: pytest.MonkeyPatch, *, works: bool) -> Path:
    """A pip that makes a file for every requirement, or fails; where it says how it was called."""
    (folder / "fake" / "pip").mkdir(parents=True)
    log = folder / "pip.log"
    (folder / "fake" / "pip" / "__main__.py").write_text(_PIP.format(log=str(log), works=works))
    patch.setenv("PYTHONPATH", str(folder / "fake"))
    return log


def pinned(name: str) -> str:
    """A hash-pinned requirement whose wheel has the name as its content, beside a hash of another platform's."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return f"# needed\n{name}==1.0 \\\n    --hash=sha256:{'0' * 64} \\\n    --hash=sha256:{digest}\n"


def test_wheels_are_fetched_once(s3: FakeS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By hash, for the image's Python and platform; what the bucket has is not fetched again."""
    log = pip(tmp_path, monkeypatch, works=True)
    for lock in (pinned("duck"), pinned("duck"), pinned("duck") + pinned("goose")):
        delivery.wheels(s3, "bucket", [lock])
    kept = {key: body for key, body in s3.objects.items() if key.startswith("wheels/")}
    assert kept == {
        f"wheels/{hashlib.sha256(name).hexdigest()}/{name.decode()}-1-py3-none-any.whl": name
        for name in (b"duck", b"goose")
    }
    calls = log.read_text().splitlines()
    assert len(calls) == 2
    assert all(
        flag in calls[0] for flag in ("--require-hashes", "--only-binary :all:", "--python-version 3.12", "--no-deps")
    )


def test_what_another_build_has_put_there_keeps_no_wheel_out(
    s3: FakeS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Junk under a pinned hash, under any name and under the wheel's own, is looked through; the wheel comes beside it, once."""
    log, digest = pip(tmp_path, monkeypatch, works=True), hashlib.sha256(b"duck").hexdigest()
    junk = [f"wheels/{digest}/{name}-py3-none-any.whl" for name in ("duck-9.9", "duck-1")]
    s3.objects |= dict.fromkeys(junk, b"evil")
    for _ in range(2):
        delivery.wheels(s3, "bucket", [pinned("duck")])
    found = [key for key, body in s3.objects.items() if body == b"duck"]
    assert (len(found), len(log.read_text().splitlines())) == (1, 1)
    assert found[0].startswith(f"wheels/{digest}/")
    assert found[0].endswith("/duck-1-py3-none-any.whl")
    assert all(s3.objects[key] == b"evil" for key in junk)


def test_without_a_registry_the_delivery_goes_on_and_says_so(
    s3: FakeS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An image that has the libraries needs no wheels."""
    pip(tmp_path, monkeypatch, works=False)
    packaged(s3)
    told = capsys.readouterr().out
    assert "no wheels of duckdb for the jobs: their image has to have them (no registry is reachable)" in told
    assert "no wheels of polars, polars-runtime-32 for the jobs" in told


def test_the_repository_installs_what_its_tests_need() -> None:
    """The requirements that a build installs are the kit's: linter, test runner and AWS client among them."""
    assert packages()["seed-repository"]["requirements.txt"] == (KIT / "requirements.txt").read_bytes()


def test_nothing_is_installed_where_everything_is_there(tmp_path: Path) -> None:
    """The requirements of the seeded repository are met by this environment: no pip, no network."""
    shutil.copy(KIT / "delivery.py", tmp_path)
    shutil.copy(KIT / "requirements.txt", tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "delivery", "install", "requirements.txt"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("requirements, 0 of them installed now\n")


def test_a_library_that_is_missing_is_not_passed_over(tmp_path: Path) -> None:
    """Where pip cannot get it, the command fails."""
    shutil.copy(KIT / "delivery.py", tmp_path)
    command = [sys.executable, "-m", "delivery", "install", "no-such-library==1.0"]
    environment = {"PIP_NO_INDEX": "1", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode != 0


class FakeCatalog:
    """A project that somebody else is changing, and that fails the update where it is told to."""

    def __init__(self, statuses: list[str], outcome: str, built: list[dict[str, Any]] | None = None) -> None:
        self.statuses, self.outcome, self.updates = statuses, outcome, list[dict[str, Any]]()
        self.built, self.asked = [_built(_KEY)] if built is None else built, list[dict[str, Any]]()

    def client(self, _service: str) -> "FakeCatalog":
        """As a session has it."""
        return self

    def get_paginator(self, name: str) -> "FakeCatalog":
        """CodePipeline's."""
        assert name == "list_action_executions"
        return self

    def paginate(self, **request: Any) -> list[dict[str, Any]]:
        """One page of actions."""
        self.asked.append(request)
        return [{"actionExecutionDetails": self.built}]

    def describe_provisioned_product(self, Name: str) -> dict[str, Any]:
        """Service Catalog's."""
        status = self.statuses.pop(0)
        return {"ProvisionedProductDetail": {"Status": status, "ProductId": "p", "ProvisioningArtifactId": "v"}}

    def describe_provisioning_parameters(self, **_: str) -> dict[str, Any]:
        """Service Catalog's."""
        return {"ProvisioningArtifactParameters": [{"ParameterKey": key} for key in ("Email", "CodePackage")]}

    def update_provisioned_product(self, **request: Any) -> dict[str, Any]:
        """Service Catalog's."""
        assert not self.statuses, "an update while somebody else changes the project"
        self.updates.append(request)
        return {"RecordDetail": {"RecordId": "r", "Status": "IN_PROGRESS"}}

    def describe_record(self, Id: str) -> dict[str, Any]:
        """Service Catalog's."""
        errors = [{"Description": "Code failed"}] if self.outcome == "FAILED" else []
        return {"RecordDetail": {"RecordId": Id, "Status": self.outcome, "RecordErrors": errors}}


@pytest.fixture
def package_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What CodePipeline tells of the build stage."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROJECT", "p")
    monkeypatch.setenv("EXECUTION", "1")
    monkeypatch.setenv("DELIVERY_PIPELINE", "p-delivery")


@pytest.mark.usefixtures("package_record")
def test_a_deployment_waits_for_another_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """A push during an upgrade: the update comes after it, sets the package and keeps every other parameter."""
    catalog = FakeCatalog(["UNDER_CHANGE", "UNDER_CHANGE", "AVAILABLE"], "SUCCEEDED")
    monkeypatch.setattr(boto3, "Session", lambda: catalog)
    delivery.deploy()
    assert [update["ProvisioningParameters"] for update in catalog.updates] == [
        [{"Key": "Email", "UsePreviousValue": True}, {"Key": "CodePackage", "Value": _KEY}]
    ]


@pytest.mark.usefixtures("package_record")
def test_a_rolled_back_update_fails_the_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command ends with CloudFormation's reason."""
    monkeypatch.setattr(boto3, "Session", lambda: FakeCatalog(["AVAILABLE"], "FAILED"))
    with pytest.raises(SystemExit, match="Code failed"):
        delivery.deploy()


def test_a_build_names_a_package_and_nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It comes from a build of pushed code: what is no key of a package ends the deployment before anything is changed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROJECT", "p")
    monkeypatch.setenv("EXECUTION", "1")
    for key in ("initial", "packages/base.zip", f"{_KEY}/../x", "runs/x", f'{_KEY}"}},{{"name":"AWS_ENDPOINT_URL"'):
        Path("package.json").write_text(json.dumps({"key": key}))  # where stacks of earlier versions leave it
        for pipeline in ("", "p-delivery"):
            monkeypatch.setenv("DELIVERY_PIPELINE", pipeline)
            catalog = FakeCatalog(["AVAILABLE"], "SUCCEEDED", [_built(key)])
            monkeypatch.setattr(boto3, "Session", lambda catalog=catalog: catalog)
            with pytest.raises(SystemExit, match="names no code package"):
                delivery.deploy()
            assert catalog.updates == []


@pytest.mark.usefixtures("package_record")
def test_the_package_is_what_the_executions_own_build_has_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """CodePipeline's history says so: the last build that has succeeded counts, no other stage, no variable that somebody has set."""
    monkeypatch.setenv("PACKAGE", "packages/" + "b" * 64 + ".zip")
    other = "packages/" + "c" * 64 + ".zip"
    told = [
        _built(other, at=1),
        _built(_KEY, at=2),
        _built(other, at=3, status="Failed"),
        _built(other, at=4, stage="Deploy"),
    ]
    catalog = FakeCatalog(["AVAILABLE"], "SUCCEEDED", told)
    monkeypatch.setattr(boto3, "Session", lambda: catalog)
    delivery.deploy()
    assert [update["ProvisioningParameters"][-1]["Value"] for update in catalog.updates] == [_KEY]
    assert catalog.asked == [{"pipelineName": "p-delivery", "filter": {"pipelineExecutionId": "1"}}]


def _built(key: str, at: int = 1, status: str = "Succeeded", stage: str = "Build") -> dict[str, Any]:
    """An action as ListActionExecutions has it."""
    when = datetime(2026, 3, at, tzinfo=UTC)
    return {"stageName": stage, "status": status, "startTime": when, "output": {"outputVariables": {"PACKAGE": key}}}


class FakeTraining:
    """Parameter Store and SageMaker of a project with an announced data set."""

    def __init__(self) -> None:
        self.started: list[dict[str, Any]] = []
        self.requests: dict[str, dict[str, Any]] = {}
        self.value = '{"uri": "s3://b/d/", "id": "abc", "version": 3, "people": ["ann"]}'

    def client(self, _service: str) -> "FakeTraining":
        """As a session has it."""
        return self

    def get_parameter(self, Name: str) -> dict[str, Any]:
        """SSM's."""
        assert Name == "/where/the/stack/says"
        return {"Parameter": {"Value": self.value}}

    def describe_pipeline(self, PipelineName: str) -> dict[str, str]:
        """SageMaker's."""
        assert PipelineName == "the-pipeline"
        return {"PipelineDefinition": "{}"}

    def get_caller_identity(self) -> dict[str, str]:
        """STS's."""
        return {"UserId": "AROA1:AWSCodeBuild-1", "Arn": "arn:aws:sts::123456789012:assumed-role/deploy/AWSCodeBuild-1"}

    def put_object(self, Bucket: str, Key: str, Body: bytes, IfNoneMatch: str) -> None:
        """S3's."""
        assert (Bucket, IfNoneMatch) == ("the-requests", "*")
        self.requests[Key] = json.loads(Body)

    def start_pipeline_execution(self, **request: Any) -> dict[str, str]:
        """SageMaker's."""
        self.started.append(request)
        return {"PipelineExecutionArn": "arn:run"}


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    training = FakeTraining()
    monkeypatch.setattr(boto3, "Session", lambda: training)
    for name, value in {
        "DATASET_PARAMETER": "/where/the/stack/says",
        "TRAINING_PIPELINE": "the-pipeline",
        "REQUESTS": "the-requests",
        "COMMIT": "0123abcdef",
        "STARTED_BY": "arn:aws:iam::1:user/ada",
    }.items():
        monkeypatch.setenv(name, value)
    return training


@pytest.mark.parametrize(
    "value",
    [
        '["x"]',
        "{",
        "[" * 50_000,
        '{"uri": 1, "id": "a", "version": 1}',
        '{"uri": "s3://data/d/", "version": 1}',
        '{"uri": "s3://data/d/", "id": "a", "tables": "announced by an earlier mlops train"}',
    ],
)
def test_a_data_set_that_is_none_is_told(training: FakeTraining, value: str) -> None:
    """Whatever stands in the parameter: one line says that it names none, and nothing starts."""
    training.value = value
    with pytest.raises(SystemExit, match="error: the project's parameter names no data set of a registered version"):
        delivery.train()
    assert training.started == []


def test_a_training_goes_by_the_names_that_the_stack_gives(training: FakeTraining) -> None:
    """The kit runs alone in a repository: it makes up no name of a parameter or a pipeline."""
    delivery.train()
    (request,) = training.started
    assert (request["PipelineName"], request["PipelineExecutionDisplayName"]) == ("the-pipeline", "push-0123abcd")
    given = {item["Name"]: item["Value"] for item in request["PipelineParameters"]}
    ((key, wanted),) = training.requests.items()
    assert given == {"DatasetUri": "s3://b/d/", "DatasetId": "abc", "StartRequest": key}
    assert key.startswith("requests/AROA1:AWSCodeBuild-1/")
    assert wanted["parameters"] == {name: given[name] for name in ("DatasetUri", "DatasetId")}
    understood = requests.parsed("AROA1:AWSCodeBuild-1", "0" * 32, json.dumps(wanted).encode())
    assert (understood.tables, understood.definition) == ("", hashlib.sha256(b"{}").hexdigest())


def test_the_kit_hides_no_file_of_the_seed_code() -> None:
    """What a delivery tests with is in the repository, and no file of the seed code has the name of one of the kit's."""
    seed = Path(__file__).parents[3] / "seed_code" / "adherence"
    assert [name for name in KIT_FILES if (seed / name).exists()] == []
    wanted = packages()["seed-repository"]["requirements.txt"].decode()
    for library in ("pytest", "ruff", "xgboost", "duckdb"):
        assert library in wanted
    assert set(KIT_FILES) <= delivery._SKIPPED


def test_a_machine_without_pip_is_no_reason_to_look_for_one(
    s3: FakeS3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The embedded AWS builds without; the line says what it means for the jobs."""
    program = tmp_path / "python"
    program.write_text('#!/bin/sh\necho "/opt/bin/python3: No module named pip" >&2\nexit 1\n')
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    delivery.wheels(s3, "bucket", [pinned("duck")])
    told = capsys.readouterr().out
    assert told == "no wheels of duck for the jobs: their image has to have them (this build fetches none)\n"
