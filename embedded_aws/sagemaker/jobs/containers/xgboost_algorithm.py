"""The XGBoost image's own algorithm and serving functions (algorithm mode: a training job without a script).

Argument: the image's tag, by which the model's format goes. Reads CSV (label first, no header) or libsvm from the channels
train and validation, writes ``xgboost-model``; a script inside the job. After "XGBoost algorithm with Amazon SageMaker AI" and the
image's public sources (sagemaker-xgboost-container), in whose words it refuses.
"""

import ast
import csv
import json
import os
import pickle
import sys
import tempfile
from pathlib import Path
from typing import Any

_INPUT, _MODEL = Path("/opt/ml/input"), Path("/opt/ml/model")
_NAME = "xgboost-model"
_NATIVE = (1, 3)  # the first version that saves the model in XGBoost's own format; those before pickle it
_SILENT = (1, 2)  # the first version that does not know ``silent``
_ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_lambda": "lambda", "reg_alpha": "alpha"}
_PARAMETERS = {  # name -> type and range, or the values that there are
    **dict.fromkeys(("num_round", "early_stopping_rounds", "nthread", "num_parallel_tree"), "int [1, +inf)"),
    **dict.fromkeys(("csv_weights", "refresh_leaf", "one_drop"), "int [0, 1]"),
    **dict.fromkeys(("max_depth", "max_leaves", "max_bin"), "int [0, +inf)"),
    **dict.fromkeys(("eta", "rate_drop", "skip_drop", "lambda_bias"), "float [0, 1]"),
    **dict.fromkeys(("gamma", "min_child_weight", "max_delta_step", "lambda", "alpha"), "float [0, +inf)"),
    **dict.fromkeys(("subsample", "colsample_bytree", "colsample_bylevel", "colsample_bynode"), "float (0, 1]"),
    **dict.fromkeys(("base_score", "aft_loss_distribution_scale"), "float [0, +inf)"),
    **dict.fromkeys(("save_model_on_termination", "deterministic_histogram", "use_dask_gpu_training"), "true|false"),
    "verbosity": "int [0, 3]",
    "scale_pos_weight": "float (0, +inf)",
    "sketch_eps": "float (0, 1)",
    "tweedie_variance_power": "float (1, 2)",
    "num_class": "int [2, +inf)",
    "seed": "int (-2147483648, 2147483647)",
    "prob_buffer_row": "int (1.0, +inf)",
    "booster": "gbtree|gblinear|dart",
    "tree_method": "auto|exact|approx|hist|gpu_hist",
    "dsplit": "row|col",
    "process_type": "default|update",
    "grow_policy": "depthwise|lossguide",
    "predictor": "auto|cpu_predictor|gpu_predictor",
    "sample_type": "uniform|weighted",
    "normalize_type": "tree|forest",
    "sampling_method": "uniform|gradient_based",
    "aft_loss_distribution": "normal|logistic|extreme",
    "objective": "aft_loss_distribution|binary:logistic|binary:logitraw|binary:hinge|count:poisson|multi:softmax|multi:softprob"
    "|rank:pairwise|rank:ndcg|rank:map|reg:linear|reg:squarederror|reg:logistic|reg:gamma|reg:pseudohubererror"
    "|reg:squaredlogerror|reg:absoluteerror|reg:tweedie|survival:aft|survival:cox",
    "updater": "list",
    "eval_metric": "list",
    "monotone_constraints": "literal",
    "interaction_constraints": "literal",
}
_DROPPED = (  # known, and nothing to the library that trains here
    *("silent", "csv_weights", "save_model_on_termination", "use_dask_gpu_training", "deterministic_histogram"),
    *("prob_buffer_row", "sketch_eps", "dsplit", "predictor"),
)
_CONTENT = {"csv": "csv", "text/csv": "csv", "libsvm": "libsvm", "text/libsvm": "libsvm", "text/x-libsvm": "libsvm"}
_ELSEWHERE = ("parquet", "application/x-parquet", "recordio-protobuf", "application/x-recordio-protobuf")


def main() -> None:
    """Train."""
    import xgboost

    version = _version(sys.argv[1])
    parameters = _validated(json.loads((_INPUT / "config" / "hyperparameters.json").read_text()), version)
    rounds, patience = parameters.pop("num_round"), parameters.pop("early_stopping_rounds", None)
    weighted = parameters.get("csv_weights") == 1
    parameters = {name: value for name, value in parameters.items() if name not in _DROPPED}
    channels = json.loads((_INPUT / "config" / "inputdataconfig.json").read_text())
    if "train" not in channels:
        _refuse("Missing required channel: train")
    names = [name for name in ("train", "validation") if name in channels]
    tables = [(_matrix(name, channels[name], weighted=weighted), name) for name in names]
    stop = [xgboost.callback.EarlyStopping(patience, data_name=names[-1], save_best=True)] if patience else []
    settings = {"nthread": 1, **parameters}
    booster = xgboost.train(settings, tables[0][0], rounds, evals=tables, callbacks=stop, verbose_eval=True)
    target = Path(os.environ.get("SM_MODEL_DIR", str(_MODEL))) / _NAME
    if version < _NATIVE:
        target.write_bytes(pickle.dumps(booster, protocol=4))
    else:
        booster.save_model(target)


def _refuse(words: str) -> Any:
    sys.exit(f"UserError: {words}")


def _version(tag: str) -> tuple[int, ...]:
    """(1, 0) of 1.0-1-cpu-py3."""
    numbers = tag.partition("-")[0].split(".")
    return tuple(int(part) for part in numbers[:2]) if all(part.isdigit() for part in numbers) else _NATIVE


