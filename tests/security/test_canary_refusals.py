"""Refusals quote no value and no setting (promise 14): every column, every setting and every address with a canary, in one process."""

import io
import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from adherence import steps
from adherence.data import tables as seed_tables
from adherence.settings import load as load_settings

from mlops.datasets import schema
from mlops.datasets.infer import infer
from mlops.datasets.profile import profile
from mlops.datasets.profile.page import profile_page
from mlops.datasets.sources.http import Limits, read_json, shown
from mlops.datasets.validation import validate
from mlops.errors import MlopsError
from mlops.monitoring.limits import limits_of
from mlops.projects.kit import delivery
from tests.corpus.hostile import ENROLMENT, FILLS, PATIENTS
from tests.security.canary import Canaries

TABLES = {
    "patients": PATIENTS,
    "enrolment": ENROLMENT,
    "fills": FILLS,
    "labs": "patient_id,lab_date,loinc,value,unit\nP1,2024-01-02,4548-4,7.1,%\n",
    "stays": "patient_id,admit_date,discharge_date\nP1,2024-01-02,2024-01-05\n",
    "brands": "brand,ingredient,drug_class,atc,ndc,route,default_days_supply,rxcui\nJanuvia,sitagliptin,DPP-4 inhibitor,A,,oral,30,5\n",
}
BAD: dict[str, Callable[[Canaries, str], tuple[str, str]]] = {  # -> (secret, cell)
    "text": lambda it, where: _in("{}", it.text(where)),
    "formula": lambda it, where: _in("=cmd|'{}'", it.text(where)),
    "control": lambda it, where: _in("{}\x1b[2J", it.text(where)),
    "long": lambda it, where: _in("{}" + "x" * 40000, it.text(where)),
    "number": lambda it, where: _in("{}1E5", it.text(where)),
    "quote": lambda it, where: _in('"{}', it.text(where)),
    "closed quote": lambda it, where: _in('"{}"x', it.text(where)),
    "nul": lambda it, where: _in("{}\0", it.text(where)),
    "comma": lambda it, where: _in("{},{}", it.text(where)),
    "wide": lambda it, where: _in("{}\u202e７", it.text(where)),
    "impossible date": lambda it, where: _in("{}", it.impossible(where)),
    "huge integer": lambda it, where: _in("{}", it.huge(where)),
    "negative number": lambda it, where: _in("{}", it.negative(where)),
}
SETTINGS = Path("seed_code/adherence/project.toml")
KEYS = re.findall(r"(?m)^([a-z_]+) = ", SETTINGS.read_text())


def _in(cell: str, secret: str) -> tuple[str, str]:
    return secret, cell.format(secret, secret)


@pytest.fixture(scope="module")
def canaries() -> Canaries:
    """New ones in every run; the seed is printed where a test fails."""
    seed = random.randrange(10**9)  # noqa: S311 (not to be guessed by code, not by people)
    print(f"canaries of seed {seed}")
    return Canaries(seed)


@pytest.mark.parametrize("kind", BAD)
def test_refusals_quote_no_value(kind: str, tmp_path: Path, canaries: Canaries) -> None:
    """Each column of each table with each kind of bad value, and each file without its header: both validations stay silent."""
    declared = schema.load(Path("seed_code/adherence/schema/tables.json"))
    secrets: list[str] = []
    spoilt: dict[str, tuple[str, list[str]]] = {}
    for name, text in TABLES.items():
        header, row = (line.split(",") for line in text.split("\n")[:2])
        rows = [row[:] for _ in header]
        for place, column in enumerate(header):
            secret, rows[place][place] = BAD[kind](canaries, f"{kind} {name}.{column}")
            secrets.append(secret)
        spoilt[name] = (",".join(header), [",".join(cells) for cells in rows])
    for number in (None, 0, -1):  # the header, or a spoilt row in its place
        for name, (header_line, lines) in spoilt.items():
            first = header_line if number is None else lines[number]
            (tmp_path / f"{name}.csv").write_text("\n".join([first, *lines]) + "\n")
        for said in _both(tmp_path, declared):
            assert [name for name in TABLES if f"{name}.csv" not in said] == []
            assert [secret for secret in secrets if secret in said] == []


