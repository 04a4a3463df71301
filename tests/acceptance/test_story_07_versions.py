"""Story 7: a data scientist deploys versions and goes back where one disappoints."""

import pytest

from tests.acceptance.site import ENGINEER, SCIENTIST, Site

pytestmark = pytest.mark.timeout(900)


def test_7_1_every_registered_model_has_an_identifier_of_its_own(site: Site) -> None:
    """Numbers rise by one; ARNs and digests tell versions apart."""
    assert site.pushed
    found = site.versions()["versions"]
    numbers = [it["ModelPackageVersion"] for it in found]
    assert numbers == list(range(len(numbers), 0, -1))
    assert len({it["ModelPackageArn"] for it in found}) == len(found) >= 2


def test_7_2_all_versions_stay_with_their_metadata(site: Site) -> None:
    """The first version's data set, commit, metrics and artifact are there after others have come."""
    assert site.pushed
    first = site.version(1)
    assert first["CustomerMetadataProperties"]["dataset_id"] == site.dataset["dataset_id"]
    assert first["evaluation"]["gates"]["auc"] > 0.5
    assert site.read(first["InferenceSpecification"]["Containers"][0]["ModelDataUrl"])


def test_7_3_an_approval_deploys_the_version(site: Site) -> None:
    """Nobody approves his own; after the ML engineer's approval batches use the version."""
    first, number = site.predictions(site.batch), str(site.pushed["ModelPackageVersion"])
    refused = site.desk.mlops("model", "approve", site.project, number, "--reason", "mine", *SCIENTIST)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (3, 1)
    site.done("model", "approve", site.project, number, "--reason", "shallower", *ENGINEER)
    assert site.versions()["deployed"] == int(number)
    assert site.predictions(site.predict("2024-08-18")) != first


def test_7_4_a_rollback_needs_no_training(site: Site) -> None:
    """The pointer moves back within the command; the same day's predictions are the first version's, byte for byte."""
    first, jobs = (
        site.predictions(site.batch),
        len(site.client("sagemaker").list_training_jobs()["TrainingJobSummaries"]),
    )
    site.done("model", "rollback", site.project, "--to", "1", "--reason", "complaints", *ENGINEER)
    assert site.versions()["deployed"] == 1
    assert site.predictions(site.predict("2024-08-18")) == first
    assert len(site.client("sagemaker").list_training_jobs()["TrainingJobSummaries"]) == jobs
    newest = site.told("model", "log", site.project)["deployments"][0]
    assert (newest["action"], newest["version"], newest["reason"]) == ("rollback", 1, "complaints")


def test_7_5_versions_are_compared_by_their_metrics(site: Site) -> None:
    """``mlops model compare``: each measure of both, and what differs in how they were made."""
    answer = site.told("model", "compare", site.project, "1", str(site.pushed["ModelPackageVersion"]))
    rows = {row["name"]: row for row in answer["rows"]}
    assert (rows["max_depth"]["first"], rows["max_depth"]["second"]) == ("4", "3")
    assert 0.5 < rows["all: auc"]["first"] < 1
    assert 0.5 < rows["all: auc"]["second"] < 1
