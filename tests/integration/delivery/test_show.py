"""From git push to production, and back: what issue 5 shows, with the personas' own rights."""

import json
import re
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlops.bundled.audit import Trail
from mlops.models.registry import Registry
from mlops.projects.names import Project
from mlops.runs.inference import Inference
from tests.integration.delivery.bench import cloned, commit, git, wait_for
from tests.integration.delivery.mail import mailbox
from tests.integration.desk import Desk

pytestmark = [pytest.mark.xdist_group("show"), pytest.mark.timeout(900)]
PROJECT = "clinic"
PATIENCE = 600  # seconds; other tests share the machine


class Site:
    """The project with a first deployed version, a clone of its repository, its mailbox."""

    def __init__(self, desk: Desk, patients: Path, folder: Path) -> None:
        self.desk, self.patients = desk, patients
        desk.done("project", "create", PROJECT)
        desk.done("train", PROJECT, "--dataset", desk.approved(patients), "--as", "data-scientist")
        desk.done("model", "approve", PROJECT, "1", "--reason", "first", "--as", "ml-engineer")
        self.first = self.predict()
        self.clone = cloned(desk, PROJECT, folder)
        self.mail = mailbox(desk, f"{PROJECT}-", "mail")

    def push(self, message: str, **files: str) -> str:
        """Commit and push; the commit."""
        head = commit(self.clone, message, **files)
        git(self.clone, "push", "-q", "origin", "HEAD:main")
        return head

    def delivered(self, head: str) -> dict[str, Any]:
        """The ended delivery of a commit."""
        client = self.desk.client("codepipeline")

        def ended() -> dict[str, Any] | None:
            answer = client.list_pipeline_executions(pipelineName=f"{PROJECT}-delivery")["pipelineExecutionSummaries"]
            mine = [item for item in answer if [r["revisionId"] for r in item["sourceRevisions"]] == [head]]
            return dict(mine[0]) if mine and mine[0]["status"] not in {"InProgress", "Stopping"} else None

        return dict(wait_for(ended, f"delivery of {head}", PATIENCE))

    def actions(self, execution: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Action runs of a delivery."""
        given = {"pipelineExecutionId": execution["pipelineExecutionId"]}
        answer = self.desk.client("codepipeline").list_action_executions(
            pipelineName=f"{PROJECT}-delivery", filter=given
        )
        return {item["actionName"]: item for item in answer["actionExecutionDetails"]}

    def versions(self) -> list[int]:
        """Registered versions, newest first."""
        listed = json.loads(self.desk.done("model", "list", PROJECT, "--json"))["versions"]
        return [int(item["ModelPackageVersion"]) for item in listed]

    def deployed(self) -> int:
        """The deployed version."""
        return int(json.loads(self.desk.done("model", "list", PROJECT, "--json"))["deployed"])

    def package(self, version: int) -> dict[str, Any]:
        """Description of a version."""
        return dict(json.loads(self.desk.done("model", "show", PROJECT, str(version), "--json")))

    def audit(self) -> list[dict[str, Any]]:
        """Entries of the audit trail, oldest first."""
        entries = json.loads(self.desk.done("audit", "log", PROJECT, "--json"))["entries"]
        return sorted(entries, key=lambda item: int(item["number"]))

    def predict(self) -> bytes:
        """Predictions of a batch with the deployed version."""
        command = ["predict", PROJECT, "--data", str(self.patients), "--as-of", "2024-06-19", "--as", "data-scientist"]
        where = json.loads(self.desk.done(*command, "--json"))["predictions"]
        bucket, key = where.removeprefix("s3://").split("/", 1)
        body = self.desk.client("s3").get_object(Bucket=bucket, Key=f"{key}/predictions.csv")["Body"]
        return bytes(body.read())

    def trainings(self) -> int:
        """Training jobs so far."""
        return len(self.desk.client("sagemaker").list_training_jobs(MaxResults=100)["TrainingJobSummaries"])

    def definition(self) -> str:
        """The training pipeline's definition."""
        answer = self.desk.client("sagemaker").describe_pipeline(PipelineName=f"{PROJECT}-training")
        return str(answer["PipelineDefinition"])


@pytest.fixture(scope="module")
def site(desk: Desk, patients: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """See ``Site``."""
    return Site(desk, patients, tmp_path_factory.mktemp("clones"))


@pytest.fixture(scope="module")
def second(site: Site) -> dict[str, Any]:
    """Version 2, from a pushed commit with another hyper-parameter: commit, package, seconds from push to registration."""
    settings = (site.clone / "project.toml").read_text()
    assert "max_depth = 4" in settings
    for name in (
        "reference",
        "pitfalls",
        "labels",
        "definition",
        "leaks",
    ):  # run elsewhere: here it is about the delivery
        (site.clone / "tests" / f"test_{name}.py").unlink()
    began = time.monotonic()
    head = site.push("shallower trees", project__toml=settings.replace("max_depth = 4", "max_depth = 3"))
    delivery = site.delivered(head)
    why = [
        item["output"]["executionResult"].get("externalExecutionSummary") for item in site.actions(delivery).values()
    ]
    assert delivery["status"] == "Succeeded", why
    wait_for(lambda: len(site.versions()) == 2, "version 2", PATIENCE)
    return {"head": head, "package": site.package(2), "seconds": time.monotonic() - began, "delivery": delivery}


def test_a_push_registers_the_next_version_from_its_commit(site: Site, second: dict[str, Any]) -> None:
    """Commit, pusher, hyper-parameter and digest of version 2 are recorded; it waits for approval."""
    origin = second["package"]["CustomerMetadataProperties"]
    assert origin["git_commit"] == second["head"]
    assert origin["started_by"].endswith("assumed-role/mlops-data-scientist/data-scientist")
    assert origin["max_depth"] == "3"
    assert second["package"]["ModelApprovalStatus"] == "PendingManualApproval"
    assert second["delivery"]["trigger"]["triggerDetail"].endswith(f"rule/{PROJECT}-push")
    print(f"push to registered version: {second['seconds']:.1f} s")


def test_who_pushed_does_not_approve(site: Site, second: dict[str, Any]) -> None:
    """Four eyes hold for pushes: the pusher is the version's creator."""
    finished = site.desk.mlops("model", "approve", PROJECT, "2", "--reason", "mine", "--as", "data-scientist")
    assert finished.returncode == 3
    assert "data-scientist may not" in finished.stderr


def test_versions_are_compared(site: Site, second: dict[str, Any], tmp_path: Path) -> None:
    """The changed hyper-parameter and commit are among the differences; measured on the same rows; the page is written."""
    page = tmp_path / "compare.html"
    answer = json.loads(site.desk.done("model", "compare", PROJECT, "1", "2", "--json", "--html", str(page)))
    rows = {row["name"]: row for row in answer["rows"]}
    assert (rows["max_depth"]["first"], rows["max_depth"]["second"]) == ("4", "3")
    assert rows["git_commit"]["differs"]
    assert answer["same_rows"]
    assert any(name.startswith("brand ") for name in rows)
    assert "version 1 and version 2" in page.read_text()


def test_approval_rollback_and_the_batches_between(site: Site, second: dict[str, Any]) -> None:
    """The next batch uses the approved version; rollback restores the first one's bytes within seconds and trains nothing."""
    site.desk.done("model", "approve", PROJECT, "2", "--reason", "better", "--as", "ml-engineer")
    assert site.deployed() == 2
    new = site.predict()
    assert new != site.first
    before, began = site.trainings(), time.monotonic()
    site.desk.done("model", "rollback", PROJECT, "--reason", "complaints", "--as", "ml-engineer")
    seconds = time.monotonic() - began
    assert site.deployed() == 1
    assert site.predict() == site.first
    assert site.trainings() == before
    assert seconds < 15  # mostly the command's start on a busy machine
    entry = json.loads(site.desk.done("model", "log", PROJECT, "--json"))["deployments"][0]
    assert (entry["action"], entry["version"], entry["reason"]) == ("rollback", 1, "complaints")
    assert entry["approved_by"].endswith("assumed-role/mlops-ml-engineer/ml-engineer")


def test_racing_approvals_are_both_on_record_and_the_later_one_counts(site: Site, second: dict[str, Any]) -> None:
    """Versions 1 and 2 are approved anew at the same moment by two people: no entry is lost, the pointer is the later decision's."""
    people = [site.desk.aws.assume("mlops-ml-engineer", name) for name in ("ben", "eva")]
    registries = [Registry(person, Project(PROJECT, site.desk.aws.account)) for person in people]
    before = len(site.audit())

    def decide(number: int) -> None:
        for verb in ("reject", "approve"):
            registries[number].decide(number + 1, verb, "race")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(decide, range(2)))

    def decided() -> list[dict[str, Any]]:
        found = site.audit()[before:]
        return found if len(found) >= 4 else []

    entries = wait_for(decided, "four entries", PATIENCE)
    assert sorted((item["action"], item["subject"], item["by"].rsplit("/", 1)[-1]) for item in entries) == [
        ("approve", "version 1", "ben"),
        ("approve", "version 2", "eva"),
        ("reject", "version 1", "ben"),
        ("reject", "version 2", "eva"),
    ]
    later = max((1, 2), key=lambda number: site.package(number)["LastModifiedTime"])
    wait_for(lambda: site.deployed() == later, f"version {later}", PATIENCE)
    if later == 2:
        registries[1].rollback("as before the race", to=1)
    assert site.desk.mlops("audit", "verify", "--as", "manager").returncode == 0


def test_a_batch_finishes_with_the_version_that_it_started_with(site: Site, second: dict[str, Any]) -> None:
    """Another version is deployed while a batch runs: the batch's predictions are those of the version that it had resolved."""
    aws = site.desk.aws
    project = Project(PROJECT, aws.account)
    inference, registry = Inference(aws, project), Registry(aws, project)
    arn = inference.start(inference.upload(site.patients), date(2024, 6, 19))

    def resolved() -> bool:
        steps = {step["StepName"]: step["StepStatus"] for step in inference.runs.steps(arn)}
        return steps.get("ResolveModel") == "Succeeded"

    wait_for(resolved, "the batch's version", PATIENCE)
    registry.rollback("while a batch runs", to=2)
    assert "Transform" not in {step["StepName"] for step in inference.runs.steps(arn)}
    batch = inference.finish(arn)
    registry.rollback("back again", to=1)
    bucket, key = batch.predictions.removeprefix("s3://").split("/", 1)
    body = site.desk.client("s3").get_object(Bucket=bucket, Key=f"{key}/predictions.csv")["Body"].read()
    assert body == site.first


def test_nobody_else_rolls_back(site: Site, second: dict[str, Any]) -> None:
    """Data scientists and managers cannot move the pointer."""
    for persona in ("data-scientist", "manager"):
        finished = site.desk.mlops("model", "rollback", PROJECT, "--to", "2", "--reason", "x", "--as", persona)
        assert finished.returncode == 3, finished.stderr
    assert site.deployed() == 1


def test_a_damaged_artifact_is_refused_with_both_digests(site: Site, second: dict[str, Any]) -> None:
    """One flipped byte in version 2's artifact: neither rollback to it nor a batch with it goes through."""
    uri = second["package"]["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    s3 = site.desk.client("s3")
    good = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.put_object(Bucket=bucket, Key=key, Body=good[:100] + bytes([good[100] ^ 1]) + good[101:])
    try:
        finished = site.desk.mlops("model", "rollback", PROJECT, "--to", "2", "--reason", "x", "--as", "ml-engineer")
        assert finished.returncode == 2
        assert site.package(2)["CustomerMetadataProperties"]["model_sha256"] in finished.stderr
        assert "damaged or was replaced" in finished.stderr
        assert site.deployed() == 1
    finally:
        s3.put_object(Bucket=bucket, Key=key, Body=good)


def test_a_failing_test_changes_nothing(site: Site, second: dict[str, Any]) -> None:
    """The delivery stops at the build; pipeline, versions and deployment stay; log and message say why."""
    before = site.definition(), site.versions(), site.deployed()
    shutil.rmtree(site.clone / "tests")  # the seed's own tests ran in the delivery before
    head = site.push("wrong", tests_in_test_wrong__py="def test_arithmetic():\n    assert 1 + 1 == 3\n")
    delivery = site.delivered(head)
    assert delivery["status"] == "Failed"
    run = site.actions(delivery)["TestAndPackage"]
    result = run["output"]["executionResult"]
    assert result["errorDetails"]["message"].endswith(
        "python3 -m pytest -q -n auto --dist loadfile -m 'not slow' tests. Reason: exit status 1"
    )
    shown = site.desk.done("run", "logs", delivery["pipelineExecutionId"])
    assert "test_arithmetic" in shown
    mail = wait_for(lambda: [text for text in site.mail() if "Delivery clinic-delivery stopped" in text], "message")
    assert "python3 -m pytest -q -n auto --dist loadfile -m 'not slow' tests. Reason: exit status 1" in mail[0]
    assert "UpdateProject" not in site.actions(delivery)
    assert (site.definition(), site.versions(), site.deployed()) == before
    listed = site.desk.done("run", "list")
    assert delivery["pipelineExecutionId"][:8] in listed


def test_every_decision_is_in_the_audit_trail(site: Site, second: dict[str, Any]) -> None:
    """Approvals and the rollback with who, why and what they did; a manager reads and verifies it."""
    entries = [(item["action"], item["subject"], item["reason"], item["outcome"]) for item in site.audit()]
    for expected in (
        ("approve", "version 1", "first", "deployed"),
        ("approve", "version 2", "better", "deployed"),
        ("rollback", "version 1", "complaints", "deployed"),
    ):
        assert entries.count(expected) == 1
    shown = site.desk.done("audit", "log", PROJECT, "--as", "manager")
    assert re.search(r"clinic +approve +version 2 +mlops-ml-engineer/ml-engineer +better +deployed", shown)
    verified = json.loads(site.desk.done("audit", "verify", PROJECT, "--json", "--as", "manager"))
    assert verified["intact"]
    assert verified["trails"][0]["head"].startswith(f"{len(entries)}:")


def test_nobody_touches_the_audit_trail(site: Site, second: dict[str, Any]) -> None:
    """No persona appends by hand; overwriting and deleting are refused to everybody, object lock keeps every version."""
    bucket, key = f"mlops-audit-{site.desk.aws.account}", f"audit/{PROJECT}/00000001.json"
    head = site.desk.client("s3").head_object(Bucket=bucket, Key=key)
    locked = {"Bucket": bucket, "Key": key, "VersionId": head["VersionId"]}
    assert head["ObjectLockMode"] == "GOVERNANCE"
    for persona in ("data-scientist", "ml-engineer", "manager"):
        s3 = site.desk.aws.assume(f"mlops-{persona}", persona).client("s3")
        assert json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())["number"] == 1
        calls: list[Callable[[], Any]] = [
            lambda s3=s3: s3.put_object(Bucket=bucket, Key=f"audit/{PROJECT}/99999999.json", Body=b"", IfNoneMatch="*"),
            lambda s3=s3: s3.put_object(Bucket=bucket, Key=key, Body=b""),
            lambda s3=s3: s3.delete_object(Bucket=bucket, Key=key),
            lambda s3=s3: s3.delete_object(**locked),
        ]
        for call in calls:
            with pytest.raises(ClientError, match="AccessDenied"):
                call()
    with pytest.raises(ClientError, match="object lock"):
        site.desk.client("s3").delete_object(**locked)


def test_an_edited_entry_is_found_by_the_command(site: Site, second: dict[str, Any]) -> None:
    """The account's root writes an entry anew, past every policy: exit code 1, and the line says which one."""
    bucket, key = f"mlops-audit-{site.desk.aws.account}", "audit/forged/00000001.json"
    s3 = site.desk.client("s3")
    entry = Trail(s3, bucket, "forged").append("approve", "version 1", by="arn:aws:iam::1:user/ada", reason="fine")
    assert site.desk.mlops("audit", "verify", "forged").returncode == 0
    s3.delete_bucket_policy(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(asdict(replace(entry, reason="finer"))).encode())
    finished = site.desk.mlops("audit", "verify")
    assert finished.returncode == 1
    assert "forged: entry 1 was overwritten: it has 2 versions" in finished.stderr
    assert "forged: entry 1 was edited: its content has another digest than it says" in finished.stderr
    assert f"{PROJECT}: " not in finished.stderr
