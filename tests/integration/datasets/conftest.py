"""One embedded AWS with the platform and a project for the tests of this folder; each test has its own data set names."""

from collections.abc import Iterator

import pytest

from mlops.aws import Aws
from tests.integration.desk import Desk


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """The account's root."""
    here = Desk(tmp_path_factory.mktemp("datasets"))
    here.done("up")
    try:
        here.done("deploy")
        here.done("project", "create", "adherence")
        yield here.aws
    finally:
        here.done("down")


@pytest.fixture(scope="session")
def scientist(aws: Aws) -> Aws:
    """Ann, a data scientist."""
    return aws.assume("mlops-data-scientist", "ann")


@pytest.fixture(scope="session")
def engineer(aws: Aws) -> Aws:
    """Ben, an ML engineer."""
    return aws.assume("mlops-ml-engineer", "ben")
