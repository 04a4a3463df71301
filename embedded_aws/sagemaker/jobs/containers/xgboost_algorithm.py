"""The XGBoost image's own algorithm and serving functions (algorithm mode: a training job without a script).

Reads CSV (label first, no header) or libsvm from the channels train and validation, writes ``xgboost-model``; a script inside the
job. See "XGBoost algorithm with Amazon SageMaker AI".
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

_INPUT, _MODEL = Path("/opt/ml/input"), Path("/opt/ml/model")
_NAME = "xgboost-model"


def main() -> None:
    """Train."""
    import xgboost

    given = json.loads((_INPUT / "config" / "hyperparameters.json").read_text())
    parameters = {key: _typed(value) for key, value in given.items() if not key.startswith("_")}
    if "num_round" not in parameters:
        sys.exit("hyperparameter num_round is required")
    rounds, patience = int(parameters.pop("num_round")), parameters.pop("early_stopping_rounds", None)
    if isinstance(parameters.get("eval_metric"), str):
        parameters["eval_metric"] = parameters["eval_metric"].split(",")
    channels = json.loads((_INPUT / "config" / "inputdataconfig.json").read_text())
    tables = [(_matrix(name, channels[name]), name) for name in ("train", "validation") if name in channels]
    if not tables or tables[0][1] != "train":
        sys.exit("channel train is required")
    booster = xgboost.train(
        {"nthread": 1, **parameters},
        tables[0][0],
        rounds,
        evals=tables,
        early_stopping_rounds=patience,
        verbose_eval=True,
    )
    booster.save_model(os.environ.get("SM_MODEL_DIR", str(_MODEL)) + f"/{_NAME}")


def _typed(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def _matrix(name: str, channel: dict[str, str]) -> Any:
    import numpy
    import xgboost

    kind = channel.get("ContentType", "text/libsvm").split(";")[0]
    files = sorted(path for path in (_INPUT / "data" / name).rglob("*") if path.is_file())
    if kind in {"text/csv", "csv"}:
        rows = numpy.vstack([numpy.genfromtxt(file, delimiter=",", ndmin=2) for file in files])
        return xgboost.DMatrix(rows[:, 1:], rows[:, 0])
    if kind in {"text/libsvm", "text/x-libsvm", "libsvm"} and len(files) == 1:
        return xgboost.DMatrix(f"{files[0]}?format=libsvm")
    sys.exit(
        f"channel {name}: content type {kind} in {len(files)} files is not supported here (CSV, or one libsvm file)"
    )


def model_fn(model_dir: str) -> Any:
    """The booster."""
    import xgboost

    booster = xgboost.Booster()
    booster.load_model(str(Path(model_dir) / _NAME))
    return booster


def input_fn(body: Any, content_type: str) -> Any:
    """Rows of a CSV body without label."""
    import numpy
    import xgboost

    if content_type.split(";", maxsplit=1)[0] != "text/csv":
        sys.exit(f"content type {content_type} is not supported here: text/csv")
    return xgboost.DMatrix(numpy.genfromtxt(body.splitlines(), delimiter=",", ndmin=2))


def predict_fn(data: Any, model: Any) -> Any:
    """Predictions."""
    return model.predict(data, validate_features=False)


def output_fn(prediction: Any, accept: str) -> str:  # noqa: ARG001 (the toolkit's signature)
    """One line a row; several values of a row with commas."""
    rows = prediction.tolist()
    return "".join(f"{','.join(map(str, row)) if isinstance(row, list) else row}\n" for row in rows)


if __name__ == "__main__":
    main()
