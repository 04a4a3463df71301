"""``mlops project delete``: what goes is what the plan said, whatever interrupts it, and what stays can be taken over (stories 6, 8.5)."""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlops.projects.names import Project
from tests.integration.commands import Command, Finished
from tests.integration.delivery.bench import cloned, commit, git
from tests.integration.desk import Desk
from tests.integration.platform.inventory import Things, after, everything

pytestmark = pytest.mark.timeout(600)
KEYS = ("datasets/x/a.csv", "features/f", "predictions/d/p.csv", "quality/q.json", "requests/me/r.json")
FAILS = {"Name": "F", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}}
ALL = ("--with-data", "--delete-repository")


def delete(command: Command, name: str, *options: str, reason: str = "was a trial") -> Finished:
    """By the id of the plan that was seen."""
    seen = command("project", "delete", name, *options, "--dry-run", "--json")
    assert seen.code == 0, seen.error
    return command(
        "project",
        "delete",
        name,
        *options,
        "--reason",
        reason,
        "--yes",
        "--plan-id",
        json.loads(seen.output)["plan_id"],
    )


def plan(command: Command, name: str, *options: str) -> dict[str, Any]:
    """As ``--dry-run`` shows it."""
    return dict(json.loads(command("project", "delete", name, *options, "--dry-run", "--json").output))


