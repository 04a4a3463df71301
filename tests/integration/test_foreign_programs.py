"""Programs that know nothing of the platform work against it: what ``mlops up`` prints, ``up --export``, ``exec``, as root and as persona.

Every program starts from an empty environment, or from one that leads elsewhere.
"""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.desk import Desk

MLOPS = f"{shlex.quote(sys.executable)} -m mlops"
PYTHON = shlex.quote(sys.executable)
WHO = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
ROOT = "arn:aws:iam::000000000000:root"
SCIENTIST = "arn:aws:sts::000000000000:assumed-role/mlops-data-scientist/data-scientist"
# a session, a profile, a service's own endpoint, and the switch that turns endpoints off
ELSEWHERE = {
    "AWS_SESSION_TOKEN": "of another account",
    "AWS_PROFILE": "nobody",
    "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
}


def shell(desk: Desk, lines: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """bash with no variable but those given (and the search path), in the desk's folder."""
    given = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(desk.folder), **environment}
    return subprocess.run(
        ["bash", "-euc", lines], cwd=desk.folder, env=given, capture_output=True, text=True, timeout=120, check=False
    )


def answer(desk: Desk, lines: str, **environment: str) -> list[str]:
    """Lines of standard output of a shell that must succeed."""
    done = shell(desk, lines, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def program(code: str) -> str:
    """A Python program as a shell writes it."""
    return f"{PYTHON} -c {shlex.quote(code)}"


def test_what_up_prints_works(desk: Desk) -> None:
    """The indented lines, typed into an empty shell: boto3 finds region, endpoint and keys."""
    lines = [line for line in desk.done("up").splitlines() if line.startswith("  ")]
    assert answer(desk, "\n".join([*lines, program(WHO)])) == [ROOT]


@pytest.mark.parametrize("environment", [{}, ELSEWHERE], ids=["empty", "elsewhere"])
@pytest.mark.parametrize(("flags", "identity"), [("", ROOT), ("--as data-scientist", SCIENTIST)])
def test_export(desk: Desk, flags: str, identity: str, environment: dict[str, str]) -> None:
    """One line makes root or a persona of a shell, whatever led it elsewhere before."""
    found = answer(desk, f'eval "$({MLOPS} up --export {flags})"\n{program(WHO)}', **environment)
    assert found == [identity]


def test_export_back_to_root(desk: Desk) -> None:
    """A shell that was a persona is root again: the session's token goes with its keys."""
    lines = [f'eval "$({MLOPS} up --export {flags})"' for flags in ("--as manager", "")]
    assert answer(desk, "\n".join([*lines, program(WHO)])) == [ROOT]


def test_export_shows_no_secret_of_roots(desk: Desk) -> None:
    """Root's lines name the file of its secret."""
    secret = (desk.folder / ".mlops" / "root-secret").read_text()
    assert secret not in desk.done("up", "--export") + desk.done("up")


def test_export_as_nobody(desk: Desk) -> None:
    """A misspelt persona prints nothing that a shell would run, and a persona without --export is refused."""
    wrong = desk.mlops("up", "--export", "--as", "boss")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert desk.mlops("up", "--as", "manager").returncode == 2


@pytest.mark.parametrize("environment", [{}, ELSEWHERE], ids=["empty", "elsewhere"])
@pytest.mark.parametrize(("flags", "identity"), [("", ROOT), ("--as data-scientist", SCIENTIST)])
def test_exec(desk: Desk, flags: str, identity: str, environment: dict[str, str]) -> None:
    """A program has region, endpoint and keys, whatever it would have had."""
    assert answer(desk, f"{MLOPS} exec {flags} -- {program(WHO)}", **environment) == [identity]


def test_exec_persona_may_what_the_persona_may(desk: Desk) -> None:
    """The persona's policies hold for foreign programs."""
    code = "import boto3; boto3.client('iam').create_user(UserName='mallory')"
    done = shell(desk, f"{MLOPS} exec --as data-scientist -- {program(code)}")
    assert "AccessDenied" in done.stderr
    assert shell(desk, f"{MLOPS} exec -- {program(code)}").returncode == 0


def test_exec_is_the_program(desk: Desk) -> None:
    """Arguments arrive as they are, options too; exit code, standard streams, signals and mask are the program's."""
    show = "import sys; print(sys.argv[1:])"
    assert answer(desk, f"{MLOPS} exec {program(show)} --as 'a b' --help") == ["['--as', 'a b', '--help']"]
    assert shell(desk, f"{MLOPS} exec -- bash -c 'cat; exit 7' <<< in").stdout == "in\n"
    assert shell(desk, f"{MLOPS} exec -- bash -c 'exit 7'").returncode == 7
    assert answer(desk, f"umask 027; {MLOPS} exec -- bash -c umask") == ["0027"]
    assert shell(desk, f"set +e; {MLOPS} exec -- yes | head -1; exit ${{PIPESTATUS[0]}}").returncode == 128 + 13
    missing = shell(desk, f"{MLOPS} exec -- no-such-program")
    assert (missing.returncode, missing.stderr) == (2, "error: exec no-such-program: no such program\n")


def _address(url: str) -> str:
    return program(f"import boto3; print(boto3.client('sts', endpoint_url={url!r}).meta.endpoint_url)")


@pytest.mark.parametrize("url", ["https://sts.us-east-1.amazonaws.com", "https://sts.amazonaws.com"])
def test_exec_redirects_sts(desk: Desk, url: str) -> None:
    """The public address of STS, written into a program, means the embedded one; without ``exec`` it would not."""
    code = WHO.replace("'sts'", f"'sts', endpoint_url={url!r}")
    assert answer(desk, f"{MLOPS} exec --as data-scientist -- {program(code)}") == [SCIENTIST]
    assert answer(desk, f'eval "$({MLOPS} up --export)"\n{_address(url)}') == [url]


@pytest.mark.parametrize(
    "url", ["https://sts.example.org", "https://s3.us-east-1.amazonaws.com", "https://sts.amazonaws.com.example.org"]
)
def test_exec_redirects_nothing_else(desk: Desk, url: str) -> None:
    """Any other address stays what the program says."""
    assert answer(desk, f"{MLOPS} exec -- {_address(url)}") == [url]


def test_exec_keeps_the_machines_sitecustomize(desk: Desk, tmp_path: Path) -> None:
    """A sitecustomize of the user's own still runs, and so does what else lies on PYTHONPATH."""
    (tmp_path / "sitecustomize.py").write_text("print('own')")
    (tmp_path / "theirs.py").write_text("print('theirs')")
    found = answer(desk, f"{MLOPS} exec -- {program('import theirs')}", PYTHONPATH=f"{tmp_path}:{Path.cwd()}")
    assert found[-2:] == ["own", "theirs"]


def test_persona_by_profile(desk: Desk) -> None:
    """docs/embedded-aws.md: a profile with the role's ARN, from the keys of the environment."""
    page = (Path(__file__).parents[2] / "docs" / "embedded-aws.md").read_text()
    profile = page.split("<!-- profile -->", 1)[1].split("<!-- end -->", 1)[0]
    config = "\n".join(line.strip() for line in profile.strip().splitlines())
    (desk.folder / "config").write_text(config)
    code = "import boto3; print(boto3.Session(profile_name='ann').client('sts').get_caller_identity()['Arn'])"
    lines = f'eval "$({MLOPS} up --export)"\nexport AWS_CONFIG_FILE=config\n{program(code)}'
    assert answer(desk, lines) == [SCIENTIST.replace("/data-scientist", "/ann")]
