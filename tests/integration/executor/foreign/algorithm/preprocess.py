"""Abalone for XGBoost: numbers imputed and scaled, the sex one-hot, rings first; shuffled and split 70:15:15."""

import argparse
import pathlib

import numpy
import pandas
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NUMBERS = ["length", "diameter", "height", "whole_weight", "shucked_weight", "viscera_weight", "shell_weight"]
parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, required=True)
seed = parser.parse_args().seed

base = pathlib.Path("/opt/ml/processing")
table = pandas.read_csv(next((base / "input").glob("*.csv")), header=None, names=["sex", *NUMBERS, "rings"])
label = table.pop("rings").to_numpy().reshape(-1, 1)
numbers = Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
words = Pipeline(
    [
        ("impute", SimpleImputer(strategy="constant", fill_value="missing")),
        ("one", OneHotEncoder(handle_unknown="ignore")),
    ]
)
features = ColumnTransformer([("numbers", numbers, NUMBERS), ("words", words, ["sex"])]).fit_transform(table)
rows = numpy.hstack([label, features])
numpy.random.default_rng(seed).shuffle(rows)
first, second = int(0.7 * len(rows)), int(0.85 * len(rows))
for name, part in (("train", rows[:first]), ("validation", rows[first:second]), ("test", rows[second:])):
    numpy.savetxt(base / name / f"{name}.csv", part, delimiter=",")
