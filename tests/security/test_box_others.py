"""Builds and functions in a box: what a build's commands and a function's code try gets nothing either."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.security.attacks import CANARY, Heart, Site, abstract_socket, landlock_version, site

ROOT = Path(__file__).parents[2]
Found = Callable[[str], Any]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """See ``site``."""
    with site(tmp_path_factory.mktemp("box")) as found:
        yield found


@pytest.fixture(params=["build", "function"])
def found(request: pytest.FixtureRequest, place: Site) -> Found:
    """What a build, or a function, finds."""
    return place.found_by_build if request.param == "build" else place.found_by_function


def test_nothing_of_the_owner_is_seen(place: Site, found: Found) -> None:
    """No home, no checkout, of the state folder nothing but what is the program's own."""
    hidden = [place.home, *(ROOT / name for name in ("tests", ".git", "seed_code")), Path("/run"), Path("/home")]
    hidden += [path for path in place.state.iterdir() if path.name not in {"builds", "tmp"}]
    code = f"found = [p for p in {[str(path) for path in hidden]!r} if os.path.lexists(p)]"
    assert found(code) == []
    code = f"found = [len(os.listdir(p)) for p in {[str(place.state / name) for name in ('builds', 'tmp')]!r} if os.path.isdir(p)]"
    assert found(code) == [1]


def test_the_environment_is_its_own(found: Found) -> None:
    """Neither its own environment nor that of a process that it can look at holds the owner's variables."""
    code = "found = [open(f'/proc/{n}/environ').read() for n in os.listdir('/proc') if n.isdigit()]\nfound.append(str(os.environ))"
    environments = "".join(found(code))
    assert CANARY not in environments
    assert "SSH_AUTH_SOCK" not in environments
    assert "AWS_SESSION_TOKEN" in environments


def test_credentials_are_the_role_s(found: Found) -> None:
    """The session of the role that it was given."""
    code = "import boto3\nfound = boto3.client('sts').get_caller_identity()['Arn']"
    assert found(code).split(":", 5)[5].split("/")[:2] in (["assumed-role", "build"], ["assumed-role", "function"])


def test_the_home_is_its_own(found: Found) -> None:
    """It may write its home and /tmp."""
    code = "open(os.path.expanduser('~/x'), 'w').write('x')\nopen('/tmp/y', 'w').write('y')\nfound = os.path.isdir(os.environ['HOME'])"
    assert found(code) is True


@pytest.mark.parametrize("path", ["sys.executable", "botocore.__file__", "mlops.__file__", "'/usr/bin/new'", "'/new'"])
def test_nothing_outside_can_be_written(found: Found, path: str) -> None:
    """The interpreter, libraries, the platform's code and the system are read-only."""
    code = f"import botocore, mlops\nfound = tried(lambda: open(os.path.realpath({path}), 'ab').close())"
    assert found(code) in {"OSError", "PermissionError"}


def test_other_processes_are_out_of_reach(place: Site, found: Found) -> None:
    """The server and whoever started it cannot be signalled."""
    code = f"found = [tried(lambda: os.kill(pid, 0) or 'done') for pid in {[place.pid, os.getpid()]}]"
    assert found(code) == ["ProcessLookupError"] * 2


def test_privileges_are_gone(found: Found) -> None:
    """No capability, none that comes back."""
    code = "s = dict(l.split(':', 1) for l in open('/proc/self/status'))\n"
    code += "found = [s[n].strip() for n in ('CapPrm', 'CapEff', 'CapBnd', 'NoNewPrivs')]"
    assert found(code) == [*["0" * 16] * 3, "1"]


def test_sockets_of_the_host_are_out_of_reach(found: Found) -> None:
    """The network is the host's, its sockets without a path are not."""
    if landlock_version() < 6:
        pytest.skip("NOT TESTED HERE: this kernel's Landlock cannot restrict sockets without a path (Linux 6.12)")
    with abstract_socket() as name:
        code = f"import socket\nfound = tried(lambda: socket.socket(1).connect('\\0{name}') or 'done')"
        assert found(code.replace("\0", "\\0")) == "PermissionError"


def test_nothing_is_left_running_by_a_build(place: Site) -> None:
    """A daemon in a session of its own ends with its build."""
    heart = Heart()
    assert place.found_by_build(heart.daemon) == []
    assert heart.beats(0.1)
    assert heart.beats(0.2) == 0
    heart.close()


def test_what_a_build_says_of_itself_is_not_run_outside(place: Site, tmp_path: Path) -> None:
    """Exported variables are read in the box: the file that carries them over is the build's to write."""
    mark = tmp_path / "mark"
    write = f"trap - EXIT; printf 'export TOTAL=7\\ntouch {mark}\\n' > \"$CODEBUILD_SRC_DIR/../state.sh\""
    build, lines = place.build([write], env={"exported-variables": ["TOTAL"]})
    assert build["buildStatus"] == "SUCCEEDED", lines
    assert build["exportedEnvironmentVariables"] == [{"name": "TOTAL", "value": "7"}]
    assert not mark.exists()


def test_a_build_leads_the_server_nowhere(place: Site) -> None:
    """Links in the places of files that the server reads or writes between phases are not followed."""
    secret = place.home / ".ssh" / "id_ed25519"
    here = '"$CODEBUILD_SRC_DIR/.."'
    commands = [f"ln -s {secret} {here}/failed; ln -sf {secret} {here}/post_build.sh; exit 3"]
    build, lines = place.build(commands)
    assert build["buildStatus"] == "FAILED"
    assert CANARY not in str(build) + "".join(lines)
    assert secret.read_text() == CANARY
    phases = {"build": {"commands": [f"ln -s {secret} {here}/post_build.sh"]}, "post_build": {"commands": ["true"]}}
    build, lines = place.build([], phases=phases)
    assert build["buildStatus"] == "SUCCEEDED", lines
    assert secret.read_text() == CANARY


@pytest.mark.parametrize("made", ["ln -s {home}/.ssh/id_ed25519 odd", "ln -s {home}/.ssh odd"])
def test_artifacts_do_not_lead_outside(place: Site, made: str) -> None:
    """A link to the outside fails the build by its name, whether it matches itself or lies on the way."""
    commands = [made.format(home=place.home)]
    build, lines = place.build(commands, artifacts={"files": ["odd*", "odd/*"]})
    assert build["buildStatus"] == "FAILED"
    assert "is a link that leads outside the source folder" in "".join(lines)
    assert CANARY not in "".join(lines)


def test_up_says_what_is_not_boxed(tmp_path: Path) -> None:
    """One line of ``mlops up``, with the setting that it comes from."""
    environment = {**os.environ, "MLOPS_STATE_DIR": str(tmp_path / "state"), "MLOPS_JOB_BACKEND": "rewriting"}

    def mlops(*arguments: str) -> list[str]:
        command = [sys.executable, "-m", "mlops", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    try:
        said = [line for line in mlops("up") if "jobs are not boxed here" in line]
        assert said == ["jobs are not boxed here: MLOPS_JOB_BACKEND=rewriting"]
    finally:
        mlops("down")
