"""The serving contract: JSON Lines in (keys and features of index rows), one JSON object with the prediction a line out."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from adherence import model
from adherence.errors import RefusedInput
from adherence.predict import predict

_TYPES = {"application/jsonlines", "application/x-jsonlines", "application/jsonl"}


def model_fn(model_dir: str) -> model.Model:
    """Load the model, verifying its digests."""
    return model.load(Path(model_dir))


def input_fn(body: str | bytes, content_type: str) -> pd.DataFrame:
    """Records to rows; null is a missing value."""
    if content_type not in _TYPES:
        raise RefusedInput(f"content type {content_type}: must be application/jsonlines")
    text = body.decode() if isinstance(body, bytes) else body
    return pd.DataFrame([json.loads(line) for line in text.splitlines() if line.strip()])


def predict_fn(rows: pd.DataFrame, fitted: model.Model) -> list[dict[str, Any]]:
    """Score."""
    return predict(fitted, rows)


def output_fn(predictions: list[dict[str, Any]], accept: str) -> str:
    """Predictions as JSON Lines."""
    if accept not in _TYPES:
        raise RefusedInput(f"accept {accept}: must be application/jsonlines")
    return "".join(json.dumps(item, separators=(",", ":")) + "\n" for item in predictions)
