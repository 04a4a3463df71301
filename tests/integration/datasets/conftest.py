"""One embedded AWS for the tests of this folder; each test has its own data set names or projects."""

from collections.abc import Iterator

import pytest

from mlops.aws import Aws, local
from mlops.embedded import server
from mlops.platform.setup import set_up


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """The account's root, with the personas' roles in place."""
    with server.start(tmp_path_factory.mktemp("aws"), persist=False, owner=True) as running:
        root = local(running.endpoint)
        set_up(root, "adherence")
        yield root


@pytest.fixture(scope="session")
def scientist(aws: Aws) -> Aws:
    """Ann, a data scientist."""
    return aws.assume("mlops-data-scientist", "ann")


@pytest.fixture(scope="session")
def engineer(aws: Aws) -> Aws:
    """Ben, an ML engineer."""
    return aws.assume("mlops-ml-engineer", "ben")