def fill(desk: Desk, name: str) -> None:
    """A version and objects everywhere, as runs and people leave them; the buckets' policies refuse root, so they are off meanwhile."""
    project, s3 = Project(name, desk.aws.account), desk.client("s3")
    for bucket, keys in ((project.data_bucket, KEYS), (project.artifacts_bucket, ("runs/x/model.tar.gz",))):
        policy = s3.get_bucket_policy(Bucket=bucket)["Policy"]
        s3.delete_bucket_policy(Bucket=bucket)
        for key in keys:
            for body in (b"first", b"second"):
                s3.put_object(Bucket=bucket, Key=key, Body=body)
        s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    container = {"Image": "i", "ModelDataUrl": f"s3://{project.artifacts_bucket}/runs/x/model.tar.gz"}
    sagemaker = desk.client("sagemaker")
    specification = {
        "Containers": [container],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    sagemaker.create_model_package(ModelPackageGroupName=name, InferenceSpecification=specification)
    role = f"arn:aws:iam::{desk.aws.account}:role/{project.execution_role}"
    sagemaker.create_model(ModelName=f"pipelines-{name}", PrimaryContainer=container, ExecutionRoleArn=role)


@pytest.fixture
def clean(desk: Desk) -> Iterator[Things]:
    """What is there before a project and, but for its trail, after all of it is deleted."""
    before = everything(desk.aws)
    yield before
    assert everything(desk.aws) == before


def test_what_goes_is_what_the_plan_said(desk: Desk, command: Command, clean: Things) -> None:
    """Inventory before, minus the plan, is the inventory after: for a whole project, and then for what it has left."""
    assert command("project", "create", "ward").code == 0
    fill(desk, "ward")
    before, keep = everything(desk.aws), ("--keep", "predictions,models")
    seen = plan(command, "ward", *keep)
    assert everything(desk.aws) == before
    goes, stays = ({it["id"] for it in seen[fate]} for fate in ("goes", "stays"))
    data = f"s3://{Project('ward', desk.aws.account).data_bucket}"
    assert {f"{data}/{it}/" for it in ("datasets", "features", "requests")} <= goes
    assert {f"{data}/predictions/", f"{data}/quality/", "ward", "ward-code", "mlops-data-key-arn"} <= stays
    done = delete(command, "ward", *keep)
    assert done.code == 0, done.error
    assert everything(desk.aws) == after(before, seen["goes"])
    again = command("project", "create", "ward")
    assert (again.code, again.error.count("\n")) == (2, 1)
    assert (
        "take it over with --adopt, or remove it: 'mlops project delete ward --with-data --delete-repository'"
        in again.error
    )
    rest = plan(command, "ward", *ALL)
    assert rest["state"] == "deleted before"
    proof = json.loads(delete(command, "ward", *ALL, "--json").output)
    assert proof["verified"]
    assert {it["id"] for it in proof["proof"] if it["says"] == "is gone"} == {it["id"] for it in rest["goes"]}
    entries = json.loads(command("audit", "log", "ward", "--json").output)["entries"]
    told = [
        (it["action"], it["outcome"].partition(":")[0]) for it in reversed(entries) if it["action"].startswith("delete")
    ]
    assert told == [
        ("delete project", "it is gone; to go too"),
        ("delete data", "began"),
        ("delete data", "gone"),
        ("delete data", "began"),
        ("delete data", "gone"),
    ]
    assert all(
        it["by"].endswith("assumed-role/mlops-ml-engineer/ml-engineer") for it in entries if "delete" in it["action"]
    )


def test_nothing_goes_unconfirmed(desk: Desk, command: Command, clean: Things) -> None:
    """Neither without a plan, nor by one of another world or of other options, nor with another name typed; nor by who may not."""
    assert command("project", "create", "ward").code == 0
    before, seen = everything(desk.aws), plan(command, "ward")["plan_id"]
    refused = [
        (command("project", "delete", "ward", "--yes"), "--yes needs --plan-id ID"),
        (
            command("project", "delete", "ward", "--yes", "--plan-id", "0123456789ab"),
            "not as it was in plan 0123456789ab",
        ),
        (command("project", "delete", "ward", *ALL, "--yes", "--plan-id", seen), f"not as it was in plan {seen}"),
        (command("project", "delete", "ward", "--keep", "model"), "--keep model: must be some of"),
        (command("project", "delete", "nobody", "--dry-run"), "project nobody: there is none"),
    ]
    for finished, words in refused:
        assert (finished.code, finished.error.count("\n")) == (2, 1)
        assert words in finished.error
    typed = subprocess.run(
        [sys.executable, "-m", "mlops", "project", "delete", "ward"],
        check=False,
        cwd=desk.folder,
        input="wards\n",
        capture_output=True,
        text=True,
    )
    assert (typed.returncode, typed.stderr) == (2, "error: nothing was deleted\n")
    desk.client("ssm").put_parameter(Name="/mlops/ward/latest-dataset", Value="x", Type="String")
    assert (
        command("project", "delete", "ward", "--yes", "--plan-id", seen).code == 2
    )  # there is something more that goes
    desk.client("ssm").delete_parameter(Name="/mlops/ward/latest-dataset")
    scientist = desk.aws.assume("mlops-data-scientist", "ann")
    with pytest.raises(ClientError, match="AccessDenied"):
        scientist.client("lambda").invoke(FunctionName="mlops-delete-kept", Payload=b'{"project": "ward"}')
    engineer = desk.aws.assume("mlops-ml-engineer", "ben")
    text = json.dumps({"reason": "mine", "beside": ["models"]})
    engineer.client("ssm").put_parameter(Name="/mlops/ward/deletion", Value=text, Type="String")
    answer = engineer.client("lambda").invoke(FunctionName="mlops-delete-kept", Payload=b'{"project": "ward"}')
    assert "project ward is there" in json.loads(answer["Payload"].read())["refused"]
    desk.client("ssm").delete_parameter(Name="/mlops/ward/deletion")
    assert everything(desk.aws) == before
    killed_and_finished(desk, command)


def killed_and_finished(desk: Desk, command: Command) -> None:
    """What was asked for is known once it was begun, and the same command without options does the rest."""
    fill(desk, "ward")
    seen = plan(command, "ward", *ALL)["plan_id"]
    line = [sys.executable, "-m", "mlops", "project", "delete", "ward", *ALL, "--yes", "--plan-id", seen]
    running = subprocess.Popen(line, cwd=desk.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not any(
        it["Name"] == "/mlops/ward/deletion" for it in desk.client("ssm").describe_parameters()["Parameters"]
    ):
        assert running.poll() is None
    running.kill()
    running.wait()
    again = command("project", "create", "ward")
    assert (again.code, again.error.count("\n")) == (2, 1)  # it is there, or its deletion is under way
    assert delete(command, "ward").code == 0


def test_a_half_created_project_goes(desk: Desk, command: Command, clean: Things) -> None:
    """Service Catalog has it, with the error; its stack is rolled back, or half there."""
    sagemaker, one = desk.client("sagemaker"), {"PipelineName": "ward-training", "ClientRequestToken": "t" * 32}
    role, nothing = (
        f"arn:aws:iam::{desk.aws.account}:role/mlops-manager",
        json.dumps({"Version": "2020-12-01", "Steps": [FAILS]}),
    )
    sagemaker.create_pipeline(PipelineDefinition=nothing, RoleArn=role, **one)
    catalog = desk.aws.assume("mlops-ml-engineer", "ben").client("servicecatalog")
    given = {"ProductName": "ML project", "ProvisionedProductName": "ward", "ProvisionToken": str(uuid.uuid4())}
    version = catalog.describe_product(Name="ML project")["ProvisioningArtifacts"][-1]["Name"]
    named = [{"Key": "SageMakerProjectName", "Value": "ward"}]
    record = catalog.provision_product(ProvisioningArtifactName=version, ProvisioningParameters=named, **given)[
        "RecordDetail"
    ]
    while record["Status"] in {"CREATED", "IN_PROGRESS"}:
        time.sleep(0.1)
        record = catalog.describe_record(Id=record["RecordId"])["RecordDetail"]
    before, seen = everything(desk.aws), plan(command, "ward", *ALL)
    assert (record["Status"], seen["state"]) == ("FAILED", "half created")
    assert delete(command, "ward", *ALL).code == 0
    assert everything(desk.aws) == after(before, seen["goes"])
    sagemaker.delete_pipeline(**one)  # somebody else's, which no plan named


def test_what_others_use_stays(desk: Desk, command: Command, clean: Things) -> None:
    """Requirement 6.3: a project whose versions another one predicts with; every user is named, and CloudFormation refuses, too."""
    assert command("project", "create", "ward").code == 0
    finished = command(
        "project", "create", "scores", "--template", "inference-only", "--param", "ModelPackageGroup=ward"
    )
    assert finished.code == 0, finished.error
    before = everything(desk.aws)
    seen = plan(command, "ward")
    assert seen["used_by"] == {"mlops-project-ward-models": ["scores"]}
    refused = command("project", "delete", "ward", "--yes", "--plan-id", seen["plan_id"])
    assert (refused.code, refused.error.count("\n")) == (2, 1)
    assert "its model versions are used by scores: delete these first; nothing was deleted" in refused.error
    catalog = desk.aws.assume("mlops-ml-engineer", "ben").client("servicecatalog")
    record = catalog.terminate_provisioned_product(ProvisionedProductName="ward", TerminateToken="t")["RecordDetail"]
    while record["Status"] in {"CREATED", "IN_PROGRESS"}:
        time.sleep(0.1)
        record = catalog.describe_record(Id=record["RecordId"])["RecordDetail"]
    assert record["Status"] == "FAILED"
    (stack,) = [
        it["PhysicalId"] for it in catalog.search_provisioned_products()["ProvisionedProducts"] if it["Name"] == "ward"
    ]
    told = desk.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackStatusReason"]
    assert "mlops-project-ward-models cannot be deleted as it is in use by" in told
    assert everything(desk.aws) == before
    destroyed = command("destroy", "--yes")
    assert (destroyed.code, destroyed.error) == (
        2,
        "error: still in use by scores, ward: delete those projects first\n",
    )
    for name in ("scores", "ward"):
        assert delete(command, name, *ALL).code == 0


def test_code_is_kept_handed_over_and_taken_over(desk: Desk, command: Command, clean: Things, tmp_path: Path) -> None:
    """What was pushed is there in the next project of the name, which takes data, versions and code over; or in a file, and gone."""
    assert command("project", "create", "ward").code == 0
    head = commit(cloned(desk, "ward", tmp_path), "a team's work", notes__md="kept")
    git(tmp_path / "ward", "push", "-q", "origin", "HEAD:refs/heads/topic")
    fill(desk, "ward")
    kept = {it for it in everything(desk.aws) if it[0] == "objects" and "-ward-" in it[1] and "/runs/" in it[1]}
    assert delete(command, "ward").code == 0
    assert "deleted projects have left: ward-code" in command("doctor", "--security").output
    assert command("project", "create", "ward", "--adopt").code == 0
    there = everything(desk.aws)
    assert kept <= there
    assert any(it[0] == "AWS::SageMaker::ModelPackage" for it in there)
    policy = desk.client("s3").get_bucket_policy(Bucket=f"mlops-ward-data-{desk.aws.account}")["Policy"]
    assert "KeepForEver" in policy
    bundle = tmp_path / "ward.bundle"
    bundle.write_text("somebody's file")
    options = (*ALL, "--export-repository", str(bundle))
    refused = delete(command, "ward", *options)
    assert (refused.code, refused.error.count("\n")) == (2, 1)
    assert "is there already; nothing was deleted" in refused.error
    bundle.unlink()
    assert delete(command, "ward", *options).code == 0
    git(tmp_path, "clone", "-q", "--branch", "topic", str(bundle), "again")
    assert git(tmp_path / "again", "rev-parse", "HEAD").stdout.strip() == head


def test_code_that_lives_elsewhere_is_nobodys_to_delete(desk: Desk, command: Command, clean: Things) -> None:
    """A project behind a connection has no repository here: the options are refused, and nothing is deleted."""
    connection = f"arn:aws:codeconnections:us-east-1:{desk.aws.account}:connection/c"
    given = {"Source": "codeconnections", "ConnectionArn": connection, "Repository": "owner/code"}
    params = [part for name, value in given.items() for part in ("--param", f"{name}={value}")]
    assert command("project", "create", "abroad", *params).code == 0
    refused = command("project", "delete", "abroad", "--dry-run", "--delete-repository")
    assert refused.code == 2
    assert "its code is in no repository of CodeCommit; nothing was deleted" in refused.error
    assert delete(command, "abroad", "--with-data").code == 0
