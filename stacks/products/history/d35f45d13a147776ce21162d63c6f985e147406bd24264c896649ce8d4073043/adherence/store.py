"""Write a batch's predictions: CSV, Parquet, and metadata that say where they come from."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd

from adherence.dataset import KEYS
from adherence.errors import RefusedInput


def read_transformed(folder: Path) -> pd.DataFrame:
    """Batch transform's output: the input records with the prediction under SageMakerOutput.

    Raises:
        RefusedInput: there is none, or a record without a prediction.
    """
    records = []
    for file in sorted(folder.rglob("*.out")):
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            record = json.loads(line)
            if "SageMakerOutput" not in record:
                raise RefusedInput(f"{file.name}, line {number}: a record without a prediction")
            records.append({key: record[key] for key in KEYS} | record["SageMakerOutput"])
    if not records:
        raise RefusedInput(f"{folder.name}: no predictions there")
    return pd.DataFrame(records)


def write(predictions: pd.DataFrame, output: Path, metadata: dict[str, Any]) -> None:
    """predictions.csv, predictions.parquet and metadata.json, rows sorted by their keys."""
    output.mkdir(parents=True, exist_ok=True)
    table = predictions.assign(model_version=metadata["model_version"], data_as_of=metadata["as_of"])
    table = table.sort_values(KEYS, kind="stable", ignore_index=True)
    table.to_csv(output / "predictions.csv", index=False, lineterminator="\n")
    table.to_parquet(output / "predictions.parquet", index=False)
    files = {name: _file(output / name) for name in ("predictions.csv", "predictions.parquet")}
    counted = {
        "rows": len(table),
        "patients": int(table["patient_id"].nunique()),
        "risk_bands": {str(name): int(count) for name, count in table["risk_band"].value_counts().sort_index().items()},
        "mean_p_stop": round(float(table["p_stop"].mean()), 6),
        "columns": list(table.columns),
        "files": files,
    }
    (output / "metadata.json").write_text(json.dumps(metadata | counted, indent=1, sort_keys=True) + "\n")


def _file(path: Path) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}
