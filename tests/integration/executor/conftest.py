"""One server a backend for the whole session; every test of the executor runs on both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.executor.lab import BACKENDS, IMAGES, Lab, embedded


@pytest.fixture(scope="session", params=BACKENDS)
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The laboratory on one backend."""
    state: Path = tmp_path_factory.mktemp(f"executor-{request.param}")
    (state / "images.toml").write_text(IMAGES)
    with embedded(state, request.param) as running:
        yield Lab(running, request.param)
