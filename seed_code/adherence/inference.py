"""The serving contract: JSON Lines in (keys and features of index rows), one JSON object with the prediction a line out."""

import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pandas as pd
from adherence.errors import RefusedInput, described, trace
from adherence.model import model
from adherence.model.predict import predict

_TYPES = {"application/jsonlines", "application/x-jsonlines", "application/jsonl"}
_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


def _silent(work: Callable[_Given, _Made]) -> Callable[_Given, _Made]:
    """The server logs what a function raises: an unexpected error goes out without its text, which may quote a record."""

    @functools.wraps(work)
    def wrapped(*given: _Given.args, **named: _Given.kwargs) -> _Made:
        try:
            return work(*given, **named)
        except RefusedInput:
            raise
        except Exception as error:
            sys.stderr.write(trace(error))
            reason = described(error)
        raise RuntimeError(reason)  # outside the handler: no trace of the error is left in what the server prints

    return wrapped


@_silent
def model_fn(model_dir: str) -> model.Model:
    """Load the model, verifying its digests."""
    return model.load(Path(model_dir))


@_silent
def input_fn(body: str | bytes, content_type: str) -> pd.DataFrame:
    """Records to rows; null is a missing value."""
    if content_type not in _TYPES:
        raise RefusedInput(f"content type {content_type}: must be application/jsonlines")
    text = body.decode() if isinstance(body, bytes) else body
    return pd.DataFrame([json.loads(line) for line in text.splitlines() if line.strip()])


@_silent
def predict_fn(rows: pd.DataFrame, fitted: model.Model) -> list[dict[str, Any]]:
    """Score."""
    return predict(fitted, rows)


@_silent
def output_fn(predictions: list[dict[str, Any]], accept: str) -> str:
    """Predictions as JSON Lines."""
    if accept not in _TYPES:
        raise RefusedInput(f"accept {accept}: must be application/jsonlines")
    return "".join(json.dumps(item, separators=(",", ":")) + "\n" for item in predictions)
