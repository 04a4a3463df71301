"""One embedded AWS with the platform and a project for the tests of this folder; each test has its own data set names."""

import os
from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from mlops.aws import Aws
from tests.integration.datasets.transfers import VARIABLE, in_pieces
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


@pytest.fixture(scope="session", autouse=True)
def transfers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Small ones, where the variable says so (``make bench NAME=transfers``)."""
    size = os.environ.get(VARIABLE)
    with in_pieces(int(size), tmp_path_factory.mktemp("site")) if size else nullcontext():
        yield


@pytest.fixture(scope="session")
def scientist(aws: Aws) -> Aws:
    """Ann, a data scientist."""
    return aws.assume("mlops-data-scientist", "ann")


@pytest.fixture(scope="session")
def engineer(aws: Aws) -> Aws:
    """Ben, an ML engineer."""
    return aws.assume("mlops-ml-engineer", "ben")
