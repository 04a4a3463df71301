"""Secrets of known formats are found wherever something is kept or delivered (promise 13); the repository itself passes.

Every planted secret is made at run time, so that this file holds none.
"""

import base64
import gzip
import io
import json
import random
import string
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stacks import leaks
from stacks.rules import check
from stacks.rules.definitions import check_definition
from stacks.rules.secrets import looks_secret

ROOT = Path(__file__).parents[2]


def _random(length: int, letters: str = string.ascii_letters + string.digits, seed: int = 7) -> str:
    return "".join(random.Random(f"{seed}{length}{letters}").choices(letters, k=length))  # noqa: S311 (nothing is kept secret)


_URL = "://user:" + "password@host/db"
_HEX = string.digits + "abcdef"
_CLAIMS = base64.urlsafe_b64encode(json.dumps({"sub": "1234567890", "name": "Jane"}).encode()).decode().rstrip("=")
_HEADER = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()).decode().rstrip("=")

SECRETS: dict[str, str] = {
    "aws access key": "AKIA" + _random(16, string.ascii_uppercase + string.digits),
    "aws session key": "ASIA" + _random(16, string.ascii_uppercase + string.digits),
    "aws secret key": _random(40, string.ascii_letters + string.digits + "/+"),
    "github token": "gh" + "p_" + _random(36),
    "github app token": "gh" + "s_" + _random(36),
    "gitlab token": "glpat" + "-" + _random(20),
    "slack token": "xox" + "b-" + _random(12, string.digits) + "-" + _random(12, string.digits) + "-" + _random(24),
    "slack webhook": "https://hooks.slack.com" + "/services/T" + _random(8, string.ascii_uppercase) + "/B"
    + _random(8, string.ascii_uppercase) + "/" + _random(24),
    "stripe key": "sk" + "_live_" + _random(24),
    "npm token": "//registry.npmjs.org/:_auth" + "Token=npm_" + _random(36),
    "pypi token": "pypi" + "-AgEIcHlwaS5vcmc" + _random(90),
    "sendgrid key": "SG" + "." + _random(22) + "." + _random(43),
    "twilio key": "SK" + _random(32, _HEX),
    "mailchimp key": _random(32, _HEX) + "-us" + "12",
    "openai key": "sk" + "-" + _random(20) + "T3Blbk" + "FJ" + _random(20),
    "telegram token": _random(10, string.digits[1:]) + ":" + _random(35),
    "jwt": f"{_HEADER}.{_CLAIMS}.{_random(43)}",
    "private key": "-----BEGIN RSA PRIVATE " + "KEY-----",
    "openssh key": "-----BEGIN OPENSSH PRIVATE " + "KEY-----",
    "postgres address": "postgres" + _URL,
    "https address": "https" + _URL,
    "redis address": "redis://:" + _random(12) + "@cache:6379/0",
    "azure storage key": "Account" + "Key=" + base64.b64encode(_random(64).encode()).decode(),
    "base64 of random bytes": base64.b64encode(random.Random(3).randbytes(48)).decode(),  # noqa: S311
}  # fmt: skip


def _notebook(secret: str) -> str:
    cell = {"cell_type": "code", "source": [f'os.environ["CONN"] = "{secret}"\n'], "outputs": []}
    return json.dumps({"cells": [cell], "nbformat": 4}, indent=1)


def _template(secret: str) -> str:
    return json.dumps(
        {"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": _variables(secret)}}}, indent=1
    )


def _variables(secret: str) -> dict[str, object]:
    return {"Environment": {"Variables": {"CONN": secret}}}


def _build_spec(secret: str) -> str:
    return json.dumps({"version": 0.2, "phases": {"build": {"commands": [f'export CONN="{secret}"', "make"]}}})


def _definition(secret: str) -> str:
    step = {"Name": "Train", "Type": "Training", "Arguments": {"Environment": {"CONN": secret}}}
    return json.dumps({"Version": "2020-12-01", "Steps": [step]})


