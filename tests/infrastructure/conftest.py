"""The platform is synthesized once for all tests of this folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def synthesis(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """(the folder that ``cdk synth`` would write, what was printed); every gate has passed where this returns."""
    folder = tmp_path_factory.mktemp("cdk.out")
    environment = {**os.environ, "CDK_OUTDIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "app.py"], cwd=_ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder, done.stdout + done.stderr


@pytest.fixture(scope="session")
def cloud(synthesis: tuple[Path, str]) -> Path:
    """The synthesized folder."""
    return synthesis[0]
