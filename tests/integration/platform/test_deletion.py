"""What becomes of a project's code when the project is deleted: kept, handed over, or deleted too; by ``mlops project delete``."""

import json
from pathlib import Path

import pytest

from mlops.projects.names import Project
from tests.integration.delivery.bench import cloned, commit, git
from tests.integration.desk import Desk

pytestmark = pytest.mark.timeout(600)


def _has(desk: Desk, project: str) -> bool:
    name = Project(project, desk.aws.account).repository
    return name in {it["repositoryName"] for it in desk.client("codecommit").list_repositories()["repositories"]}


def _projects(desk: Desk) -> set[str]:
    return {it["name"] for it in json.loads(desk.done("project", "list", "--json"))}


def test_code_is_kept_and_its_name_is_taken(desk: Desk, tmp_path: Path) -> None:
    """What was pushed is there still; the doctor says so, and a new project of the name is refused in one line, before anything is made."""
    desk.done("project", "create", "ward")
    clone = cloned(desk, "ward", tmp_path)
    head = commit(clone, "a team's work", notes__md="kept")
    git(clone, "push", "-q", "origin", "HEAD:refs/heads/topic")
    assert "model package group, repository" in desk.done("project", "delete", "ward", "--yes")
    branch = desk.client("codecommit").get_branch(repositoryName="ward-code", branchName="topic")["branch"]
    assert branch["commitId"] == head
    assert "deleted projects have left: ward-code" in desk.done("doctor", "--security")
    again = desk.mlops("project", "create", "ward")
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    account = desk.aws.account
    kept = f"bucket mlops-ward-data-{account}, bucket mlops-ward-artifacts-{account}, repository ward-code"
    assert f"project ward: kept from a deleted project of this name: {kept}; choose another name" in again.stderr
    assert _projects(desk) == set()


def test_code_is_handed_over_and_deleted_by_choice(desk: Desk, tmp_path: Path) -> None:
    """Every branch is in the file; the trail says who has asked for the deletion, and that the repository went too."""
    desk.done("project", "create", "clinic")
    clone = cloned(desk, "clinic", tmp_path)
    head = commit(clone, "a team's work", notes__md="handed over")
    git(clone, "push", "-q", "origin", "HEAD:refs/heads/topic")
    bundle = tmp_path / "clinic.bundle"
    bundle.write_text("somebody's file")
    options = ("--yes", "--reason", "was a trial", "--delete-repository", "--export-repository", str(bundle))
    refused = desk.mlops("project", "delete", "clinic", *options)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "is there already; nothing was deleted" in refused.stderr
    assert _projects(desk) == {"clinic"}
    bundle.unlink()
    said = desk.done("project", "delete", "clinic", *options)
    assert said.rstrip().endswith("kept: data and artifacts buckets, model package group")
    assert not _has(desk, "clinic")
    git(tmp_path, "clone", "-q", "--branch", "topic", str(bundle), "again")
    assert git(tmp_path / "again", "rev-parse", "HEAD").stdout.strip() == head
    entries = json.loads(desk.done("audit", "log", "clinic", "--json"))["entries"]
    (entry,) = [it for it in entries if it["action"] == "delete project"]
    assert (entry["reason"], entry["outcome"]) == ("was a trial", "it never ran, its repository is deleted")
    assert entry["by"].endswith("assumed-role/mlops-ml-engineer/ml-engineer")


def test_code_that_lives_elsewhere_is_nobodys_to_delete(desk: Desk) -> None:
    """A project behind a connection has no repository here: the options are refused, and nothing is deleted."""
    connection = f"arn:aws:codeconnections:us-east-1:{desk.aws.account}:connection/c"
    given = {"Source": "codeconnections", "ConnectionArn": connection, "Repository": "owner/code"}
    params = [part for name, value in given.items() for part in ("--param", f"{name}={value}")]
    desk.done("project", "create", "abroad", *params)
    refused = desk.mlops("project", "delete", "abroad", "--yes", "--delete-repository")
    assert refused.returncode == 2
    assert "its code is in no repository of CodeCommit; nothing was deleted" in refused.stderr
    assert desk.done("project", "delete", "abroad", "--yes").rstrip().endswith("model package group")
