"""Script-mode training: channels train and calibration in, model files and the serving code out."""

import argparse
import os
import shutil
import sys
from pathlib import Path

import pandas as pd
from adherence import model
from adherence.errors import RefusedInput
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
    """Train and save; exit code 2 with the reason in the failure file where the input is refused."""
    try:
        _train(_arguments())
    except RefusedInput as error:
        message = f"RefusedInput: {error}"
        sys.stderr.write(message + "\n")
        failure = Path(os.environ.get("SM_OUTPUT_DIR", "/opt/ml/output")) / "failure"
        if failure.parent.is_dir():
            failure.write_text(message)
        return 2
    return 0


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
