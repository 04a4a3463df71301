"""Serving functions."""

import json
import pathlib


def model_fn(folder):
    """The parameters."""
    return json.loads((pathlib.Path(folder) / "model.json").read_text())


def input_fn(body, content_type):
    """Numbers of the first column."""
    return [float(line.split(",")[0]) for line in body.splitlines()]


def predict_fn(data, model):
    """One line."""
    return [model["slope"] * value + model["offset"] for value in data]


def output_fn(prediction, accept):
    """One number a line."""
    return "".join(f"{value}\n" for value in prediction)
