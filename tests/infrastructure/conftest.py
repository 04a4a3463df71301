"""The platform is synthesized once for all tests of this folder."""

from pathlib import Path

import pytest

from stacks.assembly import synthesize


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that ``cdk synth`` would write; every gate has passed where this returns."""
    folder = tmp_path_factory.mktemp("cdk.out")
    synthesize(folder)
    return folder
