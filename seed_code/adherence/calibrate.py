"""Calibration of margins to probabilities (Platt 1999), and measures of calibration."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Platt:
    """p = 1 / (1 + exp(-(intercept + slope * margin)))."""

    intercept: float
    slope: float

    def probability(self, margin: Floats) -> Floats:
        """Calibrated probability."""
        return np.asarray(1.0 / (1.0 + np.exp(-(self.intercept + self.slope * margin))))


def fit_platt(margin: Floats, y: npt.NDArray[np.generic]) -> Platt:
    """Unpenalised logistic regression of the outcome on the margin."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e6, max_iter=1000).fit(margin.reshape(-1, 1), y)
    return Platt(float(fitted.intercept_[0]), float(fitted.coef_[0, 0]))


def expected_calibration_error(p: Floats, y: Floats, bins: int = 15) -> float:
    """ECE over bins of equal size: the mean distance of predicted and observed share, weighted by rows."""
    if len(p) == 0:
        return float("nan")
    order = np.argsort(p, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return float(sum(len(part) * abs(p[part].mean() - y[part].mean()) for part in parts) / len(p))


def slope(p: Floats, y: Floats) -> float:
    """Calibration slope: the coefficient of the outcome on the predicted log-odds (1 is right)."""
    if len(np.unique(y)) < 2:
        return float("nan")
    clipped = np.clip(p, 1e-6, 1 - 1e-6)
    return fit_platt(np.log(clipped / (1 - clipped)), y).slope


def observed_over_expected(p: Floats, y: Floats) -> float:
    """Observed over expected count of the outcome (1 is right)."""
    return float(y.sum() / p.sum()) if p.sum() > 0 else float("nan")
