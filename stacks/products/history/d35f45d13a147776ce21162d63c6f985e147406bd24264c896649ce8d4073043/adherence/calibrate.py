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

    def probability(self, margin: Floats, offset: Floats | float = 0.0) -> Floats:
        """Calibrated probability; ``offset`` is added to the log-odds."""
        return np.asarray(1.0 / (1.0 + np.exp(-(self.intercept + self.slope * margin + offset))))


def fit_platt(margin: Floats, y: npt.NDArray[np.generic]) -> Platt:
    """Unpenalised logistic regression of the outcome on the margin."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e6, max_iter=1000).fit(margin.reshape(-1, 1), y)
    return Platt(float(fitted.intercept_[0]), float(fitted.coef_[0, 0]))


def fit_platt_by_group(
    margin: Floats, y: npt.NDArray[np.generic], group: npt.NDArray[np.object_], penalty: float
) -> tuple[Platt, dict[str, float]]:
    """Platt scaling with an offset per group, shrunk towards 0: ``penalty`` is the prior's precision (1 / variance of log-odds).

    A group's offset is as far from 0 as its outcomes bear out. Newton steps on the penalised likelihood; the groups' block is diagonal.
    """
    names, code = np.unique(group.astype(str), return_inverse=True)
    intercept, slope_, offset = 0.0, 1.0, np.zeros(len(names))
    for _ in range(30):
        p = Platt(intercept, slope_).probability(margin, offset[code])
        weight, error = np.maximum(p * (1 - p), 1e-9), np.asarray(y, dtype=np.float64) - p
        shared = np.column_stack([np.ones_like(margin), margin])
        diagonal = np.bincount(code, weight, len(names)) + penalty
        cross = np.column_stack([np.bincount(code, weight * column, len(names)) for column in shared.T])
        gradient = shared.T @ error
        group_gradient = np.bincount(code, error, len(names)) - penalty * offset
        schur = (shared * weight[:, None]).T @ shared - cross.T @ (cross / diagonal[:, None])
        step = np.linalg.solve(schur, gradient - cross.T @ (group_gradient / diagonal))
        moved = (group_gradient - cross @ step) / diagonal
        intercept, slope_, offset = intercept + float(step[0]), slope_ + float(step[1]), offset + moved
        if max(np.abs(step).max(), np.abs(moved).max()) < 1e-10:
            break
    return Platt(intercept, slope_), {str(name): float(value) for name, value in zip(names, offset, strict=True)}


def auc(y: npt.NDArray[np.generic], score: Floats) -> float:
    """Area under the ROC curve; NaN where only one class is there."""
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(y, score)) if 0 < y.sum() < len(y) else float("nan")


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
