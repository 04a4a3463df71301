"""Least squares by hand: what is tested is the pipeline, not the learner."""

import argparse
import csv
import json
import os
import pathlib
import shutil

parser = argparse.ArgumentParser()
parser.add_argument("--slope", type=float)
arguments, _ = parser.parse_known_args()
rows = list(csv.reader((pathlib.Path(os.environ["SM_CHANNEL_TRAIN"]) / "train.csv").open()))
residuals = [float(row[0]) - arguments.slope * float(row[1]) for row in rows]
model = pathlib.Path(os.environ["SM_MODEL_DIR"])
(model / "model.json").write_text(json.dumps({"slope": arguments.slope, "offset": sum(residuals) / len(residuals)}))
(model / "code").mkdir()
shutil.copy(pathlib.Path(__file__).with_name("inference.py"), model / "code" / "inference.py")
print(f"rows={len(rows)}")
