"""Story 11: a data scientist manages data sets so that experiments can be repeated."""

import json

import pytest

from tests.acceptance.site import AUGUST, SCIENTIST, Site

pytestmark = pytest.mark.timeout(900)


def test_11_1_data_sets_have_version_time_and_schema(site: Site) -> None:
    """An import is an immutable version with time, importer, digest of every file and the tables' schema."""
    assert site.dataset
    shown = site.told("dataset", "show", "claims@v1")
    assert shown["version"] == "claims@v1"
    assert shown["created_at"].endswith("+00:00")
    assert all(len(file["sha256"]) == 64 and file["rows"] >= 1 for file in shown["files"])
    assert "fill_date" in json.dumps(shown)


def test_11_2_format_and_schema_are_checked_before_processing(site: Site) -> None:
    """A table without its date column ends the training at its first steps, with file and column; nothing was trained."""
    bad = site.trainings["bad"]
    assert bad.returncode == 2
    assert bad.stderr.splitlines()[-1].endswith("column fill_date is missing (rule required column)")
    jobs = site.client("sagemaker").list_training_jobs()["TrainingJobSummaries"]
    assert all(it["TrainingJobStatus"] == "Completed" for it in jobs)


def test_11_3_splits_stay_the_same_across_runs(site: Site) -> None:
    """A retraining on the same data measures on the very same rows; of a later extract, nobody has changed sides."""
    first, again = site.version(1), site.version(site.drifted["retrained"])
    assert first["CustomerMetadataProperties"]["dataset_id"] == again["CustomerMetadataProperties"]["dataset_id"]
    rows = {
        row["name"]: row
        for row in site.told("model", "compare", site.project, "1", str(site.drifted["retrained"]))["rows"]
    }
    assert rows["all: rows"]["first"] == rows["all: rows"]["second"]
    assert first["CustomerMetadataProperties"]["model_sha256"] == again["CustomerMetadataProperties"]["model_sha256"]


def test_11_5_models_and_data_versions_lead_to_each_other(site: Site) -> None:
    """``mlops dataset lineage``: the version's models and trainings; a new version has none yet, and names its ancestor."""
    assert site.drifted
    source = str(site.data / AUGUST)
    site.done("dataset", "import", source, "--name", "claims", "--license", "none", *SCIENTIST)
    first, second = (site.told("dataset", "lineage", f"claims@{it}") for it in ("v1", "v2"))
    assert {it["version"] for it in first["models"]} >= {1, site.drifted["retrained"]}
    assert first["trainings"][0]["run"] == site.training["run"]
    assert (second["models"], second["ancestors"]) == ([], ["claims@v1"])
