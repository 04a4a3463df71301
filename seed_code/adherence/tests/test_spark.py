"""The SQL compiled for Spark gives on a real Spark the very bits that DuckDB gives (`make test-spark`)."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from adherence.features import features
from pyarrow import parquet
from worlds import build, random_world

pyspark = pytest.importorskip(
    "pyspark", reason="no pyspark here: `make test-spark` installs it into an environment of its own"
)
if shutil.which("java") is None:
    pytest.skip("no Java on the PATH: Spark 3.5 needs Java 17", allow_module_level=True)


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A session on two local cores; shuffles go to five partitions, so that joins and groups are distributed."""
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    for name, value in {
        "spark.sql.shuffle.partitions": "5",
        "spark.sql.autoBroadcastJoinThreshold": "-1",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.local.dir": str(folder / "local"),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


def _on_spark(session: Any, tables: dict[str, pa.Table], folder: Path) -> pa.Table:
    """The statement over the same tables, each in several files."""
    for name, table in tables.items():
        (folder / name).mkdir(parents=True)
        size = max(1, -(-len(table) // 3))
        for number, start in enumerate(range(0, max(len(table), 1), size)):
            parquet.write_table(table.slice(start, size), folder / name / f"{number}.parquet")
        session.read.parquet(str(folder / name)).createOrReplaceTempView(name)
    session.sql(features.sql("pyspark")).write.parquet(str(folder / "out"))
    return parquet.read_table(folder / "out")


def _ordered(table: pa.Table) -> dict[str, np.ndarray]:
    ordered = table.sort_by("row")
    return {name: ordered.column(name).to_numpy() for name in ("row", *features.NUMERIC)}


@pytest.mark.timeout(1200)
def test_spark_and_duckdb_give_the_same_bits(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every feature of every row of a random world, missing values included."""
    parts: list[tuple[dict[str, pa.Table], pa.Table]] = []
    run = features._run

    def noted(tables: dict[str, pa.Table]) -> pa.Table:
        parts.append((tables, run(tables)))
        return parts[-1][1]

    monkeypatch.setattr(features, "_run", noted)
    random_world(tmp_path / "world", 41, patients=80)
    build(tmp_path / "world", step_days=30)
    ((tables, ours),) = parts
    assert len(ours) > 1000
    theirs = _ordered(_on_spark(spark, tables, tmp_path / "spark"))
    for name, values in _ordered(ours).items():
        assert theirs[name].dtype == values.dtype == ("int32" if name == "row" else "float64"), name
        assert _equal(theirs[name], values), name


def _equal(left: np.ndarray, right: np.ndarray) -> bool:
    """The same bits but for the sign and payload of NaN."""
    missing = np.isnan(left)
    return bool((missing == np.isnan(right)).all()) and left[~missing].tobytes() == right[~missing].tobytes()
