"""How good is the model on other patients at later dates: by stratum, brand and group, with honest intervals.

No cell of fewer than the smallest number of stops (or of rows without one) is reported, and bins are joined until none is smaller.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from adherence.features.features import NUMERIC, PAYERS
from adherence.model.calibrate import Floats, auc
from adherence.model.model import Model
from adherence.quality import outcomes
from adherence.quality.champion import Champion, Rows, compare
from adherence.quality.metrics import Resample, measures

_BINS = 10
_TOP = (0.05, 0.10, 0.20, 0.30)
SMALLER = "smaller groups"  # stands for all that have too few patients to be named


def evaluate(
    model: Model, test: pd.DataFrame, train: pd.DataFrame | None = None, champion: Champion | None = None
) -> dict[str, Any]:
    """The evaluation report (JSON; ``binary_classification_metrics`` in Model Monitor's form)."""
    matrix = model.encoder.matrix(test)
    p, y = model.probability(matrix), test["y"].to_numpy(dtype=np.float64)
    smallest = int(model.settings["smallest_cell"])
    chosen = strata(test, int(model.settings["horizon_days"]))
    due = chosen["due"]
    resample = Resample(test["patient_id"], int(model.settings["seed"]))
    measured = {name: measures(y[mask], p[mask]) | resample.intervals(y, p, mask) for name, mask in chosen.items()}
    low, high = model.interval(matrix, p)
    who, named = test["patient_id"], large(test["brand"], test["patient_id"], smallest)
    compared = compare(model, champion or Champion(), Rows.due(test, y, p, due, resample.weights), test)
    rule = test["days_since_fill"].to_numpy(dtype=np.float64) - test["last_days_supply"].to_numpy(dtype=np.float64)
    report: dict[str, Any] = _without_nan(
        {
            "binary_classification_metrics": {
                "auc": {"value": measured["all"]["auc"], "standard_deviation": measured["all"].pop("auc_sd")},
                "brier": {"value": measured["all"]["brier"], "standard_deviation": measured["all"].pop("brier_sd")},
            },
            "gates": {
                "auc": measured["all"]["auc"],
                "auc_due": measured["due"]["auc"],
                "ece_due": measured["due"]["ece"],
                "not_worse_than_champion": int(compared["not_worse"]),
            },
            "strata": {name: _hide(values, smallest) for name, values in measured.items()},
            "brands": list(
                groups(test["brand"], who, y, p, smallest, model.support, int(model.settings["minimum_support"]))
            ),
            "fairness": {
                name: list(groups(group, who, y, p, smallest)) for name, group in fairness_groups(test).items()
            },
            "calibration": calibration_bins(p[due], y[due], smallest),
            "calibration_by_brand": {
                brand: calibration_bins(p[mask], y[mask], smallest, 5)
                for brand in named
                if (mask := due & (test["brand"] == brand).to_numpy()).sum() and y[mask].sum() >= 5 * smallest
            },
            "lift": lift(p, y, smallest),
            "conformal": _coverage(model, p, y),
            "confidence": {
                "mean_due": float(np.maximum(p, 1 - p)[due].mean()),
                "accuracy_due": float(((p[due] >= 0.5) == (y[due] == 1)).mean()),
            },
            "interval": {"mean_width": float((high - low).mean()), "mean_width_due": float((high - low)[due].mean())},
            "baselines": {"days_overdue_rule": {"auc": auc(y, rule)}, **_logistic(test, train, y)},
            "champion": compared,
            "rows": len(test),
            "positives": int(y.sum()),
            "patients": int(test["patient_id"].nunique()),
            "index_dates": sorted(set(test["index_date"])),
            "label": {name: model.settings[name] for name in ("horizon_days", "permissible_gap_days", "switch_policy")},
            "label_definition": model.label_definition,
            "rows_sha256": outcomes.digest(test),
            "permissible_gap_days": model.settings["permissible_gap_days"],
        }
    )
    return report


def strata(rows: pd.DataFrame, horizon: int) -> dict[str, npt.NDArray[np.bool_]]:
    """All rows; those whose supply runs out within the horizon; of these the ones still on supply."""
    left = rows["days_left_exact"].to_numpy()
    return {
        "all": np.ones(len(rows), dtype=bool),
        "due": left <= horizon,
        "on_supply_due": (left <= horizon) & (left > 0),
    }


def _without_nan(value: Any) -> Any:
    """Rounded to six digits; what is not a number is null, as JSON has no NaN."""
    if isinstance(value, dict):
        return {name: _without_nan(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    if isinstance(value, float):
        return round(value, 6) if np.isfinite(value) else None
    return value


def _hide(values: dict[str, Any], smallest: int) -> dict[str, Any]:
    values = {name: value for name, value in values.items() if not name.endswith("_sd")}
    shown = min(values["positives"], values["rows"] - values["positives"]) >= smallest
    return values if shown else {"suppressed": True}


def large(group: pd.Series, who: pd.Series, smallest: int) -> list[str]:
    """The groups that have enough patients to be named; ``who`` is each row's patient."""
    patients = who.groupby(group.to_numpy()).nunique()
    return sorted(str(name) for name in patients[patients >= smallest].index)


def groups(  # noqa: PLR0917
    group: pd.Series,
    who: pd.Series,
    y: Floats,
    p: Floats,
    smallest: int,
    support: dict[str, int] | None = None,
    least: int = 0,
) -> Iterator[dict[str, Any]]:
    """Measures per group; groups with fewer stops (or rows without one) than the smallest cell are named without numbers.

    Groups of fewer patients than that are not even named: one line stands for all of them.
    """
    named = large(group, who, smallest)
    for name in named:
        mask = (group == name).to_numpy()
        flags = {} if support is None else {"low_support": support.get(name, 0) < least}
        yield {"name": name, **flags, **_hide(measures(y[mask], p[mask]), smallest)}
    if group.nunique() > len(named):
        yield {"name": SMALLER, **({} if support is None else {"low_support": True}), "suppressed": True}


def fairness_groups(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """The groups that the fairness report compares."""
    return {"sex": _sex(rows), "age_band": _age_band(rows), "payer": _payer(rows)}


def _sex(rows: pd.DataFrame) -> pd.Series:
    return rows["female"].map({1.0: "F", 0.0: "M"}).fillna("U")


def _age_band(rows: pd.DataFrame) -> pd.Series:
    bands = np.select([rows["age"] < 45, rows["age"] < 65, rows["age"] < 75], ["18-44", "45-64", "65-74"], "75+")
    return pd.Series(bands, index=rows.index)


def _payer(rows: pd.DataFrame) -> pd.Series:
    known = rows[[f"payer_{payer}" for payer in PAYERS]].fillna(0).to_numpy()
    return pd.Series(
        np.where(known.sum(axis=1) > 0, np.array(PAYERS)[known.argmax(axis=1)], "unknown"), index=rows.index
    )


def calibration_bins(p: Floats, y: Floats, smallest: int, bins: int = _BINS) -> list[dict[str, float]]:
    """Bins of rows ordered by prediction: mean predicted and observed share with a 95 % Wilson interval.

    Bins of equal size, joined with their neighbours until each has the smallest number of stops and of other rows.
    """
    order = np.argsort(p, kind="stable")
    joined: list[npt.NDArray[np.int64]] = []
    waiting = order[:0]
    for part in np.array_split(order, bins):
        waiting = np.r_[waiting, part]
        if min(y[waiting].sum(), (1 - y[waiting]).sum()) >= smallest:
            joined, waiting = [*joined, waiting], order[:0]
    if len(waiting) and joined:
        joined[-1] = np.r_[joined[-1], waiting]
    return [_bin(p[part], y[part]) for part in joined]


def _bin(p: Floats, y: Floats) -> dict[str, float]:
    n, share, z = len(y), float(y.mean()), 1.96
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return {
        "rows": n,
        "predicted": float(p.mean()),
        "observed": share,
        "low": float(middle - reach),
        "high": float(middle + reach),
    }


def lift(p: Floats, y: Floats, smallest: int) -> list[dict[str, float]]:
    """Of the rows with the highest risk: the share that stops, the share of all stops among them, and the lift over chance."""
    order = np.argsort(-p, kind="stable")
    result = []
    for share in _TOP:
        top = y[order[: max(1, int(len(y) * share))]]
        if min(top.sum(), len(top) - top.sum()) >= smallest:
            found = {"precision": float(top.mean()), "sensitivity": float(top.sum() / y.sum())}
            result.append({"top": share, "rows": len(top), **found, "lift": float(top.mean() / y.mean())})
    return result


def _coverage(model: Model, p: Floats, y: Floats) -> dict[str, float]:
    """Share of each class whose conformal set contains it."""
    sets = model.conformal.sets(p)
    stop, go_on = np.isin(sets, ["stop", "both"]), np.isin(sets, ["continue", "both"])
    return {
        "coverage_stop": float(stop[y == 1].mean()),
        "coverage_continue": float(go_on[y == 0].mean()),
        "share_both": float((sets == "both").mean()),
    }


def _logistic(test: pd.DataFrame, train: pd.DataFrame | None, y: Floats) -> dict[str, Any]:
    if train is None:
        return {}
    from sklearn.linear_model import LogisticRegression

    middle = train[list(NUMERIC)].median().fillna(0)
    scale = train[list(NUMERIC)].std().replace(0, 1).fillna(1)

    def matrix(rows: pd.DataFrame) -> Any:
        return ((rows[list(NUMERIC)].fillna(middle) - middle) / scale).to_numpy()

    fitted = LogisticRegression(max_iter=300).fit(matrix(train), train["y"])
    return {"logistic_regression": {"auc": auc(y, fitted.predict_proba(matrix(test))[:, 1])}}
