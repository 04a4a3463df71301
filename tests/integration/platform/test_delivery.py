"""The commands of a project's delivery pipeline, run as its build and deploy roles in a clone of its repository."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mlops.aws import Aws
from mlops.projects.catalog import Projects
from mlops.projects.packages import packages


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory, aws: Aws, projects: Projects) -> Path:
    """A new project's repository, checked out; CodeBuild's part, to assume the two roles, is the test's here."""
    projects.create("clinic", "ml-project")
    root = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{aws.account}:root"}}
    for kind in ("build", "deploy"):
        trust = json.dumps({"Version": "2012-10-17", "Statement": [root]})
        aws.client("iam").update_assume_role_policy(RoleName=f"mlops-clinic-{kind}", PolicyDocument=trust)
    folder = tmp_path_factory.mktemp("clone")
    for name, content in packages()["seed-repository"].items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def _run(aws: Aws, clone: Path, command: str, role: str) -> "subprocess.CompletedProcess[str]":
    keys = aws.assume(role, "delivery").credentials
    assert keys is not None
    assert keys.token is not None
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": str(aws.endpoint),
        "AWS_DEFAULT_REGION": aws.region,
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_SESSION_TOKEN": keys.token,
        "PROJECT": "clinic",
        "ARTIFACTS": f"mlops-clinic-artifacts-{aws.account}",
        "CODEBUILD_RESOLVED_SOURCE_VERSION": "0123456789abcdef",
    }
    return subprocess.run(
        [sys.executable, "-m", "delivery", command],
        cwd=clone,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _leaves(value: Any, path: str = "") -> dict[str, str]:
    """Path -> value of everything in a definition."""
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        return {place: leaf for name, item in inner for place, leaf in _leaves(item, f"{path}.{name}").items()}
    return {path: str(value)}


def _definition(aws: Aws) -> dict[str, str]:
    found = aws.client("sagemaker").describe_pipeline(PipelineName="clinic-training")["PipelineDefinition"]
    return _leaves(json.loads(found))


def test_changed_code_reaches_the_pipeline_through_cloudformation(aws: Aws, projects: Projects, clone: Path) -> None:
    """A changed file gives a new package; the update changes where the pipeline's code lies and nothing else."""
    projects.upgrade("clinic", parameters={"MinAuc": "0.7"})
    before = _definition(aws)
    settings = clone / "project.toml"
    settings.write_text(settings.read_text() + "\n# changed\n")
    done = _run(aws, clone, "package", "mlops-clinic-build")
    assert done.returncode == 0, done.stderr
    done = _run(aws, clone, "deploy", "mlops-clinic-deploy")
    assert done.returncode == 0, done.stderr
    after = _definition(aws)
    assert before.keys() == after.keys()
    changed = {after[path] for path in after if after[path] != before[path]}
    places = sorted(value for value in changed if value.startswith("s3://"))
    code = next(
        place for place in places if place.rstrip("/").rsplit("/", 1)[-1] in changed
    )  # its digest is a constant, too
    commit = {value for value in changed if value.startswith("seed-")}
    assert (len(places), len(commit), len(changed)) == (2, 1, 4)
    bucket, key = code.removeprefix("s3://").split("/", 1)
    body = aws.client("s3").get_object(Bucket=bucket, Key=f"{key}project.toml")["Body"].read()
    assert body == settings.read_bytes()


def test_training_waits_for_a_data_set(aws: Aws, clone: Path) -> None:
    """Without an announced data set there is nothing to train on, and that is no error."""
    done = _run(aws, clone, "train", "mlops-clinic-deploy")
    assert (done.returncode, "nothing to train on" in done.stdout) == (0, True)


def test_damaged_package_leaves_the_project_as_it_was(aws: Aws, clone: Path) -> None:
    """CloudFormation rolls back; the command ends with an error that says why."""
    before = _definition(aws)
    (clone / "package.json").write_text(json.dumps({"key": f"packages/{'0' * 64}.zip"}))
    done = _run(aws, clone, "deploy", "mlops-clinic-deploy")
    assert done.returncode == 1
    assert "Custom::ProjectCode" in done.stderr
    assert _definition(aws) == before
