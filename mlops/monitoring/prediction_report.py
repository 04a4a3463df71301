"""A batch's predictions judged before any label is known: drift per brand, expected quality, gaps between groups of people."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from mlops.bundled.rehearsal import YES
from mlops.errors import RefusedInput
from mlops.monitoring import files, predictions
from mlops.monitoring.analyzer import DriftReport
from mlops.monitoring.compare import MINIMUM_ROWS
from mlops.monitoring.prediction_page import prediction_page
from mlops.monitoring.predictions import BRAND, SCORE, Compared
from mlops.monitoring.quality import SMALLEST_CELL, estimate

ATTRIBUTES = ("sex", "age_band", "payer")
_KNOWN_UNIT = "unit"


@dataclass(frozen=True)
class PredictionJob:
    """One run: what batch transform has written, the predictions of the version's evaluation, and where the report goes."""

    transformed: Path
    known: Path
    output: Path
    unit: str
    rule: str = "joint"
    rehearsal: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "PredictionJob":
        """The pipeline's variables (pipelines/monitoring.py)."""
        return cls(
            transformed=Path(environment["dataset_source"]),
            known=Path(environment["known_predictions"]),
            output=Path(environment["output_path"]),
            unit=environment["unit_column"],
            rule=environment.get("rule", "joint"),
            rehearsal=environment.get("rehearsal") == YES,
        )

    def run(self) -> str:
        """Write prediction_report.json and report.html; the closing text."""
        self.output.mkdir(parents=True, exist_ok=True)
        batch = predictions.read_transformed(self.transformed, self.unit, ATTRIBUTES)
        report = self._report(batch)
        files.write(self.output / "prediction_report.json", report)
        count = sum(item["drifted"] for item in report["features"])
        if count:
            return f"CompletedWithViolations: Job completed successfully with {count} violations."
        return "Completed: Job completed successfully with no violations."

    def _report(self, batch: pl.DataFrame) -> dict[str, Any]:
        known = _known(self.known)
        content = {
            "rows": batch.height,
            "units": batch[self.unit].n_unique(),
            **_expected(batch, self.unit),
            "missing": [],
            **({"rehearsal": True} if self.rehearsal else {}),
        }
        content["gaps"] = [_gap(name, batch) for name in ATTRIBUTES if name in batch.columns]
        if known is None:
            missing = (
                "drift: the model version has no predictions of its evaluation; it was registered before there were any"
            )
            return {**_nothing(), **content, "missing": [missing]}
        found = predictions.compared(known, batch, _KNOWN_UNIT, self.unit, self.rule)
        drift = _drift(found, self.rule)
        names = {item.name for item in found.drifts}
        new = {name: rows for name, rows in predictions.sizes(batch, self.unit).items() if name not in names}
        content |= {"known": _expected(known, _KNOWN_UNIT) | {"rows": known.height}, "new_brands": new}
        page = prediction_page(drift | content, found.known, found.batch)
        (self.output / "report.html").write_text(page, encoding="utf-8")
        return drift | content


def _known(path: Path) -> pl.DataFrame | None:
    if not path.is_file():
        return None
    try:
        table = predictions.read(path.read_bytes())
        return table.select(_KNOWN_UNIT, BRAND, SCORE)
    except pl.exceptions.PolarsError as error:
        raise RefusedInput(f"{path.name} of the model's evaluation is damaged ({type(error).__name__})") from error


def _nothing() -> dict[str, Any]:
    """The members of a comparison that was not made."""
    return {"version": 1, "rule": "none", "drifted": False, "max_drift_score": 0.0, "features": [], "new_brands": {}}


def _drift(found: Compared, rule: str) -> dict[str, Any]:
    known, batch = found.known, found.batch
    return DriftReport(rule, batch.rows, known.rows, found.drifts, [], batch.units, known.units).to_json()


def _expected(table: pl.DataFrame, unit: str) -> dict[str, Any]:
    """What the probabilities imply (CBPE), for all rows and every brand that is large enough."""
    p = table[SCORE].cast(pl.Float64).to_numpy()
    large = [name for name, rows in predictions.sizes(table, unit).items() if rows >= MINIMUM_ROWS]
    brands = {name: _estimate(p[(table[BRAND] == name).to_numpy()]) for name in sorted(large)}
    return {"expected": _estimate(p), "expected_by_brand": brands}


def _estimate(p: Any) -> dict[str, Any]:
    found = estimate(p)
    auc = None if found.auc is None else round(found.auc, 6)
    share = found.positives / found.rows
    return {"rows": found.rows, "auc": auc, "brier": round(found.brier, 6), "stop_share": round(share, 6)}


def _gap(attribute: str, table: pl.DataFrame) -> dict[str, Any]:
    """Mean probability and share at high risk by group; the gaps are between groups that are large enough to tell."""
    p = pl.col(SCORE).cast(pl.Float64)
    grouped = table.group_by(pl.col(attribute).fill_null("unknown")).agg(
        pl.len().alias("rows"), p.mean().alias("mean"), pl.col("high").mean().alias("selected")
    )
    rows = grouped.sort(attribute).to_dicts()
    shown = [row for row in rows if row["rows"] >= SMALLEST_CELL]
    large = [row for row in shown if row["rows"] >= MINIMUM_ROWS]
    groups = {
        str(row[attribute]): {
            "rows": row["rows"],
            "mean": round(row["mean"], 6),
            "selected": round(row["selected"], 6),
            "compared": row in large,
        }
        for row in shown
    }
    gaps = {f"{name}_gap": _span([row[name] for row in large]) for name in ("mean", "selected")}
    return {"attribute": attribute, "groups": groups, "suppressed": len(rows) - len(shown), **gaps}


def _span(values: list[float]) -> float:
    return round(max(values) - min(values), 6) if values else 0.0
