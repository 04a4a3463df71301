"""Project names and what derives from them."""

import pytest

from mlops.errors import RefusedInput
from mlops.projects.names import Project


@pytest.mark.parametrize("name", ["", "Adherence", "1st", "a--b", "a_b", "a-", "x" * 33, "a b"])
def test_bad_names_are_refused(name: str) -> None:
    """A name that some AWS resource could not carry is refused before anything is created."""
    with pytest.raises(RefusedInput, match="project name"):
        Project(name, "000000000000")


def test_longest_name_fits_every_resource() -> None:
    """Bucket names stay within S3's 63 characters, other names within 64, for the longest project name."""
    project = Project("x" * 32, "0" * 12)
    assert len(project.data_bucket) <= 63
    assert len(project.artifacts_bucket) <= 63
    longest = [project.function("publish-drift-metrics"), project.execution_role, project.topic]
    assert max(map(len, longest)) <= 64
