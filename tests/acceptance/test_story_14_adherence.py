"""Story 14: a healthcare data scientist predicts who will stop a brand of medication within 30 days, how surely, and why."""

import csv
import io
import json

import pytest

from tests.acceptance.site import Site

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def rows(site: Site) -> list[dict[str, str]]:
    """August's predictions."""
    return list(csv.DictReader(io.StringIO(site.predictions(site.batch).decode())))


def test_14_1_medication_history_and_demographics_train_a_classifier(site: Site) -> None:
    """Fills, enrolment, labs, stays and people became a classifier better than chance, overall and among those due."""
    assert {it["path"] for it in site.dataset["files"]} >= {"patients.csv", "fills.csv", "labs.csv"}
    evaluation = site.version(site.training["version"])["evaluation"]
    assert evaluation["gates"]["auc"] > 0.75


def test_14_2_the_output_is_the_probability_of_stopping_within_30_days(rows: list[dict[str, str]]) -> None:
    """``p_stop``, a probability, for a horizon of 30 days from the index date."""
    assert {row["horizon_days"] for row in rows} == {"30"}
    values = [float(row["p_stop"]) for row in rows]
    assert all(0 < value < 1 for value in values)
    assert max(values) > 4 * min(values)


def test_14_3_brands_have_features_of_their_own(site: Site) -> None:
    """The evaluation tells how well the model does for each brand; brands have offsets in the calibration."""
    evaluation = site.version(site.training["version"])["evaluation"]
    assert evaluation["brands"]
    baseline = site.version(site.training["version"])["DriftCheckBaselines"]["ModelDataQuality"]["Constraints"]["S3Uri"]
    assert "brand" in {it["name"] for it in json.loads(site.read(baseline))["features"]}


def test_14_4_a_patient_of_several_brands_has_a_prediction_for_each(rows: list[dict[str, str]]) -> None:
    """One row for every patient and brand; whoever takes two has two probabilities."""
    pairs = [(row["patient_id"], row["brand"]) for row in rows]
    assert len(set(pairs)) == len(pairs)
    people = [patient for patient, _ in pairs]
    several = {patient for patient in people if people.count(patient) > 1}
    assert several
    one = sorted(several)[0]
    assert len({row["p_stop"] for row in rows if row["patient_id"] == one}) > 1


def test_14_5_predictions_say_how_sure_and_why(rows: list[dict[str, str]]) -> None:
    """An interval that holds the probability, a confidence, a conformal set; factors in words for those at risk."""
    for row in rows:
        assert float(row["p_low"]) <= float(row["p_stop"]) <= float(row["p_high"])
        assert 0.5 <= float(row["confidence"]) <= 1
        assert row["conformal_set"]
    risky = [row for row in rows if row["risk_band"] == "high"]
    assert risky
    assert all(row["factor_1_text"] and row["factor_1_contribution"] for row in risky)