def _both(folder: Path, declared: schema.Schema) -> tuple[str, str]:
    """What the library says of a folder, and what the pipeline's own check says."""
    seed = seed_tables.Report()
    seed_tables.read(folder, seed)
    return json.dumps(validate(folder, declared).to_json()), json.dumps([seed.errors, seed.warnings])


def test_a_profile_names_no_rare_value(tmp_path: Path, canaries: Canaries) -> None:
    """JSON and page of tables that nobody has declared: not even a value that all rows have."""
    secret = canaries.text("everywhere")
    (tmp_path / "t.csv").write_text("a,b\n" + f"{secret},1\n" * 500)
    made = profile(tmp_path, infer(tmp_path), "t@v1")
    assert secret not in json.dumps(made.to_json()) + profile_page(made)


@pytest.mark.parametrize("key", KEYS)
def test_a_wrong_setting_is_not_quoted(
    key: str, tmp_path: Path, canaries: Canaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret in each setting of project.toml: neither the delivery's build nor a step of the pipelines tells it."""
    secret = canaries.text(f"setting {key}")
    changed, count = re.subn(rf"(?m)^{key} = .*$", f'{key} = "{secret}"', SETTINGS.read_text())
    assert count == 1
    (tmp_path / "project.toml").write_text(changed)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(steps, "load_settings", lambda: load_settings(tmp_path / "project.toml"))
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(out):
        try:
            delivery._rendered(json.dumps(_definition(key)).encode())  # the command itself needs a bucket
        except SystemExit as error:
            out.write(str(error.code))
        steps.main(["features", "--data", str(tmp_path), "--output", str(tmp_path / "features")])
    assert secret not in out.getvalue()


def _definition(key: str) -> dict[str, object]:
    """A training that takes this setting as a hyper-parameter."""
    given = {"Type": "Training", "Arguments": {"HyperParameters": {key: {"Get": "Parameters.P"}}}}
    return {"Parameters": [{"Name": "P"}], "Steps": [given]}


def test_a_requirement_that_cannot_be_installed_is_not_quoted(canaries: Canaries) -> None:
    """Its address may hold a password; pip's own lines leave that out."""
    login = f"user:{canaries.text('requirement')}"
    line = f"nosuchlibrary @ http://{login}@127.0.0.1:1/nosuchlibrary-1-py3-none-any.whl"
    environment = {**os.environ, "PIP_RETRIES": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [sys.executable, delivery.__file__, "install", line]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip cannot install nosuchlibrary" in done.stderr
    assert canaries.found_in(done.stdout + done.stderr) == []


@pytest.mark.parametrize(
    "address",
    [
        "http://{}@127.0.0.1:1/x.csv",
        "http://127.0.0.1:1/x.csv?token={}",
        "http://127.0.0.1:1/a b?token={}",
        "http://{}@127.0.0.1:1/#{}",
        "http://{}/x.csv",
        "ftp://{}@127.0.0.1/x.csv?key={}",
    ],
)
def test_an_address_is_told_without_its_secrets(address: str, canaries: Canaries) -> None:
    """User, password, query and fragment; also where the HTTP client quotes the whole of it."""
    secret = canaries.text(f"address {address}")
    login = f"user:{secret}"
    url = address.format(login, login)
    with pytest.raises(MlopsError) as found:
        read_json(url, Limits(timeout=1, attempts=1), {"X-Api-Key": secret})
    assert secret not in str(found.value) + shown(url)


@pytest.mark.parametrize("name", ["comparison_method", "categorical_drift_method", "comparison_threshold"])
def test_a_wrong_constraint_is_not_quoted(name: str, canaries: Canaries) -> None:
    """A baseline's constraints come from data."""
    secret = canaries.text(f"constraint {name}")
    with pytest.raises(MlopsError) as found:
        limits_of({"distribution_constraints": {name: secret}}, {}, "age")
    assert secret not in str(found.value)
