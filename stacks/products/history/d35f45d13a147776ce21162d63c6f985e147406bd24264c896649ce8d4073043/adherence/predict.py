"""Score index rows: probability, interval, confidence, conformal set, risk factors, flags."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from adherence.explain import Factor, factors
from adherence.model import Model

_LOW = 0.05  # of the risk bands; high begins at the risk threshold


def predict(model: Model, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """One record per row, in order; ``rows`` has the keys and the features."""
    matrix = model.encoder.matrix(rows)
    p = model.probability(matrix)
    low, high = model.interval(matrix, p)
    sets = model.conformal.sets(p)
    reasons = factors(model, rows, matrix, p)
    threshold = model.settings["risk_threshold"]
    flags = _flags(model, rows)
    return [
        {
            "horizon_days": model.settings["horizon_days"],
            "p_stop": round(float(p[row]), 6),
            "p_low": round(float(low[row]), 6),
            "p_high": round(float(high[row]), 6),
            "confidence": round(float(max(p[row], 1 - p[row])), 6),
            "conformal_set": sets[row],
            "risk_band": "high" if p[row] >= threshold else "medium" if p[row] >= _LOW else "low",
            **_factors(reasons[row]),
            "flags": flags[row],
        }
        for row in range(len(rows))
    ]


def _factors(reasons: Sequence[Factor]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for number in range(3):
        reason = reasons[number] if number < len(reasons) else None
        result |= {
            f"factor_{number + 1}_code": reason.code if reason else "",
            f"factor_{number + 1}_text": reason.text if reason else "",
            f"factor_{number + 1}_value": reason.value if reason else None,
            f"factor_{number + 1}_contribution": reason.contribution if reason else None,
            f"factor_{number + 1}_actionable": reason.actionable if reason else None,
        }
    return result


def _flags(model: Model, rows: pd.DataFrame) -> list[str]:
    """low_support (brand unseen or with few stops in training), imputed (days supply), missing (a main feature)."""
    least = model.settings["minimum_support"]
    rare = np.array([model.support.get(brand, 0) < least for brand in rows["brand"]])
    parts = {"low_support": rare, "imputed": _column(rows, "imputed"), "missing": _column(rows, "missing")}
    return [";".join(name for name, values in parts.items() if values[row]) for row in range(len(rows))]


def _column(rows: pd.DataFrame, name: str) -> Any:
    return rows[name].to_numpy(dtype=bool) if name in rows else np.zeros(len(rows), dtype=bool)
