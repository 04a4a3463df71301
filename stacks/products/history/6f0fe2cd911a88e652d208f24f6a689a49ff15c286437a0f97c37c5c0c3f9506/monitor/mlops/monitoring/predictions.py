"""Prediction drift: the analyzer's own comparison, on the predicted probabilities, for all rows and per brand."""

import io
import json
import tempfile
from pathlib import Path

import polars as pl

from mlops.monitoring import files
from mlops.monitoring.baseline import load
from mlops.monitoring.columns import Column, Summary
from mlops.monitoring.compare import FeatureDrift, compare

ALL = "all predictions"
_SCORE, _BRAND, _UNIT = "p_stop", "brand", "patient_id"


def read(content: bytes) -> pl.DataFrame:
    """predictions.csv as texts (identifiers keep their leading zeros)."""
    return pl.read_csv(io.BytesIO(content), infer_schema=False)


def prediction_drift(reference: pl.DataFrame, current: pl.DataFrame, rule: str = "joint") -> list[FeatureDrift]:
    """Scores and decisions of ``p_stop`` over all rows and for every brand of the reference."""
    known = _summary(reference)
    with tempfile.TemporaryDirectory() as folder:  # through the files, so that it is the very code of the input check
        paths = Path(folder) / "statistics.json", Path(folder) / "constraints.json"
        for path, content in zip(paths, (files.statistics(known), files.constraints(known)), strict=True):
            path.write_text(json.dumps(content))
        return compare(load(*paths), _summary(current), rule)


def _summary(table: pl.DataFrame) -> Summary:
    parts = {ALL: table[_SCORE]}
    parts |= {str(name): table.filter(pl.col(_BRAND) == name)[_SCORE] for name in table[_BRAND].unique().sort()}
    columns = {name: Column(name) for name in parts}
    for name, values in parts.items():
        columns[name].add(values)
    return Summary(table.height, columns, table[_UNIT].n_unique())
