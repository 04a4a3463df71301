"""The import contracts of pyproject.toml hold what their names say: each of these imports breaks one."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_FOLDERS = ("mlops", "embedded_aws", "pipelines", "stacks", "lambdas", "seed_code")
_PLANTED = [  # file, what it imports, the contract that says no
    ("mlops/s3.py", "import ministack", "One package imports MiniStack"),
    ("embedded_aws/signing.py", "import ministack", "One package imports MiniStack"),
    ("embedded_aws/store.py", "import pandas", "The embedded AWS knows none of the platform's nouns"),
    ("embedded_aws/store.py", "import mlops.errors", "The embedded AWS knows none of the platform's nouns"),
    ("embedded_aws/newroom.py", "import json", "The embedded AWS goes one way"),
    ("mlops/monitoring/limits.py", "import pandas", "The analyzer runs alone in a container"),
    ("mlops/runs/runs.py", "import mlops.adherence.simulation", "The library goes one way"),
    ("mlops/newroom.py", "import json", "The library goes one way"),
    ("mlops/pages/svg.py", "import numpy", "Pages are made with the standard library alone"),
    ("mlops/projects/names.py", "import lambdas", "The library ships functions and seeds, and imports neither"),
    (
        "mlops/bundled/audit.py",
        "try:\n    import boto3\nexcept ImportError:\n    pass",
        "and boto3 only once it is used",
    ),
    ("stacks/foundation.py", "import mlops.adherence.simulation", "The use case's wing is the command line's alone"),
    ("stacks/foundation.py", "import mlops.monitoring", "The stacks use the library's names and packages only"),
    ("stacks/newroom.py", "import json", "The stacks go one way"),
    ("stacks/rules/newrule.py", "import aws_cdk", "The rules are pure functions over templates"),
    ("lambdas/record_card/handler.py", "import pandas", "A function imports boto3"),
    ("seed_code/adherence/adherence/settings.py", "import requests", "Seed code is data science only"),
    ("seed_code/adherence/adherence/newroom.py", "import json", "The seed goes one way"),
    (
        "seed_code/adherence/adherence/quality/metrics.py",
        "import adherence.quality.evaluate",
        "The seed's quality goes one way",
    ),
    (
        "seed_code/adherence/adherence/model/calibrate.py",
        "import adherence.model.predict",
        "The seed's model goes one way",
    ),
    ("embedded_aws/sagemaker/tags.py", "import embedded_aws.sagemaker.service", "SageMaker goes one way"),
    ("mlops/s3.py", "import sagemaker", "The SageMaker SDK renders definitions and does nothing else"),
    ("pipelines/check.py", "import stacks.names", "Nobody imports the stacks"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The house, to plant mistakes in."""
    folder = tmp_path_factory.mktemp("house")
    skipped = shutil.ignore_patterns("__pycache__", "history", "assembled", "tests")
    for name in _FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=skipped)
    (folder / "tests").mkdir()
    for name in ("pyproject.toml", "tests/__init__.py", "tests/contracts.py"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def said(folder: Path) -> tuple[int, str]:
    """Exit code of import-linter and what it says, in one line."""
    program = str(Path(sys.executable).parent / "lint-imports")
    path = os.pathsep.join([str(folder), str(folder / "seed_code" / "adherence")])
    command = [program, "--no-logo", "--no-cache"]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def test_the_house_as_it_is_keeps_them(copy: Path) -> None:
    """None is broken."""
    code, text = said(copy)
    assert code == 0
    assert "0 broken" in text


@pytest.fixture(scope="module")
def found(copy: Path) -> str:
    """What import-linter says of all of them together; it is asked once, as it takes seconds."""
    before = {file: (copy / file).read_text() for file, _, _ in _PLANTED if (copy / file).exists()}
    for file, line, _ in _PLANTED:
        with (copy / file).open("a") as opened:
            opened.write(f"\n{line}\n")
    try:
        code, text = said(copy)
    finally:
        for file in {file for file, _, _ in _PLANTED}:
            (copy / file).write_text(before[file]) if file in before else (copy / file).unlink()
    assert code == 1
    return text.partition(" Broken contracts ")[2] + " --------"


@pytest.mark.parametrize(("file", "line", "contract"), _PLANTED)
def test_an_import_that_a_contract_forbids_is_found(found: str, file: str, line: str, contract: str) -> None:
    """In the report of the contract of that name: the module that imports, and what (an undeclared room: its name alone)."""
    report = re.search(rf"{re.escape(contract)}((?! -{{8}}).)* -{{8,}}( -+)* (?P<said>.*?) -{{8}}", found)
    assert report, found
    module = file.removeprefix("seed_code/adherence/").removesuffix(".py").replace("/", ".")
    imported = re.findall(r"import (\S+)", line)[0]
    if module.endswith(".newroom"):
        assert f"- {module} " in report["said"]
    else:
        assert re.search(rf"{re.escape(module)}(:\d+ imports | -> ){re.escape(imported)}\b", report["said"]), report[
            "said"
        ]
