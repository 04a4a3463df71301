"""One embedded AWS with the platform deployed on it."""

from collections.abc import Iterator

import pytest

from mlops.aws import Aws, local
from mlops.platform import server
from mlops.platform.assembly import load
from mlops.platform.deployer import Deployer
from mlops.projects.catalog import Projects


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """The account's root."""
    with server.start(tmp_path_factory.mktemp("aws"), persist=False, owner=True) as running:
        root = local(running)
        Deployer(root).deploy(load())
        yield root


@pytest.fixture(scope="module")
def engineer(aws: Aws) -> Aws:
    """An ML engineer: nothing but the persona's own permissions."""
    return aws.assume("mlops-ml-engineer", "ben")


@pytest.fixture(scope="module")
def projects(engineer: Aws) -> Projects:
    """Projects as the ML engineer manages them."""
    return Projects(engineer)
