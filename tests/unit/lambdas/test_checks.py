"""Mistakes in a function that would show on AWS only are found by ``make check``."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
_COPIED = {"lambdas", "mlops.bundled"}
HANDLER = "lambdas/resolve_model/handler.py"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The functions with what they carry, and the checks' settings; import-linter's, of the contracts on them only."""
    for name in ("lambdas", "mlops/bundled"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tests").mkdir()
    for name in ("mlops/__init__.py", "mlops/py.typed", "tests/__init__.py", "tests/contracts.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    lines = ["[importlinter]", "root_packages =", "  lambdas", "  mlops", "include_external_packages = True"]
    lines += ["contract_types =", *(f"  {item}" for item in settings["contract_types"])]
    for number, contract in enumerate(it for it in settings["contracts"] if set(it.get("modules", [])) & _COPIED):
        lines.append(f"[importlinter:contract:{number}]")
        for key, value in contract.items():
            lines += [f"{key} =", *(f"  {item}" for item in value)] if isinstance(value, list) else [f"{key} = {value}"]
    (tmp_path / ".importlinter").write_text("\n".join(lines) + "\n")
    return tmp_path


def plant(folder: Path, file: str, old: str, new: str) -> None:
    """Put a mistake into a file."""
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))


def checked(folder: Path, *command: str) -> tuple[int, str]:
    """Exit code of a tool and what it says, in one line."""
    program = str(Path(sys.executable).parent / command[0])
    done = subprocess.run([program, *command[1:]], cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def imports(folder: Path) -> tuple[int, str]:
    return checked(folder, "lint-imports", "--no-logo", "--no-cache", ".importlinter")


def test_the_functions_as_they_are_pass(copy: Path) -> None:
    """Both contracts are kept."""
    assert "Contracts: 2 kept, 0 broken" in imports(copy)[1]


@pytest.mark.parametrize(
    ("file", "line", "message"),
    [
        (HANDLER, "import pandas", "imports pandas, which is not allowed"),
        (
            HANDLER,
            "from lambdas.record_card import handler",
            "imports lambdas.record_card.handler, which is not allowed",
        ),
        ("mlops/bundled/pointer.py", "import requests", "imports requests, which is not allowed"),
    ],
)
def test_an_import_within_a_function_is_seen(copy: Path, file: str, line: str, message: str) -> None:
    """Of a library, of another function's module, and in what functions carry with them."""
    text = (copy / file).read_text()
    last = text.rstrip().rpartition("\n")[2]
    plant(copy, file, f"{last}\n", f"    {line}\n{last}\n")
    code, output = imports(copy)
    assert code == 1
    assert message in output


def test_what_jobs_carry_loads_without_boto3(copy: Path) -> None:
    """boto3 is imported once it is used, never by loading a module."""
    plant(copy, "mlops/bundled/names.py", '"""\n', '"""\n\nimport boto3\n')
    code, output = imports(copy)
    assert (code, "mlops.bundled.names:3 imports boto3 when it is loaded" in output) == (1, True)


def test_types_find_what_boto3_does_not_answer(copy: Path) -> None:
    """A misspelt module, a parameter's text taken for a number, and a misspelt key of an answer."""
    plant(
        copy, "lambdas/record_card/handler.py", "from mlops.bundled import s3_json", "from mlops.bundled import s3_jsno"
    )
    plant(copy, HANDLER, 'package["ModelPackageVersion"]', 'package["ModelPackageVersoin"]')
    wrong = 'def _number() -> int:\n    return _SSM.get_parameter(Name="n")["Parameter"]["Value"]\n\n\n'
    plant(copy, HANDLER, "def _deployed", f"{wrong}def _deployed")
    code, output = checked(copy, "mypy", "-p", "lambdas", "--cache-dir", str(copy / "cache"))
    assert code == 1
    assert 'Module "mlops.bundled" has no attribute "s3_jsno"' in output
    assert '"DescribeModelPackageOutputTypeDef" has no key "ModelPackageVersoin"' in output
    assert 'Incompatible return value type (got "str", expected "int")' in output
