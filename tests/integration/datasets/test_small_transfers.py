"""Some of the registry's tests again, every file in pieces of 100 bytes; ``make bench NAME=transfers`` runs the whole folder at 1,000."""

from collections.abc import Iterator

import pytest

from mlops.aws import Aws
from tests.integration.datasets import test_registry
from tests.integration.datasets.transfers import in_pieces
from tests.integration.desk import Desk

pytestmark = [pytest.mark.xdist_group("transfers"), pytest.mark.long]
test_it_comes_back = test_registry.test_a_version_is_described_and_comes_back_byte_for_byte
test_racing_imports = test_registry.test_concurrent_imports_get_distinct_versions
test_what_is_approved = test_registry.test_what_is_approved_is_what_lies_there
test_large_tables = test_registry.test_a_large_table_goes_in_parts_and_only_once


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """A server of its own: the tests' data sets are on the other one already."""
    folder = tmp_path_factory.mktemp("pieces")
    here = Desk(folder)
    here.done("up")
    try:
        here.done("deploy")
        with in_pieces(100, folder / "site"):
            yield here.aws
    finally:
        here.done("down")


@pytest.fixture(scope="module")
def scientist(aws: Aws) -> Aws:
    """Ann, a data scientist."""
    return aws.assume("mlops-data-scientist", "ann")


@pytest.fixture(scope="module")
def engineer(aws: Aws) -> Aws:
    """Ben, an ML engineer."""
    return aws.assume("mlops-ml-engineer", "ben")
