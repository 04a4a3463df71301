"""One server for the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.integration.executor.lab import IMAGES, Lab, embedded


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The laboratory, its objects kept on disk."""
    state = tmp_path_factory.mktemp("services")
    (state / "images.toml").write_text(IMAGES)
    with embedded(state, "rewriting", persist=True) as running:
        yield Lab(running, "rewriting")
