"""How good is the model on other patients at later dates: by stratum, brand and group, with honest intervals."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from adherence.calibrate import Floats, auc, expected_calibration_error, observed_over_expected, slope
from adherence.features import NUMERIC
from adherence.model import Model

_BOOTSTRAPS = 60
_BINS = 10


def evaluate(model: Model, test: pd.DataFrame, train: pd.DataFrame | None = None) -> dict[str, Any]:
    """The evaluation report (JSON; ``binary_classification_metrics`` in Model Monitor's form)."""
    p, y = model.probability(model.encoder.matrix(test)), test["y"].to_numpy(dtype=np.float64)
    due = (test["days_left_exact"] <= model.settings["horizon_days"]).to_numpy()
    smallest = int(model.settings["smallest_cell"])
    patients = pd.factorize(test["patient_id"])[0]
    deviation = _bootstrap(y, p, patients, model.settings["seed"])
    chosen = {
        "all": np.ones(len(y), dtype=bool),
        "due": due,
        "on_supply_due": due & (test["days_left_exact"] > 0).to_numpy(),
    }
    strata = {name: _measures(y[mask], p[mask]) for name, mask in chosen.items()}
    rule = test["days_since_fill"].to_numpy(dtype=np.float64) - test["last_days_supply"].to_numpy(dtype=np.float64)
    return {
        "binary_classification_metrics": {
            "auc": {"value": strata["all"]["auc"], "standard_deviation": deviation},
            "brier": {"value": strata["all"]["brier"], "standard_deviation": 0.0},
        },
        "gates": _gates(strata),
        "strata": strata,
        "brands": _groups(test["brand"], y, p, smallest),
        "fairness": {name: _groups(group, y, p, smallest) for name, group in fairness_groups(test).items()},
        "calibration": calibration_bins(p[due], y[due]),
        "conformal": _coverage(model, p, y),
        "baselines": {"days_overdue_rule": {"auc": auc(y, rule)}, **_logistic(test, train, y)},
        "rows": len(test),
        "positives": int(y.sum()),
        "index_dates": sorted(set(test["index_date"])),
        "permissible_gap_days": model.settings["permissible_gap_days"],
    }


def _gates(strata: dict[str, Any]) -> dict[str, float]:
    return {"auc": strata["all"]["auc"], "auc_due": strata["due"]["auc"], "ece_due": strata["due"]["ece"]}


def _measures(y: Floats, p: Floats) -> dict[str, float]:
    result = {
        "rows": len(y),
        "positives": int(y.sum()),
        "auc": auc(y, p),
        "brier": float(np.mean((p - y) ** 2)) if len(y) else float("nan"),
        "ece": expected_calibration_error(p, y),
        "slope": slope(p, y),
        "observed_over_expected": observed_over_expected(p, y),
    }
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in result.items()}


def _bootstrap(y: Floats, p: Floats, patients: npt.NDArray[np.int64], seed: int) -> float:
    """Standard deviation of the AUC over resampled patients."""
    generator, count = np.random.default_rng(seed), int(patients.max()) + 1
    values = []
    for _ in range(_BOOTSTRAPS):
        weight = np.bincount(generator.integers(count, size=count), minlength=count)[patients]
        values.append(_weighted_auc(y, p, weight))
    return round(float(np.std(values)), 6)


def _weighted_auc(y: Floats, p: Floats, weight: npt.NDArray[np.int64]) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(y, p, sample_weight=weight))


def _groups(group: pd.Series, y: Floats, p: Floats, smallest: int) -> list[dict[str, Any]]:
    """Measures per group; groups with fewer rows or stops than the smallest cell are named without numbers."""
    result = []
    for name in sorted(set(group)):
        mask = (group == name).to_numpy()
        shown = int(y[mask].sum()) >= smallest and int((1 - y[mask]).sum()) >= smallest
        result.append({"name": str(name), **(_measures(y[mask], p[mask]) if shown else {"suppressed": True})})
    return result


def fairness_groups(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """The groups that the fairness report compares."""
    return {"sex": _sex(rows), "age_band": _age_band(rows), "payer": _payer(rows)}


def _sex(rows: pd.DataFrame) -> pd.Series:
    return rows["female"].map({1.0: "F", 0.0: "M"}).fillna("U")


def _age_band(rows: pd.DataFrame) -> pd.Series:
    return pd.Series(
        np.select([rows["age"] < 45, rows["age"] < 65, rows["age"] < 75], ["18-44", "45-64", "65-74"], "75+")
    )


def _payer(rows: pd.DataFrame) -> pd.Series:
    names = [name for name in NUMERIC if name.startswith("payer_")]
    known = rows[names].fillna(0).to_numpy()
    labels = np.array([name.removeprefix("payer_") for name in names])
    return pd.Series(np.where(known.sum(axis=1) > 0, labels[known.argmax(axis=1)], "unknown"))


def calibration_bins(p: Floats, y: Floats) -> list[dict[str, float]]:
    """Ten bins of equal size: mean predicted and observed share with a 95 % Wilson interval."""
    order = np.argsort(p, kind="stable")
    return [_bin(p[part], y[part]) for part in np.array_split(order, _BINS) if len(part)]


def _bin(p: Floats, y: Floats) -> dict[str, float]:
    n, share, z = len(y), float(y.mean()), 1.96
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    numbers = {"predicted": float(p.mean()), "observed": share, "low": middle - reach, "high": middle + reach}
    return {"rows": n, **{name: round(float(value), 6) for name, value in numbers.items()}}


def _coverage(model: Model, p: Floats, y: Floats) -> dict[str, float]:
    """Share of each class whose conformal set contains it."""
    sets = model.conformal.sets(p)
    stop, go_on = np.isin(sets, ["stop", "both"]), np.isin(sets, ["continue", "both"])
    return {
        "coverage_stop": round(float(stop[y == 1].mean()), 4),
        "coverage_continue": round(float(go_on[y == 0].mean()), 4),
        "share_both": round(float((sets == "both").mean()), 4),
    }


def _logistic(test: pd.DataFrame, train: pd.DataFrame | None, y: Floats) -> dict[str, Any]:
    if train is None:
        return {}
    from sklearn.linear_model import LogisticRegression

    middle = train[list(NUMERIC)].median()
    scale = train[list(NUMERIC)].std().replace(0, 1)

    def matrix(rows: pd.DataFrame) -> Any:
        return ((rows[list(NUMERIC)].fillna(middle) - middle) / scale).to_numpy()

    fitted = LogisticRegression(max_iter=300).fit(matrix(train), train["y"])
    return {"logistic_regression": {"auc": auc(y, fitted.predict_proba(matrix(test))[:, 1])}}
