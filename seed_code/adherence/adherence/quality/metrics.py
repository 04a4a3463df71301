"""Measures of predictions: discrimination, calibration, and their intervals by resampling patients."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from adherence.model.calibrate import Floats, auc, expected_calibration_error, observed_over_expected, slope

_BOOTSTRAPS = 100


def measures(y: Floats, p: Floats) -> dict[str, Any]:
    """Discrimination and calibration of some rows."""
    return {
        "rows": len(y),
        "positives": int(y.sum()),
        "auc": auc(y, p),
        "brier": float(np.mean((p - y) ** 2)) if len(y) else float("nan"),
        "ece": expected_calibration_error(p, y),
        "slope": slope(p, y),
        "observed_over_expected": observed_over_expected(p, y),
    }


class Resample:
    """Bootstrap by patient: a patient's rows come and go together."""

    def __init__(self, patient_ids: pd.Series, seed: int) -> None:
        codes, unique = pd.factorize(patient_ids)
        generator = np.random.default_rng(seed)
        count = len(unique)
        self.weights = [
            np.bincount(generator.integers(count, size=count), minlength=count)[codes].astype(np.float64)
            for _ in range(_BOOTSTRAPS)
        ]

    def intervals(self, y: Floats, p: Floats, mask: npt.NDArray[np.bool_]) -> dict[str, Any]:
        """95 % intervals of AUC, Brier score and O/E, and the first two's standard deviations."""
        own = [weight[mask] for weight in self.weights]
        y, p = y[mask], p[mask]
        if not 0 < y.sum() < len(y):
            return {"auc_sd": 0.0, "brier_sd": 0.0}
        found = {
            "auc": self._over(own, lambda weight: weighted_auc(y, p, weight)),
            "brier": self._over(own, lambda weight: float(np.average((p - y) ** 2, weights=weight))),
            "observed_over_expected": self._over(own, lambda weight: float((weight * y).sum() / (weight * p).sum())),
        }
        result: dict[str, Any] = {f"{name}_interval": interval(values) for name, values in found.items()}
        return result | {"auc_sd": float(np.std(found["auc"])), "brier_sd": float(np.std(found["brier"]))}

    @staticmethod
    def _over(weights: list[Floats], measure: Callable[[Floats], float]) -> list[float]:
        return [measure(weight) for weight in weights]


def interval(values: list[float]) -> list[float]:
    """95 % of bootstrap values."""
    return [float(value) for value in np.nanpercentile(values, [2.5, 97.5])]


def weighted_auc(y: Floats, p: Floats, weight: Floats) -> float:
    """Area under the ROC curve of weighted rows: P(score of a positive > that of a negative), ties half."""
    order = np.argsort(p, kind="stable")
    y, p, weight = y[order], p[order], weight[order]
    positive, negative = weight * y, weight * (1 - y)
    last = np.r_[p[1:] != p[:-1], True]
    group = np.r_[0, np.cumsum(last)[:-1]]
    up, down = np.bincount(group, positive), np.bincount(group, negative)
    below = np.cumsum(down) - down
    whole = positive.sum() * negative.sum()
    return float((up * (below + down / 2)).sum() / whole) if whole > 0 else float("nan")
