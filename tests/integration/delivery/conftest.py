"""One embedded AWS a module."""

from collections.abc import Iterator

import pytest

from tests.integration.delivery.bench import Bench, running


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """See ``Bench``."""
    yield from running(tmp_path_factory.mktemp("bench"))
