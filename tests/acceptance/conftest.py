"""One embedded AWS for all stories."""

from collections.abc import Iterator

import pytest

from tests.acceptance.site import Site
from tests.integration.desk import Desk


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """``mlops up`` and ``mlops deploy`` in a fresh folder, with the state where it is by default; ``mlops down`` at the end."""
    here = Desk(tmp_path_factory.mktemp("acceptance"))
    here.done("up")
    try:
        here.done("deploy")
        yield Site(here)
    finally:
        here.done("down")
