"""The trained model, as XGBoost images before 1.3 leave it, on the test part: a report of the mean squared error."""

import json
import pathlib
import pickle
import tarfile

import numpy
import xgboost

base = pathlib.Path("/opt/ml/processing")
with tarfile.open(base / "model" / "model.tar.gz") as archive:
    archive.extractall(path=".")
with open("xgboost-model", "rb") as file:
    model = pickle.load(file)
rows = numpy.loadtxt(base / "test" / "test.csv", delimiter=",")
errors = rows[:, 0] - model.predict(xgboost.DMatrix(rows[:, 1:]))
report = {
    "regression_metrics": {
        "mse": {"value": float((errors**2).mean()), "standard_deviation": float(errors.std())},
    }
}
(base / "evaluation" / "evaluation.json").write_text(json.dumps(report))
