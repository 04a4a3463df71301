"""Prediction drift: the analyzer's own comparison, on the predicted probabilities, for all rows and per brand."""

import io
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from mlops.errors import RefusedInput
from mlops.monitoring import files
from mlops.monitoring.baseline import Baseline, load
from mlops.monitoring.columns import Column, Summary
from mlops.monitoring.compare import FeatureDrift, compare
from mlops.monitoring.levels import SEGMENT
from mlops.monitoring.quality import SMALLEST_CELL

ALL = "all predictions"
SCORE, BRAND = "p_stop", SEGMENT
_UNIT = "patient_id"
_OUTPUT, _BAND = "SageMakerOutput", "risk_band"


def read(content: bytes) -> pl.DataFrame:
    """predictions.csv as texts (identifiers keep their leading zeros)."""
    return pl.read_csv(io.BytesIO(content), infer_schema=False)


def read_transformed(folder: Path, unit: str, attributes: tuple[str, ...]) -> pl.DataFrame:
    """Batch transform's output: of every record its unit, brand, attributes, probability, and whether it is at high risk.

    Raises:
        RefusedInput: there are no records, or one has no prediction.
    """
    wanted = [unit, BRAND, *attributes]
    tables = [_records(file, wanted) for file in sorted(folder.rglob("*.out")) if file.stat().st_size]
    if not sum(table.height for table in tables):
        raise RefusedInput(f"{folder.name}: no predictions there")
    return pl.concat(tables, how="diagonal")


def _records(file: Path, wanted: list[str]) -> pl.DataFrame:
    try:
        table = pl.read_ndjson(file, infer_schema_length=None)
        answer = table[_OUTPUT].struct
        texts = [pl.col(name).cast(pl.String) for name in wanted if name in table.columns]
        found = table.select(texts).with_columns(
            answer.field(SCORE).cast(pl.String).alias(SCORE), (answer.field(_BAND) == "high").alias("high")
        )
    except pl.exceptions.PolarsError as error:
        raise RefusedInput(f"{file.name}: not the output of a transform job ({type(error).__name__})") from error
    if found[SCORE].null_count():
        raise RefusedInput(f"{file.name}: {found[SCORE].null_count()} records without a prediction")
    return found


def sizes(table: pl.DataFrame, unit: str) -> dict[str, int]:
    """Rows of the brands that have enough units to be named."""
    counted = table.group_by(BRAND).agg(pl.len().alias("rows"), pl.col(unit).n_unique().alias("units"))
    large = counted.filter(pl.col("units") >= SMALLEST_CELL).sort(BRAND)
    return {str(name): int(rows) for name, rows in large.select(BRAND, "rows").iter_rows()}


def prediction_drift(reference: pl.DataFrame, current: pl.DataFrame, rule: str = "joint") -> list[FeatureDrift]:
    """Scores and decisions of ``p_stop`` over all rows and for every brand of the reference."""
    return compared(reference, current, _UNIT, _UNIT, rule).drifts


@dataclass(frozen=True)
class Compared:
    """Two sets of predictions as the analyzer sees them: a feature each for all of them and for every brand."""

    known: Baseline
    batch: Summary
    drifts: list[FeatureDrift]


def compared(
    reference: pl.DataFrame, current: pl.DataFrame, reference_unit: str, unit: str, rule: str = "joint"
) -> Compared:
    """Compare through the files, so that it is the very code of the input check; brands that are new are not compared."""
    known, now = _summary(reference, reference_unit), _summary(current, unit)
    with tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "statistics.json", Path(folder) / "constraints.json"
        for path, content in zip(paths, (files.statistics(known), files.constraints(known)), strict=True):
            path.write_text(json.dumps(content))
        baseline = load(*paths)
    return Compared(baseline, now, compare(baseline, now, rule))


def _summary(table: pl.DataFrame, unit: str) -> Summary:
    parts = {ALL: table[SCORE]}
    parts |= {name: table.filter(pl.col(BRAND) == name)[SCORE] for name in sizes(table, unit)}
    columns = {name: Column(name) for name in parts}
    for name, values in parts.items():
        columns[name].add(values)
    return Summary(table.height, columns, table[unit].n_unique())
