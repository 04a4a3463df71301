"""Model quality: figures against scikit-learn, intervals, the estimate without labels, gaps, prediction drift."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, roc_auc_score

from mlops.monitoring import quality
from mlops.monitoring.predictions import ALL, prediction_drift


def calibrated(rows: int = 4_000, seed: int = 0, slope: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and outcomes drawn from them (from a distorted version of them with ``slope`` != 1)."""
    generator = np.random.default_rng(seed)
    logits = generator.normal(-2, 1.5, rows)
    p = 1 / (1 + np.exp(-logits))
    truth = 1 / (1 + np.exp(-slope * logits))
    return p.round(3), (generator.random(rows) < truth).astype(float)


def test_figures_equal_scikit_learn() -> None:
    """AUC with ties, and the Brier score."""
    p, y = calibrated()
    assert quality.auc(p, y) == pytest.approx(roc_auc_score(y, p), abs=1e-12)
    assert quality.brier(p, y) == pytest.approx(brier_score_loss(y, p), abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
@settings(max_examples=80, deadline=None)
def test_auc_is_the_share_of_pairs_in_order(pairs: list[tuple[int, bool]]) -> None:
    """Counted pair by pair; without both classes there is none."""
    p, y = np.array([one for one, _ in pairs], dtype=float), np.array([two for _, two in pairs], dtype=float)
    wins = [(a > b) + (a == b) / 2 for a in p[y == 1] for b in p[y == 0]]
    expected = sum(wins) / len(wins) if wins else None
    assert quality.auc(p, y) == (None if expected is None else pytest.approx(expected, abs=1e-12))


def test_calibration_by_hand() -> None:
    """Two bins of ten rows: |.1 - .2| and |.9 - .6|, half of the rows each."""
    p = np.repeat([0.1, 0.9], 10)
    y = np.array([1, 1] + [0] * 8 + [1] * 6 + [0] * 4, dtype=float)
    assert quality.observed_over_expected(p, y) == pytest.approx(0.8)
    # fifteen bins of equal count make the error at least that of the two halves
    assert quality.calibration_error(p, y) >= 0.2 - 1e-12


def test_intervals_hold_the_truth_about_nineteen_times_in_twenty() -> None:
    """Of forty samples at least thirty-four intervals hold the AUC of the long run (binomial: 1 in 200 would be fewer)."""
    many, outcomes = calibrated(200_000, seed=99)
    truth = roc_auc_score(outcomes, many)
    found = [quality.measure(*calibrated(600, seed), np.arange(600)).auc for seed in range(40)]
    assert sum(item.low < truth < item.high for item in found) >= 34


def test_intervals_respect_patients() -> None:
    """Rows of one patient repeated ten times make intervals as wide as those of the single rows, not narrower."""
    p, y = calibrated(600)
    single = quality.measure(p, y, np.arange(600)).auc
    repeated = quality.measure(np.tile(p, 10), np.tile(y, 10), np.tile(np.arange(600), 10)).auc
    as_rows = quality.measure(np.tile(p, 10), np.tile(y, 10), np.arange(6_000)).auc
    width = [item.high - item.low for item in (single, repeated, as_rows)]
    assert width[1] == pytest.approx(width[0], rel=0.2)
    assert width[2] < width[0] / 2


def test_one_class_only() -> None:
    """No AUC, but no crash."""
    found = quality.measure(np.array([0.1, 0.2, 0.3]), np.zeros(3), np.arange(3))
    assert (found.auc.value, found.auc.low) == (None, None)
    assert found.to_json()["brier"]["value"] == pytest.approx(0.046667)


def test_the_estimate_meets_the_measurement_while_calibrated() -> None:
    """CBPE: within .01 of AUC and .003 of Brier on 40,000 calibrated rows; blind to a change of what inputs lead to."""
    p, y = calibrated(40_000)
    expected = quality.estimate(p)
    assert expected.auc == pytest.approx(roc_auc_score(y, p), abs=0.01)
    assert expected.brier == pytest.approx(brier_score_loss(y, p), abs=0.003)
    assert expected.positives == pytest.approx(y.sum(), rel=0.03)
    _, changed = calibrated(40_000, slope=0.3)
    assert quality.estimate(p) == expected
    assert abs(roc_auc_score(changed, p) - expected.auc) > 0.1


def test_gaps_between_groups() -> None:
    """A group whose stops are missed stands out; a group of nine positives is not shown."""
    p, y = calibrated(6_000)
    sex = np.where(np.arange(6_000) % 2 == 0, "F", "M")
    y = np.where((sex == "F") & (np.arange(6_000) % 3 == 0), 0.0, y)
    sex[:20] = "U"
    y[:20] = np.r_[np.ones(9), np.zeros(11)]
    (gap,) = quality.gaps(p, y, {"sex": sex}, threshold=0.2)
    assert set(gap.groups) == {"F", "M"}
    assert gap.suppressed == 1
    expected = {group: y[sex == group].sum() / p[sex == group].sum() for group in "FM"}
    assert gap.calibration_gap == pytest.approx(abs(expected["M"] - expected["F"]), abs=1e-5)
    assert gap.calibration_gap > 0.2


def predictions(rows: int, seed: int, shift: dict[str, float]) -> pl.DataFrame:
    generator = np.random.default_rng(seed)
    brand = generator.choice(["alpha", "beta", "rare"], rows, p=[0.55, 0.42, 0.03])
    logits = generator.normal(-2, 1, rows) + np.array([shift.get(name, 0.0) for name in brand])
    names = [f"P{number}" for number in range(rows)]
    return pl.DataFrame({"patient_id": names, "brand": brand, "p_stop": (1 / (1 + np.exp(-logits))).round(6)}).cast(
        pl.String()
    )


def test_prediction_drift_is_found_in_the_brand_where_it_lies() -> None:
    """One brand's probabilities move: that brand and the whole are named, the other is not, the rare one is too small."""
    reference = predictions(4_000, 1, {})
    same = prediction_drift(reference, predictions(4_000, 2, {}))
    assert [item.name for item in same if item.drifted] == []
    moved = prediction_drift(reference, predictions(4_000, 2, {"beta": 0.8}))
    assert [item.name for item in moved if item.drifted] == [ALL, "beta"]
    assert "fewer than 200" in next(item.why for item in moved if item.name == "rare")
