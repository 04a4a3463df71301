"""Model quality of stored predictions once their labels have matured."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops.aws import Aws
from mlops.bundled import names
from mlops.errors import RefusedInput
from mlops.projects.names import Project
from mlops.s3 import put_once

if TYPE_CHECKING:
    import polars as pl

KEYS = ["patient_id", "brand", "index_date"]
ATTRIBUTES = ("sex", "age_band", "payer", "race")
_LABELS = ("y", "label")
_AGE_BANDS = ((18, "under 45"), (45, "45-64"), (65, "65 and over"))
_UNKNOWN = "unknown"


@dataclass(frozen=True)
class Score:
    """What the labels say, and where the report lies."""

    content: dict[str, Any]
    uri: str


class Scoring:
    """Stored predictions of one project and their labels, as one identity sees them."""

    def __init__(self, aws: Aws, project: Project) -> None:
        self._project, self._s3, self._cloudwatch = project, aws.client("s3"), aws.client("cloudwatch")

    def score(self, labels: Path, patients: Path | None = None, threshold: float = 0.2) -> Score:
        """Join labels with predictions, measure, and store the report.

        Args:
            labels: file with ``patient_id, brand, index_date`` (or ``prediction_id``) and ``y`` of 0 or 1; columns sex, age_band,
                payer and race are compared as groups.
            patients: patients table that sex, payer and age band come from.
            threshold: probability from which on a patient is selected for an intervention.

        Raises:
            RefusedInput: unreadable labels, a missing column, a label that is not 0 or 1, twice the same key, or no match.
        """
        known, keys = _labels(labels)
        joined = _joined(self._predictions(), known, keys)
        if patients is not None:
            joined = _with_attributes(joined, patients)
        content = {"project": self._project.name, "labels": known.height, **_measured(joined, threshold)}
        return Score(content, self._store(content))

    def publish(self, content: dict[str, Any]) -> None:
        """Write the overall figures as CloudWatch metrics of the project."""
        dimensions = [{"Name": names.PROJECT, "Value": self._project.name}]
        overall = content["overall"]
        measures = ("auc", "brier", "calibration_error", "observed_over_expected")
        values = {names.model_quality(name): overall[name]["value"] for name in measures}
        values |= {names.bias_gap(gap["attribute"]): gap["calibration_gap"] for gap in content["gaps"]}
        data = [
            {"MetricName": name, "Value": value, "Unit": "None", "Dimensions": dimensions}
            for name, value in values.items()
            if value is not None
        ]
        self._cloudwatch.put_metric_data(Namespace=self._project.metrics_namespace, MetricData=data)

    def _predictions(self) -> "pl.DataFrame":
        """All stored predictions; of the same key in several batches, the newest."""
        import polars as pl

        from mlops.monitoring.predictions import read

        tables = [read(content) for content in self._contents()]
        if not tables:
            raise RefusedInput(f"project {self._project.name} has no stored predictions; 'mlops predict' makes some")
        together = pl.concat(tables, how="diagonal_relaxed")
        return together.unique(subset=KEYS, keep="last", maintain_order=True)

    def _contents(self) -> Iterator[bytes]:
        bucket = self._project.data_bucket
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="predictions/")
        found = [item for page in pages for item in page.get("Contents", [])]
        for item in sorted(found, key=lambda one: (one["LastModified"], one["Key"])):
            if item["Key"].endswith("/predictions.csv"):
                yield self._s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()

    def _store(self, content: dict[str, Any]) -> str:
        text = json.dumps(content, indent=1, sort_keys=True) + "\n"
        bucket, digest = self._project.data_bucket, hashlib.sha256(text.encode()).hexdigest()[:12]
        key = f"quality/{content['last_index_date']}/{digest}.json"
        put_once(self._s3, bucket, key, text.encode())  # the same report, where it is there already
        return f"s3://{bucket}/{key}"


def _labels(path: Path) -> "tuple[pl.DataFrame, list[str]]":
    import polars as pl

    from mlops.monitoring.sources import Source

    table = Source(path).read()
    keys = ["prediction_id"] if "prediction_id" in table.columns else KEYS
    missing = [name for name in keys if name not in table.columns]
    target = next((name for name in _LABELS if name in table.columns), None)
    if missing or target is None:
        raise RefusedInput(
            f"labels {path.name}: needs the columns {', '.join(KEYS)} (or prediction_id) and y; "
            f"missing: {', '.join(missing) or 'y'}"
        )
    wrong = table.filter(~pl.col(target).is_in(["0", "1", "0.0", "1.0"]) | pl.col(target).is_null()).height
    if wrong:
        raise RefusedInput(f"labels {path.name}: {wrong} of {table.height} labels in column {target} are not 0 or 1")
    if table.select(keys).is_duplicated().any():
        twice = int(table.select(keys).is_duplicated().sum())
        raise RefusedInput(f"labels {path.name}: {twice} rows share their {', '.join(keys)} with another row")
    kept = [*keys, *(name for name in ATTRIBUTES if name in table.columns)]
    return table.select(*kept, pl.col(target).cast(pl.Float64).alias("y")), keys


def _joined(predictions: "pl.DataFrame", labels: "pl.DataFrame", keys: list[str]) -> "pl.DataFrame":
    if not set(keys) <= set(predictions.columns):
        raise RefusedInput(f"the stored predictions have no column {', '.join(set(keys) - set(predictions.columns))}")
    found = predictions.join(labels, on=keys, how="inner", maintain_order="left")
    if found.height == 0:
        dates = predictions["index_date"].unique().sort()
        raise RefusedInput(
            f"none of the {labels.height} labels matches a stored prediction; predictions are of {dates[0]} to {dates[-1]}"
        )
    return found


def _with_attributes(joined: "pl.DataFrame", patients: Path) -> "pl.DataFrame":
    """Sex, payer and race of the patients table, and the age band on the index date."""
    import polars as pl

    from mlops.monitoring.sources import Source

    table = Source(patients).read()
    if "patient_id" not in table.columns:
        raise RefusedInput(f"patients {patients.name}: has no column patient_id")
    new = [name for name in (*ATTRIBUTES, "birth_year") if name in table.columns and name not in joined.columns]
    found = joined.join(
        table.select("patient_id", *new).unique("patient_id"), on="patient_id", how="left", maintain_order="left"
    )
    if "birth_year" in found.columns and "age_band" not in found.columns:
        age = pl.col("index_date").str.slice(0, 4).cast(pl.Int64) - pl.col("birth_year").cast(pl.Int64)
        band = pl.lit(_UNKNOWN)
        for least, name in _AGE_BANDS:
            band = pl.when(age >= least).then(pl.lit(name)).otherwise(band)
        found = found.with_columns(band.alias("age_band"))
    return found


def _measured(joined: "pl.DataFrame", threshold: float) -> dict[str, Any]:
    import polars as pl

    from mlops.monitoring import quality

    p, y = joined["p_stop"].cast(pl.Float64).to_numpy(), joined["y"].to_numpy()
    unit = joined["patient_id"].to_numpy()
    versions = joined["model_version"].to_numpy()
    groups = {name: joined[name].fill_null(_UNKNOWN).to_numpy() for name in ATTRIBUTES if name in joined.columns}
    by_version = {
        str(version): quality.measure(p[rows], y[rows], unit[rows]).to_json()
        for version in sorted(set(versions), key=lambda it: (len(it), it))
        for rows in [versions == version]
    }
    dates = joined["index_date"].sort()
    expected = quality.estimate(p)
    return {
        "rows": len(p),
        "first_index_date": dates[0],
        "last_index_date": dates[-1],
        "overall": quality.measure(p, y, unit).to_json(),
        "estimated": {name: None if value is None else round(value, 6) for name, value in asdict(expected).items()},
        "versions": by_version,
        "gaps": [asdict(gap) for gap in quality.gaps(p, y, {"brand": joined["brand"].to_numpy(), **groups}, threshold)],
    }