PLACES: dict[str, tuple[str, Callable[[str], str]]] = {
    "python": ("code.py", lambda it: f'CONN = "{it}"\n'),
    "comment": ("code.py", lambda it: f"# for now: {it} (remove)\n"),
    "template": ("a.template.json", _template),
    "build specification in a template": ("b.template.json", lambda it: json.dumps({"BuildSpec": _build_spec(it)})),
    "pipeline definition": ("training.json", _definition),
    "definition in a definition": ("p.json", lambda it: json.dumps({"Body": json.dumps({"Body": _definition(it)})})),
    "dockerfile argument": ("Dockerfile", lambda it: f"FROM python:3.13\nARG CONN={it}\n"),
    "dockerfile variable": ("Dockerfile.image", lambda it: f'FROM python:3.13\nENV CONN="{it}"\n'),
    "shell": ("run.sh", lambda it: f"export CONN='{it}'\n"),
    "variables": (".env", lambda it: f"CONN={it}\n"),
    "notebook": ("explore.ipynb", _notebook),
    "yaml": ("buildspec.yml", lambda it: f"env:\n  variables:\n    CONN: {it}\n"),
    "settings": ("project.toml", lambda it: f'[x]\nconn = "{it}"\n'),
    "sql": ("load.sql", lambda it: f"ATTACH '{it}' AS db;\n"),
    "table": ("data.csv", lambda it: f'id,conn\n1,"{it}"\n'),
    "documentation": ("README.md", lambda it: f"Connect with `{it}`.\n"),
}


def found(path: Path) -> list[leaks.Leak]:
    """What the gate finds in a file."""
    return list(leaks.leaks_of(path.name, path.read_bytes()))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", SECRETS)
def test_every_kind_is_found_in_every_place(kind: str, place: str, tmp_path: Path) -> None:
    """At the right line, and the finding does not tell the secret."""
    name, write = PLACES[place]
    secret = SECRETS[kind]
    (tmp_path / name).write_text(write(secret))
    leak = found(tmp_path / name)
    assert leak, f"{kind} not found in {place}"
    lines = (tmp_path / name).read_text().split("\n")
    assert all(secret[-12:] in lines[it.line - 1] for it in leak)
    assert secret not in "".join(map(str, leak))


@pytest.mark.parametrize("place", PLACES)
def test_the_same_places_without_a_secret_pass(place: str, tmp_path: Path) -> None:
    """A reference to where the secret is kept, a name, an address without credentials."""
    name, write = PLACES[place]
    harmless = [
        "{{resolve:secretsmanager:db:SecretString:conn}}",
        "https://host:5432/db?user=x",
        "adherence-1",
        "${CONN}",
    ]
    for text in harmless:
        (tmp_path / name).write_text(write(text))
        assert found(tmp_path / name) == []


NAMED = {
    "python": ("a.py", "db_pass" + 'word = "hunter22x"\n'),
    "dockerfile argument": ("Dockerfile", "ARG API_" + "KEY=hunter22x\n"),
    "dockerfile variable": ("Dockerfile", "ENV DB_PASS" + "WORD=hunter22x\n"),
    "yaml": ("b.yml", "password" + ": hunter22x\n"),
    "toml": ("p.toml", "client_sec" + 'ret = "hunter22x"\n'),
    "json": ("a.json", json.dumps({"DB_PASS" + "WORD": "hunter22x"})),
    "json in json": ("a.json", json.dumps({"spec": json.dumps({"API_" + "KEY": "hunter22x"})})),
    "variables": (".env", "DB_PASS" + "WORD=hunter22x\n"),
}


@pytest.mark.parametrize("place", NAMED)
def test_a_literal_with_a_telling_name_is_found(place: str, tmp_path: Path) -> None:
    """A short password has no form: its name gives it away."""
    name, text = NAMED[place]
    (tmp_path / name).write_text(text)
    assert [leak.kind for leak in found(tmp_path / name)] == ["Secret Keyword"]


