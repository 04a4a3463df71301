"""A function's archive: its own folder and what it imports of the library, under their own names."""

import subprocess
import sys
from pathlib import Path

import pytest

from mlops.errors import RefusedInput
from mlops.projects.carried import with_imports
from mlops.projects.packages import functions, packages

_SELF = "lambdas/f/handler.py"


def test_an_archive_holds_the_function_and_what_it_imports() -> None:
    """The deployed version's resolver names parameters and reads artifacts as the library does, and carries nothing else."""
    names = set(packages()["function-resolve-model"])
    assert {name for name in names if name.startswith("lambdas/")} == {
        "lambdas/__init__.py",
        "lambdas/resolve_model/__init__.py",
        "lambdas/resolve_model/handler.py",
        "lambdas/resolve_model/starting.py",
    }
    assert names >= {"mlops/__init__.py", "mlops/bundled/__init__.py", "mlops/bundled/artifact.py"}
    assert "mlops/bundled/s3_json.py" in names  # the artifact's own import
    assert "mlops/bundled/audit.py" not in names


@pytest.mark.parametrize("purpose", functions())
def test_a_function_is_imported_from_its_archive_alone(purpose: str, tmp_path: Path) -> None:
    """By the handler's dotted name, with nothing of the repository on the path."""
    for name, content in packages()[f"function-{purpose}"].items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    module = f"lambdas.{purpose.replace('-', '_')}.handler"
    code = (
        "import importlib, sys; sys.path = [it for it in sys.path if it not in ('', sys.argv[2])]\n"
        "sys.path.insert(0, sys.argv[1]); assert callable(importlib.import_module(sys.argv[3]).handler)\n"
        "ours = [it for name, it in sys.modules.items() if name.split('.')[0] in {'lambdas', 'mlops'}]\n"
        "assert all(it.__file__.startswith(sys.argv[1]) for it in ours)"
    )
    command = [sys.executable, "-c", code, str(tmp_path), str(Path(__file__).parents[3]), module]
    subprocess.run(command, env={"AWS_DEFAULT_REGION": "us-east-1"}, cwd=tmp_path, check=True)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "import mlops.datasets.schema",
            "imports mlops.datasets.schema: of the library it can carry mlops.bundled only",
        ),
        ("from mlops import aws", "imports mlops.aws: of the library it can carry mlops.bundled only"),
        ("from mlops.bundled.audti import Trail", "imports mlops.bundled.audti: there is no such module"),
        ("from mlops.bundled import audti", "imports mlops.bundled.audti: there is no such module"),
    ],
)
def test_other_parts_of_the_library_are_refused(line: str, message: str) -> None:
    """With the file's name, also where the import stands within a function."""
    with pytest.raises(RefusedInput, match=f"{_SELF} {message}"):
        with_imports({_SELF: f"def handler(event, _):\n    {line}\n".encode()})
