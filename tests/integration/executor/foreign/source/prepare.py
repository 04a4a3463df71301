"""Splits the table; the label is the first column of the output, as SageMaker's XGBoost wants it."""

import csv
import pathlib

rows = list(csv.reader(next(pathlib.Path("/opt/ml/processing/input").glob("*.csv")).open()))[1:]
for name, part in (("train", rows[::2]), ("test", rows[1::2])):
    folder = pathlib.Path("/opt/ml/processing") / name
    with (folder / f"{name}.csv").open("w", newline="") as file:
        csv.writer(file).writerows([row[-1], *row[:-1]] for row in part)
with pathlib.Path("/opt/ml/processing/batch/batch.csv").open("w", newline="") as file:
    csv.writer(file).writerows(row[:-1] for row in rows[1::2])
