"""The environments that ``make test-foreign`` installs beside the project's own, and what skips where one is missing."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.foreign.container import UNSHARE

ROOT = Path(__file__).parents[2]
TOOLKIT = ROOT / ".venv-toolkit"
AWS_CLI = ROOT / ".venv-awscli" / "bin" / "aws"


def needs_toolkit() -> Path:
    """Python of the toolkit's environment; skips, by name, where the machine cannot have it, or cannot isolate."""
    python = TOOLKIT / "bin" / "python"
    if not (TOOLKIT / ".ready").is_file():
        pytest.skip("NOT TESTED HERE: the toolkit is not installed; it needs a C compiler (see make test-foreign)")
    isolated = shutil.which("unshare") and subprocess.run([*UNSHARE, "true"], check=False, capture_output=True)
    if not isolated or isolated.returncode:
        pytest.skip(f"NOT TESTED HERE: this machine lets nobody make network namespaces ({' '.join(UNSHARE)})")
    return python


def needs_aws_cli() -> Path:
    """The AWS CLI."""
    if not AWS_CLI.is_file():
        pytest.skip("NOT TESTED HERE: the AWS CLI is not installed; make test-foreign does it")
    return AWS_CLI
