"""Parts of source control and delivery by themselves: buildspecs, archives, variables, stages' gates, signatures."""

import hashlib
import hmac
import io
import tempfile
import threading
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded_aws.codebuild.artifacts import chosen
from embedded_aws.codebuild.buildspec import Files, WrongSpec, parse
from embedded_aws.codebuild.place import PREFIX, outside
from embedded_aws.codebuild.service import CodeBuild
from embedded_aws.codepipeline.stage_locks import QUEUED, SUPERSEDED, Gates, GaveWay, Live
from embedded_aws.codepipeline.variables import given as given_values
from embedded_aws.codepipeline.variables import resolved
from embedded_aws.endpoint import Endpoint
from embedded_aws.service import Call, ServiceError
from embedded_aws.signing import git_password, signed_at
from embedded_aws.store import DocumentStore
from embedded_aws.zips import pack, unpack


def test_a_buildspec_is_read() -> None:
    """Phases, environment, artifacts and what a phase does whatever happens."""
    spec = parse(
        "version: 0.2\nenv: {shell: bash, variables: {A: 1}, exported-variables: [B]}\n"
        "phases: {build: {commands: [x], finally: [y], on-failure: CONTINUE}}\n"
        "artifacts: {files: ['**/*'], base-directory: out, discard-paths: yes}\n"
    )
    assert (spec.shell, dict(spec.variables), list(spec.exported)) == ("bash", {"A": "1"}, ["B"])
    build = spec.phases["build"]
    assert (list(build.commands), list(build.always), build.goes_on) == (["x"], ["y"], True)
    assert spec.artifact == Files(["**/*"], "out", True, [])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1", "no YAML"),
        ("version: 0.1\nphases: {build: {commands: [x]}}", "version 0.1: must be 0.2"),
        ("version: 0.2", "no phases"),
        ("version: 0.2\nbatch: {}\nphases: {build: {commands: [x]}}", "not supported by the embedded AWS: batch"),
        ("version: 0.2\nphases: {deploy: {commands: [x]}}", "not supported by the embedded AWS: deploy in phases"),
        ("version: 0.2\nphases: {build: {commands: x}}", "commands must be a list of texts"),
        ("version: 0.2\nenv: {secrets-manager: {A: b}}\nphases: {build: {commands: [x]}}", "secrets-manager in env"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(text: str, message: str) -> None:
    """Nothing of a buildspec is ignored in silence."""
    with pytest.raises(WrongSpec, match=message):
        parse(text)


@pytest.mark.parametrize("name", ["../outside", "a/../../outside", "/etc/outside"])
def test_no_archive_writes_outside_its_folder(tmp_path: Path, name: str) -> None:
    """An entry that leads outside is refused before anything is written."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("inside", "x")
        archive.writestr(name, "x")
    with pytest.raises(ServiceError, match="leads outside"):
        unpack(raw.getvalue(), tmp_path / "folder")
    assert list((tmp_path / "folder").iterdir()) == []


def test_artifacts_hold_what_the_globs_name(tmp_path: Path) -> None:
    """Folders by ``**``, each file once, excluded ones left out; a link out of the sources is refused by its name."""
    for name in ("a.txt", "sub/b.txt", "sub/deep/c.txt", "sub/no.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    found = dict(chosen(tmp_path, Files(["*.txt", "sub/**/*", "a.txt"], excluded=["*.log"])))
    assert set(found) == {"a.txt", "sub/b.txt", "sub/deep/c.txt"}
    with pytest.raises(ServiceError, match="leads outside"):
        list(chosen(tmp_path, Files(["../*"])))
    (tmp_path / "sub" / "link.txt").symlink_to("/etc/hostname")
    with pytest.raises(ServiceError, match=r"artifact sub/link.txt is a link that leads outside"):
        dict(chosen(tmp_path, Files(["sub/**/*"])))
    assert pack(iter(found.items())) == pack(iter(reversed(found.items())))


def test_variables_are_put_in_or_named() -> None:
    """Every ``#{namespace.name}`` has a value, or the action does not start."""
    values = {"Source": {"CommitId": "abc"}, "variables": {"Who": "ada"}}
    assert resolved({"K": "#{Source.CommitId} by #{variables.Who}"}, values) == {"K": "abc by ada"}
    with pytest.raises(ServiceError, match=r"#\{Source.Other\} has no value"):
        resolved({"K": "#{Source.Other}"}, values)
    assert given_values([{"name": "A", "defaultValue": "1"}], [{"name": "A", "value": "2"}]) == {"A": "2"}
    with pytest.raises(ServiceError, match="B is not declared"):
        given_values([], [{"name": "B", "value": "2"}])


@settings(deadline=None, max_examples=15)
@given(st.integers(2, 5), st.integers(1, 3), st.randoms())
def test_queued_executions_never_share_or_overtake(executions: int, stages: int, random) -> None:  # type: ignore[no-untyped-def]
    """Whatever the timing: one execution in a stage at a time, and every stage sees them in the order of their start."""
    gates, seen, inside = Gates(), [[] for _ in range(stages)], [0] * stages  # type: ignore[var-annotated]
    lives = [Live(str(number), "p", number, QUEUED) for number in range(executions)]
    pauses = {(live.id, stage): random.random() / 200 for live in lives for stage in range(stages)}

    def run(live: Live) -> None:
        for stage in range(stages):
            assert gates.enter(live, stage)
            inside[stage] += 1
            assert inside[stage] == 1
            seen[stage].append(live.number)
            time.sleep(pauses[live.id, stage])
            inside[stage] -= 1
            gates.leave(live)
        gates.remove(live)

    for live in lives:
        gates.add(live)
    threads = [threading.Thread(target=run, args=(live,)) for live in random.sample(lives, executions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert seen == [list(range(executions))] * stages


def test_a_waiting_execution_gives_way_to_a_newer_one() -> None:
    """In SUPERSEDED mode the older of two that wait ends; the one inside is not touched."""
    gates = Gates()
    first, second, third = (Live(str(number), "p", number, SUPERSEDED) for number in range(3))
    gates.add(first)
    assert gates.enter(first, 0)
    gates.add(second)
    gates.add(third)
    with pytest.raises(GaveWay):
        gates.enter(second, 0)
    assert first.inside


def test_the_password_is_signature_version_4() -> None:
    """Recomputed by the published formula: key derivation by date, region and service over a GIT request."""
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    password = git_password(Credentials("AKIDEXAMPLE", "secret"), "host:1", "/git/a/r/n", "eu-west-1", at)
    request = hashlib.sha256(b"GIT\n/git/a/r/n\n\nhost:host:1\n\nhost\n").hexdigest()
    text = f"AWS4-HMAC-SHA256\n20260102T030405\n20260102/eu-west-1/codecommit/aws4_request\n{request}"
    key = b"AWS4secret"
    for part in ("20260102", "eu-west-1", "codecommit", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    assert password == f"20260102T030405Z{hmac.new(key, text.encode(), hashlib.sha256).hexdigest()}"
    assert signed_at(password) == at
    assert signed_at("secret") is None


@pytest.mark.parametrize("mark", [".git", "pyproject.toml", "pytest.ini", "conftest.py", "ruff.toml", "mypy.ini"])
def test_a_build_without_a_box_runs_outside_any_checkout(tmp_path: Path, mark: str) -> None:
    """Tools look for their settings in the folders above: a folder for temporary files within a checkout is passed over."""
    checkout, plain = tmp_path / "checkout", tmp_path / "plain"
    (checkout / "tmp").mkdir(parents=True)
    plain.mkdir()
    (checkout / mark).touch()
    made = outside([str(checkout / "tmp"), str(plain)])
    assert (made.parent, made.name.startswith(PREFIX)) == (plain, True)
    with pytest.raises(
        ServiceError, match=f"builds run outside any checkout, .*{checkout / mark}.*set TMPDIR to another"
    ):
        outside([str(checkout / "tmp")])


def test_what_a_killed_server_left_outside_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build without a box runs outside the state folder; the next server on the same state removes its folder, and no other."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(temporary))
    monkeypatch.setattr(CodeBuild, "_run", lambda *_: None)  # as if it had been killed before the first phase
    project = {"name": "p", "source": {"type": "NO_SOURCE", "buildspec": "version: 0.2"}}

    def server() -> CodeBuild:
        store, unused = DocumentStore(tmp_path / "state" / "infrastructure.sqlite"), cast("Any", None)
        return CodeBuild(store, tmp_path / "state", unused, unused, lambda *_: project, unused, unused, None)

    call = Call("StartBuild", {"projectName": "p"}, "000000000000", "us-east-1", "arn:aws:iam::000000000000:root")
    server().operations["StartBuild"](call)
    (left,) = temporary.iterdir()
    (temporary / "another").mkdir()
    server().start(Endpoint("", ""))
    assert [path.name for path in temporary.iterdir()] == ["another"]
    assert not left.is_relative_to(tmp_path / "state")
