"""Script-mode training: channels train and calibration in, model files and the serving code out."""

import argparse
import os
import shutil
import sys
from pathlib import Path

import pandas as pd
from adherence.errors import RefusedInput, described, trace
from adherence.model import model
from adherence.settings import ROOT, load

_TUNABLE = {
    "rounds": int,
    "learning_rate": float,
    "max_depth": int,
    "min_child_weight": float,
    "subsample": float,
    "colsample_bytree": float,
    "seed": int,
}


def main() -> int:
    """Train and save; the reason in the failure file and exit code 2 where the input is refused, 1 where something else went wrong."""
    arguments = _arguments()
    try:
        _train(arguments)
    except RefusedInput as error:
        return _failed(f"RefusedInput: {error}", 2)
    except Exception as error:  # without its text: libraries quote the data that they could not read
        sys.stderr.write(trace(error))
        return _failed(described(error), 1)
    return 0


def _failed(message: str, code: int) -> int:
    sys.stderr.write(message + "\n")
    failure = Path(os.environ.get("SM_OUTPUT_DIR", "/opt/ml/output")) / "failure"
    if failure.parent.is_dir():
        failure.write_text(message)
    return code


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, kind in _TUNABLE.items():
        parser.add_argument(f"--{name}", type=kind)
    for name, variable in (
        ("train", "SM_CHANNEL_TRAIN"),
        ("calibration", "SM_CHANNEL_CALIBRATION"),
        ("model-dir", "SM_MODEL_DIR"),
    ):
        parser.add_argument(
            f"--{name}", type=Path, default=os.environ.get(variable), required=variable not in os.environ
        )
    return parser.parse_args()


def _train(arguments: argparse.Namespace) -> None:
    chosen = {name: getattr(arguments, name) for name in _TUNABLE if getattr(arguments, name) is not None}
    settings = load(**chosen)
    train, calibration = (
        pd.read_parquet(Path(folder) / "rows.parquet") for folder in (arguments.train, arguments.calibration)
    )
    fitted = model.fit(train, calibration, settings)
    folder = Path(arguments.model_dir)
    model.save(fitted, folder)
    shutil.copytree(ROOT / "adherence", folder / "code" / "adherence", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("inference.py", "project.toml"):
        shutil.copy(ROOT / name, folder / "code" / name)
    shutil.copytree(ROOT / "schema", folder / "code" / "schema")
    sys.stdout.write(f"train_rows={len(train) + len(calibration)}\ncalibration_auc={fitted.cross_fitted_auc:.6f}\n")


if __name__ == "__main__":
    sys.exit(main())
