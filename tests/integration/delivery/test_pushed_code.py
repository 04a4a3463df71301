"""A delivery tests the code that was pushed, though the embedded AWS keeps its state inside the platform's own checkout.

Every commit is pushed and built by the project's own build commands; ``PYTEST_ADDOPTS`` chooses the tests that see a mistake, since all
of them would take minutes a commit. ``make bench NAME=pushed`` delivers each commit whole.
"""

import io
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops.projects.packages import packages
from stacks.constructs.buildspecs import build_spec
from tests.integration.delivery.bench import Bench, git, running, wait_for
from tests.integration.delivery.mistakes import RIGHT, WRONG, Change

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.xdist_group("pushed")


def seed_repository(folder: Path) -> Path:
    """The files that a new project's repository has."""
    for name, content in packages()["seed-repository"].items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


class Site:
    """A project's repository, its bucket and its build, with nothing else of a project."""

    def __init__(self, bench: Bench, folder: Path) -> None:
        self.bench, self.clone = bench, folder / "clone"
        bench.client("codecommit").create_repository(repositoryName="team-code")
        bench.client("s3").create_bucket(Bucket="team-artifacts")
        bench.client("s3").put_object(Bucket="team-artifacts", Key="packages/base.zip", Body=_base())
        actions = ["s3:*", "logs:*", "codecommit:*"]
        role = bench.role("team", {"Effect": "Allow", "Action": actions, "Resource": "*"}, service="codebuild")
        address = bench.address("team-code")
        bench.client("codebuild").create_project(
            name="team-build",
            source={"type": "CODECOMMIT", "location": address.rpartition("@")[2], "buildspec": build_spec()},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/standard:7.0",
                "computeType": "BUILD_GENERAL1_SMALL",
                "environmentVariables": [{"name": "ARTIFACTS", "value": "team-artifacts"}],
            },
            serviceRole=role,
        )
        git(folder, "clone", "-q", address, "clone")
        seed_repository(self.clone)
        git(self.clone, "add", "-A")
        git(self.clone, "commit", "-q", "-m", "seed code")
        git(self.clone, "push", "-q", "origin", "HEAD:main")

    def push(self, change: Change) -> str:
        """The change on a branch of its own, from the seed code; its commit."""
        git(self.clone, "checkout", "-q", "-B", "work", "origin/main")
        change.make(self.clone)
        git(self.clone, "add", "-A")
        git(self.clone, "commit", "-q", "-m", change.name)
        git(self.clone, "push", "-q", "-f", "origin", "HEAD:work")
        return git(self.clone, "rev-parse", "HEAD").stdout.strip()

    def build(self, head: str, tests: tuple[str, str] | None = None, seconds: float = 120) -> tuple[str, str]:
        """Status and log of the build of a commit, with these tests alone or with all."""
        chosen = [{"name": "COMMIT", "value": head}]
        if tests is not None:
            limit = 2 if tests[0] == "test_patience.py" else 60
            options = f"-o 'python_files={tests[0]}' -o seconds_per_test={limit} -k '{tests[1]}'"
            chosen.append({"name": "PYTEST_ADDOPTS", "value": options})
            chosen.append({"name": "PYTEST_XDIST_AUTO_NUM_WORKERS", "value": "0"})
        client = self.bench.client("codebuild")
        started = client.start_build(
            projectName="team-build",
            sourceVersion=head,
            environmentVariablesOverride=chosen,
        )["build"]

        def ended() -> dict[str, Any] | None:
            (found,) = client.batch_get_builds(ids=[started["id"]])["builds"]
            return dict(found) if found["buildComplete"] else None

        found = wait_for(ended, "build", seconds)
        where = {"logGroupName": found["logs"]["groupName"], "logStreamName": found["logs"]["streamName"]}
        lines = self.bench.client("logs").get_log_events(**where, startFromHead=True)["events"]
        return str(found["buildStatus"]), "\n".join(line["message"] for line in lines)


def _base() -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, content in packages()["project-code"].items():
            archive.writestr(name, content)
    return raw.getvalue()


@pytest.fixture(scope="module")
def inside() -> Iterator[Path]:
    """A folder within this checkout."""
    folder = ROOT / ".mlops" / f"pushed-{os.getpid()}"
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def site(inside: Path) -> Iterator[Site]:
    """On an embedded AWS whose state lies there."""
    for bench in running(inside):
        yield Site(bench, inside)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda it: it.name)
def test_a_wrong_commit_is_red_for_its_own_reason(site: Site, wrong: Change) -> None:
    """And no package is made of it."""
    status, log = site.build(site.push(wrong), wrong.tests)
    assert status == "FAILED", log
    assert wrong.reason in log
    assert "packaged" not in log
    assert [it.name for it in WRONG if it is not wrong and it.reason in log] == []


def test_a_right_feature_is_green(site: Site) -> None:
    """The log says what was tested: the package of this very commit, in the build's own folder."""
    head = site.push(RIGHT)
    status, log = site.build(head, RIGHT.tests)
    assert status == "SUCCEEDED", log
    (line,) = [line for line in log.splitlines() if line.startswith("tested: ")]
    assert f"commit {head}" in line
    assert line.startswith(RIGHT.reason)
    assert "/src, " in line
    assert "seed_code" not in line
    assert "packages/" in log


def test_a_build_without_a_box_tests_the_repository_too(inside: Path) -> None:
    """Below this checkout, with its seed code on the path, a repository's own settings are those that count."""
    folder = seed_repository(inside / "unboxed")
    wrong = WRONG[0]
    wrong.make(folder)
    done = _pytest(folder, "-k", wrong.tests[1])
    assert done.returncode == 1
    assert wrong.reason in done.stdout
    assert f"in {folder}, " in done.stdout


def test_nothing_else_than_the_repository_is_tested(inside: Path) -> None:
    """Where Python would find another package of its name, the run ends before any test."""
    folder = seed_repository(inside / "elsewhere")
    done = _pytest(folder, "-p", "adherence.errors", "-o", "pythonpath=")
    assert done.returncode == 4
    assert (
        f"adherence would be imported from {ROOT / 'seed_code' / 'adherence' / 'adherence' / '__init__.py'}"
        in done.stderr
    )


def _pytest(folder: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    """As the build calls it, with the platform's own seed code before everything."""
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-o", "python_files=test_labels.py", *more, "tests"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "seed_code" / "adherence")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
