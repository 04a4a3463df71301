"""The model: same bytes from the same data, exact explanations, flags, and files that nobody can change unnoticed."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from adherence import settings
from adherence.errors import RefusedInput
from adherence.model import calibrate, conformal, explain, model
from adherence.model.predict import predict
from adherence.quality import evaluate, metrics
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

Folds = dict[str, pd.DataFrame]


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.mark.slow
def test_the_order_of_rows_and_the_number_of_threads_do_not_matter(
    folds: Folds, small: settings.Settings, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shuffled rows and four threads give the same files, byte by byte."""
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    shuffled = {name: folds[name].sample(frac=1, random_state=3) for name in ("train", "calibration")}
    model.save(model.fit(shuffled["train"], shuffled["calibration"], small), tmp_path)
    assert _digests(tmp_path) == _digests(saved)


def test_files_hold_no_pickle_and_load_to_the_same_predictions(fitted: model.Model, saved: Path, folds: Folds) -> None:
    """UBJ and JSON only; the loaded model predicts the same bits."""
    assert {path.suffix for path in saved.iterdir()} == {".ubj", ".json"}
    matrix = fitted.encoder.matrix(folds["test"])
    assert model.load(saved).probability(matrix).tobytes() == fitted.probability(matrix).tobytes()


def test_a_changed_file_is_refused(saved: Path, tmp_path: Path) -> None:
    """One byte more in one file."""
    shutil.copytree(saved, tmp_path / "m")
    with (tmp_path / "m" / "bag-0.ubj").open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(RefusedInput, match=r"bag-0\.ubj was changed: its SHA-256 is [0-9a-f]{64}, registered was"):
        model.load(tmp_path / "m")


def test_explanations_add_up_to_the_margin(fitted: model.Model, folds: Folds) -> None:
    """Contributions and expected value sum to the log-odds of p_stop within 1e-4, also by concept and group."""
    matrix = fitted.encoder.matrix(folds["test"])
    per_column, expected = explain.contributions(fitted, matrix)
    p = fitted.probability(matrix)
    margin = np.log(p / (1 - p))
    np.testing.assert_allclose(per_column.sum(axis=1) + expected, margin, atol=1e-4)
    by_group = explain.by_group(explain.by_concept(fitted.encoder.columns, per_column))
    np.testing.assert_allclose(by_group.sum(axis=1) + expected, margin, atol=1e-4)


def test_every_row_above_the_risk_threshold_has_three_factors(fitted: model.Model, folds: Folds) -> None:
    """With code, words, contribution and whether something can be done; age and sex never can."""
    found = [item for item in predict(fitted, folds["test"]) if item["p_stop"] >= 0.2]
    assert len(found) > 30
    for item in found:
        for number in (1, 2, 3):
            assert item[f"factor_{number}_code"]
            assert item[f"factor_{number}_text"]
            assert isinstance(item[f"factor_{number}_contribution"], float)
            if item[f"factor_{number}_code"] in {"profile", "brand"}:
                assert item[f"factor_{number}_actionable"] is False
        given_ = [item[f"factor_{number}_contribution"] for number in (1, 2, 3)]
        assert given_ == sorted(given_, reverse=True)


def test_output_columns(fitted: model.Model, folds: Folds) -> None:
    """The columns of the contract, probabilities in order, confidence the larger of p and 1 - p."""
    names = ["horizon_days", "p_stop", "p_low", "p_high", "confidence", "conformal_set", "risk_band"]
    names += [
        f"factor_{n}_{part}" for n in (1, 2, 3) for part in ("code", "text", "value", "contribution", "actionable")
    ]
    for item in predict(fitted, folds["test"].head(200)):
        assert list(item) == [*names, "flags"]
        assert item["p_low"] <= item["p_stop"] <= item["p_high"]
        assert item["confidence"] == pytest.approx(max(item["p_stop"], 1 - item["p_stop"]), abs=1e-6)
        assert item["conformal_set"] in {"stop", "continue", "both"}


def test_an_unseen_brand_is_scored_and_flagged(fitted: model.Model, folds: Folds) -> None:
    """A brand without training rows gets a probability and low_support; a well known one does not get the flag."""
    rows = folds["test"].head(50).assign(brand="never seen", drug_class="nor its class")
    assert all("low_support" in item["flags"] and 0 < item["p_stop"] < 1 for item in predict(fitted, rows))
    known = [brand for brand, count in fitted.support.items() if count >= 60]
    rows = folds["test"][folds["test"]["brand"].isin(known)].head(50)
    assert not any("low_support" in item["flags"] for item in predict(fitted, rows))