def _validated(given: dict[str, str], version: tuple[int, ...]) -> dict[str, Any]:
    """The hyper-parameters by their own names, in their types, as the installed library wants them."""
    known = {**_PARAMETERS, **({"silent": "int [0, 1]"} if version < _SILENT else {})}
    own = {_ALIASES.get(name, name): value for name, value in given.items() if not name.startswith("sagemaker_")}
    if "num_round" not in own:
        _refuse("Missing required hyperparameter: num_round")
    for name in own:
        if name in {"_kfold", "_num_cv_round", "_tuning_objective_metric"}:
            sys.exit(f"not supported locally: hyperparameter {name}")
        if name not in known:
            _refuse(f"Extraneous hyperparameter found: {name}")
    values = {name: _value(name, value, known[name]) for name, value in own.items()}
    if values.get("objective") in {"multi:softmax", "multi:softprob"} and "num_class" not in values:
        _refuse("Require input for parameter 'num_class' for multi-classification")
    if values.get("objective") == "reg:linear":
        values["objective"] = "reg:squarederror"  # its former name
    if values.get("tree_method") == "gpu_hist":
        values["tree_method"] = "hist"
    return values


def _value(name: str, text: str, kind: str) -> Any:
    if kind == "list":
        return text.split(",") if name == "eval_metric" else text
    try:
        if kind == "literal":
            return ast.literal_eval(text)
        number = {"int ": int, "floa": float}.get(kind[:4])
        value: Any = text if number is None else number(text)
    except (ValueError, SyntaxError) as error:
        _refuse(f"Hyperparameter {name}: could not parse value (caused by {type(error).__name__})")
    if number is None and value not in kind.split("|"):
        _refuse(f"Hyperparameter {name}: {value} is not in {kind.split('|')}")
    if number is not None and not _within(value, kind.partition(" ")[2]):
        _refuse(f"Hyperparameter {name}: {value} is not in {kind.partition(' ')[2]}")
    return value


def _within(value: float, interval: str) -> bool:
    low, high = (float(part) for part in interval[1:-1].split(", "))
    above = value > low if interval[0] == "(" else value >= low
    return above and (value < high if interval[-1] == ")" else value <= high)


def _matrix(name: str, channel: dict[str, str], *, weighted: bool) -> Any:
    given = channel.get("ContentType", "text/libsvm")
    named = given.lower().partition(";")[0].strip()
    kind = _CONTENT.get(named)
    files = sorted(path for path in (_INPUT / "data" / name).rglob("*") if path.is_file())
    files = [path for path in files if not path.name.startswith((".", "_"))]
    if not files:
        _refuse(f"No data in {name} channel path {_INPUT / 'data' / name}")
    if named in _ELSEWHERE:
        sys.exit(f"not supported locally: ContentType {given}, channel {name}")
    if kind is None:
        _refuse(f"{given} is not an accepted ContentType: {', '.join([*_CONTENT, *_ELSEWHERE])}.")
    if kind == "libsvm":
        return _libsvm(b"\n".join(file.read_bytes().strip() for file in files))
    return _columns(_rows(files), weighted=weighted)


def _columns(rows: Any, *, weighted: bool) -> Any:
    """The label is the first column; with ``csv_weights`` the weight of the row is the second."""
    import xgboost

    features = rows[:, 2 if weighted else 1 :]
    return xgboost.DMatrix(features, rows[:, 0], weight=rows[:, 1] if weighted else None)


def _rows(files: list[Path]) -> Any:
    import numpy

    lines = [line for file in files for line in file.read_text().splitlines() if line.strip()]
    return numpy.genfromtxt(lines, delimiter=_delimiter(lines[0]), ndmin=2)


def _delimiter(line: str) -> str:
    try:
        return csv.Sniffer().sniff(line).delimiter
    except csv.Error as error:
        return str(_refuse(f"Could not determine delimiter on line {line[:50]}:\n{error}"))


def _libsvm(body: bytes) -> Any:
    import xgboost

    with tempfile.NamedTemporaryFile(suffix=".libsvm") as file:
        file.write(body)
        file.flush()
        return xgboost.DMatrix(f"{file.name}?format=libsvm")


def model_fn(model_dir: str) -> Any:
    """The booster, pickled or in XGBoost's own format."""
    import xgboost

    path = next(file for file in sorted(Path(model_dir).iterdir()) if file.is_file() and not file.name.startswith("."))
    try:
        return pickle.loads(path.read_bytes())  # noqa: S301 (in the job's box, as in the image)
    except Exception:  # whatever a file that is no pickle makes of the unpickler
        booster = xgboost.Booster()
        booster.load_model(path)
        return booster


def input_fn(body: Any, content_type: str) -> Any:
    """Rows of a CSV or libsvm body without label."""
    import numpy
    import xgboost

    kind = _CONTENT.get(content_type.lower().partition(";")[0].strip())
    if kind == "libsvm":
        return _libsvm(body.encode() if isinstance(body, str) else body)
    if kind != "csv":
        sys.exit(f"Content-type {content_type} is not supported.")
    return xgboost.DMatrix(numpy.genfromtxt(body.splitlines(), delimiter=",", ndmin=2))


def predict_fn(data: Any, model: Any) -> Any:
    """Predictions."""
    return model.predict(data, validate_features=False)


def output_fn(prediction: Any, accept: str) -> str:
    """One line a row, several values of a row with commas; as JSON where that is asked for."""
    rows = prediction.tolist()
    if accept.startswith("application/json"):
        return json.dumps({"predictions": [{"score": row} for row in rows]})
    return "".join(f"{','.join(map(str, row)) if isinstance(row, list) else row}\n" for row in rows)


if __name__ == "__main__":
    main()