def _zip(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("deep/inside.py", content)
    return stream.getvalue()


def _tar(content: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        member = tarfile.TarInfo("deep/inside.py")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


PACKINGS = {
    "zip": _zip,
    "tar.gz": _tar,
    "zip in zip": lambda it: _zip(_zip(it)),
    "zip in tar": lambda it: _tar(_zip(it)),
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_archives_are_opened(packing: str, tmp_path: Path) -> None:
    """Seed repositories, functions' packages and models' archives are looked through to the last member."""
    secret = SECRETS["postgres address"]
    (tmp_path / "asset").write_bytes(PACKINGS[packing](f"x = 1\nCONN = '{secret}'\n".encode()))
    (leak,) = found(tmp_path / "asset")
    assert (leak.kind, leak.line) == ("Basic Auth Credentials", 2)
    assert leak.path.startswith("asset!deep/inside.py")


def test_a_damaged_archive_does_not_pass_unseen(tmp_path: Path) -> None:
    """What claims to be an archive and cannot be opened stops the gate."""
    (tmp_path / "asset").write_bytes(gzip.compress(b"no tar archive"))
    with pytest.raises(tarfile.TarError):
        found(tmp_path / "asset")


def test_the_repository_passes() -> None:
    """No false alarm, and nothing allowed that is not there; in a few seconds, as ``make check`` runs it."""
    done = subprocess.run([sys.executable, "-m", "stacks.leaks"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0


def test_a_planted_secret_ends_the_gate_with_exit_code_2(tmp_path: Path) -> None:
    """One line a finding, without the secret, and what to do."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "conn.py").write_text(f'CONN = "{SECRETS["postgres address"]}"\n')
    command = [sys.executable, "-m", "stacks.leaks", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "conn.py:1: Basic Auth Credentials" in done.stderr
    assert "password@" not in done.stderr


def test_an_allowance_is_for_one_value_in_one_place(tmp_path: Path) -> None:
    """Another value, or the same one elsewhere, is refused; an entry that nothing needs too."""
    secret = SECRETS["github token"]
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(f'x = "{secret}"\n')
    allowed = {(leaks.fingerprint(secret), "*/a.py"): "an example"}
    assert leaks.check([tmp_path / "a.py"], allowed, whole=True) == []
    assert len(leaks.check([tmp_path / "a.py", tmp_path / "b.py"], allowed, whole=True)) == 1
    assert len(leaks.check([], allowed, whole=True)) == 1
    assert all(reason for reason in leaks.reviewed().values())


def _function(value: object) -> dict[str, object]:
    return {"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": _variables(value)}}}


def _spec(text: str) -> dict[str, object]:
    source = {"Type": "CODEPIPELINE", "BuildSpec": text}
    return {"Resources": {"B": {"Type": "AWS::CodeBuild::Project", "Properties": {"Source": source}}}}


def _rule(template: dict[str, object]) -> Iterator[str]:
    return (finding.resource for finding in check(template) if finding.rule == "no-secret")


@pytest.mark.parametrize("kind", SECRETS)
def test_the_synth_refuses_a_secret_anywhere_in_a_template(kind: str) -> None:
    """In a function's environment whatever the variable is called, a build specification, an output, a joined text."""
    secret = SECRETS[kind]
    assert "F" in _rule(_function(secret))
    assert "F" in _rule(_function({"Fn::Join": ["", [secret[:9], secret[9:]]]}))
    assert "B" in _rule(_spec(_build_spec(secret)))
    assert "O" in _rule({"Outputs": {"O": {"Value": secret}}})
    assert any(it.rule == "no-secret" for it in check_definition(_definition(secret), network=False))


def test_the_synth_lets_references_pass() -> None:
    """A value that CloudFormation resolves is none; a literal beside it still is."""
    reference = "{{resolve:secretsmanager:db:SecretString:password}}"
    assert list(_rule(_function("postgres://user:" + reference + "@host/db"))) == []
    assert not looks_secret("DB_PASSWORD", reference)
    assert looks_secret("DB_PASSWORD", f"{reference}x1")
    assert looks_secret("CONN", f"{reference} {SECRETS['postgres address']}")