def test_imputed_and_missing_are_flagged(fitted: model.Model, folds: Folds) -> None:
    """The flags name what is uncertain about a row's input."""
    rows = folds["test"].head(4).assign(imputed=[True, False, True, False], missing=[True, True, False, False])
    flags = [set(item["flags"].split(";")) & {"imputed", "missing"} for item in predict(fitted, rows)]
    assert flags == [{"imputed", "missing"}, {"missing"}, {"imputed"}, set()]


def test_predictions_learn_something(fitted: model.Model, folds: Folds) -> None:
    """Better than chance on other patients at later dates."""
    test = folds["test"]
    assert calibrate.auc(test["y"].to_numpy(), fitted.probability(fitted.encoder.matrix(test))) > 0.75


def test_evaluation_report(fitted: model.Model, folds: Folds) -> None:
    """Valid JSON without NaN; small cells are suppressed; without a deployed version there is nothing to be worse than."""
    made = evaluate.evaluate(fitted, folds["test"], folds["train"])
    json.dumps(made, allow_nan=False)
    assert (made["champion"]["compared"], made["champion"]["version"]) == (False, "none")
    assert made["gates"]["not_worse_than_champion"] == 1
    for name in ("auc", "auc_due", "ece_due", "not_worse_than_champion"):
        assert name in made["gates"], f"the pipelines read gates.{name}, and the evaluation does not say it"
    low, high = made["strata"]["all"]["auc_interval"]
    assert low < made["strata"]["all"]["auc"] < high
    for item in [*made["brands"], *(row for rows in made["fairness"].values() for row in rows)]:
        assert item.get("suppressed") or min(item["positives"], item["rows"] - item["positives"]) >= 11


def test_calibration_bins_never_hold_a_small_cell() -> None:
    """Joined until each bin has 11 stops and 11 others; the bins share out all rows."""
    generator = np.random.default_rng(1)
    p = generator.uniform(0, 0.2, 2000)
    y = (generator.uniform(size=2000) < p).astype(float)
    bins = evaluate.calibration_bins(p, y, 11)
    assert sum(item["rows"] for item in bins) == 2000
    assert all(round(item["observed"] * item["rows"]) >= 11 for item in bins)


def test_weighted_auc_equals_sklearn() -> None:
    """With ties and weights, zero weights included."""
    from sklearn.metrics import roc_auc_score

    generator = np.random.default_rng(2)
    p, y = generator.integers(0, 20, 500) / 20, generator.integers(0, 2, 500).astype(float)
    weight = generator.integers(0, 3, 500).astype(float)
    assert metrics.weighted_auc(y, p, weight) == pytest.approx(roc_auc_score(y, p, sample_weight=weight), abs=1e-12)


def test_platt_by_group_recovers_what_was_simulated() -> None:
    """Slope, intercept and large offsets come back; a group with few rows is drawn towards 0."""
    generator = np.random.default_rng(3)
    margin = generator.normal(0, 1.5, 60_000)
    group = np.array(["a", "b", "c"], dtype=object)[generator.choice(3, 60_000, p=[0.5, 0.495, 0.005])]
    offset = np.select([group == "a", group == "b"], [0.4, -0.4], 2.0)
    y = (generator.uniform(size=60_000) < 1 / (1 + np.exp(-(-1 + 0.8 * margin + offset)))).astype(int)
    platt, offsets = calibrate.fit_platt_by_group(margin, y, group, penalty=30.0)
    assert platt.slope == pytest.approx(0.8, abs=0.03)
    assert offsets["a"] - offsets["b"] == pytest.approx(0.8, abs=0.06)
    assert 0.5 < offsets["c"] < 1.9


@given(
    st.lists(st.tuples(st.floats(0.001, 0.999), st.booleans()), min_size=40, max_size=300), st.sampled_from([0.8, 0.9])
)
@hypothesis_settings(max_examples=60, deadline=None)
def test_conformal_sets_cover_their_own_sample(pairs: list[tuple[float, bool]], coverage: float) -> None:
    """On the calibration rows themselves each class is covered at least at the stated rate (Vovk 2003)."""
    p, y = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs]).astype(int)
    sets = conformal.fit_conformal(p, y, coverage).sets(p)
    for value, name in ((1, "stop"), (0, "continue")):
        mine = sets[y == value]
        if len(mine):
            assert np.isin(mine, [name, "both"]).mean() >= coverage - 1e-9


def test_settings_are_checked(tmp_path: Path) -> None:
    """Unknown names and wrong values are refused by name."""
    with pytest.raises(RefusedInput, match="unknown settings horizont"):
        settings.load(horizont=3)
    with pytest.raises(RefusedInput, match="switch_policy: must be negative, positive or exclude"):
        settings.load(switch_policy="maybe")
    bad: dict[str, Any] = {"test_patients": 0.9, "calibration_patients": 0.2}
    with pytest.raises(RefusedInput, match="between 0 and 1"):
        settings.load(**bad)
